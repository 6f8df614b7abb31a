"""What people decide about an operation that was asked for: approve, reject, cancel; and its time runs out."""

from shared.domain.base import short_id
from shared.domain.book import NOTHING, Case, Decision, Record
from shared.domain.budgeting import budgeted
from shared.domain.comparing import changes_since, must_be_settled
from shared.domain.deployments import Removing
from shared.domain.effects import StartWork
from shared.domain.events import (
    ApproveClicked,
    CancelAsked,
    GlassBroken,
    HandedToPerson,
    InputsChanged,
    Observed,
    PartDone,
    PortalDiffers,
    PortalShows,
    RejectClicked,
    ReviewClosed,
    StartClaimed,
    Started,
    StartRefused,
    StillRunning,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
    TimePassed,
)
from shared.domain.glass import break_glass, close_review
from shared.domain.moving import already, moved, released, still_there
from shared.domain.operations import (
    Approval,
    Approved,
    Cancelled,
    Expired,
    Operation,
    Proposed,
    Rejected,
    Running,
    Stale,
    Starting,
    Waiting,
)
from shared.domain.records import Words
from shared.domain.reminding import remind
from shared.domain.removing import WITHDRAWN_RULE, undecided
from shared.domain.reporting import ask_about, report
from shared.domain.working import work
from shared.errors import Refused

OperationEvent = (
    ApproveClicked
    | RejectClicked
    | GlassBroken
    | ReviewClosed
    | CancelAsked
    | TaskTaken
    | PartDone
    | TaskDone
    | TaskFailed
    | TaskHandedOn
    | StillRunning
    | PortalDiffers
    | PortalShows
    | StartClaimed
    | Started
    | HandedToPerson
    | StartRefused
    | InputsChanged
    | Observed
    | TimePassed
)


def follow(case: Case, event: OperationEvent) -> Decision:
    """One event on one operation. Late or repeated news from machines changes nothing; people are told."""
    operation = case.book.operation(event.operation)
    match event:
        case ApproveClicked():
            return _approve(case, operation)
        case RejectClicked(why=why):
            return _reject(case, operation, why)
        case GlassBroken(why=why):
            return break_glass(case, operation, why)
        case ReviewClosed(finding=finding):
            return close_review(case, operation, finding)
        case CancelAsked(why=why):
            return _cancel(case, operation, why)
        case TaskTaken() | PartDone() | TaskDone() | TaskFailed() | TaskHandedOn():
            return report(case, operation, event)
        case StillRunning() | PortalDiffers() | PortalShows():
            return ask_about(case, operation, event)
        case TimePassed():
            ended = _expire(case, operation)
            return remind(case, operation) if ended.empty else ended
        case _:
            return work(case, operation, event)


def _approve(case: Case, operation: Operation) -> Decision:
    ask = operation.ask
    _must_be_proposed(operation)
    if case.now >= ask.expires:
        return _expire(case, operation)
    if case.by == ask.by:
        raise Refused("own_request", "You asked for this, so somebody else has to approve it.")
    if not case.terms.members.includes(ask.rule.approve, case.by):
        raise Refused("not_an_approver", f"The policy does not name you as an approver for this ({ask.step}).")
    if any(approval.by == case.by for approval in operation.approvals):
        raise Refused("already_counted", "You have already approved this; it needs somebody else as well.")
    # An approver is who is one now: whoever left the group since no longer counts.
    standing = tuple(one for one in operation.approvals if case.terms.members.includes(ask.rule.approve, one.by))
    operation = operation.model_copy(update={"approvals": standing})
    must_be_settled(case, ask)
    changes = (*changes_since(case, ask), *_over_budget(case, operation))
    if changes:
        return moved(case, operation, Stale(at=case.now, changes=changes), "changed_since_asked")
    still_there(case, operation)
    approval = Approval(by=case.by, at=case.now, digest=ask.digest)
    if len(operation.approvals) + 1 < ask.rule.needed:
        return moved(case, operation, Proposed(), "approved_once", approvals=(approval,))
    puts: tuple[Record, ...] = ()
    if ask.step == "remove":
        puts = (case.book.deployment(str(ask.deployment)).to(Removing(operation=operation.id)),)
    start = (StartWork(operation=operation.id),)
    return moved(case, operation, Approved(at=case.now), "approved", *puts, effects=start, approvals=(approval,))


def _over_budget(case: Case, operation: Operation) -> tuple[str, ...]:
    """A budget that this goes over by now, and did not when it was asked for: then one more person would have to approve.

    Raises:
        Refused: the policy refuses what goes over a budget.
    """
    ask = operation.ask
    if ask.rule.name != ask.step:
        return ()
    again = ask.deployment or "" if ask.step == "deploy" else ""
    over = budgeted(case, ask.step, ask.amount, again, operation.id).over
    return (f"the budget of {over}, which this goes over now",) if over and not ask.rule.extra else ()


def _reject(case: Case, operation: Operation, why: str) -> Decision:
    _must_be_proposed(operation)
    if not case.terms.members.includes(operation.ask.rule.approve, case.by):
        raise Refused("not_an_approver", "The policy does not name you as an approver for this.")
    if not why.strip():
        raise Refused("no_reason", "Say in a few words why you reject it, so that the asker can act on it.")
    words = Words(ref=short_id("w", case.message.id), text=why[:500])
    return moved(case, operation, Rejected(by=case.by, at=case.now, why=words.ref), "rejected", words)


def _cancel(case: Case, operation: Operation, why: str) -> Decision:
    ask, state = operation.ask, operation.state
    if case.by != ask.by and not case.terms.members.includes(ask.rule.approve, case.by):
        raise Refused("may_not_cancel", "Only the person who asked and the approvers can cancel this.")
    if ask.rule.name == WITHDRAWN_RULE and operation.open:
        raise Refused("must_go", "The talent withdrew the consent, so this removal can't be cancelled.")
    if isinstance(state, Waiting) and state.taken_by:
        raise Refused(
            "in_hand",
            f"<@{state.taken_by}> is doing it in the portal. Ask them to stop and to press *It failed*; what they have "
            "done there already may be billed.",
        )
    if isinstance(state, Starting | Running):
        raise Refused(
            "service_cannot_cancel",
            f"The {ask.step} has started, and the service has no way to cancel it from outside. In the portal, open the "
            "avatar's task to see whether it offers one.",
        )
    if not operation.open:
        raise Refused("already_over", already(operation))
    words = Words(ref=short_id("w", case.message.id), text=why[:500]) if why else None
    records, effects = released(case, operation)
    cancelled = Cancelled(by=case.by, at=case.now, why=words.ref if words else None)
    return moved(case, operation, cancelled, "cancelled", *([words] if words else []), *records, effects=effects)


def _expire(case: Case, operation: Operation) -> Decision:
    if isinstance(operation.state, Proposed) and case.now >= operation.ask.expires:
        records, effects = undecided(case, operation)
        return moved(case, operation, Expired(at=case.now), "expired", *records, effects=effects)
    return NOTHING


def _must_be_proposed(operation: Operation) -> None:
    if not isinstance(operation.state, Proposed):
        raise Refused("already_decided", already(operation))
