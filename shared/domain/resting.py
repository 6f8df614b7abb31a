"""Office hours at work: removed when they end, deployed again when they begin, and what people say to that."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from shared.domain.asking import consent_stands, propose, within_approved
from shared.domain.book import NOTHING, AuditLine, Book, Case, Decision, minute
from shared.domain.deployments import Deployment, Idle, Kept, Removed, Removing, Snoozed, hours_between
from shared.domain.effects import Post
from shared.domain.events import HoursDue, HoursOff, HoursStay
from shared.domain.money import Amount, hosting_amount
from shared.domain.moving import under_way
from shared.domain.operations import HOURS_RULE, OFFICE, STAY_RULE, Operation, Rejected
from shared.domain.policy import Rule
from shared.domain.reminding import mentions
from shared.errors import Refused

Due = Literal["rest", "wake", "over"] | None


def keep_hours(case: Case, event: HoursDue | HoursStay | HoursOff) -> Decision:
    """What the clock says, or a person."""
    match event:
        case HoursDue():
            return _on_time(case, case.book.deployment(event.deployment))
        case HoursStay():
            return _stay(case, _meant(case, event.deployment))
        case HoursOff():
            return _off(case, _meant(case, event.deployment))


def due(book: Book, deployment: Deployment, now: datetime) -> Due:
    """What the office hours of a deployment ask for now: each change of theirs once."""
    hours = deployment.hours
    if hours is None or under_way(book, deployment):
        return None
    at, begins = hours.last_change(now)
    if deployment.billed:
        return "rest" if not begins and not (deployment.stays and deployment.stays > now) else None
    if not isinstance(deployment.state, Removed) or not deployment.resting:
        return None
    if book.withdrawal or deployment.last_day or (deployment.ends and deployment.ends <= now):
        return "over"
    removal = book.operations.get(deployment.state.operation)  # it may have taken the service until after the begin
    since = removal.ask.at if removal else deployment.state.at
    return "wake" if begins and at > since and not _tried(book, deployment, at, since) else None


def _tried(book: Book, deployment: Deployment, begin: datetime, removed: datetime) -> bool:
    """Whether this begin was asked for, or one since its removal waits for its approvals, or was rejected: then people ask."""
    return any(
        op.ask.at >= begin or op.open or (isinstance(op.state, Rejected) and op.ask.at > removed)
        for op in book.operations.values()
        if op.ask.step == "deploy" and op.ask.deployment == deployment.id and op.ask.hours == deployment.hours
    )


def _on_time(case: Case, deployment: Deployment) -> Decision:
    match due(case.book, deployment, case.now):
        case "rest":
            return _rest(case, deployment)
        case "wake":
            return _wake(case, deployment)
        case "over":
            line, avatar = AuditLine(action="hours_over", by=case.by, subject=deployment.id), case.book.known_avatar()
            text = f":office: <@{avatar.owner}>, the office hours of `{deployment.model}` in `{deployment.resource}` are over: it stays removed."
            told = Post(channel=avatar.channel, text=text)
            return Decision(puts=(deployment.on_its_last_day(),), audit=(line,), effects=(told,))
        case None:
            return NOTHING


def _rest(case: Case, deployment: Deployment) -> Decision:
    """Removed for the night; how it stood is kept for the morning."""
    rule = Rule(name=HOURS_RULE, needed=0, approve=case.terms.policy.steps["remove"].approve)
    made = propose(
        case, "", step="remove", amount=None, rule=rule, by=OFFICE,
        model=deployment.model, resource=deployment.resource, deployment=deployment.id,
    )  # fmt: skip
    was = deployment.state if isinstance(deployment.state, Idle | Snoozed | Kept) else None
    puts = [
        record.again(record.state.model_copy(update={"was": was})).model_copy(update={"stays": None})
        if isinstance(record, Deployment) and isinstance(record.state, Removing)
        else record
        for record in made.puts
    ]
    return replace(made, puts=tuple(puts))


def _wake(case: Case, deployment: Deployment) -> Decision:
    """Deployed for the day, as it was approved; what costs more than that needs its approvals."""
    approved = case.book.operations.get(deployment.hours_by)
    amount = _amount(case, deployment, approved)
    same = within_approved(case, deployment, amount)
    rule = Rule(name=HOURS_RULE, needed=0, approve=case.terms.policy.steps["deploy"].approve) if same else None
    try:
        by = approved.ask.by if approved else case.book.known_avatar().owner
        return _deploy(case, deployment, amount, rule, by=OFFICE if same else by)
    except Refused as refusal:
        line = AuditLine(action="hours_not_begun", by=case.by, subject=deployment.id, data={"code": refusal.code})
        owner = case.book.known_avatar().owner
        text = (
            f":office: <@{owner}>, the office hours of `{deployment.model}` in `{deployment.resource}` begin, and it could not be deployed: "
            f"{refusal.sentence} Callers by name fail until it is."
        )
        return Decision(audit=(line,), effects=(Post(channel=case.book.known_avatar().channel, text=text),))


def _deploy(case: Case, deployment: Deployment, amount: Amount | None, rule: Rule | None, by: str) -> Decision:
    return propose(
        case, "", step="deploy", amount=amount, rule=rule, by=by, model=deployment.model, resource=deployment.resource,
        deployment=deployment.id, hours=deployment.hours, ends=deployment.ends,
    )  # fmt: skip


def _amount(case: Case, deployment: Deployment, approved: Operation | None) -> Amount | None:
    """At today's price; where none is known, what was approved."""
    price = case.terms.hosting_price.get(deployment.region)
    if price and deployment.hours:
        return hosting_amount(price, deployment.hours.month)
    return approved.ask.amount if approved else None


def _stay(case: Case, deployment: Deployment) -> Decision:
    """It costs more than was approved, so those who approve deployments say it, or on-call."""
    policy, hours = case.terms.policy, deployment.hours
    may = (*policy.steps["deploy"].approve, *policy.on_call)
    if hours is None or (not deployment.billed and not deployment.resting):
        raise Refused("no_hours", f"`{deployment.model}` in `{deployment.resource}` has no office hours.")
    if not case.terms.members.includes(may, case.by):
        raise Refused(
            "may_not_stay",
            f"It costs more than was approved, so only approvers and on-call can say this: ask {mentions(may)}.",
        )
    if deployment.last_day:
        raise Refused(
            "already_off",
            f"The office hours of `{deployment.model}` were ended: it is removed when today's are over. To have it for longer: "
            f"`/avatar deploy {deployment.avatar}`.",
        )
    if under_way(case.book, deployment):
        raise Refused(
            "under_way", f"`{deployment.model}` is being deployed or removed just now. Try again in some minutes."
        )
    if deployment.resting:
        consent_stands(case)
        rule = Rule(name=STAY_RULE, needed=0, approve=policy.steps["deploy"].approve)
        amount = _amount(case, deployment, case.book.operations.get(deployment.hours_by))
        return _deploy(case, deployment, amount, rule, by=case.by)
    end = hours.next(case.now, begins=False) if hours.open(case.now) else case.now
    until = hours.next(end, begins=True)
    if deployment.stays and deployment.stays >= until:
        raise Refused("already_stays", f"`{deployment.model}` is live until {minute(until)} at least.")
    more = deployment.price_per_hour.times(hours_between(end, until))
    line = AuditLine(action="hours_stay", by=case.by, subject=deployment.id, data={"until": until.isoformat()})
    told = f":office: <@{case.by}> keeps `{deployment.model}` live past its office hours, until {minute(until)}: about {more} more."
    return Decision(
        puts=(deployment.staying(until),),
        audit=(line,),
        effects=(Post(channel=case.book.known_avatar().channel, text=told),),
    )


def _off(case: Case, deployment: Deployment) -> Decision:
    avatar, policy = case.book.known_avatar(), case.terms.policy
    may = (*policy.steps["remove"].ask, *policy.on_call)
    if case.by != avatar.owner and not case.terms.members.includes(may, case.by):
        raise Refused("may_not_ask", "The policy does not let you ask for a removal. Ask the avatar's owner.")
    if deployment.hours is None or (not deployment.billed and not deployment.resting):
        raise Refused("no_hours", f"`{deployment.model}` in `{deployment.resource}` has no office hours.")
    if deployment.last_day:
        raise Refused(
            "already_off", f"The office hours of `{deployment.model}` end already: it will not be deployed again."
        )
    line = AuditLine(action="hours_off", by=case.by, subject=deployment.id)
    end = deployment.hours.next(case.now, begins=False)
    coming = deployment.resting and under_way(case.book, deployment)
    gone = deployment.resting and not coming
    late = bool(deployment.stays and deployment.stays > case.now)
    if gone:
        when = "it stays removed"
    elif isinstance(deployment.state, Removing):
        when = "it is being removed just now, and stays removed"
    elif coming or late or deployment.hours.open(case.now):
        when = f"it is removed {minute(end)}, and stays removed"
    else:
        when = "it is removed within minutes, and stays removed"
    told = (
        f":office: <@{case.by}> ended the office hours of `{deployment.model}` in `{deployment.resource}`: {when}. Callers should use another "
        f"model by then. `/avatar deploy {avatar.name}` asks for it again."
    )
    return Decision(
        puts=(deployment.on_its_last_day(coming=coming),),
        audit=(line,),
        effects=(Post(channel=avatar.channel, text=told),),
    )


def _meant(case: Case, wanted: str | None) -> Deployment:
    """By its id, model or resource; or the only one that has office hours."""
    case.book.known_avatar()
    there = [d for d in case.book.deployments.values() if d.billed or d.resting]
    found = [d for d in there if not wanted or wanted in (d.id, d.model, d.resource)]
    with_hours = [d for d in found if d.hours] or found
    if len(with_hours) == 1:
        return with_hours[0]
    if not with_hours:
        raise Refused("nothing_deployed", "It is not live there, so it has no office hours.")
    have = ", ".join(f"`{d.model}` in `{d.resource}`" for d in with_hours)
    raise Refused("which_deployment", f"Say which one, for example `in {with_hours[0].resource}`: {have}.")
