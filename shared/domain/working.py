"""An approved operation at work: its start, the service's evidence, the operator's word, and what it leaves."""

from shared.domain.asking import endpoint_id
from shared.domain.base import short_id
from shared.domain.book import NOTHING, Case, Decision, Record, minute
from shared.domain.comparing import changes_since
from shared.domain.deployments import Deployment, Removed
from shared.domain.effects import Effect, ShowCard
from shared.domain.events import (
    HandedToPerson,
    InputsChanged,
    Observed,
    StartClaimed,
    Started,
    StartRefused,
    TaskDone,
    TaskFailed,
    TaskTaken,
)
from shared.domain.money import HOURS_A_MONTH, Money
from shared.domain.moving import already, moved, released
from shared.domain.operations import (
    Approved,
    Evidence,
    Failed,
    Operation,
    Running,
    Stale,
    Starting,
    Succeeded,
    Waiting,
)
from shared.domain.records import Model, Words
from shared.domain.withdrawing import left_by
from shared.errors import Refused

MachineEvent = StartClaimed | Started | HandedToPerson | StartRefused | InputsChanged | Observed


def work(case: Case, operation: Operation, event: MachineEvent) -> Decision:
    """News from our own performer and from the service."""
    match operation.state, event:
        case Approved(attempt=attempt), StartClaimed():
            return moved(case, operation, Starting(at=case.now, attempt=attempt), "start_claimed", quiet=True)
        case Starting(attempt=attempt), Started():
            return moved(case, operation, Running(since=case.now, attempt=attempt), "started")
        case Starting(attempt=attempt), HandedToPerson():
            return moved(case, operation, Waiting(since=case.now, attempt=attempt), "handed_to_operators")
        case Starting(), InputsChanged(changes=changes):
            return _stale(case, operation, changes)
        case Starting(), StartRefused(code=code, text=text):
            return _fail(case, operation, code, text)
        case Running() as state, Observed(evidence=evidence):
            return _observed(case, operation, state, evidence)
        case _:
            return NOTHING  # late or repeated news; the state already says more


def report(case: Case, operation: Operation, event: TaskTaken | TaskDone | TaskFailed) -> Decision:
    """What an operator says. For a training that waits, Done means: it was started there."""
    if not case.terms.members.includes(case.terms.policy.operators, case.by):
        raise Refused("not_an_operator", "The policy does not name you as an operator, so you can't do portal tasks.")
    if isinstance(event, TaskTaken):
        return _take(case, operation)
    state = operation.state
    if not isinstance(state, Waiting) and not (isinstance(state, Running) and operation.ask.assurance == "attested"):
        raise Refused("already_over", already(operation))
    if isinstance(state, Waiting) and state.taken_by != case.by:
        holder = f"<@{state.taken_by}> has it" if state.taken_by else "press *I'll take it* first"
        raise Refused("not_your_task", f"Only the person who took this task can report on it: {holder}.")
    if event.revision != operation.revision:  # a second click on Done must not mean more than the first
        raise Refused("card_was_behind", "This was noted already. The card has moved on: look at it again.")
    if isinstance(event, TaskFailed):
        return _fail(case, operation, "operator_reported", event.why)
    if operation.ask.step == "train" and isinstance(state, Waiting):
        # It was started there: that is a fact, whatever changed meanwhile; but a change is on record and is shown.
        changed = "; ".join(changes_since(case, operation.ask))[:300]
        running = Running(since=case.now, attempt=state.attempt, started_by=case.by, changed=changed)
        return moved(case, operation, running, "task_started", data={"changed": "yes"} if changed else None)
    return _succeed(case, operation, said_by=case.by)


def _take(case: Case, operation: Operation) -> Decision:
    state = operation.state
    if not isinstance(state, Waiting):
        raise Refused("already_over", already(operation))
    if state.taken_by:
        raise Refused("already_taken", f"<@{state.taken_by}> took this task, {minute(state.taken or state.since)}.")
    changes = changes_since(case, operation.ask)
    if changes:
        return _stale(case, operation, changes)
    taken = Waiting(since=state.since, attempt=state.attempt, taken_by=case.by, taken=case.now)
    return moved(case, operation, taken, "task_taken")


def _stale(case: Case, operation: Operation, changes: tuple[str, ...]) -> Decision:
    records, effects = released(case, operation)
    stale = Stale(at=case.now, changes=changes)
    return moved(case, operation, stale, "changed_since_approved", *records, effects=effects)


def _observed(case: Case, operation: Operation, state: Running, evidence: Evidence) -> Decision:
    if evidence.service_status == "Succeeded":
        return _succeed(case, operation, evidence=evidence)
    if evidence.service_status == "Failed":
        return _fail(case, operation, "service_failed", evidence.failure or "the service gave no reason")
    running = Running(
        since=state.since, attempt=state.attempt, started_by=state.started_by, changed=state.changed, evidence=evidence
    )
    # No audit line: a look changes nothing that anybody decided, and there are hundreds of them.
    return Decision(puts=(operation.seen(running),), effects=(ShowCard(card=operation.card, urgent=False),))


def _succeed(
    case: Case, operation: Operation, *, said_by: str | None = None, evidence: Evidence | None = None
) -> Decision:
    state = operation.state
    under_way = isinstance(state, Running | Waiting)
    done = Succeeded(since=state.since if under_way else case.now, at=case.now, said_by=said_by, evidence=evidence)
    result = _result(case, operation, state.attempt if under_way else 1)
    shown: tuple[Effect, ...] = ()
    if isinstance(result, Deployment) and result.alerts:
        shown = (ShowCard(card=result.card),)
    left = left_by(case, operation)
    card = (ShowCard(card="withdrawal"),) if case.book.withdrawal else ()
    return moved(case, operation, done, "succeeded", result, *left, effects=(*shown, *card))


def _result(case: Case, operation: Operation, attempt: int) -> Record:
    """The record that a finished operation leaves: a model, a deployment, or a removed deployment."""
    ask, book = operation.ask, case.book
    avatar = book.known_avatar()
    match ask.step:
        case "train" | "copy":
            place = case.terms.resource(ask.target or ask.resource)
            source = next((m for m in book.models if (m.name, m.resource) == (ask.model, ask.resource)), None)
            wants_sync = source.voice_sync if source else avatar.voice_sync
            return Model(
                name=ask.model, resource=place.name, region=place.region, voice_sync=wants_sync and place.voice_sync,
                made_by=operation.id, made=case.now, assurance=ask.assurance,
            )  # fmt: skip
        case "deploy":
            place = case.terms.resource(ask.resource)
            month = ask.amount.low if ask.amount else Money(value=HOURS_A_MONTH * 0)
            return Deployment(
                id=endpoint_id(operation.id, attempt), avatar=avatar.name, model=ask.model, resource=place.name,
                region=place.region, price_per_hour=Money(value=month.value / HOURS_A_MONTH, currency=month.currency),
                live_since=case.now, made_by=operation.id, assurance=ask.assurance,
            )  # fmt: skip
        case "remove":
            return book.deployment(str(ask.deployment)).to(Removed(at=case.now, operation=operation.id))


def _fail(case: Case, operation: Operation, code: str, text: str) -> Decision:
    words = Words(ref=short_id("w", case.message.id), text=text[:500])
    records, effects = released(case, operation)
    failed = Failed(at=case.now, code=code, why=words.ref)
    return moved(case, operation, failed, "failed", words, *records, effects=effects)
