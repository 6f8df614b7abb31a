"""The sound of a short clip as a WAV file, for a service that writes down what is said."""

import io
import wave
from typing import Any

import av

from shared.media.decode import sounds
from shared.media.plan import Place
from shared.media.probe import Audio
from shared.ports import Reader

RATE = 16_000
LONGEST_S = 60  # with 16-bit samples just under 2 MB


def spoken(reader: Reader, audio: Audio) -> bytes | None:
    """Mono, 16 kHz, 16 bit; at most a minute. None when nothing can be decoded."""
    index = audio.coded.index
    if not len(index):
        return None
    resampler: Any = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    samples = bytearray()
    for _, _, frames in sounds(reader, audio, [Place(0, len(index) - 1, primed=False)]):
        for frame in frames:
            frame.pts = None
            for made in resampler.resample(frame):
                samples += made.to_ndarray().tobytes()
        if len(samples) >= LONGEST_S * RATE * 2:
            break
    if not samples:
        return None
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(samples[: LONGEST_S * RATE * 2]))
    return out.getvalue()
