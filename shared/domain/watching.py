"""A deployment's life: use seen, idle, snoozed, kept. Removal itself is an operation."""

from datetime import datetime, timedelta

from shared.domain.base import short_id
from shared.domain.book import NOTHING, AuditLine, Case, Decision, Record
from shared.domain.deployments import Deployment, DeploymentState, Idle, Kept, Live, Removed, Removing, Snoozed, Usage
from shared.domain.effects import Effect, ShowCard
from shared.domain.events import KeepClicked, SnoozeClicked, UsageSeen
from shared.domain.policy import IdleRule
from shared.domain.quiet import quiet
from shared.domain.records import Words
from shared.errors import Refused


def watch(case: Case, event: UsageSeen | KeepClicked | SnoozeClicked) -> Decision:
    """What the watch saw, or what a person says to an alert."""
    return see_usage(case, event) if isinstance(event, UsageSeen) else settle(case, event)


def see_usage(case: Case, event: UsageSeen) -> Decision:
    """Take in what the watch found. Only evidence of no use for longer than the grace flags a deployment."""
    deployment = case.book.deployment(event.deployment)
    state = deployment.state
    if isinstance(state, Removing | Removed):
        return NOTHING
    usage = event.usage
    remembered = deployment.usage.last_used if deployment.usage else None
    last_used = max((t for t in (remembered, usage.last_used) if t), default=None)  # batch jobs vanish after 31 days
    usage = Usage(**usage.model_dump(exclude={"last_used"}), last_used=last_used)
    if isinstance(state, Snoozed | Kept) and case.now < state.until:
        return Decision(puts=(deployment.seen(usage),))
    idle_for = case.now - (last_used or deployment.live_since)
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
    shown: tuple[Effect, ...] = (ShowCard(card=deployment.card, urgent=False),) if isinstance(state, Idle) else ()
    return Decision(puts=(deployment.seen(usage),), effects=shown)


def overdue(deployment: Deployment, rule: IdleRule, now: datetime) -> bool:
    """Whether nobody answered its alert for as long as the policy waits before it is removed without a click."""
    state = deployment.state
    if rule.remove_after_hours is None or not isinstance(state, Idle):
        return False
    return now - state.flagged >= timedelta(hours=rule.remove_after_hours)


def _undisturbed(case: Case, deployment: Deployment) -> bool:
    """In quiet hours nothing is flagged, unless it costs too much to wait for the morning."""
    hours = case.terms.policy.quiet
    dear = hours and hours.except_above and deployment.price_per_hour.value > hours.except_above
    return quiet(hours, case.now) and not dear


def settle(case: Case, event: KeepClicked | SnoozeClicked) -> Decision:
    """On-call or the owner answers an alert."""
    avatar = case.book.known_avatar()
    deployment = _alerted(case, event.deployment)
    if case.by != avatar.owner and not case.terms.members.includes(case.terms.policy.on_call, case.by):
        raise Refused("not_on_call", "Only the people on call and the avatar's owner can settle this alert.")
    if not isinstance(deployment.state, Idle):
        raise Refused(
            "already_settled", f"This alert is settled: `{deployment.model}` is {deployment.state.status} now."
        )
    if isinstance(event, SnoozeClicked):
        until = case.now + timedelta(hours=case.terms.policy.idle.snooze_hours)
        return _moved(deployment, Snoozed(by=case.by, until=until), case, "snoozed")
    if not event.why.strip():
        raise Refused("no_reason", "Say in a few words why it must stay, so that nobody asks again tomorrow.")
    words = Words(ref=short_id("w", case.message.id), text=event.why[:500])
    until = case.now + timedelta(days=case.terms.policy.idle.keep_days)
    return _moved(deployment, Kept(by=case.by, until=until, why=words.ref), case, "kept", (words,))


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
    usage: Usage | None = None,
) -> Decision:  # fmt: skip
    line = AuditLine(action=f"deployment_{action}", by=case.by, subject=deployment.id, outcome=state.status,
                     data={"model": deployment.model, "resource": deployment.resource})  # fmt: skip
    moved = deployment.to(state, usage)
    return Decision(puts=(moved, *puts), audit=(line,), effects=(ShowCard(card=moved.card),))
