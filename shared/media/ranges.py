"""A file object over range requests, with cached blocks and a budget, for opening a container."""

import io
from collections import OrderedDict

from shared.ports import Reader

BLOCK = 64 * 1024
FINE = 8 * 1024  # for files whose index is spread over the whole of it
KEPT = 8 * 1024 * 1024


class BudgetSpentError(OSError):
    """More was asked for than opening a container should ever need."""


class RangeFile(io.RawIOBase):
    """Seekable and read-only; never reads more than `budget` bytes (128 MiB or a twentieth of the file without it)."""

    def __init__(self, reader: Reader, budget: int | None = None, block: int = BLOCK) -> None:
        super().__init__()
        self._reader = reader
        self._left = max(128 * 1024 * 1024, reader.size // 20) if budget is None else budget
        self._size = block
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._reader.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._reader.size if size < 0 else min(self._at + size, self._reader.size)
        parts: list[bytes] = []
        while self._at < end:
            number, start = divmod(self._at, self._size)
            part = self._block(number)[start : start + end - self._at]
            if not part:
                break
            parts.append(part)
            self._at += len(part)
        return b"".join(parts)

    def _block(self, number: int) -> bytes:
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        if self._left <= 0:
            raise BudgetSpentError("the byte budget for opening a clip is spent")
        data = self._reader.read(number * self._size, self._size)
        self._left -= len(data)
        self._blocks[number] = data
        if len(self._blocks) * self._size > KEPT:
            self._blocks.popitem(last=False)
        return data
