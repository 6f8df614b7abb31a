"""Open a clip over ranges and tell what its header and index say; nothing is decoded but what opening takes."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import av
from av.error import FFmpegError
from av.stream import Discard

from shared.media.boxes import Layout, Survey, Track, survey, walk
from shared.media.index import Index
from shared.media.ranges import BLOCK, FINE, BudgetSpentError, RangeFile
from shared.ports import Reader

# Clips come from outside: only this demuxer, no references to other files, no protocols, no URL ever.
OPTIONS = {"format_whitelist": "mov", "enable_drefs": "0", "use_absolute_path": "0", "protocol_whitelist": ""}
MOST_STREAMS = 8
MOST_PIXELS = 40_000_000
MOST_FRAGMENTS = 2000  # each takes a request or two to read
MOST_HELD = 16 * 1024 * 1024
SAMPLES = 16
MOST_SAMPLES = 1_000_000  # a few bytes can claim billions, and the index is built in memory
SAMPLE_BYTES = 1024
AAC_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 14: 8}
COVER = 0x400  # the disposition of a cover picture


@dataclass(frozen=True)
class Coded:
    """What a decoder of its own needs to know of a track."""

    codec: str
    extradata: bytes | None
    index: Index = field(repr=False)


@dataclass(frozen=True)
class Video:
    """Width and height are as shown, after `turned` (degrees; None: no quarter turn).

    `variation`: deviation of the time between frames over its mean; 0 is a constant frame rate.
    """

    codec: str
    coded: Coded
    width: int
    height: int
    turned: int | None
    fps: float
    duration_s: float
    variation: float
    pixel_aspect: float


@dataclass(frozen=True)
class Audio:
    codec: str
    coded: Coded
    rate: int
    channels: int  # 0: not known
    duration_s: float


@dataclass(frozen=True)
class Probe:
    """`problem` says why the file could not be opened; then there are no streams."""

    size: int
    layout: Layout
    problem: str = ""
    videos: tuple[Video, ...] = ()
    audios: tuple[Audio, ...] = ()
    encrypted: bool = False
    indexed_end: int = 0
    fingerprint: str = ""

    @property
    def cut_off(self) -> bool:
        """Boxes or samples lie beyond the end of the file."""
        return max(self.layout.ends, self.indexed_end) > self.size


def probe(reader: Reader) -> Probe:
    """Header and index of one blob; never raises for what is in the file."""
    if reader.size == 0:
        return Probe(size=0, layout=Layout(is_media=False, boxes=(), ends=0), problem="empty")
    fine = RangeFile(reader, block=FINE)
    layout = walk(fine, reader.size)
    if not layout.is_media:
        return Probe(size=reader.size, layout=layout, problem="not a video file")
    try:
        file = _index_of(reader, layout)
        found = survey(file, reader.size)
        if found.samples > MOST_SAMPLES:
            return Probe(size=reader.size, layout=layout, problem="its index names more samples than any camera writes")
        if layout.kinds.count("moof") > MOST_FRAGMENTS:
            return Probe(size=reader.size, layout=layout, problem="it is cut into too many fragments")
        if any(track.timescale == 0 for track in found.tracks):
            return Probe(size=reader.size, layout=layout, problem="a track has no time scale")
        with _opened(file) as container:
            return _read(reader, layout, found, container)
    except BudgetSpentError:
        return Probe(size=reader.size, layout=layout, problem="its index is too large to read")
    except (FFmpegError, OSError, ValueError, MemoryError, EOFError, OverflowError):
        return Probe(size=reader.size, layout=layout, problem="its header can't be read")


def _opened(file: RangeFile) -> Any:
    """The container; a track whose header does not say enough has its first samples read as well."""
    opened: Any = av.open  # PyAV's types are partial
    options = {"probesize": "65536", "analyzeduration": "0", "max_pixels": str(MOST_PIXELS)}
    safely = {"format": "mov", "metadata_errors": "replace", "container_options": OPTIONS, "options": options}
    try:
        return opened(file, **safely)
    except FFmpegError:
        file.open_up()
        file.seek(0)
        return opened(file, **safely)


def _index_of(reader: Reader, layout: Layout) -> RangeFile:
    """The file for opening: its index is read exactly, and its media data are closed off."""
    media = [(at + 16, size - 16) for kind, at, size in layout.boxes if kind == "mdat" and size > 16]
    file = RangeFile(reader, block=FINE if "moof" in layout.kinds else BLOCK, closed_off=media)
    for kind, at, size in layout.boxes:
        if kind == "moov" and size <= MOST_HELD:
            file.hold(at, min(size, reader.size - at))
    return file


def _read(reader: Reader, layout: Layout, found: Survey, container: Any) -> Probe:
    if len(container.streams) > MOST_STREAMS:
        return Probe(size=reader.size, layout=layout, problem=f"it has {len(container.streams)} tracks")
    if "moof" in layout.kinds:
        _walk_fragments(container)
    videos: list[Video] = []
    audios: list[Audio] = []
    indexed_end = 0
    content = hashlib.sha256(str(reader.size).encode())
    tracks = {track.id: track for track in found.tracks}
    for stream in container.streams:
        index = Index.of(stream.index_entries, float(stream.time_base or 0))
        for column in (index.pos, index.size, index.seconds):
            content.update(column.tobytes())
        indexed_end = max(indexed_end, index.end)
        seconds = float((stream.duration or 0) * (stream.time_base or 0))
        context = stream.codec_context
        if context is None:  # a track that no decoder knows: time code, data
            continue
        coded = Coded(str(context.name), context.extradata, index.within(reader.size))
        if stream.type == "video" and not stream.disposition.value & COVER:
            videos.append(_video(stream, coded, tracks.get(stream.id, Track()), seconds))
        elif stream.type == "audio":
            channels = _channels(coded, tracks.get(stream.id, Track()))
            audios.append(Audio(coded.codec, coded, int(context.sample_rate or 0), channels, seconds))
    _sample(reader, content)
    return Probe(
        size=reader.size, layout=layout, videos=tuple(videos), audios=tuple(audios), encrypted=found.encrypted,
        indexed_end=indexed_end, fingerprint=content.hexdigest(),
    )  # fmt: skip


def _channels(coded: Coded, track: Track) -> int:
    """From the header's bytes: with 8 channels or more, PyAV 18 damages its memory by telling them itself."""
    told = coded.extradata or b""
    if coded.codec == "aac" and len(told) >= 2:  # AudioSpecificConfig: 5 bits type, 4 bits rate, 4 bits channels
        bits = int.from_bytes(told[:5].ljust(5, b"\0"), "big")
        explicit_rate = (bits >> 31) & 0xF == 0xF  # 24 bits of rate follow
        return AAC_CHANNELS.get((bits >> (3 if explicit_rate else 27)) & 0xF, 0)
    if coded.codec == "alac" and len(told) >= 22:
        return told[21]
    return track.channels


def _walk_fragments(container: Any) -> None:
    """Have the index of every fragment read, and no sample: a file with a segment index is opened with its first only."""
    for stream in container.streams:
        stream.discard = Discard.all
    for count, _ in enumerate(container.demux()):
        if count > 1000:
            break  # some track can't be passed over; what was indexed so far has to do


def _video(stream: Any, coded: Coded, track: Track, seconds: float) -> Video:
    context = stream.codec_context
    steady, variation = coded.index.steadiness()
    fps = steady or float(stream.average_rate or 0)
    size = (int(context.width), int(context.height))
    width, height = size[::-1] if track.turned in {90, 270} else size
    return Video(
        codec=coded.codec, coded=coded, width=width, height=height, turned=track.turned, fps=round(fps, 3),
        duration_s=seconds, variation=variation, pixel_aspect=float(context.sample_aspect_ratio or 1) or 1.0,
    )  # fmt: skip


def _sample(reader: Reader, content: Any) -> None:
    """Bytes spread over the file: the index alone would not see other pictures of the same sizes."""
    spans = [(reader.size * number // SAMPLES, SAMPLE_BYTES) for number in range(SAMPLES)]
    for part in reader.read_all(spans):
        content.update(part)
