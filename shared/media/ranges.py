"""A file object over range requests for opening a container: exact pieces, a few cached blocks, and a budget."""

import io
from collections import OrderedDict
from collections.abc import Sequence

from shared.ports import Reader

BLOCK = 64 * 1024
FINE = 8 * 1024  # for files whose index is spread over the whole of it
KEPT = 8 * 1024 * 1024
AT_ONCE = 1024 * 1024

Span = tuple[int, int]  # offset and length, bytes


class BudgetSpentError(OSError):
    """More was asked for than opening a container should ever need."""


class RangeFile(io.RawIOBase):
    """Seekable and read-only; never reads more than `budget` bytes (128 MiB or a twentieth of the file without it).

    `closed_off`: spans that read as if the file ended there, so that opening a container reads no pictures.
    """

    def __init__(
        self, reader: Reader, budget: int | None = None, block: int = BLOCK, closed_off: Sequence[Span] = ()
    ) -> None:
        super().__init__()
        self._reader = reader
        self._left = max(128 * 1024 * 1024, reader.size // 20) if budget is None else budget
        self._size = block
        self._at = 0
        self._closed_off = closed_off
        self._held: list[tuple[int, bytes]] = []
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    def hold(self, offset: int, length: int) -> None:
        """Read a piece exactly, and keep it."""
        self._held.append((offset, self._fetch(offset, length)))

    def open_up(self) -> None:
        """Read also what was closed off."""
        self._closed_off = ()

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
            part = self._part(end)
            if not part:
                break
            parts.append(part)
            self._at += len(part)
        return b"".join(parts)

    def _part(self, end: int) -> bytes:
        """Some bytes from where we are, of one source; nothing at the end or where it is closed off."""
        at = self._at
        for start, data in self._held:
            if start <= at < start + len(data):
                return data[at - start : end - start]
        for start, length in self._closed_off:
            if start <= at < start + length:
                return b""
            if at < start:
                end = min(end, start)
        for start, _ in self._held:
            if at < start:
                end = min(end, start)
        number, begin = divmod(at, self._size)
        return self._block(number, -(-end // self._size))[begin : begin + end - at]

    def _block(self, number: int, before: int) -> bytes:
        """One block; those after it that will be wanted too come with the same request."""
        if number in self._blocks:
            self._blocks.move_to_end(number)
            return self._blocks[number]
        last = number + 1
        while last < before and last not in self._blocks and (last - number) * self._size < AT_ONCE:
            last += 1
        data = self._fetch(number * self._size, (last - number) * self._size)
        for place in range(number, last):
            self._blocks[place] = data[(place - number) * self._size : (place - number + 1) * self._size]
        while len(self._blocks) * self._size > KEPT:
            self._blocks.popitem(last=False)
        return data[: self._size]

    def _fetch(self, offset: int, length: int) -> bytes:
        if self._left <= 0:
            raise BudgetSpentError("the byte budget for opening a clip is spent")
        data = self._reader.read(offset, length)
        self._left -= len(data)
        return data
