"""Open a clip over ranges and tell what its header and index say; nothing is decoded."""

import hashlib
import itertools
from dataclasses import dataclass
from typing import Any

import av
from av.error import FFmpegError

from shared.media.boxes import Layout, most_samples, walk
from shared.media.ranges import BudgetSpentError, RangeFile
from shared.ports import Reader

# Clips come from outside: only this demuxer, no references to other files, no protocols, no URL ever.
OPTIONS = {"format_whitelist": "mov", "enable_drefs": "0", "use_absolute_path": "0", "protocol_whitelist": ""}
MOST_STREAMS = 8
SAMPLES = 16
MOST_SAMPLES = 1_000_000  # a few bytes can claim billions, and the index is built in memory
SAMPLE_BYTES = 4096


@dataclass(frozen=True)
class Video:
    codec: str
    width: int
    height: int
    fps: float
    duration_s: float


@dataclass(frozen=True)
class Audio:
    codec: str
    duration_s: float


@dataclass(frozen=True)
class Probe:
    """`problem` says why the file could not be opened; then there are no streams."""

    size: int
    layout: Layout
    problem: str = ""
    videos: tuple[Video, ...] = ()
    audios: tuple[Audio, ...] = ()
    indexed_end: int = 0
    fingerprint: str = ""


def probe(reader: Reader) -> Probe:
    """Header and index of one blob; never raises for what is in the file."""
    if reader.size == 0:
        return Probe(size=0, layout=Layout(is_media=False, kinds=(), ends=0), problem="empty")
    layout = walk(reader)
    if not layout.is_media:
        return Probe(size=reader.size, layout=layout, problem="not a video file")
    try:
        if most_samples(RangeFile(reader, block=16 * 1024), reader.size) > MOST_SAMPLES:
            return Probe(size=reader.size, layout=layout, problem="its index names more samples than any camera writes")
        with av.open(
            RangeFile(reader), format="mov", metadata_errors="replace", container_options=OPTIONS,
            options={"probesize": "65536", "analyzeduration": "0"},
        ) as container:  # fmt: skip
            return _read(reader, layout, container)
    except (FFmpegError, OSError, ValueError, MemoryError, EOFError) as error:
        if isinstance(error, BudgetSpentError):
            return Probe(size=reader.size, layout=layout, problem="its index is too large to read")
        return Probe(size=reader.size, layout=layout, problem="its header can't be read")


def _read(reader: Reader, layout: Layout, container: Any) -> Probe:
    videos: list[Video] = []
    audios: list[Audio] = []
    indexed_end = 0
    content = hashlib.sha256(str(reader.size).encode())
    for stream in list(container.streams)[:MOST_STREAMS]:
        entries = [(entry.pos, entry.size, entry.timestamp) for entry in stream.index_entries]
        content.update(repr(entries).encode())
        indexed_end = max([indexed_end, *(pos + size for pos, size, _ in entries)])
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
        if stream.type == "video" and not stream.disposition.value & 0x400:  # 0x400: a cover picture
            rate = max(float(stream.average_rate or 0), float(stream.base_rate or 0) if _constant(entries) else 0)
            context = stream.codec_context
            videos.append(Video(context.name, context.width, context.height, round(rate, 3), seconds))
        elif stream.type == "audio":
            audios.append(Audio(stream.codec_context.name, seconds))
    _sample(reader, content)
    return Probe(
        size=reader.size, layout=layout, videos=tuple(videos), audios=tuple(audios), indexed_end=indexed_end,
        fingerprint=content.hexdigest(),
    )  # fmt: skip


def _constant(entries: list[tuple[int, int, int]]) -> bool:
    """One time between frames, nearly always: only then does the base rate mean frames per second."""
    times = sorted(when for _, _, when in entries)
    gaps = [b - a for a, b in itertools.pairwise(times)]
    return bool(gaps) and min(gaps) > 0 and max(gaps) <= 1.2 * min(gaps)


def _sample(reader: Reader, content: Any) -> None:
    """Bytes spread over the file: the index alone would not see other pictures of the same sizes."""
    for number in range(SAMPLES):
        content.update(reader.read(reader.size * number // SAMPLES, SAMPLE_BYTES))
