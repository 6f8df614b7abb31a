"""Draw a clip: a contact sheet of its pictures, and its sound over time; findings are marked in red."""

import io
from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shared.domain.clips import Finding
from shared.media.ledger import clock
from shared.media.picture import Seen
from shared.media.plan import evenly
from shared.media.sound import Heard

WIDTH, GAP, COLUMNS, MOST = 1200, 12, 5, 20
PAPER, INK, FAINT, RED, GREEN, BLUE = "#14161a", "#f4f5f7", "#8b929e", "#ff4d4f", "#58d68d", "#6ea8fe"
MARKS = {
    "IMG-BLACK": "black", "IMG-FREEZE": "frozen", "IMG-CUT": "jump", "FACE-NONE": "no face", "FACE-ONE": "two faces",
    "IMG-LIGHT": "other light", "GE-START-END": "other pose", "IMG-BG-UNIFORM": "uneven",
}  # fmt: skip
QUIET, LOUD = -80.0, 0.0


def draw_sheet(looked: Sequence[Seen], duration_s: float, findings: Sequence[Finding]) -> tuple[bytes, str]:
    """A JPEG of at most 20 pictures with time, face box and red marks; and the same in words."""
    marked = _marked(looked, findings)
    shown = _chosen(looked, marked)
    height, width = looked[0].picture.shape[:2]
    columns = min(COLUMNS if width >= height else 8, len(shown))
    cell = (WIDTH - GAP * (columns + 1)) // columns
    tall = round(cell * height / width)
    rows = -(-len(shown) // columns)
    sheet = Image.new("RGB", (WIDTH, 40 + rows * (tall + GAP + 22)), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text(
        (GAP, 10), f"{len(shown)} of {len(looked)} pictures from {clock(duration_s)} min", fill=INK, font=_font(17)
    )
    if marked:
        note = f"{len(set(marked.values()))} marked in red"
        draw.text((WIDTH - GAP - draw.textlength(note, font=_font(17)), 10), note, fill=RED, font=_font(17))
    for place, picture in enumerate(shown):
        left = GAP + place % columns * (cell + GAP)
        top = 40 + place // columns * (tall + GAP + 22)
        sheet.paste(Image.fromarray(picture.picture).resize((cell, tall), Image.Resampling.LANCZOS), (left, top))
        for face in picture.faces:
            x, y = left + face.x * cell, top + face.y * tall
            draw.rectangle((x, y, x + face.width * cell, y + face.height * tall), outline=GREEN, width=2)
        mark = marked.get(id(picture), "")
        draw.text((left, top + tall + 3), clock(picture.at_s), fill=RED if mark else FAINT, font=_font(14))
        if mark:
            draw.rectangle((left, top, left + cell - 1, top + tall - 1), outline=RED, width=4)
            wide = draw.textlength(mark, font=_font(14))
            draw.text((left + cell - wide, top + tall + 3), mark, fill=RED, font=_font(14))
    faces = sum(bool(picture.faces) for picture in looked)
    told = "; ".join(f"{mark} at {clock(p.at_s)}" for p in shown if (mark := marked.get(id(p), "")))
    alt = f"{len(shown)} pictures of the clip from 0:00 to {clock(duration_s)}; a face is seen in {faces} of {len(looked)}"
    return _jpeg(sheet), f"{alt}. Marked in red: {told}." if told else f"{alt}. Nothing is marked."


def draw_frame(looked: Sequence[Seen]) -> tuple[bytes, str]:
    """One picture of the clip as a JPEG: the one with the clearest face; and the same in words."""
    best = max(looked, key=lambda picture: (not picture.black, len(picture.faces) == 1, _face_height(picture)))
    return _jpeg(Image.fromarray(best.picture)), f"the clip at {clock(best.at_s)}"


def _face_height(picture: Seen) -> float:
    return picture.faces[0].height if picture.faces else 0.0


def _marked(looked: Sequence[Seen], findings: Sequence[Finding]) -> dict[int, str]:
    """The picture nearest to each finding that has a time."""
    marks: dict[int, str] = {}
    for finding in findings:
        if finding.rule in MARKS and finding.at_s is not None:
            nearest = min(looked, key=lambda picture: abs(picture.at_s - (finding.at_s or 0.0)))
            marks.setdefault(id(nearest), MARKS[finding.rule])
    return marks


def _chosen(looked: Sequence[Seen], marked: dict[int, str]) -> list[Seen]:
    """At most 20, evenly spread; those with a mark in any case."""
    even: set[int] = {round(place) for place in evenly(0, len(looked) - 1, min(MOST, len(looked)))}
    must = [number for number, picture in enumerate(looked) if id(picture) in marked]
    for number in must:
        if number not in even:
            even -= {
                min((other for other in even if other not in must), key=lambda other: abs(other - number), default=-1)
            }
            even.add(number)
    return [looked[number] for number in sorted(even)][:MOST]


def draw_sound(heard: Heard, duration_s: float, findings: Sequence[Finding]) -> tuple[bytes, str]:
    """A JPEG of the level over time with the noise, distorted spots and passages of nothing; and the same in words."""
    height, left, right, top, bottom = 240, 64, 16, 40, 28
    strip = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(strip)
    across, tall = WIDTH - left - right, height - top - bottom
    length = max(duration_s, 0.1)

    def x(seconds: float) -> float:
        return left + across * min(1.0, max(0.0, seconds / length))

    def y(level: float) -> float:
        return top + tall * (1 - (min(LOUD, max(QUIET, level)) - QUIET) / (LOUD - QUIET))

    for level in (0, -20, -40, -60, -80):
        draw.line((left, y(level), WIDTH - right, y(level)), fill="#2a2e36")
        draw.text((8, y(level) - 9), f"{level} dB", fill=FAINT, font=_font(13))
    limited = np.zeros(across + 1, np.bool_)
    levels = np.full(across + 1, QUIET, np.float32)
    columns = np.array([int(x(second) - left) for second in heard.at_s.tolist()])
    np.maximum.at(levels, columns, heard.level_db)
    np.logical_or.at(limited, columns, heard.limited > 0.001)
    wide = max(1, int(across / max(1, len(set(columns.tolist())))))
    for column in sorted(set(columns.tolist())):
        at = left + column
        draw.rectangle((at, y(float(levels[column])), at + wide - 1, y(QUIET)), fill=BLUE)
        if limited[column]:
            draw.rectangle((at, top, at + max(2, wide - 1), top + 8), fill=RED)
    for start, end in (*heard.nothing, *heard.unsure):
        draw.rectangle((x(start), top, max(x(end), x(start) + 2), y(QUIET)), outline=RED, width=2)
    noise = y(heard.noise_db)
    for begin in range(left, WIDTH - right, 12):
        draw.line((begin, noise, begin + 6, noise), fill=GREEN, width=2)
    ticks = 6
    for tick in range(ticks + 1):
        label = clock(length * tick / ticks)
        at = x(length * tick / ticks) - (draw.textlength(label, font=_font(13)) if tick == ticks else 0)
        draw.text((at, height - bottom + 6), label, fill=FAINT, font=_font(13))
    loudness = "silence" if heard.loudness is None else f"{heard.loudness:.0f} LUFS"
    part = "all of it heard" if heard.coverage >= 1 else f"{heard.coverage:.0%} of it heard, at {heard.places} places"
    title = f"Sound: {loudness}, peak {heard.peak_db:.0f} dB, speech {heard.speech:.0%} of the time, {part}"
    draw.text((GAP, 10), title, fill=INK, font=_font(17))
    wide_key = draw.textlength("noise", font=_font(13))
    draw.rectangle((WIDTH - right - wide_key - 6, noise - 18, WIDTH - right, noise - 2), fill=PAPER)
    draw.text((WIDTH - right - wide_key - 3, noise - 18), "noise", fill=GREEN, font=_font(13))
    told = "; ".join(
        finding.message.rstrip(".")
        for finding in findings
        if finding.rule.startswith("AUD-") and finding.severity != "info"
    )
    alt = f"{title}; noise at {heard.noise_db:.0f} dB."
    return _jpeg(strip), f"{alt} {told}." if told else f"{alt} Nothing is marked."


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font, so that no file is opened."""
    return ImageFont.load_default(size)


def _jpeg(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.save(made, "JPEG", quality=85)
    return made.getvalue()
