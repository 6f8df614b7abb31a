"""The talent withdrew the consent: everything is stopped, removed or asked to be removed, erased, and reported until it is gone."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.base import short_id
from shared.domain.book import NOTHING, AuditLine, Case, Decision, minute
from shared.domain.deployments import Deployment, Removing
from shared.domain.effects import Post, ShowCard
from shared.domain.events import ConsentWithdrawn, Erased, LeftoverGone
from shared.domain.moving import cards_of
from shared.domain.operations import Approved, Cancelled, Operation, Proposed, Waiting
from shared.domain.records import Leftover, Withdrawal, Words
from shared.domain.reminding import mentions
from shared.domain.removing import remove_withdrawn
from shared.errors import Refused

CARD = ShowCard(card="withdrawal")
ERASED = "erased"
ROOM = 85  # rows of one decision: a transaction has room for 100, and cards that show it come beside
PAGED = 2  # an alert that ends is told to two routes
PORTION = 40  # words that one decision erases, or cards that it draws anew


def clear(case: Case, event: ConsentWithdrawn | LeftoverGone | Erased) -> Decision:
    """The withdrawal, what operators confirm of it, and the erasure."""
    match event:
        case ConsentWithdrawn():
            return _withdraw(case, event)
        case LeftoverGone():
            return _see_gone(case, event)
        case Erased():
            return _erase_words(case)


def must_be_open(case: Case) -> None:
    """Whether this person can withdraw this consent now; the form asks before it is shown.

    Raises:
        Refused: they can not, or there is none.
    """
    avatar, policy, book = case.book.known_avatar(), case.terms.policy, case.book
    may = (*policy.steps["train"].approve, *policy.operators)
    if case.by != avatar.owner and not case.terms.members.includes(may, case.by):
        raise Refused(
            "may_not_withdraw", f"Only the owner, <@{avatar.owner}>, the approvers and the operators can record this."
        )
    if book.withdrawal:
        raise Refused(
            "already_withdrawn",
            f"<@{book.withdrawal.by}> recorded the withdrawal, {minute(book.withdrawal.at)}; its card says what is left.",
        )
    if book.consent is None and not avatar.adopted:  # what was adopted has its consent elsewhere
        raise Refused("no_consent", f"No consent is on record for *{avatar.name}*, so there is none to withdraw.")


def _withdraw(case: Case, event: ConsentWithdrawn) -> Decision:
    """Stop what has not started, remove what is live, and list what only a person can remove."""
    avatar, policy, book = case.book.known_avatar(), case.terms.policy, case.book
    must_be_open(case)
    if not event.why.strip():
        raise Refused("no_reason", f"Say how it was withdrawn: `/avatar consent withdraw {avatar.name} because ...`.")
    words = Words(ref=short_id("w", case.message.id), text=event.why.strip()[:500])
    live = [d for d in book.deployments.values() if d.billed and not isinstance(d.state, Removing)]
    asked = {
        d.id: [
            o for o in book.operations.values() if o.ask.step == "remove" and o.ask.deployment == d.id and _can_stop(o)
        ]
        for d in live
    }
    later = {o.id for removals in asked.values() for o in removals}
    told = f":octagonal_sign: {mentions(policy.operators)}: the consent for *{avatar.name}* was withdrawn; the card above says what is left to do."
    made = Decision(
        puts=(words,),
        audit=(AuditLine(action="consent_withdrawn", by=case.by, data={"why": words.ref}),),
        effects=(CARD, Post(channel=avatar.channel, text=told, under=CARD.card)),
    )
    for operation in book.operations.values():
        if _can_stop(operation) and operation.id not in later:
            made = made.and_then(_stopped(case, operation, words.ref))
    for operation in book.operations.values():
        if isinstance(operation.state, Waiting) and operation.state.taken_by and operation.ask.step != "remove":
            made = made.and_then(_halted(case, operation, operation.state.taken_by))
    left, rows = list(live), _rows(made)
    for deployment in live:  # those that don't fit go on as they are asked for, and are left to the operators
        more = remove_withdrawn(case, deployment)
        for operation in asked[deployment.id]:
            more = _stopped(case, operation, words.ref).and_then(more)
        rows += _rows(more) + PAGED
        if rows > ROOM:
            break
        made, left = made.and_then(more), left[1:]
    erase_at = case.now + timedelta(hours=policy.erase_after_hours)
    gone = Withdrawal(by=case.by, at=case.now, why=words.ref, erase_at=erase_at, left=_left(case, left))
    return replace(made, puts=(gone, *made.puts))


def _halted(case: Case, operation: Operation, holder: str) -> Decision:
    """What an operator has in hand: nobody can take it out of the portal for them, so they are told there."""
    ask, channel = operation.ask, case.terms.policy.operators_channel
    text = (
        f":octagonal_sign: <@{holder}>: the talent of *{ask.avatar}* withdrew the consent. Upload nothing more and start nothing, and say on the "
        f"card above whether *{ask.step} {ask.model}* had begun."
    )
    return Decision(effects=(*cards_of(operation), Post(channel=channel, text=text, under=f"task:{operation.id}")))


def _rows(made: Decision) -> int:
    return len(made.puts) + len(made.audit) + len(made.effects)


def _see_gone(case: Case, event: LeftoverGone) -> Decision:
    """An operator says that one of the things left is gone."""
    gone = case.book.withdrawal
    item = next((item for item in gone.left if item.id == event.item), None) if gone else None
    if gone is None or item is None:
        raise Refused("unknown_leftover", "This is no longer on the list.")
    if not case.terms.members.includes(case.terms.policy.operators, case.by):
        raise Refused(
            "not_an_operator", "The policy does not name you as an operator, so you can't confirm portal work."
        )
    if item.gone:
        raise Refused("already_gone", f"<@{item.gone_by}> confirmed this already, {minute(item.gone)}.")
    left = tuple(
        i.model_copy(update={"gone": case.now, "gone_by": case.by}) if i.id == item.id else i for i in gone.left
    )
    line = AuditLine(
        action="leftover_gone", by=case.by, subject=item.id, data={"what": item.what, "resource": item.resource}
    )
    return Decision(puts=(_next(gone, left=left),), audit=(line,), effects=(CARD,))


def _erase_words(case: Case) -> Decision:
    """Names and free text of the avatar go, a portion at a time; the chains hold no word of them and stay whole."""
    gone = case.book.withdrawal
    if gone is None or gone.erased or case.now < gone.erase_at:
        return NOTHING
    kept = [ref for ref, text in sorted(case.book.words.items()) if text != ERASED]
    if kept:
        words = tuple(Words(ref=ref, text=ERASED) for ref in kept[:PORTION])
        return Decision(puts=words, audit=(AuditLine(action="erased", by=case.by, data={"words": str(len(words))}),))
    steps = (card for operation in case.book.operations.values() for card in cards_of(operation))
    cards = [
        *dict.fromkeys(steps),
        *(ShowCard(card=card) for d in case.book.deployments.values() for card in d.alert_cards),
    ]
    shown, drawn = cards[gone.drawn : gone.drawn + PORTION], gone.drawn + PORTION
    if drawn < len(cards):
        return Decision(puts=(_next(gone, drawn=drawn),), effects=tuple(shown))
    line = AuditLine(action="erased", by=case.by, data={"words": "all"})
    return Decision(puts=(_next(gone, erased=case.now, drawn=drawn),), audit=(line,), effects=(CARD, *shown))


def left_by(case: Case, operation: Operation, model: str) -> tuple[Withdrawal, ...]:
    """What a step that could not be stopped in time has made is left to remove, too, under the name that it has there."""
    gone = case.book.withdrawal
    if gone is None or operation.ask.step == "remove":
        return ()
    ask = operation.ask
    place = ask.target or ask.resource
    if ask.step == "deploy":
        return (gone.also(short_id("left", operation.id), "deployment", place, model),)
    return (gone.also(short_id("left", "model", place, model), "model", place, model),)


def _left(case: Case, live: list[Deployment]) -> tuple[Leftover, ...]:
    book, avatar = case.book, case.book.known_avatar()
    models = [("model", model.resource, model.name) for model in book.models]
    running = [
        ("operation", o.ask.target or o.ask.resource, f"{o.ask.step} {o.ask.model}")
        for o in book.operations.values()
        if o.open and o.ask.step != "remove" and not _can_stop(o)
    ]
    things = [*running, *models, ("workspace", avatar.resource, avatar.name)]
    beyond = [Leftover(id=short_id("left", d.id), what="deployment", resource=d.resource, name=d.model) for d in live]
    return *beyond, *(
        Leftover.model_validate(
            {"id": short_id("left", *thing), "what": thing[0], "resource": thing[1], "name": thing[2]}
        )
        for thing in things
    )


def _can_stop(operation: Operation) -> bool:
    """Nothing has begun yet; a removal that was approved goes on."""
    state = operation.state
    if operation.ask.step == "remove":
        return isinstance(state, Proposed)  # the withdrawal's own removal takes its place
    return isinstance(state, Proposed | Approved) or (isinstance(state, Waiting) and state.taken_by is None)


def _stopped(case: Case, operation: Operation, why: str) -> Decision:
    after = operation.to(Cancelled(by=case.by, at=case.now, why=why))
    action = f"{operation.ask.step}_cancelled"
    line = AuditLine(action=action, by=case.by, subject=operation.id, outcome="cancelled", data={"why": why})
    return Decision(puts=(after,), audit=(line,), effects=cards_of(after, operation))


def _next(gone: Withdrawal, **changes: object) -> Withdrawal:
    return gone.model_copy(update={"revision": gone.revision + 1, **changes})
