"""The boxes of an ISO base media file, read by a few bytes each: is it one, is it whole, how large is its index?"""

from dataclasses import dataclass
from typing import Protocol

from shared.ports import Reader

MOST_BOXES = 2500
FIRST = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # old .mov files may lack ftyp


@dataclass(frozen=True)
class Layout:
    """`ends` is where the last box says that it ends; beyond the file's size, the file was cut off."""

    is_media: bool
    kinds: tuple[str, ...]
    ends: int


def walk(reader: Reader) -> Layout:
    """Walk the top-level boxes; at most `MOST_BOXES` of them, 16 bytes each."""
    kinds: list[str] = []
    at = 0
    while at + 8 <= reader.size and len(kinds) < MOST_BOXES:
        head = reader.read(at, 16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if not kinds and kind not in FIRST:
            return Layout(is_media=False, kinds=(), ends=0)
        if size == 1 and len(head) == 16:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:  # to the end of the file
            size = reader.size - at
        if size < 8:
            break
        kinds.append(kind.decode("latin-1"))
        at += size
    return Layout(is_media=bool(kinds), kinds=tuple(kinds), ends=at)


PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}


class Readable(Protocol):
    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def read(self, size: int = -1, /) -> bytes: ...


def most_samples(file: Readable, size: int) -> int:
    """The largest number of samples that a track's index or a fragment claims to have.

    Read before anything builds that index; a file with more boxes than it should have claims too many.
    """
    claimed, seen = 0, 0
    spans = [(0, size)]
    while spans:
        at, end = spans.pop()
        while at + 8 <= end:
            seen += 1
            if seen > MOST_BOXES * 8:
                return 1 << 62
            file.seek(at)
            head = file.read(32)
            length, kind, body = int.from_bytes(head[:4], "big"), head[4:8], 8
            if length == 1:
                length, body = int.from_bytes(head[8:16], "big"), 16
            elif length == 0:
                length = end - at
            if length < body:
                break
            if kind in PARENTS:
                spans.append((at + body, min(at + length, end)))
            elif kind in {b"stsz", b"stz2"}:
                claimed = max(claimed, int.from_bytes(head[body + 8 : body + 12], "big"))
            elif kind == b"trun":
                claimed = max(claimed, int.from_bytes(head[body + 4 : body + 8], "big"))
            at += length
    return claimed
