"""Charts: as Slack's own block, as a picture where a workspace or client refuses that, and always with the same in words."""

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

from shared.slack.blocks import Json

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 1000, 340, 70, 48, 40, 210
PAPER, INK, FAINT, LINE = "#ffffff", "#1d1c1d", "#616061", "#e6e6e6"
COLOURS = ("#1264a3", "#e8912d", "#2bac76", "#cd2553", "#7c3aed", "#8b929e")
SHOWN = 5  # avatars with a colour of their own; the rest is one
OTHERS = "all others"


Days = Sequence[tuple[datetime, dict[str, Decimal]]]


def native_chart(days: Days) -> Json:
    """Slack's own bar chart (docs.slack.dev, data visualization block): at most 6 series, a point each a category."""
    _, named, other = _ranked(days)
    labels = [str(day.day) for day, _ in days]  # of a fortnight: Slack writes them side by side

    def series(name: str, costs: Sequence[Decimal]) -> Json:
        points = [{"label": label, "value": round(float(cost), 2)} for label, cost in zip(labels, costs, strict=True)]
        return {"name": name[:75], "data": points}

    drawn = [series(name, [costs.get(name, Decimal(0)) for _, costs in days]) for name in named]
    if other:
        rest = [sum((costs[name] for name in other if name in costs), Decimal(0)) for _, costs in days]
        drawn.append(series(OTHERS, rest))
    return {
        "type": "data_visualization",
        "title": f"Hosting a day in US$, {days[0][0]:%d %b} to {days[-1][0]:%d %b}",
        "chart": {"type": "bar", "series": drawn, "axis_config": {"categories": labels}},
    }


def in_words(days: Days) -> str:
    """The same as the chart."""
    totals, _, _ = _ranked(days)
    told = ", ".join(f"{name} ${totals[name]:,.2f}" for name in list(totals)[:8])
    span = f" from {days[0][0]:%d %b} to {days[-1][0]:%d %b}" if days else ""
    return f"Hosting{span}, by avatar: {told or 'nothing'}."


def _ranked(days: Days) -> tuple[dict[str, Decimal], list[str], set[str]]:
    """What each avatar costs over all days, the dearest first; those shown by name, and the others."""
    totals: dict[str, Decimal] = {}
    for _, costs in days:
        for name, cost in costs.items():
            totals[name] = totals.get(name, Decimal(0)) + cost
    ranked = sorted(totals, key=lambda name: -totals[name])
    return {name: totals[name] for name in ranked}, ranked[:SHOWN], set(ranked[SHOWN:])


def hosting_chart(days: Days) -> bytes:
    """A PNG of stacked bars, a day each."""
    from PIL import Image, ImageDraw  # here, so that nobody waits for it who draws nothing

    _, named, other = _ranked(days)
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
    legend = [*named, *([OTHERS] if other else [])]
    for number, (colour, name) in enumerate(zip(COLOURS, legend, strict=False)):
        y = TOP + number * 24
        draw.rectangle((WIDTH - RIGHT + 16, y, WIDTH - RIGHT + 30, y + 14), fill=colour)
        draw.text((WIDTH - RIGHT + 38, y - 2), name[:20], fill=INK, font=_font(14))
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)
