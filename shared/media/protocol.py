"""How the parent and the child that opens clips talk, over the child's stdin and stdout.

The child writes `R` + offset + length (8 bytes each, big-endian) and reads a 4-byte length + bytes; at the end it writes
`V` + a 4-byte length + the verdict as JSON.
"""

import struct

ASK = struct.Struct(">cQQ")
LENGTH = struct.Struct(">I")
