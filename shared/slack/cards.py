"""Cards, rendered from the records as they are now: which channel, which words, which buttons."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from shared.domain.book import Book
from shared.domain.clips import Accepted, Checking, Clip, Faulty
from shared.domain.money import TRAINING_HOURS, Money
from shared.domain.moving import WORDS
from shared.domain.operations import (
    Approved,
    Cancelled,
    Evidence,
    Expired,
    Failed,
    Operation,
    Proposed,
    Rejected,
    Running,
    Stale,
    Starting,
    Succeeded,
    Waiting,
)
from shared.domain.policy import Policy
from shared.domain.readiness import readiness
from shared.domain.resources import Resource
from shared.slack.alerts import alert_card
from shared.slack.blocks import (
    Json,
    actions,
    button,
    confirm,
    context,
    escaped,
    fields,
    header,
    later,
    people,
    section,
    span,
    when,
)

LOOK_EVERY_MINUTES = 5
VERBS = {"train": "Train", "copy": "Copy", "deploy": "Deploy", "remove": "Remove"}
HEADS = {
    "proposed": "🖐 {verb} {model}: approval needed",
    "rejected": "⛔ {verb} {model}: rejected",
    "expired": "⌛ {verb} {model}: expired",
    "stale": "♻️ {verb} {model}: changed since you approved",
    "cancelled": "🚫 {verb} {model}: cancelled",
    "approved": "✅ {verb} {model}: approved",
    "starting": "🚀 {verb} {model}: approved, starting",
    "waiting": "🧑‍🔧 {verb} {model}: waiting for an operator",
    "running": "⏳ {verb} {model}: running",
    "succeeded": "🎉 {verb} {model}: done",
    "failed": "❌ {verb} {model}: failed",
}


@dataclass(frozen=True)
class Scene:
    """Everything that a card is drawn from."""

    book: Book
    policy: Policy
    resources: dict[str, Resource]
    now: datetime
    clips: tuple[Clip, ...] = ()
    tasks: dict[str, list[tuple[str, list[tuple[str, str]]]]] = field(default_factory=dict)  # type: ignore[assignment]


@dataclass(frozen=True)
class Drawn:
    """A message: where it goes, its fallback text and its blocks; `under` names the card whose thread it is in."""

    channel: str
    text: str
    blocks: list[Json]
    under: str = ""


def draw(card: str, scene: Scene) -> Drawn | None:
    """Draw a card by its key; None when there is nothing to show."""
    kind, _, rest = card.partition(":")
    if scene.book.avatar is None:
        return None
    match kind:
        case "op":
            operation = scene.book.operations.get(rest)
            return operation_card(operation, scene) if operation else None
        case "task":
            operation = scene.book.operations.get(rest)
            return task_card(operation, scene) if operation else None
        case "burst":
            return burst_card(rest, scene)
        case "clip":
            return clip_card(rest, scene)
        case "alert":
            deployment_id, _, number = rest.partition(":")
            deployment = scene.book.deployments.get(deployment_id)
            if deployment is None or number != str(deployment.alerts):
                return None  # flagged anew since: that is another message
            text, blocks = alert_card(deployment, scene.book, scene.policy, scene.now)
            return Drawn(scene.policy.on_call_channel, text, blocks)
        case _:
            return None


def operation_card(operation: Operation, scene: Scene) -> Drawn:
    ask, state = operation.ask, operation.state
    head = HEADS[state.status].format(verb=VERBS[ask.step], model=ask.model)
    blocks = [header(head), fields(_facts(operation, scene))]
    if ask.why:
        blocks.append(section(f"> {escaped(scene.book.words.get(ask.why, 'erased'), 600)}"))
    blocks += [context(f":warning: {warning}") for warning in ask.warnings]
    blocks += _state(operation, scene)
    signed = ", ".join(f"<@{approval.by}> ({when(approval.at)})" for approval in operation.approvals)
    asked = f"Asked by <@{ask.by}>, {when(ask.at)}"
    if signed:
        asked += f" · {'decided' if ask.rule.needed == 0 else 'approved'} by {signed}"
    blocks.append(context(asked, f"`{ask.id}`"))
    text = f"{VERBS[ask.step]} {ask.model} of {ask.avatar}: {WORDS[state.status]}"
    avatar = scene.book.avatar
    return Drawn(avatar.channel if avatar else "", text, blocks)


def _facts(operation: Operation, scene: Scene) -> list[tuple[str, str]]:
    ask = operation.ask
    place = scene.resources.get(ask.resource)
    region = f" ({place.region})" if place else ""
    pairs = [("Avatar", ask.avatar), ("Model", f"`{ask.model}`")]
    if ask.step == "copy":
        target = scene.resources.get(ask.target or "")
        pairs += [("From", f"`{ask.resource}`{region}"), ("To", f"`{ask.target}` ({target.region if target else '?'})")]
    else:
        pairs.append(("Resource", f"`{ask.resource}`{region}"))
    if ask.step == "train":
        kinds = sorted({clip.kind for clip in ask.clips})
        pairs.append(("Data set", f"{len(ask.clips)} clips, {ask.minutes:.1f} minutes ({', '.join(kinds)}) + consent"))
    pairs.append(("Price", _price(operation)))
    how = "by API: started only after the approval" if ask.assurance == "enforced" else (
        "by an operator in the portal: on record as said by a person"
    )  # fmt: skip
    pairs.append(("How", how))
    return pairs


def _price(operation: Operation) -> str:
    ask = operation.ask
    if ask.amount is None:
        return {
            "copy": "no published price for a copy",
            "remove": "free; stops the hosting price. Callers by name fail at once; the model stays",
        }.get(ask.step, "unknown")
    note = {"train": "20 to 40 compute hours are usual", "deploy": "billed around the clock, used or not"}[ask.step]
    return f"*{ask.amount}*\n{note}; {ask.amount.basis}"


def _state(operation: Operation, scene: Scene) -> list[Json]:
    ask, state = operation.ask, operation.state
    words = scene.book.words
    match state:
        case Proposed():
            return _proposed(operation)
        case Rejected(by=by, at=at, why=why):
            return [section(f"Rejected by <@{by}>, {when(at)}:\n> {escaped(words.get(why, 'erased'), 600)}")]
        case Expired(at=at):
            return [section(f"Nobody decided in time; it expired {when(at)}. Ask again when it is still wanted.")]
        case Stale(at=at, changes=changes):
            listed = "\n".join(f"• {escaped(change)}" for change in changes[:10])
            return [section(f"Not started ({when(at)}), since this changed:\n{listed}\nAsk again to have it approved.")]
        case Cancelled(by=by, at=at, why=why):
            reason = f"\n> {escaped(words.get(why, 'erased'), 600)}" if why else ""
            return [section(f"Cancelled by <@{by}>, {when(at)}.{reason}")]
        case Approved() | Starting():
            doing = "workspace, consent and clips are being handed over" if ask.step == "train" else "being started"
            return [section(f":rocket: Approved; {doing}.")]
        case Waiting(taken_by=taken_by, taken=taken, since=since):
            if taken_by:
                return [section(f"<@{taken_by}> is doing it in the portal (took it {when(taken or since)}).")]
            return [section(f"Asked {people(scene.policy.operators)} to do it in the portal, {when(since)}.")]
        case Running():
            return _progress(operation, state, scene.now)
        case Succeeded(since=since, at=at, said_by=said_by):
            return [section(_done(operation, scene, span(since, at), said_by))]
        case Failed(at=at, why=why):
            said = escaped(words.get(why, "erased"), 600)
            return [section(f"Failed, {when(at)}:\n> {said}\nMend the cause and ask again with `/avatar {ask.step}`.")]


def _proposed(operation: Operation) -> list[Json]:
    ask = operation.ask
    count = f"{len(operation.approvals)} of {ask.rule.needed} approvals"
    value = f"{ask.avatar}|{ask.id}|{operation.revision}"
    amount = str(ask.amount) if ask.amount else "nothing that is published"
    warning = {
        "train": f"The training costs {amount} and can't be cancelled from here once it runs.",
        "copy": "The talent's model goes to another region. It costs " + amount + ".",
        "deploy": f"Hosting costs {amount}, used or not, until it is removed.",
        "remove": "Callers by name stop at once. The model stays and can be deployed again.",
    }[ask.step]
    return [
        context(f"{count} · by {people(ask.rule.approve)}, not by the asker · expires {when(ask.expires)}"),
        actions(
            f"decide-{operation.revision}",
            button("Approve", "approve", value, "primary",
                   confirm(f"{VERBS[ask.step]} {ask.model}?", warning, "Approve", danger=ask.step == "remove"),
                   f"Approve: {ask.step} {ask.model}"),
            button("Reject", "reject", value, "danger", spoken=f"Reject: {ask.step} {ask.model}"),
            button("Cancel", "cancel", value, spoken=f"Cancel: {ask.step} {ask.model}",
                   confirm=confirm("Cancel this request?", "It can be asked for again.", "Cancel it")),
        ),
    ]  # fmt: skip


def _progress(operation: Operation, state: Running, now: datetime) -> list[Json]:
    ask, evidence = operation.ask, state.evidence
    said = f" (started in the portal, as <@{state.started_by}> said)" if state.started_by else ""
    lines = [f"Running for *{span(state.since, now)}*{said}."]
    if state.changed:
        lines.append(
            f":warning: Changed between the approval and the start there: {escaped(state.changed)}. Compare it."
        )
    if ask.step == "train":
        lines += _metered(operation, evidence)
    if evidence:
        service = f"The service says {evidence.service_status}. " if evidence.service_status else ""
        lines.append(
            f"{service}Looked {when(evidence.looked)}; next look {later(evidence.looked, LOOK_EVERY_MINUTES)}."
        )
    return [section("\n".join(lines))]


def _metered(operation: Operation, evidence: Evidence | None) -> list[str]:
    usual, most, cap = TRAINING_HOURS
    hours = evidence.metered_hours if evidence else None
    if hours is None:
        return [f"Metered compute hours: not known yet (usual: {usual} to {most}, at most {cap} are billed)."]
    amount = operation.ask.amount
    cost = (
        f"cost so far *{Money(value=amount.low.value / usual * hours, currency=amount.low.currency)}*" if amount else ""
    )
    return [f"`{bar(hours)}` *{hours} h* metered of usually {usual} to {most} (at most {cap}); {cost}"]


def bar(hours: Decimal) -> str:
    """Metered hours on a scale to the cap: full so far, shaded where trainings usually end."""
    usual, most, cap = TRAINING_HOURS
    cells = 24
    marks = [
        "█" if hours * cells >= (cell + 1) * cap else "▒" if usual * cells <= (cell + Decimal("0.5")) * cap <= most * cells
        else "░"
        for cell in range(cells)
    ]  # fmt: skip
    return "".join(marks)


def _done(operation: Operation, scene: Scene, took: str, said_by: str | None) -> str:
    ask = operation.ask
    said = f" (as <@{said_by}> said)" if said_by else ""
    match ask.step:
        case "train":
            next_step = f"`{ask.model}` is ready{said} after {took}. Next: `/avatar deploy {ask.avatar}`."
        case "copy":
            next_step = (
                f"`{ask.model}` is in `{ask.target}`{said}. Next: `/avatar deploy {ask.avatar} in {ask.target}`."
            )
        case "deploy":
            month = ask.amount.low if ask.amount else None
            next_step = f"`{ask.model}` is live{said} and billed from now on ({month} a month until it is removed)."
        case "remove":
            deployment = scene.book.deployments.get(ask.deployment or "")
            hour = f" and stops costing {deployment.price_per_hour} an hour" if deployment else ""
            next_step = (
                f"`{ask.model}` is no longer deployed{said}{hour}. The model stays: `/avatar deploy {ask.avatar}` "
                "brings it back."
            )
    return next_step


def task_card(operation: Operation, scene: Scene) -> Drawn:
    ask, state = operation.ask, operation.state
    title = f"🧰 Portal task: {ask.step} {ask.model}"
    blocks = [header(title), context(f"For *{ask.avatar}*, asked by <@{ask.by}>, approved. `{ask.id}`")]
    steps = scene.tasks.get(operation.id, [])
    value = f"{ask.avatar}|{ask.id}|{operation.revision}"
    text = f"Portal task for {ask.avatar}: {ask.step} {ask.model}, {WORDS[state.status]}"
    if not isinstance(state, Waiting | Running):
        blocks.append(section(f"{_outcome(state.status)} See the card in the avatar's channel."))
        return Drawn(scene.policy.operators_channel, text, blocks)
    taken_by = state.taken_by if isinstance(state, Waiting) else state.started_by
    if isinstance(state, Waiting) and not taken_by:
        summary = "\n".join(f"{number}. {sentence}" for number, (sentence, _) in enumerate(steps, 1))
        blocks += [
            section(f"{people(scene.policy.operators)}: who does this in the portal?\n{summary}"),
            actions(f"task-{operation.revision}", button("I'll take it", "take", value, "primary")),
        ]
        return Drawn(scene.policy.operators_channel, text, blocks)
    if isinstance(state, Waiting):
        for number, (sentence, values) in enumerate(steps, 1):
            blocks.append(section(f"*{number}.* {sentence}"))
            blocks += [section(f"{what}:\n```{part}```") for what, text_ in values for part in _parts(text_)]
        blocks = blocks[:45]
        labels = ("Done", "It failed")
    else:
        blocks.append(section(f"Training runs in the portal since {when(state.since)}. How did it end?"))
        labels = ("It succeeded", "It failed")
    blocks += [
        context(f"<@{taken_by}> has this task."),
        actions(f"task-{operation.revision}", button(labels[0], "done", value, "primary"),
                button(labels[1], "fail", value, "danger")),
    ]  # fmt: skip
    return Drawn(scene.policy.operators_channel, text, blocks)


def _parts(text: str) -> list[str]:
    """Values to paste, cut between lines into pieces that a section holds; none is left out."""
    parts: list[str] = []
    for line in filter(None, text.split("\n")):
        safe = escaped(line, 1000)
        if parts and len(parts[-1]) + len(safe) < 2500:
            parts[-1] += f"\n{safe}"
        else:
            parts.append(safe)
    return parts


def _outcome(status: str) -> str:
    return {"succeeded": ":tada: Done; thank you.", "failed": ":x: Reported as failed."}.get(
        status, f"This task is over: {WORDS[status]}."
    )


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
    blocks = [section(f"*`{clip.path.kind}/{name}`* {verdict}.")]
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
