"""Take from this process, for good, the system calls that start, signal or look into processes, or open files and sockets."""

import ctypes
import platform
import struct
from typing import Any

NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2  # prctl(2)
LOAD, EQUAL, GREATER_OR_EQUAL, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF: load a word, jump if ==, jump if >=, return
ALLOW, DENY = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
X32 = 0x40000000  # calls of a second interface of x86-64
# kill, tkill, tgkill, ptrace, process_vm_readv, process_vm_writev, fork, vfork, clone, clone3, execve, execveat, socket,
# socketpair, connect, open, openat, openat2, creat, pidfd_send_signal, pidfd_getfd, io_uring_setup, unlink, unlinkat, rename,
# renameat, renameat2, prlimit64
CALLS = {
    "x86_64": (
        0xC000003E,
        (62, 200, 234, 101, 310, 311, 57, 58, 56, 435, 59, 322, 41, 53, 42, 2, 257, 437, 85, 424, 438, 425, 87, 263, 82, 264, 316, 302),
    ),
    "aarch64": (0xC00000B7, (129, 130, 131, 117, 270, 271, 220, 435, 221, 281, 198, 199, 203, 56, 437, 424, 438, 425, 35, 38, 276, 261)),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def deny() -> bool:
    """Whether the kernel took the filter; the limits of the process hold without it too."""
    known = CALLS.get(platform.machine())
    if known is None:
        return False
    machine, numbers = known
    count = len(numbers)
    # Another machine's interface, or the second one: denied. A listed call: denied. Anything else: allowed.
    code = [
        _step(LOAD, 4), _step(EQUAL, machine, 0, count + 2), _step(LOAD, 0), _step(GREATER_OR_EQUAL, X32, count, 0),
        *(_step(EQUAL, number, count - place, 0) for place, number in enumerate(numbers)), _step(RETURN, ALLOW), _step(RETURN, DENY),
    ]  # fmt: skip
    raw = ctypes.create_string_buffer(b"".join(code))
    program = _Program(len(code), ctypes.cast(raw, ctypes.c_void_p))
    libc: Any = ctypes.CDLL(None)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return libc.prctl(SECCOMP, FILTER, ctypes.byref(program), 0, 0) == 0


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
