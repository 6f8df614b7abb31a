"""Clips: one message an upload burst, and a reply in its thread for each clip that was checked."""

from shared.domain.clips import Accepted, Checking, Clip, Earlier, Faulty, Finding
from shared.domain.readiness import readiness
from shared.slack.blocks import Json, clock, context, escaped, header, image, section, when
from shared.slack.scene import Drawn, Scene

ICONS = {"error": ":x:", "warning": ":warning:", "info": ":information_source:"}
MOST = 25
ORDER = ("faulty", "checking", "accepted", "gone")  # what has to be fixed comes first
TITLES = {"sheet": "The clip at a glance", "sound": "Its sound"}


def burst_card(burst: str, scene: Scene) -> Drawn | None:
    mine = [clip for clip in scene.clips if clip.burst == burst]
    clips = sorted(mine, key=lambda clip: (ORDER.index(clip.state.status), clip.path.blob))
    avatar = scene.book.avatar
    if not clips or avatar is None:
        return None
    good = [clip for clip in clips if isinstance(clip.state, Accepted)]
    bad = [clip for clip in clips if isinstance(clip.state, Faulty)]
    open_ = [clip for clip in clips if isinstance(clip.state, Checking)]
    counts = [f":white_check_mark: {len(good)} good"]
    if bad:
        counts.append(f":x: {len(bad)} to fix")
    if open_:
        counts.append(f":hourglass_flowing_sand: {len(open_)} being checked")
    lines = [_clip_line(clip) for clip in clips[:20]]
    if len(clips) > 20:
        lines.append(f"… and {len(clips) - 20} more: `/avatar clips {avatar.name}` lists all")
    ready = readiness(avatar, scene.book.consent, scene.clips, scene.policy.rules)
    missing = "\n".join(f"• {line}" for line in ready.missing)
    state = f"*Still missing before training*\n{missing}" if missing else (
        f":sparkles: *Ready to train*: `/avatar train {avatar.name}`"
    )  # fmt: skip
    blocks = [
        header(f"🎬 {len(clips)} uploaded for {avatar.name}"),
        section(" · ".join(counts)),
        section("\n".join(lines)),
        section(state),
    ]
    text = f"{len(clips)} clips uploaded for {avatar.name}: {len(good)} good, {len(bad)} to fix, {len(open_)} being checked"
    return Drawn(avatar.channel, text, blocks)


def _clip_line(clip: Clip) -> str:
    name = f"`{clip.path.kind}/{escaped(clip.path.file, 60)}`"
    match clip.state:
        case Checking():
            return f":hourglass_flowing_sand: {name} being checked"
        case Faulty(findings=findings):
            errors = sum(finding.severity == "error" for finding in findings)
            return f":x: {name} {errors} error{'s' * (errors != 1)}, see the thread"
        case Accepted(findings=findings):
            warnings = sum(finding.severity == "warning" for finding in findings)
            notes = f", {warnings} warning{'s' * (warnings != 1)}" if warnings else ""
            return f":white_check_mark: {name} {_size(clip.state)}{notes}"
        case _:
            return f":wastebasket: {name} deleted"


def _size(state: Accepted | Faulty) -> str:
    facts = state.facts
    if facts.width is None or facts.duration_s is None:
        return ""
    return f"{facts.width}x{facts.height}, {facts.fps or 0:g} fps, {clock(facts.duration_s)} min"


def clip_card(rest: str, scene: Scene) -> Drawn | None:
    clip_id, _, burst = rest.partition(":")
    clip = next((c for c in scene.clips if c.id == clip_id), None)
    if clip is None or scene.book.avatar is None:
        return None
    if clip.burst != burst:
        earlier = next((e for e in reversed(clip.earlier) if e.burst == burst), None)
        return _mended(clip, earlier, scene.book.avatar.channel) if earlier else None
    if not isinstance(clip.state, Accepted | Faulty):
        return None
    return _verdict(clip, clip.state, scene)


def _mended(clip: Clip, earlier: Earlier, channel: str) -> Drawn | None:
    """A reply about a version that was replaced since: struck through once the new one is good."""
    name = f"`{clip.path.kind}/{escaped(clip.path.file, 80)}`"
    if not isinstance(clip.state, Accepted):
        return None
    blocks = [
        section(f":white_check_mark: {name} *fixed*: a newer upload is good ({when(clip.state.checked)})."),
        *_struck(earlier),
    ]
    return Drawn(
        channel, f"{escaped(clip.path.file, 80)}: fixed by a newer upload.", blocks, under=f"burst:{earlier.burst}"
    )


def _struck(earlier: Earlier) -> list[Json]:
    return (
        [section("\n".join(f"~{escaped(message)}~" for message in earlier.messages[:MOST]))] if earlier.messages else []
    )


def _verdict(clip: Clip, state: Accepted | Faulty, scene: Scene) -> Drawn:
    name = escaped(clip.path.file, 80)
    faulty = isinstance(state, Faulty)
    warned = any(finding.severity == "warning" for finding in state.findings)
    verdict = "can't be used" if faulty else "can be used, with warnings" if warned else "is good"
    icon = ":x:" if faulty else ":warning:" if warned else ":white_check_mark:"
    blocks = [section(f"{icon} `{clip.path.kind}/{name}` *{verdict}*"), *_about(state)]
    same = next((earlier for earlier in clip.earlier if earlier.burst == clip.burst), None)
    if same and not faulty:
        blocks += _struck(same)
    order = {"error": 0, "warning": 1, "info": 2}
    found = sorted(state.findings, key=lambda finding: order[finding.severity])
    blocks += [section(_finding(finding)) for finding in found[:MOST]]
    if len(found) > MOST:
        blocks.append(context(f"… and {len(found) - MOST} more, once these are fixed."))
    alts = {picture.name: picture.alt for picture in state.pictures}
    blocks += [image(file, alts[picture], TITLES[picture]) for picture, file in scene.files.items() if picture in alts]
    if faulty:
        blocks.append(
            context(f"Upload the corrected file as `{clip.path.avatar}/{clip.path.kind}/{name}`: it replaces this one.")
        )
    first = f" {escaped(found[0].message, 200)}" if found else ""
    channel = scene.book.avatar.channel if scene.book.avatar else ""
    return Drawn(channel, f"{name} {verdict}.{first}", blocks, under=f"burst:{clip.burst}")


def _about(state: Accepted | Faulty) -> list[Json]:
    facts = state.facts
    told = [_size(state), *(code for code in (facts.video_codec, facts.audio_codec) if code)]
    if facts.frames:
        told.append(f"{facts.frames} pictures examined")
    if facts.heard is not None:
        told.append("all of the sound checked" if facts.heard >= 1 else f"{facts.heard:.0%} of the sound checked")
    if state.passed:
        told.append(f"{len(state.passed)} rules passed")
    return [context(" · ".join(filter(None, told)))] if any(told) else []


def _finding(finding: Finding) -> str:
    icon = ":grey_question:" if finding.status == "inconclusive" else ICONS[finding.severity]
    if finding.severity == "info":
        return f"{icon} {escaped(finding.message)} _({escaped(finding.source)}, {finding.rule})_"
    return (
        f"{icon} {escaped(finding.message)}\n"
        f"Required: {escaped(finding.required)} _({escaped(finding.source)}, {finding.rule})_\n"
        f":wrench: {escaped(finding.fix)}"
    )
