"""What the guide wants alike over all clips of an avatar: size, rate, light, background, place, loudness; and no doubles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import dist
from statistics import median

from shared.domain.clips import Accepted, Clip, Finding
from shared.domain.names import printable
from shared.domain.rules import Rule

Used = Sequence[tuple[Clip, Accepted]]
Rules = Mapping[str, Rule]


def unlike(used: Used, rules: Rules) -> Iterator[Finding]:
    """A finding for everything that differs; nothing for what could not be measured."""
    yield from _same(
        "SET-SIZE", "picture size", {c.path.file: f"{s.facts.width}x{s.facts.height}" for c, s in used}, rules
    )
    rates = {c.path.file: f"{round(s.facts.fps or 0)} fps" for c, s in used}
    yield from _same("SET-RATE", "frame rate", rates, rules)
    yield from _same("SET-CODEC", "coding", {c.path.file: s.facts.video_codec or "unknown" for c, s in used}, rules)
    yield from _light(used, rules)
    yield from _background(used, rules)
    yield from _face(used, rules)
    yield from _loud(used, rules)
    yield from _twice(used, rules)


def _same(rule_id: str, what: str, values: Mapping[str, str], rules: Rules) -> Iterator[Finding]:
    different = sorted(set(values.values()))
    if len(different) > 1 and rule_id in rules:
        usual = max(different, key=list(values.values()).count)
        odd = [file for file, value in values.items() if value != usual]
        message = (
            f"The clips differ in {what} ({', '.join(different)}); the guide wants one setting. Look at {_files(odd)}."
        )
        yield rules[rule_id].finding(", ".join(different), message)


def _light(used: Used, rules: Rules) -> Iterator[Finding]:
    rule = rules.get("SET-BRIGHT")
    for kind in sorted({clip.path.kind for clip, _ in used}):
        light = {c.path.file: s.facts.background[0] for c, s in used if c.path.kind == kind and s.facts.background}
        if rule and light and _spread(light.values()) > (rule.most or 0):
            message = (
                f"The light differs among the {kind} clips (lightness by {_spread(light.values()):.0f} of 100), "
                f"most in {_files(_oddest(light))}."
            )
            yield rule.finding(f"{_spread(light.values()):.1f}", message)


def _background(used: Used, rules: Rules) -> Iterator[Finding]:
    rule = rules.get("SET-BACKGROUND")
    colours = {c.path.file: s.facts.background for c, s in used if s.facts.background}
    if rule is None or len(colours) < 2:
        return
    usual = [median(colour[part] for colour in colours.values()) for part in range(3)]
    apart = {file: dist(colour, usual) for file, colour in colours.items()}
    widest = max(dist(one, other) for one in colours.values() for other in colours.values())
    if widest > (rule.most or 0):
        oddest = max(apart, key=lambda file: apart[file])
        message = f"The backgrounds differ (colours {widest:.0f} apart), most in {_files([oddest])}."
        yield rule.finding(f"{widest:.0f}", message)


def _face(used: Used, rules: Rules) -> Iterator[Finding]:
    rule = rules.get("SET-FACE")
    faces = {c.path.file: s.facts.face for c, s in used if s.facts.face}
    if rule is None or len(faces) < 2:
        return
    across = {file: face[0] for file, face in faces.items()}
    heights = {file: face[2] for file, face in faces.items()}
    if _spread(across.values()) > (rule.least or 0):
        message = (
            f"The person stands at different places (by {_spread(across.values()):.0%} of the width), "
            f"most in {_files(_oddest(across))}."
        )
        yield rule.finding(f"{_spread(across.values()):.2f}", message)
    times = max(heights.values()) / max(min(heights.values()), 1e-6)
    if times > (rule.most or 0):
        message = (
            f"The person is framed differently (up to {times:.1f} times as large), most in {_files(_oddest(heights))}."
        )
        yield rule.finding(f"{times:.2f} times", message)


def _loud(used: Used, rules: Rules) -> Iterator[Finding]:
    rule = rules.get("SET-LOUD")
    loud = {
        c.path.file: s.facts.loudness
        for c, s in used
        if c.path.kind in ("natural", "status0") and s.facts.loudness is not None
    }
    if rule and loud and _spread(loud.values()) > (rule.most or 0):
        message = f"The loudness differs by {_spread(loud.values()):.0f} LU, most in {_files(_oddest(loud))}."
        yield rule.finding(f"{_spread(loud.values()):.0f} LU", message)


def _twice(used: Used, rules: Rules) -> Iterator[Finding]:
    by_content: dict[str, list[str]] = {}
    for clip, state in used:
        by_content.setdefault(state.fingerprint, []).append(clip.path.file)
    for files in by_content.values():
        if len(files) > 1 and "SET-TWICE" in rules:
            yield rules["SET-TWICE"].finding(
                f"{len(files)} times", f"The same content is there twice: {_files(files)}."
            )


def _spread(values: Iterable[float]) -> float:
    listed = list(values)
    return max(listed) - min(listed)


def _oddest(values: Mapping[str, float]) -> list[str]:
    """The file that lies farthest from the usual."""
    usual = median(values.values())
    return [max(values, key=lambda file: abs(values[file] - usual))]


def _files(files: Iterable[str]) -> str:
    ordered = sorted(files)
    shown = ", ".join(f"`{printable(file)}`" for file in ordered[:3])
    return shown if len(ordered) <= 3 else f"{shown} and {len(ordered) - 3} more"
