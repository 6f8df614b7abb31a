"""How the parent and the child that opens clips talk, over the child's stdin and stdout; numbers are big-endian.

The child writes one of
- `R` + a 4-byte count + so many spans (offset and length, 8 bytes each), and reads a 4-byte length + bytes for each;
- `P` + 1-byte length of a name + 4-byte length + the name + a picture (JPEG);
- `V` + a 4-byte length + the verdict as JSON; that is the end.
"""

import struct

from shared.domain.base import Frozen
from shared.domain.names import Kind
from shared.domain.records import Target
from shared.domain.rules import Tuning


class Job(Frozen):
    """What the child is told, as JSON after a 4-byte length."""

    size: int
    file: str
    clip_kind: Kind
    target: Target
    tuning: dict[str, Tuning] = {}
    header_only: bool = False
    speech: bool = False  # the sound itself is wanted, as a WAV file


SPAN = struct.Struct(">QQ")
LENGTH = struct.Struct(">I")
PICTURE = struct.Struct(">BI")
