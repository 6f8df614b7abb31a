"""The boxes of a file: what belongs to which track, whatever their order."""

import io
import struct

import pytest

from shared.media.boxes import survey


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def track(number: int, *, turned: bool, channels: int, timescale: int) -> bytes:
    matrix = (0, 1, 0, -1, 0, 0, 0, 0, 1) if turned else (1, 0, 0, 0, 1, 0, 0, 0, 1)
    head = (
        bytes(12) + struct.pack(">I", number) + bytes(24) + b"".join(struct.pack(">i", part << 16) for part in matrix)
    )
    entry = bytes(8) + b"sowt" + bytes(8) + bytes(8) + struct.pack(">H", channels) + bytes(20)
    return box(
        b"trak",
        box(b"tkhd", head)
        + box(
            b"mdia",
            box(b"mdhd", bytes(12) + struct.pack(">I", timescale) + bytes(8))
            + box(b"minf", box(b"stbl", box(b"stsd", bytes(4) + entry))),
        ),
    )


@pytest.mark.parametrize("picture_first", [True, False])
def test_every_track_has_its_own_turn_rate_and_channels(picture_first: bool) -> None:
    picture = track(1, turned=True, channels=0, timescale=12_800)
    sound = track(2, turned=False, channels=8, timescale=48_000)
    content = box(b"moov", picture + sound if picture_first else sound + picture)
    found = {known.id: known for known in survey(io.BytesIO(content), len(content)).tracks}
    assert (found[1].turned, found[1].timescale) == (90, 12_800)
    assert (found[2].turned, found[2].timescale, found[2].channels) == (0, 48_000, 8)
