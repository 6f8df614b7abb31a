"""Measure pictures: brightness, background, faces; every measure of a picture scaled to a few hundred pixels."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared.media.colour import Floats, Picture, apart, lab, luma
from shared.media.faces import Face, find

WIDTH = 640  # of the longer side
KEPT = 320  # of the longer side, for the contact sheet
HDR_TRANSFERS = {16, 18}  # PQ and HLG, by their numbers in the stream
THUMB = (36, 64)
STRIP, TOP = 0.12, 0.6  # the background is looked at left and right, above the hands
BLACK = 24  # nothing in a black picture is brighter (of 255)


@dataclass(frozen=True)
class Seen:
    """One picture: `background` is the median L*, a*, b* of its side strips, `spread` how uneven they are (delta E)."""

    at_s: float
    black: bool
    interlaced: bool
    hdr: bool
    deep: bool
    background: tuple[float, float, float]
    spread: float
    faces: tuple[Face, ...]
    face_luma: float | None
    thumb: Floats = field(repr=False)
    picture: Picture = field(repr=False)


def small(frame: Any, turned: int | None) -> Picture:
    """The picture as shown, its longer side at most `WIDTH` pixels."""
    scale = min(1.0, WIDTH / max(frame.width, frame.height))
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    made: Picture = frame.reformat(width=width, height=height, format="rgb24", threads=1).to_ndarray()
    return np.ascontiguousarray(np.rot90(made, -(turned or 0) // 90))


def measure(at_s: float, frame: Any, turned: int | None) -> Seen:
    """Everything that the rules need of one picture."""
    picture = small(frame, turned)
    height, width = picture.shape[:2]
    side, top = max(1, int(width * STRIP)), max(1, int(height * TOP))
    strips = lab(np.concatenate([picture[:top, :side], picture[:top, -side:]], axis=1))
    middle = np.median(strips, axis=(0, 1)).astype(np.float32)
    light = luma(picture)
    faces = find(picture)
    return Seen(
        at_s=at_s,
        black=_black(light),
        interlaced=bool(frame.interlaced_frame),
        hdr=int(frame.color_trc or 0) in HDR_TRANSFERS,
        deep=any(component.bits > 8 for component in frame.format.components),
        background=(float(middle[0]), float(middle[1]), float(middle[2])),
        spread=float(np.percentile(apart(strips, middle), 95)),
        faces=faces,
        face_luma=_face_luma(light, faces[0]) if faces else None,
        thumb=thumbnail(light),
        picture=_thinned(picture),
    )


def _thinned(picture: Picture) -> Picture:
    """Every so many pixels: what a contact sheet needs, kept until it is drawn."""
    step = max(1, round(max(picture.shape[:2]) / KEPT))
    return np.ascontiguousarray(picture[::step, ::step])


def glance(frame: Any, turned: int | None) -> tuple[Floats, bool]:
    """The thumbnail of a picture, and whether it is black: enough for telling a frozen passage."""
    light = luma(small(frame, turned))
    return thumbnail(light), _black(light)


def _black(light: Floats) -> bool:
    return float(np.percentile(light, 98)) < BLACK


def thumbnail(light: Floats) -> Floats:
    """Brightness in a grid of 64 by 36 (the mean of each cell's pixels), for comparing pictures."""
    rows = [light.shape[0] * number // THUMB[0] for number in range(THUMB[0])]
    columns = [light.shape[1] * number // THUMB[1] for number in range(THUMB[1])]
    sums = np.add.reduceat(np.add.reduceat(light, rows, axis=0), columns, axis=1)
    ones = np.add.reduceat(np.add.reduceat(np.ones_like(light), rows, axis=0), columns, axis=1)
    return (sums / ones).astype(np.float32)


def _face_luma(light: Floats, face: Face) -> float:
    height, width = light.shape
    rows = slice(max(0, int(face.y * height)), max(1, int((face.y + face.height) * height)))
    columns = slice(max(0, int(face.x * width)), max(1, int((face.x + face.width) * width)))
    inside = light[rows, columns]
    return float(inside.mean()) if inside.size else float(light.mean())
