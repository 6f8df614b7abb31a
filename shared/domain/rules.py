"""The rules for clips and data sets, as data: what each needs, where that is written, and how to fix it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from shared.domain.base import Frozen
from shared.domain.clips import Finding, Severity
from shared.domain.names import KINDS, Kind

GUIDE = "recording guide"
OVERVIEW = "service overview"
REASONED = "recording guide; the number is ours"
OURS = "our reasoning"
TUNABLE = {REASONED, OURS}
SPEAKING: tuple[Kind, ...] = ("natural", "status0", "consent", "interaction")

# What is judged together: one stage is judged whole or not at all.
Stage = Literal["file", "header", "picture", "face", "ends", "sound", "words", "set"]


@dataclass(frozen=True)
class Rule:
    """One rule. `required` may name `least` and `most` (`least_share`: in percent); `fix` says what to do in one sentence."""

    id: str
    severity: Severity
    stage: Stage
    kinds: tuple[Kind, ...]
    required: str
    fix: str
    source: str
    least: float | None = None
    most: float | None = None

    @property
    def needs(self) -> str:
        shares = {"least_share": _percent(self.least), "most_share": _percent(self.most)}
        return self.required.format(least=_number(self.least), most=_number(self.most), **shares)

    def finding(self, measured: str, message: str, at_s: float | None = None) -> Finding:
        """What was found, with what this rule wants and how to fix it."""
        return Finding(
            rule=self.id, severity=self.severity, measured=measured, required=self.needs, message=message, fix=self.fix,
            source=self.source, at_s=at_s,
        )  # fmt: skip


class Tuning(Frozen):
    """What the policy file says of one rule: off, or another number."""

    off: bool = False
    least: float | None = None
    most: float | None = None


_ALL = KINDS
_MUTE: tuple[Kind, ...] = ("silent", "gesture")
_TALK: tuple[Kind, ...] = ("natural", "status0", "interaction")
_DATA: tuple[Kind, ...] = ("natural", "status0", "silent", "gesture")

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        # The file.
        Rule("FILE-EXT", "error", "file", _ALL, ".mp4 or .mov", "Export the clip as .mp4 or .mov and upload that.", GUIDE),
        Rule("FILE-EMPTY", "error", "file", _ALL, "more than 0 bytes", "Upload the file again; nothing arrived.", OURS),
        Rule("FILE-CONTAINER", "error", "file", _ALL, "an MP4 or QuickTime file",
             "Export the clip as .mp4 or .mov from the editing program; renaming a file does not convert it.", GUIDE),
        Rule("FILE-TRUNCATED", "error", "file", _ALL, "the whole file",
             "The upload or the export stopped in the middle: check that it plays to its end, and upload it again.", OURS),
        Rule("FILE-UNREADABLE", "error", "file", _ALL, "a header that can be read",
             "Export the clip again from the editing program and upload that.", OURS),
        Rule("FILE-TOO-COMPLEX", "error", "file", _ALL, "at most 1,000,000 pictures or sounds a track",
             "Export the clip again from the editing program; no camera writes such an index.", OURS),
        Rule("FILE-LIMIT", "error", "file", _ALL, "a file that can be checked with limited time and memory",
             "Export the clip again from the editing program and upload that; if it stays so, tell the maintainers.", OURS),
        Rule("FILE-UNCHECKED", "error", "file", _ALL, "a check that ends",
             "The maintainers were told. Upload the file again to have it checked anew.", OURS),
        Rule("FILE-TRACKS", "error", "file", _ALL, "at most 8 tracks", "Export with one video and one sound track.", OURS),
        Rule("FILE-ENCRYPTED", "error", "file", _ALL, "no encryption", "Export the clip without copy protection.", OURS),
        Rule("FILE-FRAGMENTED", "warning", "file", _ALL, "at most {most} fragments",
             "Remux the recording (in OBS: File, Remux Recordings) and upload that.", OURS, most=1000),
        # Tracks, picture size and rate, lengths: from header and index.
        Rule("STR-VIDEO", "error", "header", _ALL, "exactly one picture track", "Export with one video track only.", OURS),
        Rule("STR-AUDIO", "error", "header", SPEAKING, "a sound track", "Export with the sound of the recording.", OURS),
        Rule("STR-AUDIO-MUTE", "warning", "header", _MUTE, "a sound track",
             "Keep the sound track, even where nobody speaks.", OURS),
        Rule("VID-CODEC", "warning", "header", _ALL, "H.264, H.265 or ProRes", "Export as H.264, the safest choice.", OURS),
        Rule("VID-RES", "error", "header", _ALL, "1920x1080 or more",
             "Record at 1920x1080 or 3840x2160; enlarging a smaller picture does not help.", GUIDE),
        Rule("VID-PORTRAIT", "warning", "header", _ALL, "landscape in the guide",
             "Upright pictures are said to work, and the guide shows none: check with one clip before you record them all.", GUIDE),
        Rule("VID-4K", "error", "header", _ALL, "3840x2160 for a 4K avatar",
             "Record at 3840x2160, or make the avatar with the target 1080p.", GUIDE),
        Rule("VID-LARGE", "warning", "header", _ALL, "at most 3840x2160, the largest size in the guide",
             "Export at 3840x2160.", OURS),
        Rule("VID-ROTATION", "warning", "header", _ALL, "a rotation of 0, 90, 180 or 270 degrees",
             "Export the clip again from the editing program, upright.", OURS),
        Rule("VID-FPS", "error", "header", _ALL, "25 frames per second or more",
             "Record again at 25, 30 or 50 fps; converting does not add motion.", GUIDE, least=24.9),
        Rule("VID-VFR", "warning", "header", _ALL, "a constant frame rate",
             "Record with a camera, or export with a constant frame rate.", OURS, most=0.1),
        Rule("VID-SAR", "warning", "picture", _ALL, "square pixels", "Export with square pixels (1:1).", OURS),
        Rule("VID-COLOR", "warning", "picture", _ALL, "standard colours (SDR, BT.709)", "Record or export in SDR.", OURS),
        Rule("VID-DEPTH", "info", "picture", _ALL, "8 bits a colour is what is usually sent",
             "Nothing has to be done; if the service refuses it, export with 8 bits.", OURS),
        Rule("AV-SYNC", "warning", "header", SPEAKING, "picture and sound of one length, within {most} s",
             "Check that lips and voice agree to the end, and export again.", OURS, most=0.5),
        Rule("AUD-FORMAT", "warning", "header", SPEAKING, "{least} samples a second or more",
             "Record the sound at 48 kHz.", OURS, least=16_000),
        Rule("AUD-CODEC", "warning", "header", SPEAKING, "AAC, PCM or ALAC", "Export the sound as AAC, the safest choice.", OURS),
        Rule("DUR-LIMIT", "error", "header", _ALL, "at most 3 hours, the longest that is checked",
             "Cut it to what is needed and upload that.", OURS),
        Rule("DUR-NATURAL", "error", "header", ("natural",), "less than 10 minutes a clip",
             "Cut it into clips of less than 10 minutes, one of them at least 5 minutes without a break.", GUIDE, most=601),
        Rule("DUR-STATUS0", "error", "header", ("status0",), "3 to 5 minutes",
             "Record 3 to 5 minutes of speech in status 0.", GUIDE, least=179, most=301),
        Rule("DUR-SILENT", "warning", "header", ("silent",), "about 1 minute ({least} to {most} s)",
             "Record one minute of listening without a word.", REASONED, least=45, most=90),
        Rule("DUR-GESTURE", "error", "header", ("gesture",), "at most 10 seconds",
             "Cut it to one gesture within 10 seconds.", GUIDE, most=10.1),
        Rule("DUR-INTERACTION", "warning", "header", ("interaction",), "1 to 5 minutes",
             "Record 1 to 5 minutes.", GUIDE, least=59, most=301),
        Rule("DUR-CONSENT", "error", "header", ("consent",), "{least} seconds or more",
             "Record the talent saying the whole consent statement.", OURS, least=5),
        # Pictures, from frames spread over the clip and from the index.
        Rule("VID-INTERLACED", "warning", "picture", _ALL, "progressive pictures",
             "Set the camera to progressive (25p, not 50i), or export deinterlaced.", OURS),
        Rule("IMG-DAMAGED", "error", "picture", _ALL, "pictures that can be decoded",
             "The file is damaged: check that it plays without faults to its end, export it again and upload that.", OURS),
        Rule("IMG-BLACK", "error", "picture", _ALL, "no black passage of {most} s or more",
             "Cut the black part away, and export again.", OURS, most=0.5),
        Rule("IMG-FREEZE", "warning", "picture", _ALL, "no frozen picture of {most} s or more",
             "Look at that passage: if the picture stands still, record or export it again.", OURS, most=1.0),
        Rule("IMG-CUT", "warning", "picture", _ALL, "one continuous take, background and person in one place",
             "Upload each take as a clip of its own, or record it again without a break.", REASONED, most=10),
        Rule("IMG-BG-UNIFORM", "warning", "picture", _ALL, "an even background (colour spread of at most {most})",
             "Light the background evenly and keep everything out of it; a plain screen works best.", REASONED, most=10),
        Rule("IMG-BG-COLOR", "info", "picture", _ALL, "green works best, other plain colours work",
             "Nothing has to be done; green is the safest for the next recording.", GUIDE),
        Rule("IMG-LIGHT", "warning", "picture", _ALL, "the same light throughout (lightness within {most})",
             "Fix the lamps, close the blinds, set exposure and white balance by hand, and record again.", REASONED, most=3),
        Rule("FACE-NONE", "error", "face", _ALL, "the person's face in the picture",
             "Record the talent facing the camera, with nothing in front of the face.", REASONED, most=0.2),
        Rule("FACE-ONE", "warning", "face", _ALL, "one person only",
             "Make sure that nobody else, and no portrait or mirror, is in the picture.", GUIDE, most=0.05),
        Rule("FACE-CENTRE", "warning", "face", _ALL, "the person in the middle (at most {most_share} of the width away)",
             "Put the camera straight in front of the talent.", REASONED, most=0.1),
        Rule("FACE-SIZE", "warning", "face", _ALL, "a face of {least_share} to {most_share} of the picture's height",
             "Frame the talent from the waist or the chest up.", REASONED, least=0.1, most=0.45),
        Rule("IMG-EXPOSURE", "warning", "face", _ALL, "a well-lit face (brightness {least} to {most} of 255)",
             "Set the exposure for the face.", OURS, least=60, most=220),
        Rule("GE-START-END", "warning", "ends", ("gesture",), "the same pose at the beginning and the end (status 0)",
             "Begin and end the gesture in status 0: hands down, facing the camera.", GUIDE, most=12),
        # Sound.
        Rule("AUD-DAMAGED", "error", "sound", _ALL, "sound that can be decoded",
             "The file is damaged: check that it plays without faults to its end, export it again and upload that.", OURS),
        Rule("AUD-PRESENT", "error", "sound", ("natural", "status0"), "speech in {least_share} of the time or more",
             "Check the microphone, and record the talent speaking throughout.", REASONED, least=0.3),
        Rule("AUD-PRESENT-CONSENT", "error", "sound", ("consent",), "speech in {least_share} of the time or more",
             "Check the microphone, and record the talent saying the statement.", REASONED, least=0.2),
        Rule("AUD-SNR", "warning", "sound", _TALK, "speech {least} dB or more above the noise (asked of the consent)",
             "Switch off fans and air conditioning, and bring the microphone nearer.", REASONED, least=20),
        Rule("AUD-SNR-CONSENT", "error", "sound", ("consent",), "speech 20 dB or more above the noise",
             "Record the statement in a quiet room, with the microphone near.", GUIDE, least=20),
        Rule("CONSENT-WORDS", "warning", "words", ("consent",), "the consent statement, word for word",
             "Listen to it beside `/avatar consent script`; if it differs, record it again: Microsoft compares it during the training.", OVERVIEW),
        Rule("AUD-LOUD", "warning", "sound", SPEAKING, "a loudness of {least} to {most} LUFS",
             "Set the recording level so that speech peaks at about -12 dB.", REASONED, least=-35, most=-14),
        Rule("AUD-QUIET", "error", "sound", SPEAKING, "{least} LUFS or more",
             "The voice can hardly be heard: set the recording level higher and record again.", REASONED, least=-40),
        Rule("AUD-CLIP", "warning", "sound", SPEAKING, "no distorted passage (at most {most_share} of the samples at the limit)",
             "Lower the recording level and record that passage again.", OURS, most=0.001),
        Rule("AUD-CUT", "warning", "sound", SPEAKING, "no passage of {most} s or more without any sound",
             "Check the cable and the noise gate; room tone must be heard between the sentences.", OURS, most=1.0),
        Rule("AUD-SILENT", "error", "sound", ("silent",), "nobody speaks (speech in at most {most_share} of the time)",
             "Record one minute of listening without a word.", REASONED, most=0.1),
        Rule("AUD-SILENT-NOISE", "warning", "sound", ("silent",), "quiet, below {most} dBFS in every second",
             "Record it in a quiet room; nobody speaks, coughs or moves things.", REASONED, most=-45),
        # The set of all clips.
        Rule("SET-CONSENT", "error", "set", ("consent",), "the consent video and the recorded statement",
             "Upload the video and record the statement.", GUIDE),
        Rule("SET-CHECKS", "error", "set", _ALL, "every check ended", "Wait for the checks; they take seconds.", OURS),
        Rule("SET-NATURAL", "error", "set", ("natural",), "one naturally speaking clip of 5 minutes or more without a break",
             "Record it in one take.", GUIDE, least=300),
        Rule("SET-NATURAL-TOTAL", "error", "set", ("natural",), "5 to 30 minutes of naturally speaking clips in all",
             "Delete the weakest ones.", GUIDE, most=1800),
        Rule("SET-SILENT", "error", "set", ("silent",), "a silent clip of about 1 minute", "Record it.", GUIDE),
        Rule("SET-STATUS0", "error", "set", ("status0", "gesture"), "a status 0 speaking clip where there are gestures",
             "Record 3 to 5 minutes of speech in status 0, or delete the gestures.", GUIDE),
        Rule("SET-GESTURES", "error", "set", ("gesture",), "at most 10 gestures", "Delete some.", GUIDE, most=10),
        Rule("SET-4K", "error", "set", _DATA, "3840x2160 for every clip of a 4K avatar",
             "Record them at 3840x2160.", GUIDE),
        Rule("SET-TOTAL", "warning", "set", _DATA, "10 minutes or more in all",
             "Record more naturally speaking clips if you can.", OVERVIEW, least=600),
        Rule("SET-TOTAL-BEST", "info", "set", _DATA, "about 20 minutes for production",
             "More natural speech makes a better avatar.", "transparency note of the service", least=1200),
        Rule("SET-SIZE", "warning", "set", _DATA, "one picture size", "Record all clips with one camera setting.", GUIDE),
        Rule("SET-RATE", "warning", "set", _DATA, "one frame rate", "Record all clips with one camera setting.", GUIDE),
        Rule("SET-CODEC", "warning", "set", _DATA, "one way of coding", "Export all clips in the same way.", OURS),
        Rule("SET-BRIGHT", "warning", "set", _DATA, "the same light in all clips of a kind (lightness within {most})",
             "Keep lamps and exposure as they are between the clips.", REASONED, most=4),
        Rule("SET-BACKGROUND", "warning", "set", _DATA, "one background (colours within {most})",
             "Record all clips before the same background.", REASONED, most=8),
        Rule("SET-FACE", "warning", "set", _DATA, "the person at one place (within {least_share} of the width) and size (within {most} times)",
             "Mark the talent's and the camera's place on the floor.", REASONED, least=0.05, most=1.2),
        Rule("SET-LOUD", "warning", "set", ("natural", "status0"), "one loudness (within {most} LU)",
             "Keep microphone and level as they are between the clips.", REASONED, most=6),
        Rule("SET-TWICE", "warning", "set", _ALL, "each content once", "Delete one of them.", OURS),
    )
}  # fmt: skip


def tuned(tuning: Mapping[str, Tuning]) -> dict[str, Rule]:
    """The rules as the policy wants them; what it switches off is not there."""
    rules: dict[str, Rule] = {}
    for rule in RULES.values():
        change = tuning.get(rule.id, Tuning())
        if not change.off:
            least = rule.least if change.least is None else change.least
            most = rule.most if change.most is None else change.most
            rules[rule.id] = replace(rule, least=least, most=most)
    return rules


def untunable(tuning: Mapping[str, Tuning]) -> list[str]:
    """What is wrong with a tuning, in sentences: unknown rules, documented ones, numbers that a rule does not have."""
    wrong: list[str] = []
    for rule_id, change in tuning.items():
        rule = RULES.get(rule_id)
        if rule is None:
            wrong.append(f"clips.{rule_id}: there is no such rule; /avatar rules shows their names")
        elif rule.source not in TUNABLE:
            wrong.append(f"clips.{rule_id}: this rule is the service's own ({rule.source}) and can't be changed")
        elif rule.stage == "file" or rule.id in {"SET-CHECKS", "IMG-DAMAGED", "AUD-DAMAGED"}:
            wrong.append(f"clips.{rule_id}: this rule keeps the check itself safe and can't be changed")
        else:
            wrong += [
                f"clips.{rule_id}: it has no number “{name}” to change"
                for name in ("least", "most")
                if getattr(change, name) is not None and getattr(rule, name) is None
            ]
            if change == Tuning():
                wrong.append(f"clips.{rule_id}: this changes nothing; say off, least or most")
    return wrong


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:g}%"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,g}" if value < 10_000 else f"{value:,.0f}"
