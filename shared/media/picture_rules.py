"""Judge a clip by its pictures."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from shared.media.ledger import Ledger, clock
from shared.media.picture import Seen

WHITE = 97.0  # a background as light as this can't show that the light grew
STRONG = 8.0
JUMP = 0.1  # of the picture's width: a person does not move so far between two pictures of one take


def judge(seen: Sequence[Seen], ledger: Ledger) -> None:
    """Light, background, cuts and faces; black and frozen passages are judged where they are looked for."""
    lit = [picture for picture in seen if not picture.black]
    if not lit:
        ledger.unsure_all("face", "all pictures that were looked at are black")
        return
    if sum(picture.interlaced for picture in lit) > len(lit) / 2:
        ledger.fail("VID-INTERLACED", "interlaced", "The pictures are interlaced: moving edges look like combs.")
    if any(picture.hdr for picture in lit):
        ledger.fail("VID-COLOR", "HDR", "The picture is HDR.")
    if any(picture.deep for picture in lit):
        ledger.fail("VID-DEPTH", "more than 8 bits", "The picture has more than 8 bits a colour.")
    _background(lit, ledger)
    _light(lit, ledger)
    _cuts(lit, ledger)
    _faces(lit, ledger)
    ledger.judged("picture")


def shape(pixel_aspect: float, ledger: Ledger) -> None:
    if abs(pixel_aspect - 1) > 0.01:
        ledger.fail("VID-SAR", f"{pixel_aspect:.3f}", "The pixels are not square, so the picture is stretched.")


def black(passages: Sequence[tuple[float, float]], ledger: Ledger) -> None:
    for start, end in [run for run in passages if run[1] - run[0] >= ledger.most("IMG-BLACK")][:3]:
        message = f"The picture is black for {end - start:.1f} s at {clock(start)}."
        ledger.fail("IMG-BLACK", f"{end - start:.1f} s", message, start)


def frozen(passages: Sequence[tuple[float, float]], ledger: Ledger) -> None:
    for start, end in [run for run in passages if run[1] - run[0] >= ledger.most("IMG-FREEZE")][:3]:
        message = f"The picture does not change at all for {end - start:.1f} s at {clock(start)}."
        ledger.fail("IMG-FREEZE", f"{end - start:.1f} s", message, start)


def ends(first: Seen | None, last: Seen | None, ledger: Ledger) -> None:
    """A gesture begins and ends in the same pose."""
    if first is None or last is None:
        ledger.unsure("GE-START-END", "the last picture can't be decoded")
        return
    different = float(np.abs(first.thumb - last.thumb).mean())
    moved = bool(first.faces and last.faces) and first.faces[0].overlap(last.faces[0]) < 0.6
    if moved or different > ledger.most("GE-START-END"):
        what = "the face is at another place" if moved else "the pictures differ"
        ledger.fail(
            "GE-START-END",
            f"difference {different:.0f}",
            f"The gesture ends in another pose than it begins: {what}.",
            last.at_s,
        )


def _background(lit: Sequence[Seen], ledger: Ledger) -> None:
    spread = float(np.median([picture.spread for picture in lit]))
    if spread > ledger.most("IMG-BG-UNIFORM"):
        ledger.fail(
            "IMG-BG-UNIFORM",
            f"{spread:.0f}",
            f"The background is uneven: its colours lie {spread:.0f} apart.",
            lit[0].at_s,
        )
    light, red, blue = np.median([picture.background for picture in lit], axis=0)
    if red > -15:  # green is at about -50
        name = "blue" if blue < -15 else "white" if light > 85 and abs(red) < 8 and abs(blue) < 8 else "not green"
        ledger.fail("IMG-BG-COLOR", name, f"The background is {name}.")


def _light(lit: Sequence[Seen], ledger: Ledger) -> None:
    white = float(np.median([picture.background[0] for picture in lit])) > WHITE
    faces = [picture.face_luma for picture in lit if picture.face_luma is not None]
    values = [picture.background[0] for picture in lit]
    if white and len(faces) == len(lit):
        values = [value / 2.55 for value in faces]
    low, high = np.percentile(values, [5, 95])
    drift = float(high - low)
    if drift > ledger.most("IMG-LIGHT"):
        how = "a lot" if drift > STRONG else "a little"
        at = lit[int(np.argmax(np.abs(np.array(values) - np.median(values))))].at_s
        ledger.fail(
            "IMG-LIGHT",
            f"{drift:.1f}",
            f"The light changes {how} during the clip, most at {clock(at)} (lightness by {drift:.0f} of 100).",
            at,
        )


def _cuts(lit: Sequence[Seen], ledger: Ledger) -> None:
    jumps: list[float] = []
    for one, other in pairwise(lit):
        colour = float(np.linalg.norm(np.subtract(one.background, other.background)))
        alone = len(one.faces) == len(other.faces) == 1
        moved = alone and abs(one.faces[0].centre - other.faces[0].centre) > JUMP
        if colour > ledger.most("IMG-CUT") or (moved and ledger.applies("IMG-CUT")):
            jumps.append(other.at_s)
    if jumps:
        ledger.fail(
            "IMG-CUT",
            f"{len(jumps)} jumps",
            f"Background or person jump at {_times(jumps)}: several takes in one clip, it seems.",
            jumps[0],
        )


def _faces(lit: Sequence[Seen], ledger: Ledger) -> None:
    none = [picture.at_s for picture in lit if not picture.faces]
    if len(none) > ledger.most("FACE-NONE") * len(lit):
        ledger.fail(
            "FACE-NONE",
            f"{len(none)} of {len(lit)}",
            f"No face can be seen in {len(none)} of {len(lit)} pictures, for example at {_times(none)}.",
            none[0],
        )
        return  # the other rules about the face have nothing to rest on: not judged
    several = [picture.at_s for picture in lit if len(picture.faces) > 1]
    if len(several) > ledger.most("FACE-ONE") * len(lit):
        ledger.fail(
            "FACE-ONE",
            f"{len(several)} of {len(lit)}",
            f"More than one face can be seen at {_times(several)}.",
            several[0],
        )
    faces = [picture.faces[0] for picture in lit if len(picture.faces) == 1]
    if faces:
        aside = float(np.median([abs(face.centre - 0.5) for face in faces]))
        if aside > ledger.most("FACE-CENTRE"):
            ledger.fail("FACE-CENTRE", f"{aside:.2f}", f"The person stands {aside:.0%} of the width off the middle.")
        height = float(np.median([face.height for face in faces]))
        if not ledger.least("FACE-SIZE") <= height <= ledger.most("FACE-SIZE"):
            how = "far away" if height < ledger.least("FACE-SIZE") else "near"
            ledger.fail(
                "FACE-SIZE", f"{height:.2f}", f"The person is too {how}: the face takes {height:.0%} of the height."
            )
        light = float(np.median([picture.face_luma for picture in lit if picture.face_luma is not None]))
        if not ledger.least("IMG-EXPOSURE") <= light <= ledger.most("IMG-EXPOSURE"):
            how = "dark" if light < ledger.least("IMG-EXPOSURE") else "bright"
            ledger.fail("IMG-EXPOSURE", f"{light:.0f}", f"The face is too {how}: a brightness of {light:.0f} of 255.")
    ledger.judged("face")


def _times(seconds: Sequence[float]) -> str:
    shown = ", ".join(clock(second) for second in seconds[:3])
    return shown if len(seconds) <= 3 else f"{shown} and {len(seconds) - 3} more places"
