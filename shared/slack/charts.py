"""Charts as pictures with the same in words: Slack's own chart blocks are not allowed in every workspace."""

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 1000, 340, 70, 48, 40, 210
PAPER, INK, FAINT, LINE = "#ffffff", "#1d1c1d", "#616061", "#e6e6e6"
COLOURS = ("#1264a3", "#e8912d", "#2bac76", "#cd2553", "#7c3aed", "#8b929e")
SHOWN = 5  # avatars with a colour of their own; the rest is one


def hosting_chart(days: Sequence[tuple[datetime, dict[str, Decimal]]]) -> tuple[bytes, str]:
    """A PNG of stacked bars, a day each; and the same in words."""
    totals: dict[str, Decimal] = {}
    for _, costs in days:
        for name, cost in costs.items():
            totals[name] = totals.get(name, Decimal(0)) + cost
    ranked = sorted(totals, key=lambda name: -totals[name])
    named = ranked[:SHOWN]
    other = set(ranked[SHOWN:])
    most = max((sum(costs.values(), Decimal(0)) for _, costs in days), default=Decimal(0))
    top = float(most) * 1.1 or 1.0
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((16, 14), "Hosting a day, US dollars at list price", fill=INK, font=_font(18))
    across, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    for step in range(5):
        y = TOP + tall * step / 4
        draw.line((LEFT, y, WIDTH - RIGHT, y), fill=LINE)
        draw.text((12, y - 8), f"${top * (1 - step / 4):,.2f}", fill=FAINT, font=_font(13))
    wide = across / max(1, len(days))
    for number, (day, costs) in enumerate(days):
        base = TOP + tall
        parts = [costs.get(name, Decimal(0)) for name in named]
        parts.append(sum((cost for name, cost in costs.items() if name in other), Decimal(0)))
        for colour, part in zip(COLOURS, parts, strict=False):
            height = tall * float(part) / top
            if height > 0:
                x = LEFT + wide * number
                draw.rectangle((x + wide * 0.15, base - height, x + wide * 0.85, base), fill=colour)
                base -= height
        if number % 2 == (len(days) - 1) % 2:
            draw.text(
                (LEFT + wide * number + wide * 0.1, HEIGHT - BOTTOM + 8), f"{day:%d %b}", fill=FAINT, font=_font(12)
            )
    legend = [*named, *(["others"] if other else [])]
    for number, (colour, name) in enumerate(zip(COLOURS, legend, strict=False)):
        y = TOP + number * 24
        draw.rectangle((WIDTH - RIGHT + 16, y, WIDTH - RIGHT + 30, y + 14), fill=colour)
        draw.text((WIDTH - RIGHT + 38, y - 2), name[:20], fill=INK, font=_font(14))
    made = io.BytesIO()
    image.save(made, "PNG")
    told = ", ".join(f"{name} ${totals[name]:,.2f}" for name in ranked[:8])
    span = f" from {days[0][0]:%d %b} to {days[-1][0]:%d %b}" if days else ""
    return made.getvalue(), f"Hosting{span}, by avatar: {told or 'nothing'}."


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
