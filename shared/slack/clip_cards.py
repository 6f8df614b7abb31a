"""Clips: one message an upload burst, and a reply in its thread for each clip with findings."""

from shared.domain.clips import Accepted, Checking, Clip, Faulty
from shared.domain.readiness import readiness
from shared.slack.blocks import (
    context,
    escaped,
    header,
    section,
)
from shared.slack.scene import Drawn, Scene


def burst_card(burst: str, scene: Scene) -> Drawn | None:
    clips = sorted((clip for clip in scene.clips if clip.burst == burst), key=lambda clip: clip.path.blob)
    avatar = scene.book.avatar
    if not clips or avatar is None:
        return None
    good = [clip for clip in clips if isinstance(clip.state, Accepted)]
    bad = [clip for clip in clips if isinstance(clip.state, Faulty)]
    open_ = [clip for clip in clips if isinstance(clip.state, Checking)]
    counts = [f":white_check_mark: {len(good)} good", f":x: {len(bad)} to mend"]
    if open_:
        counts.append(f":hourglass_flowing_sand: {len(open_)} being checked")
    lines = [_clip_line(clip) for clip in clips[:20]]
    if len(clips) > 20:
        lines.append(f"… and {len(clips) - 20} more")
    ready = readiness(avatar, scene.book.consent, scene.clips)
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
    text = f"{len(clips)} clips uploaded for {avatar.name}: {len(good)} good, {len(bad)} to mend, {len(open_)} being checked"
    return Drawn(avatar.channel, text, blocks)


def _clip_line(clip: Clip) -> str:
    name = f"`{clip.path.kind}/{escaped(clip.path.file, 60)}`"
    match clip.state:
        case Checking():
            return f":hourglass_flowing_sand: {name} being checked"
        case Faulty(findings=findings):
            errors = sum(finding.severity == "error" for finding in findings)
            return f":x: {name} {errors} error{'s' * (errors != 1)}, see the thread"
        case Accepted(facts=facts, findings=findings):
            seconds = int(facts.duration_s or 0)
            size = f"{facts.width}x{facts.height}, {facts.fps:g} fps, {seconds // 60}:{seconds % 60:02d} min"
            notes = f", {len(findings)} warning{'s' * (len(findings) != 1)}" if findings else ""
            return f":white_check_mark: {name} {size}{notes}"
        case _:
            return f":wastebasket: {name} deleted"


def clip_card(rest: str, scene: Scene) -> Drawn | None:
    clip_id, _, burst = rest.partition(":")
    clip = next((c for c in scene.clips if c.id == clip_id and c.burst == burst), None)
    avatar = scene.book.avatar
    if clip is None or avatar is None or not isinstance(clip.state, Accepted | Faulty):
        return None
    icons = {"error": ":x:", "warning": ":warning:", "info": ":information_source:"}
    name = escaped(clip.path.file, 80)
    faulty = isinstance(clip.state, Faulty)
    verdict = "can't be used" if faulty else "can be used, with warnings"
    blocks = [section(f"`{clip.path.kind}/{name}` *{verdict}*")]
    blocks += [
        section(
            f"{icons[finding.severity]} {escaped(finding.message)}\n"
            f"Required: {escaped(finding.required)} _({escaped(finding.source)}, {finding.rule})_\n"
            f":wrench: {escaped(finding.fix)}"
        )
        for finding in clip.state.findings
    ]
    if faulty:
        blocks.append(
            context(f"Upload the corrected file as `{clip.path.avatar}/{clip.path.kind}/{name}`: it replaces this one.")
        )
    first = clip.state.findings[0].message if clip.state.findings else ""
    return Drawn(avatar.channel, f"{name}: {verdict}. {escaped(first, 200)}", blocks, under=f"burst:{burst}")
