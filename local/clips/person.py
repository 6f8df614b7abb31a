"""Draw a person before a wall: one picture, with everything about it to choose."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

GREEN, WHITE, BLUE, BLACK = (34, 160, 84), (236, 236, 234), (40, 70, 170), (0, 0, 0)
HEAD = Path(__file__).with_name("head.png")
Colour = tuple[int, int, int]
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Pose:
    """Where the person is, as shares of the picture; `people` of them, `light` times the usual brightness.

    `uneven`: how much darker the right edge is than the left, as a share.
    """

    x: float = 0.5
    top: float = 1 / 6
    size: float = 11 / 30
    people: int = 1
    background: Colour = GREEN
    light: float = 1.0
    uneven: float = 0.0


def draw(width: int, height: int, pose: Pose) -> Picture:
    """The picture, height x width x 3."""
    picture = Image.new("RGB", (width, height), pose.background)
    for number in range(pose.people):
        aside = (number - (pose.people - 1) / 2) * 0.35
        _person(picture, pose, round(width * (pose.x + aside)))
    made = np.asarray(picture)
    if pose.light == 1.0 and not pose.uneven:
        return made
    falling = np.linspace(1.0, 1.0 - pose.uneven, width, dtype=np.float32)[None, :, None]
    return np.clip(made * falling * pose.light, 0, 255).astype(np.uint8)


def _person(picture: Image.Image, pose: Pose, centre: int) -> None:
    width, height = picture.size
    head = _head(round(height * pose.size))
    top = round(height * pose.top)
    _body(ImageDraw.Draw(picture), centre, top + head.height, width, height, pose.size / (11 / 30))
    picture.paste(head, (centre - head.width // 2, top), head)


@cache
def _head(height: int) -> Image.Image:
    head = Image.open(HEAD).convert("RGBA")
    return head.resize((head.width * height // head.height, height), Image.Resampling.LANCZOS)


def _body(draw: ImageDraw.ImageDraw, centre: int, shoulders: int, width: int, height: int, times: float) -> None:
    half, neck = round(width * 0.13 * times), round(width * 0.035 * times)
    top = shoulders - height // 40
    draw.rectangle((centre - neck, top - height // 14, centre + neck, top + height // 20), fill=(196, 150, 124))
    draw.rounded_rectangle((centre - half, top, centre + half, height + 200), radius=width // 16, fill=(38, 58, 92))
