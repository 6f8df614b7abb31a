"""What was shown beside what there is now: content, amount and rule, in people's words."""

from shared.domain.book import Case
from shared.domain.clips import Checking
from shared.domain.money import Amount, hosting_amount, training_amount
from shared.domain.operations import Ask
from shared.domain.readiness import consent_fingerprint, data_set
from shared.errors import Refused


def changes_since(case: Case, ask: Ask) -> tuple[str, ...]:
    """What differs; empty when what was shown still stands."""
    gone = ("the consent was withdrawn",) if case.book.withdrawal and ask.step != "remove" else ()
    content = _content(case, ask) if ask.step == "train" else ()
    return (*gone, *content, *_amount(case, ask), *_rule(case, ask))


def still_checking(case: Case, ask: Ask) -> tuple[str, ...]:
    """Files that the ask covers and that were uploaded again: nobody knows yet whether their content changed.

    The container itself is asked, since what is handed over are files: their events may be late, or lost until the next look back.
    """
    covered = {(clip.kind, clip.file) for clip in ask.clips}
    return tuple(
        clip.path.file
        for clip in case.terms.clips
        if (isinstance(clip.state, Checking) or clip.path.blob in case.terms.unseen)
        and ((clip.path.kind, clip.path.file) in covered or (ask.step == "train" and clip.path.kind == "consent"))
    )


def must_be_settled(case: Case, ask: Ask) -> None:
    """What is still being checked can't be approved or handed over.

    Raises:
        Refused: a covered file was uploaded again.
    """
    checking = still_checking(case, ask)
    if checking:
        raise Refused("being_checked", f"`{checking[0]}` was uploaded again and is being checked; try in a minute.")


def amount_now(case: Case, ask: Ask) -> Amount | None:
    """What the step costs at today's price, where its price is known."""
    place = case.terms.resources.get(ask.resource)
    region = place.region if place else ""
    training, hosting = case.terms.training_price.get(region), case.terms.hosting_price.get(region)
    if ask.step == "train" and training:
        return training_amount(training)
    if ask.step != "deploy" or not hosting:
        return None
    return hosting_amount(hosting, ask.hours.month) if ask.hours else hosting_amount(hosting)


def _content(case: Case, ask: Ask) -> list[str]:
    then = {(clip.kind, clip.file): clip.fingerprint for clip in ask.clips}
    current = {(clip.kind, clip.file): clip.fingerprint for clip in data_set(case.terms.clips)}
    changed = [
        *(f"new: {kind}/{file}" for kind, file in sorted(current.keys() - then.keys())),
        *(f"no longer there: {kind}/{file}" for kind, file in sorted(then.keys() - current.keys())),
        *(f"other content: {k}/{f}" for k, f in sorted(then.keys() & current.keys()) if then[k, f] != current[k, f]),
    ]
    if consent_fingerprint(case.book.consent, case.terms.clips) != ask.consent:
        changed.append("the consent")
    return changed


def _amount(case: Case, ask: Ask) -> list[str]:
    now = amount_now(case, ask)
    then = ask.amount
    if now is None or then is None or (now.low, now.high, now.cap) == (then.low, then.high, then.cap):
        return []
    return [f"the price: {then} then, {now} now"]


def _rule(case: Case, ask: Ask) -> list[str]:
    listed = case.terms.policy.steps[ask.step]
    if ask.rule.name != ask.step or (
        listed.needed(ask.amount) + ask.rule.extra,
        listed.approve,
    ) == (ask.rule.needed, ask.rule.approve):
        return []
    return ["the policy: who may approve, or how many must"]
