"""Encode a stretch of 8 seconds once, and repeat it by remuxing: a 5-minute clip in seconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from local.clips.person import Pose, draw
from local.clips.speech import speak

STRETCH_S = 8  # a whole number of AAC frames at 48 kHz, so that repeated sound stays in step
RATE = 48_000


@dataclass(frozen=True)
class Recipe:
    """What a clip is to be; lengths in seconds are rounded to whole stretches when longer than one."""

    seconds: float
    width: int = 1920
    height: int = 1080
    fps: int = 25
    spoken: bool = True
    seed: int = 1
    marred: bool = False  # black from 3.0 to 3.8 s, distorted from 5 to 6 s, and the light falls


def make(path: Path, recipe: Recipe) -> Path:
    """Write the clip as MP4 with its index in front."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if recipe.seconds <= STRETCH_S:
        _encode(path, recipe, recipe.seconds)
        return path
    stretch = path.with_suffix(".stretch.mp4")
    _encode(stretch, recipe, STRETCH_S)
    repeat(stretch, path, round(recipe.seconds / STRETCH_S))
    stretch.unlink()
    return path


def _encode(path: Path, recipe: Recipe, seconds: float) -> None:
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as opened:
        out: Any = opened  # PyAV's types are partial
        video: Any = out.add_stream("libx264", rate=recipe.fps, options={"preset": "ultrafast", "crf": "23", "g": "50"})
        video.width, video.height, video.pix_fmt = recipe.width, recipe.height, "yuv420p"
        audio: Any = out.add_stream("aac", rate=RATE, layout="mono")
        for picture in _pictures(recipe, seconds):
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(video.encode(None))
        for frame in sound(recipe, seconds):
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))


def _pictures(recipe: Recipe, seconds: float) -> Iterator[NDArray[np.uint8]]:
    """A person who sways a little before a plain wall; the last picture leads back to the first."""
    for number in range(int(seconds * recipe.fps)):
        angle = 2 * np.pi * number / max(1, recipe.fps * STRETCH_S)
        x = 0.5 + 0.004 * float(np.sin(angle * 2 + recipe.seed))
        at = number / recipe.fps
        if recipe.marred and 3.0 <= at < 3.8:
            yield np.zeros((recipe.height, recipe.width, 3), np.uint8)
            continue
        light = 1 - 0.03 * at if recipe.marred else 1.0
        yield draw(recipe.width, recipe.height, Pose(x=x, top=1 / 6 + 0.003 * float(np.cos(angle * 4)), light=light))


def sound(recipe: Recipe, seconds: float) -> Iterator[Any]:
    noise = np.random.default_rng(recipe.seed).normal(0, 0.0004, int(seconds * RATE)).astype(np.float32)
    samples = noise + (speak(seconds, RATE)[: len(noise)] if recipe.spoken else 0)
    if recipe.marred:
        loud = slice(5 * RATE, 6 * RATE)
        samples[loud] = np.clip(samples[loud] * 60, -1, 1)
    for at in range(0, len(samples), 1024):
        part = np.ascontiguousarray(samples[at : at + 1024].astype(np.float32)[None, :])
        frame: Any = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, at
        yield frame


def repeat(stretch: Path, path: Path, times: int) -> None:
    with av.open(str(stretch)) as source, av.open(str(path), "w", options={"movflags": "+faststart"}) as opened:
        out: Any = opened
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        packets: list[Any] = [p for p in source.demux() if p.size]
        for turn in range(times):
            for packet in packets:
                if turn and packet.stream.type == "audio" and packet.pts < 0:
                    continue  # the encoder's priming packet belongs to the first stretch only
                out.mux(_moved(packet, streams[packet.stream.index], turn))


def _moved(packet: Any, stream: Any, turn: int) -> Any:
    moved: Any = av.Packet(bytes(packet))
    shift = int(turn * STRETCH_S / packet.time_base)
    moved.pts, moved.dts, moved.duration = packet.pts + shift, packet.dts + shift, packet.duration
    moved.time_base, moved.is_keyframe, moved.stream = packet.time_base, packet.is_keyframe, stream
    return moved
