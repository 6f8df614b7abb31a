"""Reminders of what waits for people: after a while, and then ever more rarely."""

from datetime import datetime, timedelta

from shared.domain.book import NOTHING, AuditLine, Case, Decision, minute
from shared.domain.effects import Effect, Post, ShowCard
from shared.domain.operations import Operation, Proposed, Running, Waiting
from shared.domain.quiet import quiet

DECIDE, TASK, TRAINING, REVIEW = timedelta(hours=4), timedelta(hours=2), timedelta(hours=24), timedelta(hours=24)


def due(operation: Operation) -> datetime | None:
    """When people are reminded next; None when it is nobody's turn. The pauses double: 4, 8, 16, ... hours."""
    state, review = operation.state, operation.review
    if isinstance(state, Proposed):
        since, first = max([operation.ask.at, *(approval.at for approval in operation.approvals)]), DECIDE
    elif isinstance(state, Waiting):
        since, first = state.taken or state.since, TASK
    elif isinstance(state, Running) and state.started_by:  # nobody else can say how a training in the portal goes
        since, first = state.since, TRAINING
    elif review and operation.in_review and not operation.open:
        since, first = review.at, REVIEW
    else:
        return None
    return since + first * (2 ** (operation.reminded + 1) - 1)


def remind(case: Case, operation: Operation) -> Decision:
    """Remind whoever's turn it is, in the thread of the card; nothing when it is not time yet."""
    if quiet(case.terms.policy.quiet, case.now):
        return NOTHING
    when, after = due(operation), operation
    while when is not None and case.now >= when:  # one reminder, however many the timer has slept through
        after = after.after_reminder()
        when = due(after)
    if after is operation:
        return NOTHING
    ask, state, policy = operation.ask, operation.state, case.terms.policy
    line = AuditLine(
        action=f"{ask.step}_reminded", by=case.by, subject=operation.id, data={"number": str(after.reminded)}
    )
    channel, under = case.book.known_avatar().channel, operation.card
    shown: tuple[Effect, ...] = ()
    if isinstance(state, Waiting):
        channel, under = policy.operators_channel, f"task:{operation.id}"
        who = f"<@{state.taken_by}>" if state.taken_by else mentions(policy.operators)
        rest = "for your Done or It failed" if state.taken_by else "for somebody to take it"
        text = f":bell: {who}: the portal task *{ask.step} {ask.model}* of *{ask.avatar}* still waits {rest}."
        if case.book.withdrawal and ask.step != "remove":
            text = (
                f":octagonal_sign: {who}: the talent of *{ask.avatar}* withdrew the consent. Start nothing, and say on the card above whether "
                f"*{ask.step} {ask.model}* had begun."
            )
        elif state.silent(case.now):
            text += " Another operator can take it over now, on the card above."
            shown = (ShowCard(card=under),)
    elif isinstance(state, Proposed):
        counted = {approval.by for approval in operation.approvals}
        who = mentions([person for person in ask.rule.approve if person not in counted])
        text = f":bell: {who} *{ask.step} {ask.model}* still waits for approval; it expires {minute(ask.expires)}."
    elif isinstance(state, Running):
        channel, under = policy.operators_channel, f"task:{operation.id}"
        shown = (ShowCard(card=under),)  # the card above says what the meter shows by now
        hours = state.evidence.metered_hours if state.evidence else None
        meter = f"The meter shows {hours} compute hours so far" if hours else "The meter has shown nothing yet"
        text = (
            f":wave: <@{state.started_by}>, how does *{ask.step} {ask.model}* of *{ask.avatar}* go in the portal? {meter}. Please press "
            "*Still running*, *It succeeded* or *It failed* on the card above."
        )
    else:
        text = f":bell: {mentions(ask.rule.approve)} *{ask.step} {ask.model}* started without approval; its review is still open."
    return Decision(puts=(after,), audit=(line,), effects=(*shown, Post(channel=channel, text=text, under=under)))


def mentions(listed: tuple[str, ...] | list[str]) -> str:
    """People and groups so that Slack rings their bell; `*`, everybody, rings nobody's."""
    shown = [f"<!subteam^{who}>" if who.startswith("S") else f"<@{who}>" for who in listed if who != "*"]
    return ", ".join(shown)
