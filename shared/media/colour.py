"""Colours of a small picture: brightness, and CIE L*a*b* for telling how different two colours look."""

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # height x width x 3, RGB
Floats = NDArray[np.float32]

_LINEAR = np.where(
    np.arange(256) <= 0.04045 * 255, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32)
_WHITE = np.array([0.9505, 1.0, 1.089], np.float32)
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def luma(picture: Picture) -> Floats:
    """Brightness, 0 to 255."""
    return (picture.astype(np.float32) @ _LUMA).astype(np.float32)


def lab(pixels: Picture) -> Floats:
    """L* (0 to 100), a*, b* of sRGB pixels; the last axis is the colour."""
    xyz = (_LINEAR[pixels] @ _XYZ.T) / _WHITE
    cubed = np.where(xyz > 0.008856, np.cbrt(xyz), xyz * 7.787 + 16 / 116)
    return np.stack(
        [
            116 * cubed[..., 1] - 16,
            500 * (cubed[..., 0] - cubed[..., 1]),
            200 * (cubed[..., 1] - cubed[..., 2]),
        ],
        axis=-1,
    ).astype(np.float32)


def apart(one: Floats, other: Floats) -> Floats:
    """How different colours look (delta E of 1976); about 2 is just visible."""
    return np.sqrt(((one - other) ** 2).sum(axis=-1)).astype(np.float32)
