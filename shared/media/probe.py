"""Open a clip over ranges and tell what its header and index say; nothing is decoded."""

import hashlib
import itertools
import statistics
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
HDR_TRANSFERS = {16, 18}  # PQ and HLG, by their numbers in the stream
SAMPLES = 16
MOST_SAMPLES = 1_000_000  # a few bytes can claim billions, and the index is built in memory
SAMPLE_BYTES = 4096


@dataclass(frozen=True)
class Video:
    """`variation`: deviation of the time between frames over its mean; 0 is a constant frame rate."""

    codec: str
    tag: str
    width: int
    height: int
    fps: float
    duration_s: float
    variation: float
    pixel_aspect: float
    hdr: bool


@dataclass(frozen=True)
class Audio:
    codec: str
    tag: str
    rate: int
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
    if len(container.streams) > MOST_STREAMS:
        return Probe(size=reader.size, layout=layout, problem=f"it has {len(container.streams)} tracks")
    for stream in container.streams:
        entries = [(entry.pos, entry.size, entry.timestamp) for entry in stream.index_entries]
        content.update(repr(entries).encode())
        indexed_end = max([indexed_end, *(pos + size for pos, size, _ in entries)])
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
        if stream.type == "video" and not stream.disposition.value & 0x400:  # 0x400: a cover picture
            videos.append(_video(stream, [when for _, _, when in entries], seconds))
        elif stream.type == "audio":
            sound = stream.codec_context
            audios.append(Audio(sound.name, str(sound.codec_tag), int(sound.sample_rate or 0), seconds))
    _sample(reader, content)
    return Probe(
        size=reader.size, layout=layout, videos=tuple(videos), audios=tuple(audios), indexed_end=indexed_end,
        fingerprint=content.hexdigest(),
    )  # fmt: skip


def _video(stream: Any, times: list[int], seconds: float) -> Video:
    context = stream.codec_context
    times.sort()
    gaps = [later - earlier for earlier, later in itertools.pairwise(times) if later > earlier]
    fps, variation = float(stream.average_rate or 0), 0.0
    if gaps:
        usual, mean = statistics.median(gaps), statistics.fmean(gaps)
        variation = statistics.pstdev(gaps) / mean
        # Joined and fragmented files have a few odd gaps; the frame rate is that of all the others.
        if sum(abs(gap - usual) <= 0.02 * usual for gap in gaps) >= 0.95 * len(gaps):
            fps = 1 / float(usual * stream.time_base)
    return Video(
        codec=context.name, tag=str(context.codec_tag), width=context.width, height=context.height, fps=round(fps, 3),
        duration_s=seconds, variation=variation, pixel_aspect=float(context.sample_aspect_ratio or 1) or 1.0,
        hdr=int(context.color_trc or 0) in HDR_TRANSFERS,
    )  # fmt: skip


def _sample(reader: Reader, content: Any) -> None:
    """Bytes spread over the file: the index alone would not see other pictures of the same sizes."""
    for number in range(SAMPLES):
        content.update(reader.read(reader.size * number // SAMPLES, SAMPLE_BYTES))
