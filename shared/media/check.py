"""Check one clip: every finding at once, each with what was measured, what is required and how to fix it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.domain.clips import ClipPicture, Facts
from shared.domain.names import Kind
from shared.domain.records import Target
from shared.domain.rules import RULES, Rule
from shared.media import header_rules, picture_rules, sound_rules
from shared.media.colour import Floats
from shared.media.decode import MOST_CHANNELS, PICTURES, SOUNDS, Told, each, pictures
from shared.media.drawing import draw_frame, draw_sheet, draw_sound
from shared.media.ledger import Ledger, clock
from shared.media.picture import Seen, glance, measure
from shared.media.plan import PICTURE_BYTES, Shot, ends, passage, shots
from shared.media.probe import Probe, Video, probe
from shared.media.sound import Heard, listen
from shared.media.verdict import Keep, Verdict
from shared.media.voice import spoken
from shared.ports import Reader

Passage = tuple[float, float]  # from and to, seconds
Marked = tuple[float, bool]
MOST_DECODED = 800  # pictures of passages in all
STILL_AT_KEY = 0.5  # a key picture is coded anew, so that even the same picture comes out a little different
STILL = 0.002  # mean difference of brightness (of 255): a person who keeps still changes more than this


def check(
    reader: Reader,
    file: str,
    kind: Kind,
    target: Target,
    rules: Mapping[str, Rule] = RULES,
    keep: Keep | None = None,
    *,
    header_only: bool = False,
    speech: bool = False,
) -> Verdict:
    """Check a clip from its name, header, index, and from pictures and sound spread over it.

    `keep` gets the pictures that were drawn: a contact sheet, one picture of it, and the sound over time. `header_only` judges the file's
    header and index, and neither looks nor listens. `speech`: `keep` gets the sound itself as well, as a WAV file.
    """
    seen = probe(reader)
    ledger = Ledger(rules, kind)
    header_rules.judge(seen, file, kind, target, ledger)
    looked = [] if header_only else _look(reader, seen, kind, ledger)
    heard = None if header_only else _listen(reader, seen, ledger)
    video = seen.videos[0] if seen.videos else None
    kept = _draw(looked, heard, video, ledger, keep) if keep else ()
    sound = spoken(reader, seen.audios[0]) if speech and keep and heard else None
    if sound and keep:
        keep("speech", sound)
    return Verdict(
        facts=_facts(seen, video, looked, heard), findings=tuple(ledger.findings), fingerprint=seen.fingerprint,
        passed=ledger.passed, pictures=kept,
    )  # fmt: skip


def _look(reader: Reader, seen: Probe, kind: Kind, ledger: Ledger) -> list[Seen]:
    """Look at pictures spread over the clip, and at every passage that the index says may be black or frozen."""
    if not seen.videos or seen.encrypted:
        return []
    video = seen.videos[0]
    if not len(video.coded.index):
        if not seen.cut_off:
            ledger.fail("IMG-DAMAGED", "no pictures", "The picture track is empty.")
        return []
    if video.codec not in PICTURES:
        ledger.unsure_all("picture", f"pictures coded as {video.codec} are not looked at")
        return []
    index = video.coded.index
    wanted, part = shots(index, seen.size)
    told = Told(video.pixel_aspect)
    found = pictures(reader, video.coded, wanted, told=told)
    looked = list(each(found, lambda at, frame: measure(at, frame, video.turned)))
    if told.broken:
        message = f"Of {len(wanted)} pictures that were looked at, {told.broken} can't be decoded."
        ledger.fail("IMG-DAMAGED", f"{told.broken} of {len(wanted)}", message)
    elif len(looked) < len(wanted) * 0.75:  # pictures that build on many before them: no fault, but nothing to look at
        count = len(wanted) - len(looked)
        ledger.unsure("IMG-DAMAGED", f"{count} of {len(wanted)} pictures can't be decoded without those before them")
    if not looked:
        return []
    dark, still = _passages(reader, video, seen.size, looked, ledger)
    picture_rules.shape(told.pixel_aspect, ledger)
    picture_rules.black(dark, ledger)
    picture_rules.frozen(still, ledger)
    picture_rules.judge(looked, ledger)
    if part < 1:
        gap = f"{index.seconds[-1] * part:.0f} s"
        ledger.skip("IMG-CUT", "IMG-BG-UNIFORM", "FACE-NONE", "FACE-ONE", "FACE-CENTRE", "FACE-SIZE", "IMG-EXPOSURE")
        ledger.unsure("IMG-LIGHT", f"the key pictures are so far apart that only the first {gap} could be looked at")
    if kind == "gesture":
        first, last = (_one(reader, video, shot_number) for shot_number in (0, 1))
        picture_rules.ends(first, last, ledger)
        ledger.judged("ends")
    return looked


def _one(reader: Reader, video: Video, number: int) -> Seen | None:
    found = pictures(reader, video.coded, [ends(video.coded.index)[number]])
    return next(iter(list(each(found, lambda at, frame: measure(at, frame, video.turned)))[-1:]), None)


def _passages(
    reader: Reader, video: Video, size: int, looked: list[Seen], ledger: Ledger
) -> tuple[list[Passage], list[Passage]]:
    """Black and frozen passages: where the index has tiny samples or a picture was black, every picture is decoded.

    As far as bytes and pictures go, the longest first; what is left over is not known.
    """
    index = video.coded.index
    runs = index.small_runs(least_s=0.5)
    for picture in looked:
        if picture.black and not any(start <= picture.at_s <= end for start, end in runs):
            runs.append((picture.at_s - 1.0, picture.at_s + 1.0))
    dark: list[Passage] = []
    still: list[Passage] = []
    left_bytes, left_pictures = max(PICTURE_BYTES, size // 40), MOST_DECODED
    for start, end in sorted(runs, key=lambda run: run[0] - run[1]):
        shot = passage(index, start, end)
        left_bytes -= int(index.size[shot.first : shot.last + 1].sum())
        left_pictures -= shot.last - shot.first + 1
        if left_bytes < 0 or left_pictures < 0:
            for rule in ("IMG-BLACK", "IMG-FREEZE"):
                ledger.unsure(
                    rule, f"the passage at {clock(start)} could not be looked at, since key pictures are far apart"
                )
            break
        blacks, stills = _glances(reader, video, shot, start)
        dark += _longest(blacks, video.fps, end)
        still += _longest(stills, video.fps, end)
    return sorted(dark), sorted(still)


def _glances(reader: Reader, video: Video, shot: Shot, start: float) -> tuple[list[Marked], list[Marked]]:
    """Of every picture of a passage: is it black, and is it the same as the one before?"""

    def look(at: float, frame: Any) -> tuple[float, Floats, bool, bool] | None:
        return None if at < start - 0.1 else (at, *glance(frame, video.turned), bool(frame.key_frame))

    blacks: list[Marked] = []
    stills: list[Marked] = []
    before: Floats | None = None
    for seen in each(pictures(reader, video.coded, [shot], every=True), look):
        if seen is None:
            continue
        at, thumb, black, key = seen
        blacks.append((at, black))
        if before is not None:
            most = STILL_AT_KEY if key else STILL
            stills.append((at, not black and float(np.abs(thumb - before).mean()) < most))
        before = thumb
    return blacks, stills


def _longest(marked: list[Marked], fps: float, end: float) -> list[Passage]:
    """The longest run of marked pictures; where all that were decoded are marked, it goes on to the end of the passage."""
    if marked and all(mark for _, mark in marked):
        return [(marked[0][0], max(marked[-1][0] + 1 / max(fps, 1.0), end))]
    best: list[Passage] = []
    begin: float | None = None
    for at, mark in marked:
        begin = (at if begin is None else begin) if mark else None
        if begin is not None:
            run = (begin, at + 1 / max(fps, 1.0))
            if not best or run[1] - run[0] > best[0][1] - best[0][0]:
                best = [run]
    return best


def _listen(reader: Reader, seen: Probe, ledger: Ledger) -> Heard | None:
    if not seen.audios or seen.encrypted:
        return None
    audio = seen.audios[0]
    if not len(audio.coded.index):
        if not seen.cut_off:
            ledger.fail("AUD-DAMAGED", "no sound", "The sound track is empty.")
        return None
    if audio.codec not in SOUNDS or not 0 < audio.channels <= MOST_CHANNELS:
        ledger.unsure_all(
            "sound", f"sound coded as {audio.codec} with {audio.channels or 'so many'} channels is not listened to"
        )
        return None
    longest = ledger.most("AUD-CUT")
    heard = listen(reader, audio, seen.size, longest if np.isfinite(longest) else 1.0)
    if heard is not None:
        sound_rules.judge(heard, ledger)
    elif not seen.cut_off:
        ledger.fail("AUD-DAMAGED", "all of it", "The sound can't be decoded.")
    return heard


def _facts(seen: Probe, video: Video | None, looked: list[Seen], heard: Heard | None) -> Facts:
    lit = [picture for picture in looked if not picture.black]
    faces = [picture.faces[0] for picture in lit if picture.faces]
    background = np.median([picture.background for picture in lit], axis=0).round(2).tolist() if lit else None
    middle = [(face.centre, face.y + face.height / 2, face.height) for face in faces]
    face = np.median(middle, axis=0).round(4).tolist() if middle else None
    return Facts(
        size=seen.size,
        duration_s=round(video.duration_s, 3) if video else None,
        width=video.width if video else None,
        height=video.height if video else None,
        fps=video.fps if video else None,
        video_codec=video.codec if video else None,
        audio_codec=seen.audios[0].codec if seen.audios else None,
        background=(background[0], background[1], background[2]) if background else None,
        face=(face[0], face[1], face[2]) if face else None,
        loudness=round(heard.loudness, 1) if heard and heard.loudness is not None else None,
        heard=round(heard.coverage, 3) if heard else None,
        frames=len(looked) or None,
    )


def _draw(
    looked: list[Seen], heard: Heard | None, video: Video | None, ledger: Ledger, keep: Keep
) -> tuple[ClipPicture, ...]:
    made: list[ClipPicture] = []
    if looked and video:
        sheet, alt = draw_sheet(looked, video.duration_s, ledger.findings)
        keep("sheet", sheet)
        made.append(ClipPicture(name="sheet", alt=alt))
        frame, alt = draw_frame(looked)
        keep("frame", frame)
        made.append(ClipPicture(name="frame", alt=alt))
    if heard and video:
        strip, alt = draw_sound(heard, video.duration_s, ledger.findings)
        keep("sound", strip)
        made.append(ClipPicture(name="sound", alt=alt))
    return tuple(made)
