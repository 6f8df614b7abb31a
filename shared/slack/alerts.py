"""The idle alert: evidence, money, and buttons; one message that lives until it is settled."""

from datetime import datetime, timedelta

from shared.domain.book import Book
from shared.domain.deployments import Deployment, Idle, Kept, Live, Removed, Removing, Snoozed
from shared.domain.policy import Policy
from shared.slack.blocks import (
    Json,
    actions,
    button,
    confirm,
    context,
    fields,
    header,
    people,
    quoted,
    section,
    span,
    when,
)


def alert_card(deployment: Deployment, book: Book, policy: Policy, now: datetime) -> tuple[str, list[Json]]:
    """Fallback text and blocks."""
    state = deployment.state
    idle = span(deployment.idle_since(), now)
    spent = deployment.spent_since_use(now)
    if not isinstance(state, Idle):
        text = f"{deployment.model} in {deployment.resource}: {_settled(deployment, book)[1]}"
        return text, [
            header(f"{_settled(deployment, book)[0]} {deployment.model}"),
            section(_settled(deployment, book)[2]),
        ]
    used = deployment.usage and deployment.usage.last_used
    facts = fields([
        ("Avatar", deployment.avatar),
        ("Resource", f"`{deployment.resource}` ({deployment.region})"),
        ("Last use seen" if used else "No use seen since it went live", f"{when(deployment.idle_since())}, {idle} ago"),
        ("Costs", f"{deployment.price_per_hour} an hour, {deployment.hours or 'around the clock'}"),
        ("Spent since the last use" if used else "Spent since then", f"*{spent}*"),
        ("Live since", when(deployment.live_since)),
    ])  # fmt: skip
    lines = deployment.usage.lines if deployment.usage else ()
    confidence = deployment.usage.confidence if deployment.usage else "low"
    evidence = "\n".join(f"• {line}" for line in lines)
    value = f"{deployment.avatar}|{deployment.id}|{deployment.revision}"
    attested = deployment.assurance == "attested"
    removing = "asks an operator to delete it in the portal" if attested else "deletes the deployment now"
    owner = book.avatar.owner if book.avatar else ""
    unsure = deployment.usage is not None and deployment.usage.verdict == "unknown"
    blocks = [
        header(f"❔ Used or not? {deployment.model}" if unsure else f"💸 Idle deployment: {deployment.model}"),
        facts,
        section(f"*Evidence* (confidence: {confidence})\n{evidence}"),
        context(f"{_whose(state, policy)} · owner <@{owner}>", *_unanswered(state, policy, attested=attested)),
        actions(
            f"alert-{deployment.revision}",
            button("Remove", "remove_idle", value, "danger",
                   confirm("Remove this deployment?", f"This {removing}. Callers of {deployment.model} fail at once. "
                           "The model stays; a new deploy brings it back.", "Remove", danger=True),
                   f"Remove the idle deployment {deployment.model}"),
            button("Keep", "keep", value, spoken=f"Keep {deployment.model} and say why"),
            button(f"Snooze {policy.idle.snooze_hours} h", "snooze", value),
            button("Assign …", "assign", value, spoken=f"Choose who settles the alert of {deployment.model}"),
        ),
    ]  # fmt: skip
    verb = "may be unused since" if unsure else "has been idle for"
    return f"{deployment.model} in {deployment.resource} {verb} {idle} and cost {spent} since", blocks


def former_alert(deployment: Deployment) -> tuple[str, list[Json]]:
    """What is left of an alert that was settled, and after which it was flagged anew."""
    said = "Settled. It was flagged anew later, in a message of its own."
    return f"{deployment.model} in {deployment.resource}: settled", [
        header(f"🗂️ {deployment.model}"),
        section(said),
    ]


def question_card(
    deployment: Deployment, book: Book, policy: Policy, now: datetime, *, former: bool = False
) -> tuple[str, list[Json]]:
    """Still needed? Asked of the owner where no evidence can tell; fallback text and blocks."""
    owner = book.avatar.owner if book.avatar else ""
    title = f"Still needed? {deployment.model}"
    if former:
        return f"{title} (settled)", [header(f"❔ {title}"), section("Settled: use was seen, or it was answered.")]
    if not isinstance(deployment.state, Live) or deployment.asked is None:
        _, short, said = _settled(deployment, book)
        if isinstance(deployment.state, Idle):
            short, said = (
                "on-call was asked",
                f"On-call was asked ({people(policy.on_call)}), in <#{policy.on_call_channel}>.",
            )
        return f"{title} ({short})", [header(f"❔ {title}"), section(said)]
    spent = deployment.spent_since_use(now)
    lines = "\n".join(f"• {line}" for line in (deployment.usage.lines if deployment.usage else ()))
    value = f"{deployment.avatar}|{deployment.id}|{deployment.revision}"
    seen = "the last use seen" if deployment.usage and deployment.usage.last_used else "it went live; no use was seen"
    blocks = [
        header(f"❔ {title}"),
        section(
            f"<@{owner}>: is `{deployment.model}` in `{deployment.resource}` still needed, and until when? Nobody can tell from here "
            f"whether it is used. It costs {deployment.price_per_hour} an hour; *{spent}* since {seen} ({span(deployment.idle_since(), now)} "
            f"ago).\n{lines}"
        ),
        context(f"Without an answer on-call is asked, {when(deployment.asked + timedelta(hours=policy.idle.snooze_hours))}"),
        actions(
            f"question-{deployment.revision}",
            button("Keep until …", "still_needed", value, "primary", spoken=f"Keep {deployment.model} until a day"),
            button("Remove", "remove_unneeded", value, "danger",
                   confirm("Ask for its removal?", f"The usual people approve it. Callers of {deployment.model} fail at once when it goes; the "
                           "model stays.", "Ask for it", danger=True), f"Ask for the removal of {deployment.model}"),
            button("I don't know", "owner_unsure", value, spoken=f"I don't know whether {deployment.model} is needed: ask on-call"),
        ),
    ]  # fmt: skip
    return f"{title} It costs {deployment.price_per_hour} an hour, and nobody can tell whether it is used", blocks


def _whose(state: Idle, policy: Policy) -> str:
    """Whose turn it is."""
    asked = f"assigned to <@{state.assigned}> by <@{state.assigned_by}>" if state.assigned else people(policy.on_call)
    more = (
        f" · unanswered, so {people(policy.steps['remove'].approve)} were told {when(state.escalated)}"
        if state.escalated
        else ""
    )
    return asked + more


def _unanswered(state: Idle, policy: Policy, *, attested: bool) -> list[str]:
    """What the policy does when nobody answers."""
    hours = policy.idle.remove_after_hours
    if hours is None:
        return []
    what = "an operator is asked to remove it in the portal" if attested else "it is removed"
    return [f"If nobody answers, {what} after {when(state.flagged + timedelta(hours=hours))}"]


def _settled(deployment: Deployment, book: Book) -> tuple[str, str, str]:
    """Icon, short words, and the sentence for an alert that needs nobody any more."""
    match deployment.state:
        case Snoozed(by=by, until=until):
            return "💤", "snoozed", f"Snoozed by <@{by}> until {when(until)}."
        case Kept(by=by, until=until, why=why):
            reason = quoted(book.words.get(why, "erased"))
            return "📌", "kept", f"Kept by <@{by}> until {when(until)}:\n{reason}"
        case Removing(operation=operation):
            return "🧹", "being removed", f"Being removed (`{operation}`)."
        case Removed(at=at, until=until) if until:
            return (
                "🌙",
                "resting",
                f"Removed when its office hours ended, {when(at)}. It is deployed again {when(until)}.",
            )
        case Removed(at=at):
            hour = deployment.price_per_hour
            return "✅", "removed", f"Removed, {when(at)}. It no longer costs {hour} an hour; the model stays."
        case _:
            return "🟢", "live", "In use, or watched anew: nothing to do."
