"""What Azure has and our records do not: told once, and kept on record until it is adopted, known or gone."""

from shared.domain.base import short_id
from shared.domain.book import NOTHING, AuditLine, Case, Decision, Record
from shared.domain.effects import Effect, Post, ShowCard
from shared.domain.events import Compared, StrayKnown, StrayUnwanted
from shared.domain.records import Cloud, Stray, Words
from shared.domain.reminding import mentions
from shared.errors import Refused

MOST = 30  # a look: each is three rows of one transaction; the next look takes the others


def settle_strays(case: Case, event: Compared | StrayKnown | StrayUnwanted) -> Decision:
    """A comparison, or a person's word about what one found."""
    return see_strays(case, event) if isinstance(event, Compared) else settle_stray(case, event)


def see_strays(case: Case, event: Compared) -> Decision:
    """Take in one comparison of a resource with the records."""
    known = {stray.id: stray for stray in case.book.strays if stray.resource == event.resource}
    puts: list[Stray] = []
    for found in event.found:
        before = known.get(found.id)
        if before is None or before.status == "gone":
            puts.append(found.model_copy(update={"times": before.times + 1 if before else 1}))
    ids = {found.id for found in event.found}
    gone = [stray for stray in known.values() if stray.status != "gone" and stray.id not in ids]
    puts = [*puts, *(stray.to("gone", case.by, case.now) for stray in gone)][:MOST]
    if not puts:
        return NOTHING
    lines = tuple(
        AuditLine(
            action="stray_found" if stray.status == "open" else "stray_gone", by=case.by, subject=stray.id,
            data={"what": stray.what, "resource": stray.resource, "name": stray.name},
        )
        for stray in puts
    )  # fmt: skip
    root: tuple[Record, ...] = () if case.book.cloud else (Cloud(),)
    shown: tuple[Effect, ...] = tuple(ShowCard(card=stray.card) for stray in puts)
    return Decision(puts=(*root, *puts), audit=lines, effects=shown)


def settle_stray(case: Case, event: StrayKnown | StrayUnwanted) -> Decision:
    """Somebody on call or an operator says what it is."""
    stray = next((stray for stray in case.book.strays if stray.id == event.stray), None)
    if stray is None:
        raise Refused("unknown_stray", "This is no longer on record.")
    policy = case.terms.policy
    if not case.terms.members.includes((*policy.on_call, *policy.operators), case.by):
        raise Refused("not_on_call", "Only the people on call and the operators can settle this.")
    if stray.status == "gone":
        raise Refused("already_settled", "This is settled: it was adopted, or it is no longer there.")
    if isinstance(event, StrayUnwanted):
        return _have_it_deleted(case, stray)
    if not event.why.strip():
        raise Refused("no_reason", "Say in a few words what it is, so that nobody looks for it again.")
    words = Words(ref=short_id("w", case.message.id), text=event.why.strip()[:500])
    after = stray.to("known", case.by, case.now, words.ref)
    line = AuditLine(action="stray_known", by=case.by, subject=stray.id, data={"why": words.ref})
    return Decision(puts=(after, words), audit=(line,), effects=(ShowCard(card=after.card),))


def _have_it_deleted(case: Case, stray: Stray) -> Decision:
    """Nobody can delete a model from here: operators are asked, and the next comparison says whether it is gone."""
    if stray.what != "model":
        raise Refused("not_a_model", "For a deployment, *Remove* puts it on record and asks for its removal.")
    if stray.by:
        raise Refused("already_asked", f"<@{stray.by}> asked for that already; the operators know.")
    after = stray.unwanted(case.by, case.now)
    line = AuditLine(action="stray_unwanted", by=case.by, subject=stray.id, data={"name": stray.name})
    policy = case.terms.policy
    told = Post(
        channel=policy.operators_channel,
        text=f":wastebasket: {mentions(policy.operators)}: <@{case.by}> asks to delete the model `{stray.name}` in `{stray.resource}`: nobody "
        "recorded it. In the portal: *Fine-tuning* > *AI Service fine-tuning* > its task > *Train model*; select it, *Delete*. That can't "
        "be undone: make sure that no deployment uses it. The next comparison (hourly) sees that it is gone.",
    )
    return Decision(puts=(after,), audit=(line,), effects=(ShowCard(card=after.card), told))
