"""The card of an operation: what was asked, what it costs, how it stands, and who decided."""

from collections.abc import Sequence
from decimal import Decimal

from shared.domain.deployments import hours_between
from shared.domain.learning import Trained, end_of, hours_of
from shared.domain.money import HOURS_A_MONTH, TRAINING_HOURS, Money
from shared.domain.moving import WORDS
from shared.domain.operations import (
    OFFICE,
    Approved,
    Ask,
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
from shared.slack.blocks import (
    Json,
    actions,
    button,
    confirm,
    context,
    escaped,
    fields,
    header,
    image,
    people,
    quoted,
    section,
    span,
    when,
)
from shared.slack.office import saving
from shared.slack.outcome import outcome
from shared.slack.scene import Drawn, Scene

VERBS = {"train": "Train", "copy": "Copy", "deploy": "Deploy", "remove": "Remove"}
HEADS = {
    "proposed": "🖐 {verb} {model}: approval needed",
    "rejected": "⛔ {verb} {model}: rejected",
    "expired": "⌛ {verb} {model}: expired",
    "stale": "♻️ {verb} {model}: changed since {since}",
    "cancelled": "🚫 {verb} {model}: cancelled",
    "approved": "✅ {verb} {model}: approved",
    "starting": "🚀 {verb} {model}: approved, starting",
    "waiting": "🧑‍🔧 {verb} {model}: waiting for an operator",
    "running": "⏳ {verb} {model}: running",
    "succeeded": "🎉 {verb} {model}: done",
    "failed": "❌ {verb} {model}: failed",
}


def operation_card(operation: Operation, scene: Scene) -> Drawn:
    ask, state = operation.ask, operation.state
    if ask.by == OFFICE:
        return _kept_hours(operation, scene)
    since = "you approved" if operation.approvals else "it was asked for"
    head = HEADS[state.status].format(verb=VERBS[ask.step], model=ask.model, since=since)
    blocks = [header(head), fields(_facts(operation, scene))]
    if ask.why:
        blocks.append(section(quoted(scene.book.words.get(ask.why, "erased"))))
    done = ask.step == "deploy" and isinstance(state, Succeeded)  # what is live beside it is said anew below
    blocks += [context(f":warning: {warning}") for warning in ask.warnings if not done]
    blocks += _state(operation, scene)
    blocks += _review(operation, scene)
    signed = ", ".join(f"<@{approval.by}> ({when(approval.at)})" for approval in operation.approvals)
    asked = f"Asked by {ask.asker}, {when(ask.at)}"
    if signed and ask.of_person:
        asked += f" · {'decided' if ask.rule.needed == 0 or operation.review else 'approved'} by {signed}"
    blocks.append(context(asked, f"`{ask.id}`"))
    text = f"{VERBS[ask.step]} {ask.model} of {ask.avatar}: {WORDS[state.status]}"
    avatar = scene.book.avatar
    return Drawn(avatar.channel if avatar else "", text, blocks)


def _kept_hours(operation: Operation, scene: Scene) -> Drawn:
    """What office hours do every day: a line in the thread of the card that they were approved on."""
    ask, state = operation.ask, operation.state
    head = HEADS[state.status].format(verb=VERBS[ask.step], model=ask.model, since="it was asked for")
    if isinstance(state, Succeeded):
        head = {"remove": "🌙 {model} rests", "deploy": "☀️ {model} is live again"}[ask.step].format(model=ask.model)
    avatar, deployment = scene.book.avatar, scene.book.deployments.get(ask.deployment or "")
    above = scene.book.operations.get(deployment.hours_by) if deployment else None
    done = isinstance(state, Succeeded)
    blocks = [context(f"*{head}*, by its office hours · `{ask.id}`"), *([] if done else _state(operation, scene))]
    text = f"{VERBS[ask.step]} {ask.model} of {ask.avatar}, by its office hours: {WORDS[state.status]}"
    return Drawn(avatar.channel if avatar else "", text, blocks, above.card if above else "")


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
    pairs.append(("Price", _price(operation, scene.past)))
    if ask.hours:
        kept = f"{ask.hours}: removed when they end, deployed again when they begin, without another approval. Callers by name fail in between"
        pairs.append(("Live", kept))
    if ask.step == "deploy" and operation.open:
        pairs.append(("Planned end", _planned_end(ask)))
    if ask.budget:
        pairs.append(("The month", ask.budget))
    started = "started only after the approval" if ask.rule.needed else f"without a new approval ({ask.rule.name})"
    how = f"by API: {started}" if ask.assurance == "enforced" else (
        "by an operator in the portal: on record as said by a person"
    )  # fmt: skip
    pairs.append(("How", how))
    return pairs


def _while(ask: Ask) -> str:
    """For how long it costs that."""
    day = ask.ends.date() if ask.ends else None
    if ask.hours:
        return "while it is live in its office hours" + (f"; they end on {day}, and it is removed then" if day else "")
    return "until it is removed" + (f"; that is asked for on {day}" if day else "")


def _planned_end(ask: Ask) -> str:
    """Until when, and what it costs until then."""
    if ask.ends is None:
        return (
            "none: its hours go on until somebody ends them"
            if ask.hours
            else "none: it is billed until somebody removes it"
        )
    cost = ""
    if ask.amount:
        hour = Money(value=ask.amount.high.value / HOURS_A_MONTH, currency=ask.amount.high.currency)
        cost = f", about {hour.times(hours_between(ask.at, ask.ends))} until then"
    return f"{ask.ends.date()}{cost}: on that day its {'office hours end' if ask.hours else 'removal is asked for'}"


def _price(operation: Operation, past: Sequence[Trained]) -> str:
    ask = operation.ask
    if ask.amount is None:
        return {
            "copy": "no published price for a copy",
            "remove": "free; stops the hosting price. Callers by name fail at once; the model stays",
        }.get(ask.step, "unknown")
    if ask.hours:
        return f"*{ask.amount}*\n{saving(ask)}; {ask.amount.basis}"
    note = {"train": "20 to 40 compute hours are usual", "deploy": "billed around the clock, used or not"}[ask.step]
    took = hours_of(past)
    if took:
        note += f"; your last {took.count} took {took.least} to {took.most}, {took.middle} in the middle"
    return f"*{ask.amount}*\n{note}; {ask.amount.basis}"


def _state(operation: Operation, scene: Scene) -> list[Json]:
    ask, state = operation.ask, operation.state
    words = scene.book.words
    match state:
        case Proposed():
            return _proposed(operation, scene)
        case Rejected(by=by, at=at, why=why):
            return [section(f"Rejected by <@{by}>, {when(at)}:\n{quoted(words.get(why, 'erased'))}")]
        case Expired(at=at):
            return [section(f"Nobody decided in time; it expired {when(at)}. Ask again when it is still wanted.")]
        case Stale(at=at, changes=changes):
            listed = "\n".join(f"• {escaped(change)}" for change in changes[:10])
            return [section(f"Not started ({when(at)}), since this changed:\n{listed}\nAsk again to have it approved.")]
        case Cancelled(by=by, at=at, why=why):
            reason = f"\n{quoted(words.get(why, 'erased'))}" if why else ""
            return [section(f"Cancelled by <@{by}>, {when(at)}.{reason}")]
        case Approved() | Starting():
            doing = "workspace, consent and clips are being handed over" if ask.step == "train" else "being started"
            return [section(f":rocket: Approved; {doing}.")]
        case Waiting(taken_by=taken_by, taken=taken, since=since):
            if taken_by:
                return [section(f"<@{taken_by}> is doing it in the portal (took it {when(taken or since)}).")]
            return [section(f"Asked {people(scene.policy.operators)} to do it in the portal, {when(since)}.")]
        case Running():
            return _progress(operation, state, scene)
        case Succeeded():
            return outcome(operation, scene, state)
        case Failed(at=at, why=why):
            said = quoted(words.get(why, "erased"))
            return [
                section(f"Failed, {when(at)}:\n{said}\nOnce its cause is gone: `/avatar retry {ask.avatar} {ask.id}`.")
            ]


def _review(operation: Operation, scene: Scene) -> list[Json]:
    """Started without its approvals: why, and what came of the review."""
    review, ask = operation.review, operation.ask
    if review is None:
        return []
    words = scene.book.words
    broken = f":rotating_light: <@{review.by}> started this without its approvals, {when(review.at)}:\n" + quoted(
        words.get(review.why, "erased")
    )
    if review.closed:
        finding = quoted(words.get(review.finding or "", "erased"))
        return [section(broken), section(f"Reviewed by <@{review.closed_by}>, {when(review.closed)}:\n{finding}")]
    value = f"{ask.avatar}|{ask.id}|{operation.revision}"
    close = button("Close the review", "close_review", value, spoken=f"Close the review of {ask.step} {ask.model}")
    return [
        section(f"{broken}\n*The review is open*: {people(ask.rule.approve)}."),
        actions(f"review-{operation.revision}", close),
    ]


def _proposed(operation: Operation, scene: Scene) -> list[Json]:
    ask = operation.ask
    faces = scene.files.get("faces")
    seen: list[Json] = []
    if faces:
        seen = [
            section(
                ":bust_in_silhouette: *Is it the same person?* Left: the consent video. Right: one picture of each clip. If not, reject the request."
            ),
            image(
                faces, "Left: the talent in the consent video. Right: one picture of each clip.", "Consent and clips"
            ),
        ]
    count = f"{len(operation.approvals)} of {ask.rule.needed} approvals"
    value = f"{ask.avatar}|{ask.id}|{operation.revision}"
    amount = str(ask.amount) if ask.amount else "an amount that is not known"
    how = f"This asks {people(scene.policy.operators)} to do it in the portal. " if ask.assurance == "attested" else ""
    warning = (
        how
        + {
            "train": f"The training costs {amount} and can't be cancelled from here once it runs.",
            "copy": "The talent's model goes to another region. No price is published for a copy; what Azure bills is unknown.",
            "deploy": f"Hosting costs {amount}, used or not, {_while(ask)}.",
            "remove": "Callers by name stop at once. The model stays and can be deployed again.",
        }[ask.step]
    )
    return [
        *seen,
        context(f"{count} · by {people(ask.rule.approve)}, not by the requester · expires {when(ask.expires)}"),
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


def _progress(operation: Operation, state: Running, scene: Scene) -> list[Json]:
    ask, evidence, now = operation.ask, state.evidence, scene.now
    said = f" (started in the portal, as <@{state.started_by}> said)" if state.started_by else ""
    lines = [f"Running for *{span(state.since, now)}*{said}."]
    if state.changed:
        lines.append(
            f":warning: Changed between the approval and the start there: {escaped(state.changed)}. Compare it."
        )
    if ask.step == "train":
        lines += _metered(operation, evidence)
        lines += _estimate(operation, state, scene)
    if evidence:
        service = f"The service says {evidence.service_status}. " if evidence.service_status else ""
        lines.append(f"{service}Looked {when(evidence.looked)}; next look {when(state.next_look or evidence.looked)}.")
    return [section("\n".join(lines))]


def _metered(operation: Operation, evidence: Evidence | None) -> list[str]:
    usual, most, cap = TRAINING_HOURS
    hours = evidence.metered_hours if evidence else None
    if hours is None:
        return [f"Metered compute hours: not known yet (usual: {usual} to {most}, at most {cap} are billed)."]
    amount = operation.ask.amount
    so_far = Money(value=amount.low.value / usual * hours, currency=amount.low.currency) if amount else None
    cost = f"; cost so far *{so_far}*" if so_far else ""
    return [f"`{bar(hours)}` *{hours} h* metered of usually {usual} to {most} (at most {cap}){cost}"]


def _estimate(operation: Operation, state: Running, scene: Scene) -> list[str]:
    """When it would end if it took as long as those before: ours, never the service's word."""
    found = end_of(state.since, scene.past, operation.ask.assurance)
    if found is None:
        return []
    first, last, count = found
    if scene.now > last:
        return [f"Longer than each of your last {count} trainings: the slowest took {span(state.since, last)}."]
    return [
        f"Estimate from your last {count} trainings, not from the service: done between {when(first)} and {when(last)}."
    ]


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
