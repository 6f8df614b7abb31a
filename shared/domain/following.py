"""An operation's life after it was asked for: approvals, the start, the operator's word, the service's evidence."""

from datetime import datetime

from shared.domain.asking import endpoint_id
from shared.domain.base import short_id
from shared.domain.book import NOTHING, AuditLine, Book, Decision, Record, Terms, minute
from shared.domain.deployments import Deployment, Live, Removed, Removing
from shared.domain.effects import Effect, ShowCard, StartWork
from shared.domain.events import (
    ApproveClicked,
    CancelAsked,
    Envelope,
    HandedToPerson,
    InputsChanged,
    Observed,
    RejectClicked,
    StartClaimed,
    Started,
    StartRefused,
    TaskDone,
    TaskFailed,
    TaskTaken,
    TimePassed,
)
from shared.domain.money import HOURS_A_MONTH, Money
from shared.domain.operations import (
    Approval,
    Approved,
    Cancelled,
    Evidence,
    Expired,
    Failed,
    Operation,
    OperationState,
    Proposed,
    Rejected,
    Running,
    Stale,
    Starting,
    Succeeded,
    Waiting,
)
from shared.domain.readiness import consent_fingerprint, data_set
from shared.domain.records import Model, Words
from shared.errors import Refused

OperationEvent = (
    ApproveClicked
    | RejectClicked
    | CancelAsked
    | TaskTaken
    | TaskDone
    | TaskFailed
    | StartClaimed
    | Started
    | HandedToPerson
    | StartRefused
    | InputsChanged
    | Observed
    | TimePassed
)


def changes_since(operation: Operation, book: Book, terms: Terms) -> tuple[str, ...]:
    """What differs between the content that was shown and the content there is now, in people's words."""
    ask = operation.ask
    if ask.step != "train":
        return ()
    then = {(clip.kind, clip.file): clip.fingerprint for clip in ask.clips}
    current = {(clip.kind, clip.file): clip.fingerprint for clip in data_set(terms.clips)}
    changed = [
        *(f"new: {kind}/{file}" for kind, file in sorted(current.keys() - then.keys())),
        *(f"no longer there: {kind}/{file}" for kind, file in sorted(then.keys() - current.keys())),
        *(f"other content: {k}/{f}" for k, f in sorted(then.keys() & current.keys()) if then[k, f] != current[k, f]),
    ]
    if consent_fingerprint(book.consent, terms.clips) != ask.consent:
        changed.append("the consent")
    return tuple(changed)


def follow(book: Book, message: Envelope, event: OperationEvent, now: datetime, terms: Terms) -> Decision:
    """One event on one operation. Late or repeated news from machines changes nothing; people are told."""
    operation = book.operation(event.operation)
    match event:
        case ApproveClicked():
            return _approve(book, operation, message, now, terms)
        case RejectClicked():
            return _reject(operation, message, event.why, now, terms)
        case CancelAsked():
            return _cancel(book, operation, message, event.why, now, terms)
        case TaskTaken() | TaskDone() | TaskFailed():
            return _task(book, operation, message, event, now, terms)
        case TimePassed():
            return _expire(operation, message, now)
        case _:
            return _machine(book, operation, message, event, now, terms)


def _approve(book: Book, operation: Operation, message: Envelope, now: datetime, terms: Terms) -> Decision:
    ask = operation.ask
    _must_be_proposed(operation)
    if now >= ask.expires:
        return _expire(operation, message, now)
    if message.by == ask.by:
        raise Refused("own_request", "You asked for this, so somebody else has to approve it.")
    if not terms.members.includes(ask.rule.approve, message.by):
        raise Refused("not_an_approver", f"The policy does not name you as an approver for this ({ask.step}).")
    if any(approval.by == message.by for approval in operation.approvals):
        raise Refused("already_counted", "You have already approved this; it needs somebody else as well.")
    changes = changes_since(operation, book, terms)
    if changes:
        return _moved(operation, Stale(at=now, changes=changes), message, "changed_since_asked")
    approval = Approval(by=message.by, at=now, digest=ask.digest)
    if len(operation.approvals) + 1 < ask.rule.needed:
        return _moved(operation, Proposed(), message, "approved_once", approvals=(approval,))
    puts: tuple[Record, ...] = ()
    effects: list[Effect] = [StartWork(operation=operation.id)]
    if ask.step == "remove":
        deployment = book.deployment(str(ask.deployment))
        puts = (deployment.to(Removing(operation=operation.id)),)
    return _moved(operation, Approved(at=now), message, "approved", puts, tuple(effects), (approval,))


def _reject(operation: Operation, message: Envelope, why: str, now: datetime, terms: Terms) -> Decision:
    _must_be_proposed(operation)
    if not terms.members.includes(operation.ask.rule.approve, message.by):
        raise Refused("not_an_approver", "The policy does not name you as an approver for this.")
    if not why.strip():
        raise Refused("no_reason", "Say in a few words why you reject it, so that the asker can act on it.")
    words = Words(ref=short_id("w", message.id), text=why[:500])
    return _moved(operation, Rejected(by=message.by, at=now, why=words.ref), message, "rejected", (words,))


def _cancel(book: Book, operation: Operation, message: Envelope, why: str, now: datetime, terms: Terms) -> Decision:
    ask = operation.ask
    if message.by != ask.by and not terms.members.includes(ask.rule.approve, message.by):
        raise Refused("may_not_cancel", "Only the person who asked and the approvers can cancel this.")
    if isinstance(operation.state, Starting | Running):
        raise Refused(
            "service_cannot_cancel",
            f"The {ask.step} has started, and the service has no way to cancel it from outside. In the portal, open the "
            "avatar's task to see whether it offers one.",
        )
    if not operation.open:
        raise Refused("already_over", _already(operation))
    words = Words(ref=short_id("w", message.id), text=why[:500]) if why else None
    puts: list[Record] = [words] if words else []
    puts += _release(book, operation)
    state = Cancelled(by=message.by, at=now, why=words.ref if words else None)
    return _moved(operation, state, message, "cancelled", tuple(puts))


def _task(
    book: Book, operation: Operation, message: Envelope, event: TaskTaken | TaskDone | TaskFailed, now: datetime,
    terms: Terms,
) -> Decision:  # fmt: skip
    if not terms.members.includes(terms.policy.operators, message.by):
        raise Refused("not_an_operator", "The policy does not name you as an operator, so you can't do portal tasks.")
    state = operation.state
    if isinstance(event, TaskTaken):
        if not isinstance(state, Waiting):
            raise Refused("already_over", _already(operation))
        if state.taken_by:
            raise Refused("already_taken", f"<@{state.taken_by}> took this task, {minute(state.taken or state.since)}.")
        taken = Waiting(since=state.since, attempt=state.attempt, taken_by=message.by, taken=now)
        return _moved(operation, taken, message, "task_taken", more=(ShowCard(card=f"task:{operation.id}"),))
    if not isinstance(state, Waiting) and not (isinstance(state, Running) and operation.ask.assurance == "attested"):
        raise Refused("already_over", _already(operation))
    if isinstance(state, Waiting) and state.taken_by != message.by:
        holder = f"<@{state.taken_by}> has it" if state.taken_by else "press *I'll take it* first"
        raise Refused("not_your_task", f"Only the person who took this task can report on it: {holder}.")
    task_card = (ShowCard(card=f"task:{operation.id}"),)
    if isinstance(event, TaskFailed):
        words = Words(ref=short_id("w", message.id), text=event.why[:500])
        failed = Failed(at=now, code="operator_reported", why=words.ref)
        return _moved(operation, failed, message, "task_failed", (words, *_release(book, operation)), task_card)
    if operation.ask.step == "train" and isinstance(state, Waiting):
        running = Running(since=now, attempt=state.attempt, started_by=message.by)
        return _moved(operation, running, message, "task_started", more=task_card)
    return _succeed(book, operation, message, now, terms, said_by=message.by, more=task_card)


def _expire(operation: Operation, message: Envelope, now: datetime) -> Decision:
    if isinstance(operation.state, Proposed) and now >= operation.ask.expires:
        return _moved(operation, Expired(at=now), message, "expired")
    return NOTHING


def _machine(
    book: Book, operation: Operation, message: Envelope,
    event: StartClaimed | Started | HandedToPerson | StartRefused | InputsChanged | Observed, now: datetime,
    terms: Terms,
) -> Decision:  # fmt: skip
    match operation.state, event:
        case Approved(attempt=attempt), StartClaimed():
            # No card is owed: whoever owes the start owes the card as well, and draws it once the start is made.
            return _moved(operation, Starting(at=now, attempt=attempt), message, "start_claimed", quiet=True)
        case Starting(attempt=attempt), Started():
            return _moved(operation, Running(since=now, attempt=attempt), message, "started")
        case Starting(attempt=attempt), HandedToPerson():
            waiting = Waiting(since=now, attempt=attempt)
            more = (ShowCard(card=f"task:{operation.id}"),)
            return _moved(operation, waiting, message, "handed_to_operators", more=more)
        case Starting(), InputsChanged(changes=changes):
            stale = Stale(at=now, changes=changes)
            return _moved(operation, stale, message, "changed_since_approved", tuple(_release(book, operation)))
        case Starting(), StartRefused(code=code, text=text):
            return _fail(book, operation, message, now, code, text)
        case Running(), Observed(evidence=evidence):
            return _observed(book, operation, message, evidence, now, terms)
        case _:
            return NOTHING  # late or repeated news; the state already says more


def _observed(
    book: Book, operation: Operation, message: Envelope, evidence: Evidence, now: datetime, terms: Terms
) -> Decision:
    state = operation.state
    if not isinstance(state, Running):
        return NOTHING
    if evidence.service_status == "Succeeded":
        return _succeed(book, operation, message, now, terms, evidence=evidence)
    if evidence.service_status == "Failed":
        return _fail(book, operation, message, now, "service_failed", evidence.failure or "the service gave no reason")
    running = Running(since=state.since, attempt=state.attempt, started_by=state.started_by, evidence=evidence)
    # No audit line: a look changes nothing that anybody decided, and there are hundreds of them.
    return Decision(puts=(operation.to(running),), effects=(ShowCard(card=operation.card, urgent=False),))


def _succeed(
    book: Book, operation: Operation, message: Envelope, now: datetime, terms: Terms,
    *, said_by: str | None = None, evidence: Evidence | None = None, more: tuple[Effect, ...] = (),
) -> Decision:  # fmt: skip
    state = operation.state
    since = state.since if isinstance(state, Running | Waiting) else now
    done = Succeeded(since=since, at=now, said_by=said_by, evidence=evidence)
    attempt = state.attempt if isinstance(state, Running | Waiting) else 1
    result = _result(book, operation, attempt, now, terms)
    return _moved(operation, done, message, "succeeded", (result,), (*_alert(result), *more))


def _result(book: Book, operation: Operation, attempt: int, now: datetime, terms: Terms) -> Record:
    """The record that a finished operation leaves: a model, a deployment, or a removed deployment."""
    ask = operation.ask
    avatar = book.known_avatar()
    match ask.step:
        case "train" | "copy":
            place = terms.resource(ask.target or ask.resource)
            source = next((m for m in book.models if (m.name, m.resource) == (ask.model, ask.resource)), None)
            wants_sync = source.voice_sync if source else avatar.voice_sync
            return Model(
                name=ask.model, resource=place.name, region=place.region, voice_sync=wants_sync and place.voice_sync,
                made_by=operation.id, made=now, assurance=ask.assurance,
            )  # fmt: skip
        case "deploy":
            place = terms.resource(ask.resource)
            month = ask.amount.low if ask.amount else Money(value=HOURS_A_MONTH * 0)
            return Deployment(
                id=endpoint_id(operation.id, attempt), avatar=avatar.name, model=ask.model, resource=place.name,
                region=place.region, price_per_hour=Money(value=month.value / HOURS_A_MONTH, currency=month.currency),
                live_since=now, made_by=operation.id, assurance=ask.assurance,
            )  # fmt: skip
        case "remove":
            return book.deployment(str(ask.deployment)).to(Removed(at=now, operation=operation.id))


def _fail(book: Book, operation: Operation, message: Envelope, now: datetime, code: str, text: str) -> Decision:
    words = Words(ref=short_id("w", message.id), text=text[:500])
    puts = (words, *_release(book, operation))
    return _moved(operation, Failed(at=now, code=code, why=words.ref), message, "failed", puts)


def _release(book: Book, operation: Operation) -> list[Record]:
    """A removal that did not happen leaves its deployment live: it is billed, so it is watched again."""
    deployment = book.deployments.get(operation.ask.deployment or "")
    if deployment and isinstance(deployment.state, Removing):
        return [deployment.to(Live())]
    return []


def _alert(record: Record) -> tuple[Effect, ...]:
    return (ShowCard(card=record.card),) if isinstance(record, Deployment) and record.revision > 1 else ()


def _must_be_proposed(operation: Operation) -> None:
    if not isinstance(operation.state, Proposed):
        raise Refused("already_decided", _already(operation))


def _already(operation: Operation) -> str:
    state = operation.state
    when = getattr(state, "at", None) or getattr(state, "since", None) or operation.ask.at
    who = f" by <@{state.by}>" if isinstance(state, Rejected | Cancelled) else ""
    if isinstance(state, Approved | Starting | Running | Waiting | Succeeded) and operation.approvals:
        who = f", approved by <@{operation.approvals[-1].by}>"
    return f"Too late: this is {WORDS[state.status]}{who} ({minute(when)}). The card shows how it stands."


WORDS: dict[str, str] = {
    "proposed": "waiting for approval",
    "rejected": "rejected",
    "expired": "expired",
    "stale": "changed since it was approved",
    "cancelled": "cancelled",
    "approved": "approved",
    "starting": "starting",
    "waiting": "waiting for an operator",
    "running": "running",
    "succeeded": "done",
    "failed": "failed",
}


def _moved(
    operation: Operation, state: OperationState, message: Envelope, action: str, puts: tuple[Record, ...] = (),
    more: tuple[Effect, ...] = (), approvals: tuple[Approval, ...] = (), *, quiet: bool = False,
) -> Decision:  # fmt: skip
    why = state.why if isinstance(state, Rejected | Cancelled | Failed) else None
    line = AuditLine(
        action=f"{operation.ask.step}_{action}",
        by=message.by,
        subject=operation.id,
        outcome=state.status,
        data={"digest": operation.ask.digest[:16]} | ({"why": why} if why else {}),
    )
    moved = operation.to(state, *approvals)
    shown = () if quiet else (ShowCard(card=operation.card),)
    return Decision(puts=(moved, *puts), audit=(line,), effects=(*shown, *more))
