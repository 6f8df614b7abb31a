"""Removals: asked for by people, by on-call from an alert, by the policy, on a planned day, or since a consent was withdrawn."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.asking import may_ask, nothing_open, propose
from shared.domain.book import AuditLine, Case, Decision, minute
from shared.domain.deployments import Deployment, Idle, Removed, Removing, hours_between
from shared.domain.effects import Post
from shared.domain.events import RemovalPlanned, RemoveAsked
from shared.domain.moving import moved
from shared.domain.operations import Cancelled, Operation, Proposed
from shared.domain.policy import Rule
from shared.domain.watching import overdue
from shared.errors import Refused

IDLE_RULE = "on-call removes what is idle"
AUTO_RULE = "idle for longer than the policy allows"
WITHDRAWN_RULE = "the consent was withdrawn"


def remove(case: Case, event: RemoveAsked | RemovalPlanned) -> Decision:
    """Now, or on a day."""
    return ask_remove(case, event) if isinstance(event, RemoveAsked) else plan_removal(case, event)


def ask_remove(case: Case, event: RemoveAsked) -> Decision:
    case.book.known_avatar()
    deployment = _deployment(case, event.deployment)
    if isinstance(deployment.state, Removed | Removing):
        raise Refused("already_removed", f"`{deployment.model}` in `{deployment.resource}` is already being removed.")
    if event.planned:
        return _ask_planned(case, deployment)
    rule, policy = None, case.terms.policy
    if event.automatic:
        if not overdue(deployment, policy.idle, case.now):
            raise Refused("not_idle", f"`{deployment.model}` has been used since, so nothing was removed.")
        rule = Rule(name=AUTO_RULE, needed=0, approve=policy.steps["remove"].approve)
    elif event.from_alert:
        if not isinstance(deployment.state, Idle):
            raise Refused("not_idle", f"`{deployment.model}` is no longer flagged as idle, so nothing was removed.")
        if policy.on_call_may_remove_idle and case.terms.members.includes(policy.on_call, case.by):
            rule = Rule(name=IDLE_RULE, needed=0, approve=policy.on_call)
        elif not _may_ask_from_alert(case, deployment.state):
            raise Refused("not_on_call", "Only the people on call can remove an idle deployment from its alert.")
    else:
        may_ask(case, "remove")
    # A request that waits for its approvals gives way to on-call, who need none.
    asked = tuple(o for o in case.book.operations.values() if _waits(o, deployment) and rule and event.from_alert)
    nothing_open(case, ("deploy", "remove"), deployment, asked)
    made = propose(case, event.why, step="remove", amount=None, rule=rule, **_of(deployment))
    for operation in asked:
        made = moved(case, operation, Cancelled(by=case.by, at=case.now, why=None), "cancelled").and_then(made)
    return made


def _waits(operation: Operation, deployment: Deployment) -> bool:
    ask = operation.ask
    return ask.step == "remove" and ask.deployment == deployment.id and isinstance(operation.state, Proposed)


def _may_ask_from_alert(case: Case, alert: Idle) -> bool:
    """Whoever it was given to, its owner, and those whom an unanswered alert is told to: it is a request, and somebody else approves."""
    policy, owner = case.terms.policy, case.book.known_avatar().owner
    may = case.by in {alert.assigned, owner} or case.terms.members.includes(policy.steps["remove"].approve, case.by)
    return may and case.terms.members.includes(policy.steps["remove"].ask, case.by)


def used_since(case: Case, operation: Operation) -> tuple[str, ...]:
    """What was to be removed since it was idle, and was seen in use after that was asked for."""
    ask = operation.ask
    deployment = case.book.deployments.get(ask.deployment or "")
    last = deployment.usage.last_used if deployment and deployment.usage else None
    if ask.rule.name not in {IDLE_RULE, AUTO_RULE} or last is None or last <= ask.at:
        return ()
    return (f"it was used again, {hours_between(last, case.now)} h ago",)


def _ask_planned(case: Case, deployment: Deployment) -> Decision:
    """The planned day has come: asked for in the planner's name. Where that can't be, the planner hears why; the plan is over."""
    if deployment.ends is None or case.now < deployment.ends:
        raise Refused("not_planned", f"The removal of `{deployment.model}` is no longer planned for now.")
    over = deployment.ending(None)
    if deployment.hours:
        return _last_day(case, over, deployment.ends_by)
    try:
        nothing_open(case, ("deploy", "remove"), deployment)
        asked = propose(case, "", step="remove", amount=None, by=deployment.ends_by, planned=True, **_of(deployment))
    except Refused as refusal:
        line = AuditLine(action="removal_not_asked", by=case.by, subject=deployment.id, data={"code": refusal.code})
        text = (
            f":calendar: <@{deployment.ends_by}>, today the removal of `{deployment.model}` from `{deployment.resource}` was to be asked for, "
            f"as you planned, and could not be: {refusal.sentence} It stays live; plan it anew or ask for it yourself."
        )
        told = Post(channel=case.book.known_avatar().channel, text=text)
        return Decision(puts=(over,), audit=(line,), effects=(told,))
    return replace(asked, puts=(over, *asked.puts))


def undecided(case: Case, operation: Operation) -> tuple[tuple[Deployment, ...], tuple[Post, ...]]:
    """A planned removal that nobody decided on is planned anew for the next day: money goes on, so it is not forgotten."""
    ask = operation.ask
    deployment = case.book.deployments.get(ask.deployment or "")
    if not ask.planned or deployment is None or not deployment.billed or deployment.ends:
        return (), ()
    day = (case.now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    text = (
        f":calendar: <@{ask.by}>, nobody decided on the planned removal of `{deployment.model}` from `{deployment.resource}`: it stays live, at "
        f"{deployment.price_per_hour} an hour, and its removal is asked for again on {day.date()}."
    )
    told = Post(channel=case.book.known_avatar().channel, text=text, under=operation.card)
    return (deployment.ending(day, ask.by),), (told,)


def _last_day(case: Case, deployment: Deployment, planner: str) -> Decision:
    """It is removed every evening, and was approved for no longer: nobody has to approve that it is not deployed again."""
    hours = deployment.hours
    end = minute(hours.next(case.now, begins=False)) if hours and hours.open(case.now) else "now"
    line = AuditLine(action="hours_over", by=case.by, subject=deployment.id)
    text = (
        f":calendar: <@{planner}>, today `{deployment.model}` in `{deployment.resource}` comes to its planned end: it is removed {end}, and stays "
        f"removed. `/avatar deploy {case.book.known_avatar().name}` asks for it again."
    )
    told = Post(channel=case.book.known_avatar().channel, text=text)
    return Decision(puts=(deployment.on_its_last_day(),), audit=(line,), effects=(told,))


def plan_removal(case: Case, event: RemovalPlanned) -> Decision:
    """On that day its removal is asked for, in the name of whoever planned it."""
    avatar, policy = case.book.known_avatar(), case.terms.policy
    deployment = _deployment(case, event.deployment)
    if case.by != avatar.owner and not case.terms.members.includes(
        (*policy.steps["remove"].ask, *policy.on_call), case.by
    ):
        raise Refused("may_not_ask", "The policy does not let you ask for a removal. Ask the avatar's owner.")
    if isinstance(deployment.state, Removed | Removing):
        raise Refused("already_removed", f"`{deployment.model}` in `{deployment.resource}` is already being removed.")
    if event.on <= case.now:
        raise Refused(
            "day_is_past",
            f"That day is today or in the past. To remove it now: `/avatar remove {avatar.name} in {deployment.resource}`.",
        )
    made = case.book.operations.get(deployment.hours_by or deployment.made_by)
    if made and made.ask.ends and event.on > made.ask.ends:
        raise Refused(
            "later_than_approved",
            f"It was approved until {made.ask.ends.date()}. To have it for longer: `/avatar deploy {avatar.name} in {deployment.resource} "
            f"until {event.on.date()}` asks for that.",
        )
    nothing_open(case, ("deploy",), deployment)  # its approval would bring an end of its own
    line = AuditLine(
        action="removal_planned", by=case.by, subject=deployment.id, data={"on": event.on.date().isoformat()},
    )  # fmt: skip
    day = event.on.date()
    then = (
        f"its office hours end on {day}, and it stays removed"
        if deployment.hours
        else f"on {day} its removal is asked for, and the usual people approve it"
    )
    told = Post(
        channel=avatar.channel,
        text=f":calendar: <@{case.by}> plans to remove `{deployment.model}` from `{deployment.resource}`: {then}. Callers should use another "
        "model by then.",
    )
    return Decision(puts=(deployment.ending(event.on, case.by),), audit=(line,), effects=(told,))


def remove_withdrawn(case: Case, deployment: Deployment) -> Decision:
    """The removal of a deployment whose talent withdrew the consent: nobody has to approve it."""
    rule = Rule(name=WITHDRAWN_RULE, needed=0, approve=case.terms.policy.steps["remove"].approve)
    return propose(case, "", step="remove", amount=None, rule=rule, **_of(deployment))


def _of(deployment: Deployment) -> dict[str, Any]:
    return {"model": deployment.model, "resource": deployment.resource, "deployment": deployment.id}


def _deployment(case: Case, wanted: str | None) -> Deployment:
    live = [d for d in case.book.deployments.values() if d.billed]
    found = [d for d in live if not wanted or wanted in (d.id, d.model, d.resource)]
    if len(found) == 1:
        return found[0]
    resting = next(
        (
            d
            for d in case.book.deployments.values()
            if d.resting and (not wanted or wanted in (d.id, d.model, d.resource))
        ),
        None,
    )
    if not found and resting:
        raise Refused(
            "only_rests",
            f"`{resting.model}` rests until its office hours begin, and costs nothing now. To end them: `/avatar hours {resting.avatar} off`.",
        )
    if not live:
        raise Refused("nothing_deployed", "This avatar has no live deployment, so there is nothing to remove.")
    have = ", ".join(f"`{d.model}` in `{d.resource}`" for d in live)
    raise Refused("which_deployment", f"Say which one to remove, for example `in {live[0].resource}`: {have}.")
