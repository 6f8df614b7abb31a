"""Measure sound: levels over time, loudness, speech, distortion and passages of nothing."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np
import webrtcvad  # pyright: ignore[reportMissingTypeStubs] - it has none
from av.error import FFmpegError
from av.filter import Graph
from numpy.typing import NDArray

from shared.media.decode import sounds
from shared.media.plan import HEARD_GAP_S, Listening, Place, around, cost, listening
from shared.media.probe import Audio
from shared.ports import Reader

Floats = NDArray[np.float32]
FLOOR_DB = -120.0
WINDOW_S = 0.05
AT_LIMIT = 0.999
BROKEN = 0.05  # a little is lost at every beginning and end
NOTHING_DB = -85.0  # room tone of a quiet studio is above it; below it the track is switched off or cut
VAD_RATE, VAD_SAMPLES, VAD_MODE = 16_000, 480, 2
LOOK_AGAIN = 400  # requests for finding out how long a passage of nothing is


@dataclass
class Windows:
    """One entry for every twentieth of a second that was heard."""

    at_s: list[float] = field(default_factory=list[float])
    level_db: list[float] = field(default_factory=list[float])
    limited: list[float] = field(default_factory=list[float])  # share of samples at the limit


@dataclass(frozen=True)
class Heard:
    """What was heard. `coverage`: share of the sound that was read; `gap_s`: the longest passage between two places."""

    at_s: Floats
    level_db: Floats
    limited: Floats
    speech: float
    loudness: float | None  # LUFS; None: silence, or not measured
    measured: bool  # whether the loudness could be measured
    peak_db: float
    coverage: float
    broken: float  # share of what was read that can't be decoded
    places: int
    gap_s: float
    nothing: tuple[tuple[float, float], ...]  # passages without any sound
    unsure: tuple[tuple[float, float], ...]  # passages that may be without any sound

    @property
    def dense(self) -> bool:
        """Nothing of 3 seconds can hide between what was heard."""
        return self.gap_s <= HEARD_GAP_S

    @property
    def noise_db(self) -> float:
        return float(np.percentile(self.level_db, 10))

    @property
    def ratio_db(self) -> float:
        """Speech over noise: the loud windows against the quiet ones; it needs pauses."""
        return float(np.percentile(self.level_db, 95)) - self.noise_db


def listen(reader: Reader, audio: Audio, size: int, longest_s: float) -> Heard | None:
    """Measure the sound of a clip; None when nothing of it can be decoded. `longest_s`: how long nothing may be heard."""
    index = audio.coded.index
    if not len(index):
        return None
    spread = float(index.seconds[-1] - index.seconds[0])
    sample_s = spread / (len(index) - 1) if len(index) > 1 else audio.duration_s  # of a cut-off file, of what is there
    plan = listening(index, sample_s * len(index), size)
    meter = _Meter()
    for number, at_s, frames in sounds(reader, audio, plan.places):
        meter.take(number, at_s, frames)
    windows = meter.windows
    if not windows.at_s:
        return None
    read = sum(place.last - place.first + place.primed for place in plan.places)
    broken = max(0.0, 1 - meter.heard_s / max(read * sample_s, 1e-9))
    at_s, level = np.maximum(np.array(windows.at_s, np.float32), 0), np.array(windows.level_db, np.float32)
    nothing, unsure = _nothing(reader, audio, plan, at_s, level, longest_s)
    return Heard(
        at_s=at_s, level_db=level, limited=np.array(windows.limited, np.float32), speech=meter.speech,
        loudness=meter.loudness(), peak_db=_db(meter.peak), measured=meter.measured,
        coverage=plan.coverage * (1 - broken if broken > BROKEN else 1), broken=broken, places=len(plan.places),
        gap_s=plan.gap_s, nothing=nothing, unsure=unsure,
    )  # fmt: skip


class _Meter:
    """Takes frames as they come and keeps numbers only."""

    def __init__(self) -> None:
        self.windows = Windows()
        self.peak = 0.0
        self._voiced = self._frames = 0
        self._vad: Any = webrtcvad.Vad(VAD_MODE)
        self._graph: Any = None
        self._loudness: float | None = None
        self.measured = True
        self.heard_s = 0.0
        self._pts = 0
        self._place: int = -1
        self._rest: bytes = b""
        self._resampler: Any = None

    @property
    def speech(self) -> float:
        """Share of the time with speech."""
        return self._voiced / self._frames if self._frames else 0.0

    def loudness(self) -> float | None:
        return (
            self._loudness
            if self.measured and self.heard_s >= 0.4 and self._loudness is not None and self._loudness > -70
            else None
        )

    def take(self, number: int, at_s: float, frames: list[Any]) -> None:
        if number != self._place:
            self._place, self._rest = number, b""
        channels: list[Floats] = []
        for frame in frames:
            channels.append(_floats(frame))
            self._measure_loudness(frame)
            self._look_for_speech(frame)
        if channels:
            self._measure_levels(at_s, np.concatenate(channels, axis=1), frames[0].sample_rate)

    def _measure_levels(self, at_s: float, sound: Floats, rate: int) -> None:
        self.peak = max(self.peak, float(np.abs(sound).max()))
        length = max(1, int(rate * WINDOW_S))
        whole = sound.shape[1] // length
        if not whole:
            return
        cut = sound[:, : whole * length].reshape(sound.shape[0], whole, length)
        level = np.sqrt((cut**2).mean(axis=(0, 2)))  # over all channels, before any mixing could cancel them
        limited = (np.abs(cut) >= AT_LIMIT).mean(axis=2).max(axis=0)
        self.windows.at_s += [at_s + WINDOW_S * number for number in range(whole)]
        self.windows.level_db += [_db(float(value)) for value in level]
        self.windows.limited += limited.tolist()

    def _measure_loudness(self, frame: Any) -> None:
        frame.pts, frame.time_base = self._pts, Fraction(1, frame.sample_rate)
        self._pts += frame.samples
        self.heard_s += frame.samples / frame.sample_rate
        try:
            if self._graph is None:
                self._graph = _ebur128(frame)
            self._graph.push(frame)
            while True:
                made = self._graph.pull()
                told = made.metadata.get("lavfi.r128.I")
                self._loudness = float(told) if told else self._loudness
        except (BlockingIOError, EOFError):
            return  # it wants more before it says more
        except (FFmpegError, ValueError):
            self.measured = False  # an arrangement of channels that the meter does not know

    def _look_for_speech(self, frame: Any) -> None:
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=VAD_RATE)
        for made in self._resampler.resample(frame):
            self._rest += made.to_ndarray().tobytes()
        step = VAD_SAMPLES * 2
        while len(self._rest) >= step:
            part, self._rest = self._rest[:step], self._rest[step:]
            self._frames += 1
            self._voiced += bool(self._vad.is_speech(part, VAD_RATE))


def _ebur128(frame: Any) -> Any:
    graph: Any = Graph()
    source: Any = graph.add_abuffer(format=frame.format.name, sample_rate=frame.sample_rate, layout=frame.layout.name)
    meter: Any = graph.add("ebur128", "metadata=1")
    sink: Any = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph


def _floats(frame: Any) -> Floats:
    """Channels x samples, 1.0 is the limit."""
    made = frame.to_ndarray()
    if not frame.format.is_planar:
        made = made.reshape(-1, frame.layout.nb_channels).T
    kind = frame.format.name.rstrip("p")
    if kind == "s16":
        return (made / 32768.0).astype(np.float32)
    if kind == "s32":
        return (made / 2147483648.0).astype(np.float32)
    return made.astype(np.float32)


def _nothing(
    reader: Reader, audio: Audio, plan: Listening, at_s: Floats, level: Floats, longest_s: float
) -> tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]:
    """Passages without any sound: measured where all was read, looked at again where only places were."""
    runs = _runs(at_s, level, WINDOW_S * 1.5 if plan.gap_s <= 0 else plan.gap_s + WINDOW_S * 1.5)
    if plan.gap_s <= 0:
        return tuple(run for run in runs if run[1] - run[0] >= longest_s), ()
    found: list[tuple[float, float]] = []
    unsure: list[tuple[float, float]] = []
    left = LOOK_AGAIN
    for start, end in runs:
        if end - start < min(2 * WINDOW_S, plan.place_s - WINDOW_S):
            continue  # a moment between two words
        # Beyond the passage it was heard again one place away, so its ends lie within that distance.
        again = around(audio.coded.index, start, min(end, start + longest_s), min(plan.gap_s, longest_s * 1.2))
        left -= cost(audio.coded.index, [again])
        if left < 0:
            unsure.append((start, end))
            continue
        times, levels = _levels(reader, audio, again)
        longest = max(_runs(times, levels, WINDOW_S * 1.5), key=lambda run: run[1] - run[0], default=(0.0, 0.0))
        if longest[1] - longest[0] >= longest_s:
            found.append((longest[0], max(longest[1], end)))
    return tuple(found), tuple(unsure)


def _levels(reader: Reader, audio: Audio, place: Place) -> tuple[Floats, Floats]:
    meter = _Meter()
    for number, at_s, frames in sounds(reader, audio, [place]):
        meter.take(number, at_s, frames)
    return np.array(meter.windows.at_s, np.float32), np.array(meter.windows.level_db, np.float32)


def _runs(at_s: Floats, level: Floats, step: float) -> list[tuple[float, float]]:
    """Runs of windows without sound that are at most `step` seconds apart, with no other window between them."""
    runs: list[tuple[float, float]] = []
    open_ = False
    for time, db in zip(at_s.tolist(), level.tolist(), strict=True):
        if db >= NOTHING_DB:
            open_ = False
        elif open_ and time - runs[-1][1] + WINDOW_S <= step:
            runs[-1] = (runs[-1][0], time + WINDOW_S)
        else:
            runs.append((time, time + WINDOW_S))
            open_ = True
    return runs


def _db(value: float) -> float:
    return max(FLOOR_DB, 20 * float(np.log10(max(value, 1e-9))))
