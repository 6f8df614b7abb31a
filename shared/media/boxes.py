"""The top-level boxes of an ISO base media file, read by a few bytes each: is it one, is it whole?"""

from dataclasses import dataclass

from shared.ports import Reader

MOST_BOXES = 4000
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
