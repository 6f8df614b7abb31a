"""A deployment's life: use seen, idle, snoozed, kept. Removal itself is an operation."""

from datetime import datetime, timedelta

from shared.domain.base import short_id
from shared.domain.book import NOTHING, AuditLine, Case, Decision, Record
from shared.domain.deployments import (
    BLIND,
    Deployment,
    DeploymentState,
    Idle,
    Kept,
    Live,
    Removed,
    Removing,
    Snoozed,
    Usage,
)
from shared.domain.effects import Effect, Post, ShowCard
from shared.domain.events import (
    AlertAssigned,
    KeepClicked,
    OwnerUnsure,
    PriceSeen,
    SnoozeClicked,
    StillNeeded,
    UsageSeen,
)
from shared.domain.policy import IdleRule
from shared.domain.quiet import quiet
from shared.domain.records import Words
from shared.domain.reminding import mentions
from shared.errors import Refused

LONGEST_KEEP = 180  # days


def watch(
    case: Case, event: UsageSeen | PriceSeen | KeepClicked | SnoozeClicked | AlertAssigned | StillNeeded | OwnerUnsure
) -> Decision:
    """What the watch saw, or what a person says to an alert or to a question."""
    match event:
        case PriceSeen():
            return _reprice(case, event)
        case UsageSeen():
            return see_usage(case, event)
        case StillNeeded() | OwnerUnsure():
            return answer_question(case, event)
        case _:
            return settle(case, event)


def see_usage(case: Case, event: UsageSeen) -> Decision:
    """Take in what the watch found. Only evidence of no use for longer than the grace flags a deployment."""
    deployment = case.book.deployment(event.deployment)
    state = deployment.state
    if isinstance(state, Removed):
        return NOTHING
    usage = event.usage
    before = deployment.usage
    remembered = before.last_used if before else None
    last_used = max((t for t in (remembered, usage.last_used) if t), default=None)  # batch jobs vanish after 31 days
    looked = max(before.looked, usage.looked) if before else usage.looked
    usage = usage.model_copy(update={"last_used": last_used, "looked": looked})
    if isinstance(state, Removing) or (isinstance(state, Snoozed | Kept) and case.now < state.until):
        return Decision(puts=(deployment.seen(usage),))  # of a removal: an operator who takes it is told of use since
    # A pause in the evidence is no pause in use; but it is waited for only so long.
    until = looked if case.now - looked <= BLIND else case.now
    idle_for = deployment.seen(usage).unused(until)  # what rests at night is not unused then
    idle = usage.verdict == "idle" and idle_for >= timedelta(hours=case.terms.policy.idle.grace_hours)
    if idle and not isinstance(state, Idle) and _undisturbed(case, deployment):
        return Decision(puts=(deployment.seen(usage),))
    if idle and not isinstance(state, Idle):
        return _moved(deployment, Idle(flagged=case.now), case, "flagged_idle", usage=usage)
    if (
        isinstance(state, Idle)
        and usage.verdict != "unknown"
        and idle_for < timedelta(hours=case.terms.policy.idle.grace_hours)
    ):
        return _moved(deployment, Live(), case, "in_use_again", usage=usage)
    if isinstance(state, Snoozed | Kept):
        return _moved(deployment, Live(), case, "watched_again", usage=usage)
    if (
        usage.verdict == "unknown"
        and isinstance(state, Live)
        and idle_for >= timedelta(hours=case.terms.policy.idle.grace_hours)
    ):
        return _ask_owner(case, deployment, usage)
    if deployment.asked and usage.verdict != "unknown" and isinstance(state, Live):
        settled = deployment.seen(usage).model_copy(update={"asked": None, "revision": deployment.revision + 1})
        line = AuditLine(action="question_settled", by=case.by, subject=deployment.id, data={"verdict": usage.verdict})
        return Decision(puts=(settled,), audit=(line,))
    if isinstance(state, Idle):
        return _unanswered(case, deployment, state, usage)
    return Decision(puts=(deployment.seen(usage),))


def _reprice(case: Case, event: PriceSeen) -> Decision:
    """From now on at the new price; what was spent until now stays as it was."""
    deployment = case.book.deployment(event.deployment)
    price = event.price.money
    if (
        not deployment.billed
        or price.currency != deployment.price_per_hour.currency
        or not deployment.costs_other(price)
    ):
        return NOTHING
    data = {"from": str(deployment.price_per_hour), "to": str(price), "source": event.price.source}
    line = AuditLine(action="price_changed", by=case.by, subject=deployment.id, data=data)
    shown = (ShowCard(card=deployment.card, urgent=False),) if isinstance(deployment.state, Idle) else ()
    return Decision(puts=(deployment.repriced(price, case.now),), audit=(line,), effects=shown)


def _unanswered(case: Case, deployment: Deployment, state: Idle, usage: Usage) -> Decision:
    """Flagged, and nobody has settled it yet: after a while those who approve removals hear of it, once."""
    rule = case.terms.policy.idle
    late = case.now - state.flagged >= timedelta(hours=rule.escalate_hours)
    if state.escalated or not late or _undisturbed(case, deployment):
        shown = ShowCard(card=deployment.card, urgent=False)
        return Decision(puts=(deployment.seen(usage),), effects=(shown,))
    told = Post(
        channel=case.terms.policy.on_call_channel,
        text=f":bell: {mentions(case.terms.policy.steps['remove'].approve)}: nobody has settled this for {rule.escalate_hours} hours: "
        f"`{deployment.model}` in `{deployment.resource}` costs {deployment.price_per_hour} an hour, "
        f"{deployment.model_copy(update={'usage': usage}).spent_since_use(case.now)} since its last use.",
        under=deployment.card,
    )
    return _moved(
        deployment, state.model_copy(update={"escalated": case.now}), case, "escalated", usage=usage, effects=(told,)
    )


def _ask_owner(case: Case, deployment: Deployment, usage: Usage) -> Decision:
    """Nobody can tell from here whether it is used: its owner is asked, once; without an answer on-call is."""
    policy = case.terms.policy
    if deployment.asked is None:
        if _undisturbed(case, deployment):
            return Decision(puts=(deployment.seen(usage),))
        asked = deployment.asking(case.now, usage)
        line = AuditLine(action="owner_asked", by=case.by, subject=deployment.id,
                         data={"model": deployment.model, "resource": deployment.resource})  # fmt: skip
        return Decision(puts=(asked,), audit=(line,))
    if case.now - deployment.asked < timedelta(hours=policy.idle.snooze_hours) or _undisturbed(case, deployment):
        return Decision(puts=(deployment.seen(usage),))
    return _moved(deployment, Idle(flagged=case.now), case, "unanswered", usage=usage)


def answer_question(case: Case, event: StillNeeded | OwnerUnsure) -> Decision:
    """The owner, or somebody on call, says whether it is still needed."""
    deployment = case.book.deployment(event.deployment)
    avatar = case.book.known_avatar()
    if case.by != avatar.owner and not case.terms.members.includes(case.terms.policy.on_call, case.by):
        raise Refused("not_the_owner", f"Only the owner, <@{avatar.owner}>, and the people on call can answer this.")
    if deployment.asked is None or not isinstance(deployment.state, Live):
        raise Refused("already_settled", f"This is settled: `{deployment.model}` is {deployment.stands} now.")
    if isinstance(event, OwnerUnsure):
        return _moved(deployment, Idle(flagged=case.now), case, "owner_unsure")
    latest = case.now + timedelta(days=LONGEST_KEEP)
    if not case.now < event.until <= latest:
        raise Refused(
            "wrong_day", f"Choose a day after today, at most {LONGEST_KEEP} days from now: it is asked again then."
        )
    words = Words(ref=short_id("w", case.message.id), text=event.why[:500] or "still needed")
    return _moved(deployment, Kept(by=case.by, until=event.until, why=words.ref), case, "still_needed", (words,))


def overdue(deployment: Deployment, rule: IdleRule, now: datetime) -> bool:
    """Whether nobody answered its alert for as long as the policy waits before it is removed without a click."""
    state = deployment.state
    if rule.remove_after_hours is None or not isinstance(state, Idle):
        return False
    if deployment.usage and (deployment.usage.verdict, deployment.usage.confidence) != ("idle", "high"):
        return False  # nobody knows for sure that it is not used, so nothing goes without a person's word
    return now - state.flagged >= timedelta(hours=rule.remove_after_hours)


def _undisturbed(case: Case, deployment: Deployment) -> bool:
    """In quiet hours nothing is flagged, unless it costs too much to wait for the morning."""
    hours = case.terms.policy.quiet
    dear = hours and hours.except_above and deployment.price_per_hour.value > hours.except_above
    return quiet(hours, case.now) and not dear


def settle(case: Case, event: KeepClicked | SnoozeClicked | AlertAssigned) -> Decision:
    """On-call, the owner, or whoever it was given to answers an alert."""
    avatar = case.book.known_avatar()
    deployment = _alerted(case, event.deployment)
    given = isinstance(deployment.state, Idle) and deployment.state.assigned == case.by
    if case.by != avatar.owner and not given and not case.terms.members.includes(case.terms.policy.on_call, case.by):
        raise Refused("not_on_call", "Only the people on call and the avatar's owner can settle this alert.")
    if not isinstance(deployment.state, Idle):
        raise Refused("already_settled", f"This alert is settled: `{deployment.model}` is {deployment.stands} now.")
    if isinstance(event, AlertAssigned):
        return _assigned(case, deployment, deployment.state, event.to)
    if isinstance(event, SnoozeClicked):
        until = case.now + timedelta(hours=case.terms.policy.idle.snooze_hours)
        return _moved(deployment, Snoozed(by=case.by, until=until), case, "snoozed")
    if not event.why.strip():
        raise Refused("no_reason", "Say in a few words why it must stay, so that nobody asks again tomorrow.")
    words = Words(ref=short_id("w", case.message.id), text=event.why[:500])
    until = case.now + timedelta(days=case.terms.policy.idle.keep_days)
    return _moved(deployment, Kept(by=case.by, until=until, why=words.ref), case, "kept", (words,))


def _assigned(case: Case, deployment: Deployment, state: Idle, to: str) -> Decision:
    if not to.startswith(("U", "W")):
        raise Refused("nobody", "Choose a person who is to look at it.")
    given = state.model_copy(update={"assigned": to, "assigned_by": case.by})
    told = Post(
        channel=case.terms.policy.on_call_channel,
        text=f":point_right: <@{to}>, please settle this, says <@{case.by}>: keep it or have it removed.",
        under=deployment.card,
    )
    return _moved(deployment, given, case, "assigned", effects=(told,) if to != case.by else ())


def _alerted(case: Case, wanted: str | None) -> Deployment:
    """The deployment of an alert; typed: by its resource or model, or the only one that is flagged."""
    if wanted in case.book.deployments:
        return case.book.deployment(str(wanted))
    found = [d for d in case.book.deployments.values() if d.billed and (not wanted or wanted in (d.resource, d.model))]
    flagged = [d for d in found if isinstance(d.state, Idle)] or found
    if len(flagged) == 1:
        return flagged[0]
    if not flagged:
        raise Refused("nothing_deployed", "It is not live there, so no alert is open.")
    have = ", ".join(f"`{d.model}` in `{d.resource}`" for d in flagged)
    raise Refused("which_deployment", f"Say which one, for example `in {flagged[0].resource}`: {have}.")


def _moved(
    deployment: Deployment, state: DeploymentState, case: Case, action: str, puts: tuple[Record, ...] = (),
    usage: Usage | None = None, effects: tuple[Effect, ...] = (),
) -> Decision:  # fmt: skip
    line = AuditLine(action=f"deployment_{action}", by=case.by, subject=deployment.id, outcome=state.status,
                     data={"model": deployment.model, "resource": deployment.resource})  # fmt: skip
    moved = deployment.to(state, usage)
    shown = (ShowCard(card=moved.card),) if moved.alerts else ()  # without an alert there is no message of it
    return Decision(puts=(moved, *puts), audit=(line,), effects=(*shown, *effects))
