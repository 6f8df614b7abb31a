"""Really encoded clips for the tests: any pictures, any sound, any container, each made once a session."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from local.clips.person import Picture, Pose, draw
from local.clips.speech import speak
from shared.domain.clips import Finding
from shared.domain.names import Kind
from shared.domain.records import Target
from shared.domain.rules import RULES, Rule
from shared.media.check import check
from shared.media.verdict import Verdict

RATE = 48_000
Sound = NDArray[np.float32]
Look = Callable[[float], Pose | None]  # the pose at a time in seconds; None is a black picture


class Bytes:
    """A reader over bytes that counts what it is asked for."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)
        self.read_bytes = self.requests = 0

    def read(self, offset: int, length: int) -> bytes:
        part = self._content[offset : offset + length]
        self.read_bytes += len(part)
        self.requests += 1
        return part

    def read_all(self, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        return (self.read(*span) for span in spans)


def checked(
    content: bytes,
    kind: Kind = "natural",
    file: str = "take.mp4",
    target: Target = "1080p",
    rules: dict[str, Rule] = RULES,
) -> Verdict:
    return check(Bytes(content), file, kind, target, rules, keep=lambda _name, _picture: None)


def found(verdict: Verdict, rule: str) -> Finding | None:
    return next((finding for finding in verdict.findings if finding.rule == rule), None)


def rules(verdict: Verdict) -> set[str]:
    """Rules that failed or are not known; what is only good to know is left out."""
    return {finding.rule for finding in verdict.findings if finding.severity != "info"}


def sway(at: float) -> Pose:
    """A person who never stands quite still."""
    return Pose(x=0.5 + 0.004 * float(np.sin(at * 1.6)), top=1 / 6 + 0.003 * float(np.cos(at * 3.1)))


@cache
def speech(seconds: float, noise: float = 0.0004) -> Sound:
    rng = np.random.default_rng(1)
    return (speak(seconds, RATE) + rng.normal(0, noise, int(seconds * RATE))).astype(np.float32)


def room(seconds: float, level: float = 0.0004) -> Sound:
    """A quiet room without a word."""
    return np.random.default_rng(2).normal(0, level, int(seconds * RATE)).astype(np.float32)


@dataclass(frozen=True)
class Film:
    """What to encode. Small pictures by default: rules about pictures look at a few hundred pixels anyway."""

    seconds: float = 8.0
    look: Look = sway
    sound: Sound | None = None  # None: speech; an empty one: no sound track
    width: int = 640
    height: int = 360
    fps: int = 25
    gop: int = 50
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    audio: str = "aac"
    rate: int = RATE
    format: str = "mp4"
    flags: str = ""
    muxer: dict[str, str] = field(default_factory=dict[str, str])
    encoder: dict[str, str] = field(default_factory=dict[str, str])
    setup: Callable[[Any], None] = lambda _stream: None


def encode(film: Film) -> bytes:
    made = BytesIO()
    options = {"movflags": film.flags, **film.muxer} if film.flags else film.muxer
    with av.open(made, "w", format=film.format, options=options) as opened:
        out: Any = opened
        speed = {"preset": "ultrafast"} if film.codec in {"libx264", "libx265"} else {}
        quiet = {"x265-params": "log-level=none"} if film.codec == "libx265" else {}
        video = out.add_stream(
            film.codec, rate=film.fps, options={**speed, **quiet, "g": str(film.gop), **film.encoder}
        )
        video.width, video.height, video.pix_fmt = film.width, film.height, film.pix_fmt
        film.setup(video)
        sound = speech(film.seconds) if film.sound is None else film.sound
        audio = out.add_stream(film.audio, rate=film.rate, layout="mono") if len(sound) else None
        pictures, parts = _pictures(film), _parts(sound, film)
        for second in range(int(np.ceil(film.seconds)) + 1):  # interleaved by the second, as muxers like it
            for picture in _until(pictures, second):
                out.mux(video.encode(picture))
            for part in _until(parts, second) if audio else ():
                out.mux(audio.encode(part))
        out.mux(video.encode(None))
        for _, part in parts if audio else ():
            out.mux(audio.encode(part))
        if audio:
            out.mux(audio.encode(None))
    return made.getvalue()


def _until(frames: Iterator[tuple[float, Any]], second: float) -> Iterator[Any]:
    for at, frame in frames:
        yield frame
        if at >= second:
            return


def _pictures(film: Film) -> Iterator[tuple[float, Any]]:
    for number in range(round(film.seconds * film.fps)):
        at = number / film.fps
        frame = av.VideoFrame.from_ndarray(_drawn(film.width, film.height, film.look(at)), format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, film.fps)
        yield at, frame


def _parts(sound: Sound, film: Film) -> Iterator[tuple[float, Any]]:
    kind = {"aac": "fltp", "alac": "s16p", "libmp3lame": "fltp"}.get(film.audio, "s16")
    for at in range(0, len(sound), 1024):
        part = np.ascontiguousarray(sound[at : at + 1024][None, :])
        if kind.startswith("s16"):
            part = np.clip(part * 32767, -32768, 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(part, format=kind, layout="mono")
        frame.sample_rate, frame.pts = film.rate, at
        yield at / film.rate, frame


@cache
def _drawn(width: int, height: int, pose: Pose | None) -> Picture:
    return draw(width, height, pose) if pose else np.zeros((height, width, 3), np.uint8)


def remux(content: bytes, flags: str = "", *, sound: bool = True, **muxer: str) -> bytes:
    """The same samples in another arrangement."""
    options = {"movflags": flags, **muxer} if flags else dict(muxer)
    with NamedTemporaryFile(suffix=".mp4") as made:  # some arrangements are written in two passes
        _remux(content, made.name, options, sound=sound)
        return Path(made.name).read_bytes()


def _remux(content: bytes, path: str, options: dict[str, str], *, sound: bool) -> None:
    with av.open(BytesIO(content)) as source, av.open(path, "w", format="mp4", options=options) as out:
        streams = {s.index: out.add_stream_from_template(s) for s in source.streams if sound or s.type == "video"}
        for packet in source.demux():
            if packet.size and packet.stream.index in streams:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
