"""Speech from espeak-ng's library, by ctypes: mono samples at its own rate."""

import ctypes
import threading
from functools import cache
from typing import Any

import espeakng_loader  # pyright: ignore[reportMissingTypeStubs] - it has none
import numpy as np
from numpy.typing import NDArray

TEXT = (
    "Welcome to our studio. Today I will tell you how the workshop is organised, what you will see in the first room, "
    "and where to find help. Please take your time, look around, and ask whenever something is not clear. "
)
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_RETRIEVAL, _UTF8 = 1, 1
_LOCK = threading.Lock()


def speak(seconds: float, rate: int) -> NDArray[np.float32]:
    """Speech of this length at this rate, between -1 and 1; the text is repeated as often as it takes."""
    with _LOCK:  # the library works for one thread at a time
        native_rate, spoken = _spoken(TEXT)
    wanted = int(seconds * native_rate)
    sound = np.tile(spoken, wanted // max(1, len(spoken)) + 1)[:wanted]
    at = np.linspace(0, len(sound) - 1, int(seconds * rate))
    return (np.interp(at, np.arange(len(sound)), sound) * 0.6).astype(np.float32)


@cache
def _spoken(text: str) -> tuple[int, NDArray[np.float32]]:
    library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
    parts: list[NDArray[np.int16]] = []

    def receive(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            parts.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    callback = _CALLBACK(receive)
    rate = int(library.espeak_Initialize(_RETRIEVAL, 0, espeakng_loader.get_data_path().encode(), 0))
    library.espeak_SetSynthCallback(callback)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 0, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return rate, np.concatenate(parts).astype(np.float32) / 32768.0
