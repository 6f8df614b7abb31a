"""An approved operation at work: its start, the service's evidence, the operator's word, and what it leaves."""

from datetime import datetime
from decimal import Decimal

from shared.domain.asking import endpoint_id
from shared.domain.base import short_id
from shared.domain.book import NOTHING, Case, Decision, Record, minute
from shared.domain.deployments import Deployment, Live, Removed, Removing, hours_between
from shared.domain.effects import Effect, Post, ShowCard
from shared.domain.events import (
    HandedToPerson,
    InputsChanged,
    Observed,
    StartClaimed,
    Started,
    StartRefused,
)
from shared.domain.money import Money
from shared.domain.moving import moved, released
from shared.domain.names import printable
from shared.domain.operations import (
    HOURS_RULE,
    OFFICE,
    STAY_RULE,
    Approved,
    Ask,
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

MachineEvent = StartClaimed | Started | HandedToPerson | StartRefused | InputsChanged | Observed


def work(case: Case, operation: Operation, event: MachineEvent) -> Decision:
    """News from our own performer and from the service."""
    match operation.state, event:
        case Approved(), StartClaimed() if _nothing_to_call(case, operation):
            return succeed(case, operation)
        case Approved(attempt=attempt), StartClaimed():
            return moved(case, operation, Starting(at=case.now, attempt=attempt), "start_claimed", quiet=True)
        case Starting(attempt=attempt), Started():
            return moved(case, operation, Running(since=case.now, attempt=attempt), "started")
        case Starting(attempt=attempt), HandedToPerson():
            return moved(case, operation, Waiting(since=case.now, attempt=attempt), "handed_to_operators")
        case Starting(), InputsChanged(changes=changes):
            return went_stale(case, operation, changes)
        case Starting(), StartRefused(code=code, text=text):
            return failed_as(case, operation, code, text)
        case Running() as state, Observed(evidence=evidence):
            return _observed(case, operation, state, evidence)
        case _:
            return NOTHING  # late or repeated news; the state already says more


def went_stale(case: Case, operation: Operation, changes: tuple[str, ...]) -> Decision:
    records, effects = released(case, operation)
    stale = Stale(at=case.now, changes=changes)
    if operation.ask.by == OFFICE:
        effects = (*effects, _hours_failed(case, operation, f"changed meanwhile: {'; '.join(changes)}."))
    return moved(case, operation, stale, "changed_since_approved", *records, effects=effects)


def _observed(case: Case, operation: Operation, state: Running, evidence: Evidence) -> Decision:
    if evidence.service_status == "Succeeded":
        return succeed(case, operation, evidence=evidence)
    if evidence.service_status == "Failed":
        return failed_as(case, operation, "service_failed", evidence.failure or "the service gave no reason")
    before = state.evidence.metered_hours if state.evidence else None
    if before is not None and (evidence.metered_hours is None or evidence.metered_hours < before):
        # A meter that can't be read, or that goes backwards, takes back nothing that was used.
        evidence = evidence.model_copy(update={"metered_hours": before})
    running = Running(
        since=state.since, attempt=state.attempt, started_by=state.started_by, changed=state.changed, model=state.model,
        evidence=evidence,
    )  # fmt: skip
    # No audit line: a look changes nothing that anybody decided, and there are hundreds of them.
    return Decision(puts=(operation.seen(running),), effects=(ShowCard(card=operation.card, urgent=False),))


def succeed(
    case: Case, operation: Operation, *, said_by: str | None = None, evidence: Evidence | None = None, model: str = ""
) -> Decision:
    state = operation.state
    under_way = isinstance(state, Running | Waiting)
    known = model or (state.model if isinstance(state, Running) else "")
    evidence = evidence or (state.evidence if isinstance(state, Running) else None)
    done = Succeeded(
        since=state.since if under_way else case.now, at=case.now, said_by=said_by, evidence=evidence, model=known
    )
    result = _result(case, operation, state.attempt if under_way else 1, known or operation.ask.model)
    shown: tuple[Effect, ...] = ()
    if isinstance(result, Deployment) and result.alerts:
        shown = (ShowCard(card=result.card),)
    left = left_by(case, operation, known or operation.ask.model)
    card = (ShowCard(card="withdrawal"),) if case.book.withdrawal else ()
    told = differs(case, operation, model)
    data = {"model": model} if model else None
    return moved(case, operation, done, "succeeded", result, *left, effects=(*shown, *card, *told), data=data)


def _result(case: Case, operation: Operation, attempt: int, model: str) -> Record:
    """The record that a finished operation leaves: a model, a deployment, or a removed deployment."""
    ask, book = operation.ask, case.book
    avatar = book.known_avatar()
    match ask.step:
        case "train" | "copy":
            place = case.terms.resource(ask.target or ask.resource)
            source = next((m for m in book.models if (m.name, m.resource) == (ask.model, ask.resource)), None)
            wants_sync = source.voice_sync if source else avatar.voice_sync
            return Model(
                name=model, resource=place.name, region=place.region, voice_sync=wants_sync and place.voice_sync,
                made_by=operation.id, made=case.now, assurance=ask.assurance,
            )  # fmt: skip
        case "deploy":
            place = case.terms.resource(ask.resource)
            price = ask.hour or Money(value=Decimal(0))
            known = book.deployments.get(ask.deployment or "")
            if known:
                return _redeployed(case, operation, known, price)
            waits = (
                Removed(at=case.now, operation=operation.id, until=_begin(case, operation))
                if _nothing_to_call(case, operation)
                else Live()
            )
            return Deployment(
                id=endpoint_id(operation.id, attempt), avatar=avatar.name, model=model, resource=place.name, state=waits,
                region=place.region, price_per_hour=price, live_since=case.now, made_by=operation.id, assurance=ask.assurance,
                ends=ask.ends, ends_by=ask.by if ask.ends else "", hours=ask.hours, hours_by=operation.id if ask.hours else "",
            )  # fmt: skip
        case "remove":
            return _removed(case, operation, book.deployment(str(ask.deployment)))


def _nothing_to_call(case: Case, operation: Operation) -> bool:
    """Whether what is to be deployed is live already, or its office hours have not begun. What was called is there, whatever the hour."""
    ask = operation.ask
    if ask.step != "deploy" or not isinstance(operation.state, Approved):
        return False
    known = case.book.deployments.get(ask.deployment or "")
    if known and known.billed:
        return True
    return ask.hours is not None and ask.rule.name not in {HOURS_RULE, STAY_RULE} and not ask.hours.open(case.now)


def _redeployed(case: Case, operation: Operation, known: Deployment, price: Money) -> Deployment:
    """What rested is live again; what was approved anew has its hours and its end from that."""
    ask, state = operation.ask, known.state
    if isinstance(state, Removed) and _nothing_to_call(case, operation):
        after = known.again(state.model_copy(update={"until": _begin(case, operation)}))
    else:
        after = known.woken(case.now)
    if after.costs_other(price):
        after = after.repriced(price, case.now)
    if ask.rule.name == STAY_RULE and ask.hours and not ask.hours.open(case.now):
        return after.staying(ask.hours.next(case.now, begins=True))
    if ask.rule.name in {HOURS_RULE, STAY_RULE}:
        return after
    if ask.rule.needed == 0:
        return after.ending(ask.ends, after.ends_by or ask.by) if ask.ends else after
    return after.with_hours(ask.hours, operation.id).ending(ask.ends, ask.by if ask.ends else "")


def _begin(case: Case, operation: Operation) -> datetime | None:
    return operation.ask.hours.next(case.now, begins=True) if operation.ask.hours else None


def _removed(case: Case, operation: Operation, deployment: Deployment) -> Deployment:
    """For good, or until its office hours begin."""
    until = None
    if operation.ask.rule.name == HOURS_RULE and deployment.hours and not deployment.last_day:
        until = deployment.hours.next(operation.ask.at, begins=True)
    was = deployment.state.was if isinstance(deployment.state, Removing) and until else None
    return deployment.to(Removed(at=case.now, operation=operation.id, until=until, was=was))


def failed_as(case: Case, operation: Operation, code: str, text: str) -> Decision:
    words = Words(ref=short_id("w", case.message.id), text=text[:500])
    records, effects = released(case, operation)
    seen = operation.state.evidence if isinstance(operation.state, Running) else None
    failed = Failed(at=case.now, code=code, why=words.ref, evidence=seen)
    if operation.ask.by == OFFICE:
        effects = (*effects, _hours_failed(case, operation, text))
    return moved(case, operation, failed, "failed", words, *records, effects=effects)


def _hours_failed(case: Case, operation: Operation, text: str) -> Post:
    """Nobody waits for what office hours do, so its owner is told."""
    avatar, ask = case.book.known_avatar(), operation.ask
    retry = f"Once its cause is gone: `/avatar retry {avatar.name} {operation.id}`."
    if ask.step == "deploy":
        told = f"could not be deployed for its office hours: {printable(text, 300)} Callers by name fail. {retry}"
    else:
        told = f"could not be removed when its office hours ended: {printable(text, 300)} It stays live{_until_begin(case, ask)}. {retry}"
    return Post(channel=avatar.channel, text=f"<@{avatar.owner}>: `{ask.model}` {told}", under=operation.card)


def _until_begin(case: Case, ask: Ask) -> str:
    """What it costs until its office hours begin, since nothing tries it again by itself before they end again."""
    deployment = case.book.deployments.get(str(ask.deployment))
    if deployment is None or deployment.hours is None:
        return ""
    begin = deployment.hours.next(case.now, begins=True)
    more = deployment.price_per_hour.times(hours_between(case.now, begin))
    return f", and costs {more} more until they begin ({minute(begin)})"


def differs(case: Case, operation: Operation, model: str, files: str = "") -> tuple[Effect, ...]:
    """Another name, or other files, than were approved: whoever approved hears of it."""
    approvers = ", ".join(f"<@{approval.by}>" for approval in operation.approvals)
    told: list[str] = []
    if model:
        told.append(
            f"<@{case.by}> reports another model than was approved: `{model}` instead of `{operation.ask.model}`. It is on record under "
            "that name."
        )
    if files:
        told.append(
            f"<@{case.by}> started it with other files than were approved: when the portal's files were last compared, {files}."
        )
    channel = case.book.known_avatar().channel
    return tuple(Post(channel=channel, text=f":warning: {approvers}: {text}", under=operation.card) for text in told)
