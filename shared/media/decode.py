"""Stand-alone decoders, fed with exactly the samples that the index names."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import av
from av.error import FFmpegError

from shared.media.index import Index
from shared.media.plan import Place, Shot, Span, joined
from shared.media.probe import MOST_PIXELS, Audio, Coded
from shared.ports import Reader

PICTURES = {"h264", "hevc", "prores", "mpeg4"}
SOUNDS = {
    "aac",
    "alac",
    "mp3",
    "mp3float",
    "pcm_s16le",
    "pcm_s16be",
    "pcm_s24le",
    "pcm_s24be",
    "pcm_s32le",
    "pcm_f32le",
}
LAYOUTS = ("mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1")  # by number; which is where is not asked
MOST_CHANNELS = 7  # with 8 or more, PyAV 18 reads and writes beyond a frame's memory
Made = TypeVar("Made")
BROKEN = (FFmpegError, ValueError, MemoryError, OSError)


@dataclass
class Told:
    """Width over height of a pixel, which headers often do not say; and how many shots had a sample that is broken."""

    pixel_aspect: float = 1.0
    broken: int = 0


def _context(coded: Coded) -> Any:
    made: Any = av.CodecContext.create(coded.codec, "r")
    if coded.extradata:
        made.extradata = coded.extradata
    made.thread_count = 1
    made.options = {"max_pixels": str(MOST_PIXELS)}
    return made


def _parts(index: Index, first: int, last: int, spans: Iterable[bytes]) -> Iterator[bytes]:
    """Cut what was read as joined ranges into the samples again."""
    buffer, at = b"", 0
    parts = iter(spans)
    for size in index.size[first : last + 1].tolist():
        while at + size > len(buffer):
            more = next(parts, b"")
            if not more:
                return
            buffer, at = buffer[at:] + more, 0
        yield buffer[at : at + size]
        at += size


def pictures(
    reader: Reader, coded: Coded, wanted: Sequence[Shot], *, every: bool = False, told: Told | None = None
) -> Iterator[tuple[float, Any]]:
    """The last picture of each shot with its time in seconds; all of them with `every`. Nothing for what can't be decoded.

    Shots that go on from the one before, from the same key picture, read only what is new. `told` gets what the decoder
    learned from the pictures themselves.
    """
    context = _context(coded)
    index = coded.index
    begins = [
        shot.first if number == 0 or wanted[number - 1].first != shot.first or shot.first == shot.last
        else wanted[number - 1].last + 1
        for number, shot in enumerate(wanted)
    ]  # fmt: skip
    spans: list[Span] = []
    counts: list[int] = []
    for begin, shot in zip(begins, wanted, strict=True):
        own = joined(index, begin, shot.last)
        spans += own
        counts.append(len(own))
    read = reader.read_all(spans)
    for number, (begin, shot, count) in enumerate(zip(begins, wanted, counts, strict=True)):
        goes_on = number + 1 < len(wanted) and begins[number + 1] != wanted[number + 1].first
        parts = _parts(index, begin, shot.last, [next(read, b"") for _ in range(count)])
        last: Any = None
        errors: list[Exception] = []
        for at, frame in enumerate(_decoded(context, parts, errors, flush=not goes_on)):
            if every:
                yield float(index.seconds[min(begin + at, shot.last)]), frame
            last = frame
        if told is not None:
            told.pixel_aspect = float(context.sample_aspect_ratio or 0) or told.pixel_aspect
            told.broken += bool(errors)
        if last is not None and not every:
            yield float(index.seconds[shot.last]), last


def _decoded(context: Any, parts: Iterable[bytes], errors: list[Exception], *, flush: bool) -> Iterator[Any]:
    """Pictures as they come; a broken sample is noted, and the decoder starts anew after it."""
    for part in parts:
        try:
            yield from context.decode(av.Packet(part))
        except BROKEN as error:
            errors.append(error)
            context.flush_buffers()
    if flush:
        with suppress(*BROKEN):  # what is left in the decoder is as broken as what came before
            yield from context.decode(None)
        context.flush_buffers()


def each(found: Iterable[tuple[float, Any]], look: Callable[[float, Any], Made]) -> Iterator[Made]:
    """What `look` makes of each picture; one that can't be converted is left out."""
    for at, frame in found:
        with suppress(*BROKEN):
            yield look(at, frame)


def sounds(reader: Reader, audio: Audio, places: Sequence[Place]) -> Iterator[tuple[int, float, list[Any]]]:
    """The number of each place, its time in seconds, and its frames, without the one that only primes the decoder.

    A long place comes in several portions.
    """
    context = _context(audio.coded)
    if audio.codec.startswith("pcm_"):
        context.sample_rate = audio.rate
        context.layout = LAYOUTS[audio.channels - 1]
    index = audio.coded.index
    portions = [
        (number, begin, min(begin + 255, place.last), begin == place.first, place)
        for number, place in enumerate(places)
        for begin in range(place.first, place.last + 1, 256)
    ]
    spans = [joined(index, begin, last) for _, begin, last, _, _ in portions]
    read = reader.read_all([span for own in spans for span in own])
    for (number, begin, last, begins, place), own in zip(portions, spans, strict=True):
        parts = list(_parts(index, begin, last, [next(read, b"") for _ in own]))
        if begins:
            context.flush_buffers()
        skip = 1 if begins and not place.primed else 0
        frames: list[Any] = []
        for part in parts:
            try:
                frames += context.decode(av.Packet(part))
            except BROKEN:
                context.flush_buffers()
        at_s = float(index.seconds[begin + skip]) if last >= begin + skip else 0.0
        yield number, at_s, [frame for frame in frames[skip:] if _sane(frame)]


def _sane(frame: Any) -> bool:
    channels = frame.layout.nb_channels
    return 0 < channels <= MOST_CHANNELS and frame.sample_rate > 0 and frame.samples > 0
