"""Make the clips that the benchmark checks: real H.264 and H.265 with noise as a camera has, in several arrangements."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np

from local.clips.making import RATE, STRETCH_S, Recipe, repeat, sound
from local.clips.person import Pose, draw

LAYOUTS = {
    "faststart": ["-movflags", "+faststart"],
    "moov_at_end": [],
    "fragmented": ["-movflags", "+frag_keyframe+empty_moov"],
    "chunked": ["-movflags", "+faststart", "-chunk_duration", "1000000"],
}


def main(folder: Path, names: list[str], seconds: int) -> None:
    """Write those that are not there yet, the long ones of so many seconds; all of them have about 8 GB with 600."""
    folder.mkdir(parents=True, exist_ok=True)
    stretch = folder / "stretch.mp4"
    once(stretch, lambda path: encode(path, 1920, 1080, "libx264", 16_000_000))
    long = folder / "faststart.mp4"
    once(long, lambda path: repeat(stretch, path, seconds // STRETCH_S))
    for name, flags in LAYOUTS.items():
        if name not in names:
            continue
        once(folder / f"{name}.mp4", lambda path, flags=flags: _arrange(long, path, flags))
    once(folder / "short60s.mp4", lambda path: repeat(stretch, path, 64 // STRETCH_S))
    if "hevc4k" not in names:
        return
    stretch_4k = folder / "stretch4k.mp4"
    once(stretch_4k, lambda path: encode(path, 3840, 2160, "libx265", 40_000_000))
    once(folder / "hevc4k.mp4", lambda path: repeat(stretch_4k, path, seconds // STRETCH_S))


def once(path: Path, make: Any) -> None:
    if not path.exists():
        print(f"making {path.name} ...", file=sys.stderr, flush=True)
        part = path.with_suffix(".part.mp4")
        make(part)
        part.rename(path)


def _arrange(source: Path, path: Path, flags: list[str]) -> None:
    """The same samples in another order; by ffmpeg, which is a peer of ours here."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-c", "copy", *flags, str(path)]
    subprocess.run(command, check=True)


def encode(path: Path, width: int, height: int, codec: str, bits: int) -> None:
    """8 seconds of a person with the noise of a sensor, key pictures every 2 seconds."""
    dice = np.random.default_rng(1)
    noise = dice.normal(0, 6, (height + 8, width + 8, 1)).astype(np.int16)
    rate = {"b": str(bits), "maxrate": str(bits * 9 // 8), "bufsize": str(bits)}
    keys = {"x264-params": "keyint=50:min-keyint=50:scenecut=0"} if codec == "libx264" else {
        "x265-params": "keyint=50:min-keyint=50:scenecut=0:log-level=none"
    }  # fmt: skip
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as opened:
        out: Any = opened
        video = out.add_stream(codec, rate=25, options={"preset": "ultrafast", **rate, **keys})
        video.width, video.height, video.pix_fmt, video.bit_rate = width, height, "yuv420p", bits
        audio = out.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 192_000
        for number in range(25 * STRETCH_S):
            angle = 2 * np.pi * number / (25 * STRETCH_S)
            picture = draw(width, height, Pose(x=0.5 + 0.004 * float(np.sin(angle * 2)))).astype(np.int16)
            down, right = dice.integers(0, 8, 2)
            grainy = np.clip(picture + noise[down : down + height, right : right + width], 0, 255).astype(np.uint8)
            out.mux(video.encode(av.VideoFrame.from_ndarray(grainy, format="rgb24")))
        out.mux(video.encode(None))
        for frame in sound(Recipe(STRETCH_S), STRETCH_S):
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[3:], int(sys.argv[2]))
