"""`python -m local.guarded PROGRAM ...`: become that program, and end when the process that started us ends, however it ends."""

import ctypes
import os
import signal
import sys
from typing import Any

_SET_PARENT_DEATH_SIGNAL = 1  # prctl(2), Linux


def main() -> None:
    parent = os.getppid()
    libc: Any = ctypes.CDLL(None)
    libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we could ask for the signal
        sys.exit(1)
    os.execvpe(sys.argv[1], sys.argv[1:], os.environ)  # noqa: S606 - the programs of our own stack


if __name__ == "__main__":
    main()
