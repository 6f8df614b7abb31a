"""A trial: two seconds of video by a live deployment, on a person's word, with its price before the click."""

from shared.domain.asking import consent_stands
from shared.domain.base import short_id
from shared.domain.book import NOTHING, AuditLine, Book, Case, Decision
from shared.domain.deployments import Deployment, Removed, Removing
from shared.domain.effects import Effect, ShowCard, ShowVideo, StartTrial
from shared.domain.events import TrialAsked, TrialSeen
from shared.domain.money import trial_amount
from shared.domain.records import Trial, Words
from shared.errors import Refused

DAILY = 5  # of one deployment: a trial is to see that it works, not to make videos


def try_out(case: Case, event: TrialAsked | TrialSeen) -> Decision:
    """It is asked for, or the service has an answer."""
    return _ask(case, event) if isinstance(event, TrialAsked) else _see(case, event)


def _ask(case: Case, event: TrialAsked) -> Decision:
    avatar, policy = case.book.known_avatar(), case.terms.policy
    consent_stands(case)
    rule = policy.steps["deploy"]
    may = (*rule.ask, *rule.approve, *policy.operators)
    if case.by != avatar.owner and not case.terms.members.includes(may, case.by):
        raise Refused("may_not_ask", "The policy does not let you ask for deployments, so you can't try one out.")
    deployment = tryable(case.book, event.deployment)
    trials = [trial for trial in case.book.trials.values() if trial.deployment == deployment.id]
    if any(trial.status == "running" for trial in trials):
        raise Refused("already_open", f"A trial of `{deployment.model}` is under way. Its message will show the video.")
    if len([trial for trial in trials if trial.at.date() == case.now.date()]) >= DAILY:
        raise Refused(
            "enough_trials",
            f"`{deployment.model}` was tried {DAILY} times today. `/avatar use {avatar.name}` shows how to call it.",
        )
    price = case.terms.synthesis_price.get(deployment.region)
    if price is None:
        raise Refused(
            "no_price", "No price of batch synthesis is known there, so nothing was started. Ask a maintainer."
        )
    place = case.terms.resource(deployment.resource)
    if not place.endpoint:
        raise Refused(
            "no_endpoint", f"`{place.name}` has no endpoint in the configuration, so nobody can call it from here."
        )
    trial = Trial(
        id=short_id("trial", case.message.id), deployment=deployment.id, model=deployment.model, resource=place.name,
        voice_sync=any(m.voice_sync for m in case.book.models if (m.name, m.resource) == (deployment.model, place.name)),
        by=case.by, at=case.now, amount=trial_amount(price), under=_card_above(case, deployment),
    )  # fmt: skip
    line = AuditLine(
        action="trial_asked", by=case.by, subject=trial.id, outcome=trial.status,
        data={"model": trial.model, "resource": trial.resource, "amount": str(trial.amount)},
    )  # fmt: skip
    effects: tuple[Effect, ...] = (ShowCard(card=trial.card), StartTrial(trial=trial.id))
    return Decision(puts=(trial,), audit=(line,), effects=effects)


def _see(case: Case, event: TrialSeen) -> Decision:
    trial = case.book.trials.get(event.trial)
    if trial is None or trial.status != "running":
        return NOTHING
    words = Words(ref=short_id("w", case.message.id), text=event.text[:500]) if event.text else None
    after = trial.to(event.status, case.now, words.ref if words else None)
    line = AuditLine(action="trial_seen", by=case.by, subject=trial.id, outcome=event.status)
    shown: tuple[Effect, ...] = (ShowCard(card=trial.card),)
    if event.status == "succeeded" and case.book.withdrawal is None:
        shown = (*shown, ShowVideo(trial=trial.id))
    return Decision(puts=(after, *([words] if words else [])), audit=(line,), effects=shown)


def tryable(book: Book, wanted: str | None) -> Deployment:
    """The live deployment that is meant: by its id, model or resource, or the newest.

    Raises:
        Refused: it is not live.
    """
    live = [d for d in book.deployments.values() if not isinstance(d.state, Removed | Removing)]
    found = [d for d in live if not wanted or wanted in (d.id, d.model, d.resource)]
    if not found:
        raise Refused("nothing_deployed", "It is not live there, so there is nothing to try.")
    return found[-1]


def _card_above(case: Case, deployment: Deployment) -> str:
    """The card of the request that deployed it, so that the trial is in its thread; none for what was adopted."""
    made_by = case.book.operations.get(deployment.made_by)
    return made_by.card if made_by else ""
