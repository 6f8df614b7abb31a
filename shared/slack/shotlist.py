"""For the studio: what to record, ticked off as clips arrive; and the rules for one kind."""

from collections.abc import Iterable, Sequence

from shared.domain.clips import Clip, Faulty
from shared.domain.names import Kind
from shared.domain.readiness import accepted
from shared.domain.records import Avatar, Consent
from shared.domain.rules import Rule
from shared.slack.blocks import clock, escaped

SETTING = (
    "One camera, light, place and framing for all clips; nothing is changed in between.",
    "A plain background, evenly lit, half a metre to a metre behind the person; green works best.",
    "The person in the middle, facing the camera, from the waist or the chest up, hands down between sentences.",
    "A quiet room, the microphone near; a misspoken line: back to status 0, wait 3 seconds, go on.",
)
# The files' own safety is ours to worry about; of that stage people need only these.
SHOWN_OF_FILE = {"FILE-EXT", "FILE-CONTAINER", "FILE-ENCRYPTED"}
ICONS = {"error": ":x:", "warning": ":warning:", "info": ":information_source:"}


def shotlist_text(avatar: Avatar, consent: Consent | None, clips: Sequence[Clip]) -> str:
    """One page for the studio."""
    size = "3840x2160" if avatar.target == "4K" else "1920x1080 or 3840x2160"
    gestures = len(accepted(clips, "gesture"))
    lines = [
        f"*Shot list for {avatar.name}*",
        f"*Camera*: {size}, upright (portrait) video only after a test, 25 frames a second or more, .mp4 or .mov, H.264.",
        *(f"• {line}" for line in SETTING),
        "",
        _shot("consent", clips, "Consent: the talent reads the consent statement, once, facing the camera, head uncovered."),
        f"{_box(consent is not None)} The statement is recorded: `/avatar consent {avatar.name}`",
        _shot("natural", clips, "Natural speech: 5 to 30 minutes in all, one clip of 5 minutes without a break, each under 10."
              " Begins and ends in status 0; no meaningful gestures.", need_s=300),
        _shot("silent", clips, "Silent: one minute of listening, lively, without a word."),
        _shot("status0", clips, "Status 0 speech: 3 to 5 minutes, hands down, facing the camera."
              + (" *Needed, since there are gestures.*" if gestures else " Only needed with gestures.")),
        _shot("gesture", clips, f"Gestures (if wanted): {gestures} of at most 10, each within 10 seconds, from status 0 back to it."),
        "",
        f"Upload to `{avatar.name}/<kind>/<file>`. `/avatar rules natural` says how clips of a kind are checked.",
    ]  # fmt: skip
    return "\n".join(lines)


def _shot(kind: Kind, clips: Sequence[Clip], text: str, need_s: float = 0) -> str:
    good = accepted(clips, kind)
    enough = bool(good) and max(state.facts.duration_s or 0 for _, state in good) >= need_s
    there = ", ".join(
        f"`{escaped(clip.path.file, 40)}` {clock(state.facts.duration_s or 0)}" for clip, state in good[:4]
    )
    more = f" and {len(good) - 4} more" if len(good) > 4 else ""
    bad = sum(isinstance(clip.state, Faulty) and clip.path.kind == kind for clip in clips)
    fix = f" · {bad} to fix" if bad else ""
    return f"{_box(enough)} {text}" + (f"\n      {there}{more}{fix}" if there or fix else "")


def _box(done: bool) -> str:
    return ":white_check_mark:" if done else ":black_square_button:"


def rules_text(kind: Kind, rules: Iterable[Rule]) -> str:
    """Every rule for clips of a kind, and those for the whole set."""
    listed = [rule for rule in rules if kind in rule.kinds]
    clip = [rule for rule in listed if rule.stage not in ("file", "set") or rule.id in SHOWN_OF_FILE]
    whole = [rule for rule in listed if rule.stage == "set"]
    lines = [f"*Rules for {kind} clips* (:x: can't be used, :warning: look at it, :information_source: good to know)"]
    lines += [_rule(rule) for rule in sorted(clip, key=lambda rule: list(ICONS).index(rule.severity))]
    if whole:
        lines += ["*For all clips together*", *(_rule(rule) for rule in whole)]
    return "\n".join(lines)


def _rule(rule: Rule) -> str:
    return f"{ICONS[rule.severity]} {rule.needs} _({rule.source}, {rule.id})_"
