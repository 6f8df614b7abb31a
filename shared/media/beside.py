"""Draw the talent of the consent video beside one picture of each clip, so that a person can say: the same one."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

WIDTH, GAP, LEFT = 1200, 12, 360
COLUMNS, MOST = 4, 24
PAPER, INK, FAINT = "#14161a", "#f4f5f7", "#8b929e"


@dataclass(frozen=True)
class Still:
    """One picture (JPEG, drawn by us) and what it is of."""

    name: str
    picture: bytes


def draw_beside(consent: Still, clips: Sequence[Still]) -> bytes:
    """A JPEG: the consent video at the left, at most 24 clips at the right, each with its name."""
    shown = clips[:MOST]
    columns = min(COLUMNS, max(1, len(shown)))
    cell = (WIDTH - LEFT - GAP * (columns + 2)) // columns
    cell = min(cell, LEFT)
    first = _fitted(consent.picture, LEFT)
    small = [_fitted(still.picture, cell) for still in shown]
    tall = max((picture.height for picture in small), default=0)
    rows = -(-len(shown) // columns)
    height = max(40 + first.height + 40, 40 + rows * (tall + GAP + 22))
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP, 10), "The consent video", fill=INK, font=_font(17))
    more = f" (of {len(clips)})" if len(clips) > len(shown) else ""
    draw.text((LEFT + 2 * GAP, 10), f"One picture of each of {len(shown)}{more} clips", fill=INK, font=_font(17))
    sheet.paste(first, (GAP, 40))
    draw.text((GAP, 44 + first.height), _short(consent.name, 40), fill=FAINT, font=_font(14))
    for place, (still, picture) in enumerate(zip(shown, small, strict=True)):
        left = LEFT + 2 * GAP + place % columns * (cell + GAP)
        top = 40 + place // columns * (tall + GAP + 22)
        sheet.paste(picture, (left, top))
        draw.text((left, top + tall + 3), _short(still.name, max(10, cell // 8)), fill=FAINT, font=_font(14))
    made = io.BytesIO()
    sheet.save(made, "JPEG", quality=85)
    return made.getvalue()


def _fitted(picture: bytes, width: int) -> Image.Image:
    made = Image.open(io.BytesIO(picture)).convert("RGB")
    return made.resize((width, max(1, round(width * made.height / made.width))), Image.Resampling.LANCZOS)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
