"""The boxes of an ISO base media file, read by a few bytes each: is it one, is it whole, how large is its index?"""

from dataclasses import dataclass, field
from typing import Protocol

MOST_BOXES = 2500
FIRST = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}  # old .mov files may lack ftyp


@dataclass(frozen=True)
class Layout:
    """`ends` is where the last box says that it ends; beyond the file's size, the file was cut off.

    `boxes`: kind, offset and size of each, its head included.
    """

    is_media: bool
    boxes: tuple[tuple[str, int, int], ...]
    ends: int

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind, _, _ in self.boxes)


class Readable(Protocol):
    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def read(self, size: int = -1, /) -> bytes: ...


def walk(file: Readable, whole: int) -> Layout:
    """Walk the top-level boxes of a file of `whole` bytes; at most `MOST_BOXES` of them."""
    boxes: list[tuple[str, int, int]] = []
    at = 0
    while at + 8 <= whole and len(boxes) < MOST_BOXES:
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if not boxes and kind not in FIRST:
            return Layout(is_media=False, boxes=(), ends=0)
        if size == 1 and len(head) == 16:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:  # to the end of the file
            size = whole - at
        if size < 8:
            break
        boxes.append((kind.decode("latin-1"), at, size))
        at += size
    return Layout(is_media=bool(boxes), boxes=tuple(boxes), ends=at)


PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}
ENCRYPTED = {b"pssh", b"sinf", b"encv", b"enca"}
# The display matrix of a track (tkhd), as the four numbers that turn it; any other is no turn by a quarter.
TURNS = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 90, (-1, 0, 0, -1): 180, (0, -1, 1, 0): 270}


@dataclass
class Track:
    """`turned`: degrees clockwise, None for a matrix that no camera writes. `timescale` 0: its times mean nothing.

    `channels`: of a sound track, as its sample entry says.
    """

    id: int = 0
    turned: int | None = 0
    timescale: int = 1
    channels: int = 0


@dataclass
class Survey:
    """`samples`: as many as the largest index of a track, or all fragments together, claim to have."""

    samples: int = 0
    encrypted: bool = False
    tracks: list[Track] = field(default_factory=list[Track])


def survey(file: Readable, size: int) -> Survey:
    """What the index claims, read before anything builds it; a file with more boxes than it should have claims too many."""
    found, seen = Survey(), 0
    spans: list[tuple[int, int, Track | None]] = [(0, size, None)]
    while spans:
        at, end, track = spans.pop()
        while at + 8 <= end:
            seen += 1
            if seen > MOST_BOXES * 8:
                found.samples = 1 << 62
                return found
            file.seek(at)
            head = file.read(128)
            length, kind, body = int.from_bytes(head[:4], "big"), head[4:8], 8
            if length == 1:
                length, body = int.from_bytes(head[8:16], "big"), 16
            elif length == 0:
                length = end - at
            if length < body:
                break
            inside = Track() if kind == b"trak" else track
            if kind == b"trak" and inside:
                found.tracks.append(inside)
            if kind in PARENTS:
                spans.append((at + body, min(at + length, end), inside))
            _note(found, track, kind, head[body:])
            at += length
    return found


def _note(found: Survey, track: Track | None, kind: bytes, body: bytes) -> None:
    match kind:
        case b"stsz" | b"stz2":
            found.samples = max(found.samples, int.from_bytes(body[8:12], "big"))
        case b"trun":
            found.samples += int.from_bytes(body[4:8], "big")
        case b"stsd":
            found.encrypted |= body[12:16] in ENCRYPTED
            if track:
                track.channels = _channels(body[16:])
        case b"tkhd" if track:
            at = (20, 52) if body[:1] == b"\x01" else (12, 40)
            track.id = int.from_bytes(body[at[0] : at[0] + 4], "big")
            track.turned = _turned(body[at[1] : at[1] + 20])
        case b"mdhd" if track:
            at_scale = 20 if body[:1] == b"\x01" else 12
            track.timescale = int.from_bytes(body[at_scale : at_scale + 4], "big")
        case _:
            found.encrypted |= kind in ENCRYPTED


def _channels(entry: bytes) -> int:
    """Of a sound sample entry, from behind its type; version 2 of QuickTime has the number farther back."""
    version = int.from_bytes(entry[8:10], "big")
    at, size = (40, 4) if version == 2 else (16, 2)
    return int.from_bytes(entry[at : at + size], "big")


def _turned(matrix: bytes) -> int | None:
    a, b, c, d = (int.from_bytes(matrix[at : at + 4], "big", signed=True) / 65536 for at in (0, 4, 12, 16))
    return TURNS.get((round(a), round(b), round(c), round(d)))
