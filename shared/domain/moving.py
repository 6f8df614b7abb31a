"""One transition of an operation: the new record, its line in the audit, and the cards that are behind."""

from shared.domain.base import short_id
from shared.domain.book import AuditLine, Book, Case, Decision, Record, minute
from shared.domain.deployments import Deployment, Live, Removed, Removing
from shared.domain.effects import Effect, Post, ShowCard
from shared.domain.operations import (
    Approval,
    Approved,
    Cancelled,
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
from shared.domain.tasks import part_card, parts_of
from shared.errors import Refused

NOUNS: dict[str, str] = {"train": "training", "copy": "copy", "deploy": "deployment", "remove": "removal"}
WORDS: dict[str, str] = {
    "proposed": "waiting for approval",
    "rejected": "rejected",
    "expired": "expired",
    "stale": "not started, as something had changed",
    "cancelled": "cancelled",
    "approved": "approved",
    "starting": "starting",
    "waiting": "waiting for an operator",
    "running": "running",
    "succeeded": "done",
    "failed": "failed",
}


def moved(
    case: Case, operation: Operation, state: OperationState, action: str, *puts: Record,
    effects: tuple[Effect, ...] = (), approvals: tuple[Approval, ...] = (), quiet: bool = False,
    data: dict[str, str] | None = None,
) -> Decision:  # fmt: skip
    """The operation in its next state. `quiet`: whoever owes the next step owes the card as well."""
    why = state.why if isinstance(state, Rejected | Cancelled | Failed) else None
    line = AuditLine(
        action=f"{operation.ask.step}_{action}",
        by=case.by,
        subject=operation.id,
        outcome=state.status,
        data={"digest": operation.ask.digest[:16], **({"why": why} if why else {}), **(data or {})},
    )
    after = operation.to(state, *approvals)
    shown = () if quiet else cards_of(after, operation)
    told = _told(case, after) if not after.open else ()
    return Decision(puts=(after, *puts), audit=(line,), effects=(*shown, *effects, *told))


def _told(case: Case, operation: Operation) -> tuple[Post, ...]:
    """An edited card rings nobody's bell: whoever asked is told in its thread how it ended, unless they ended it."""
    ask, state = operation.ask, operation.state
    if ask.by == case.by or not ask.of_person:
        return ()
    ended = case.by.startswith(("U", "W")) and not isinstance(state, Stale)  # that was found, not done
    by = f" by <@{case.by}>" if ended else ""
    text = f"<@{ask.by}>, your request to {ask.step} `{ask.model}`: {WORDS[state.status]}{by}. The card above has the details."
    return (Post(channel=case.book.known_avatar().channel, text=text, under=operation.card, bell=ask.by),)


def cards_of(*versions: Operation) -> tuple[ShowCard, ...]:
    """The operation's card, and the operators' card where a person has or had to act."""
    first = versions[0]
    tasked = first.ask.assurance == "attested" and any(isinstance(v.state, Waiting | Running) for v in versions)
    held = any(isinstance(v.state, Waiting) and v.state.taken_by for v in versions)
    parts = parts_of(first.ask) if held else ()
    task = (ShowCard(card=f"task:{first.id}"),) if tasked else ()
    return (ShowCard(card=first.card), *task, *(ShowCard(card=part_card(first.id, part)) for part in parts))


def released(case: Case, operation: Operation) -> tuple[tuple[Record, ...], tuple[Effect, ...]]:
    """A removal that did not happen leaves its deployment live: it is billed, so it is watched again."""
    deployment = case.book.deployments.get(operation.ask.deployment or "")
    state = deployment.state if deployment else None
    if deployment is None or not isinstance(state, Removing) or state.operation != operation.id:
        return (), ()
    shown: tuple[Effect, ...] = (ShowCard(card=deployment.card),) if deployment.alerts else ()
    after = deployment.again(state.was) if state.was else deployment.to(Live())
    gone = case.book.withdrawal
    if gone is None:
        return (after,), shown
    # Its talent withdrew the consent: it is on the list of what a person must remove until that is confirmed.
    left = gone.also(short_id("left", deployment.id), "deployment", deployment.resource, deployment.model)
    return (after, left), (*shown, ShowCard(card="withdrawal"))


def still_there(case: Case, operation: Operation) -> None:
    """A removal is of something that is there, and that nobody else is removing; other hours are of something that stays as it is.

    Raises:
        Refused: it is being removed, or gone.
    """
    deployment = case.book.deployments.get(operation.ask.deployment or "")
    if operation.ask.step == "deploy" and deployment and under_way(case.book, deployment):
        raise Refused(
            "under_way", f"`{operation.ask.model}` is being deployed or removed just now. Try again in some minutes."
        )
    ask = operation.ask
    live = next(
        (d for d in case.book.deployments.values() if d.billed and (d.model, d.resource) == (ask.model, ask.resource)),
        None,
    )
    if ask.step == "deploy" and live and live.id != ask.deployment:
        raise Refused(
            "already_deployed",
            f"`{ask.model}` is on record as live in `{ask.resource}` by now, since {minute(live.live_since)}: it would be paid for twice. "
            "Cancel this request, or remove what is live.",
        )
    if operation.ask.step == "remove" and (deployment is None or isinstance(deployment.state, Removing | Removed)):
        raise Refused(
            "already_removed",
            f"`{operation.ask.model}` in `{operation.ask.resource}` is being removed already, or gone.",
        )


def under_way(book: Book, deployment: Deployment) -> bool:
    """Whether something that was approved deploys or removes it just now."""
    return isinstance(deployment.state, Removing) or any(
        op.open and not isinstance(op.state, Proposed) and concerns(op, deployment) for op in book.operations.values()
    )


def concerns(operation: Operation, deployment: Deployment) -> bool:
    """Whether it deploys or removes this one, or its model where it is."""
    ask = operation.ask
    return ask.step in {"deploy", "remove"} and (
        ask.deployment == deployment.id or (ask.model, ask.resource) == (deployment.model, deployment.resource)
    )


def already(operation: Operation) -> str:
    """The sentence for a click that comes too late: what happened meanwhile, by whom, when."""
    state = operation.state
    when = getattr(state, "at", None) or getattr(state, "since", None) or operation.ask.at
    who = f" by <@{state.by}>" if isinstance(state, Rejected | Cancelled) else ""
    if isinstance(state, Approved | Starting | Running | Waiting | Succeeded) and operation.approvals:
        done = "started without its approvals" if operation.review else "approved"
        who = f", {done} by <@{operation.approvals[-1].by}>"
    return f"Too late: this is {WORDS[state.status]}{who} ({minute(when)}). The card shows how it stands."
