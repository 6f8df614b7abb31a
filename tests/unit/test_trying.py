"""A trial costs a few cents and a person's click; it runs once, says how it went, and is no use of the deployment."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.book import NOTHING, AuditLine, Book, Decision, Record
from shared.domain.deciding import decide
from shared.domain.deployments import Removed, Removing
from shared.domain.effects import Answer, ShowCard, ShowVideo, StartTrial
from shared.domain.events import Event, TrialAsked, TrialSeen
from shared.domain.money import trial_amount
from shared.domain.operations import Succeeded
from shared.domain.records import Trial, Withdrawal
from shared.domain.resources import Resource
from shared.errors import Refused
from shared.slack.cards import draw
from shared.slack.limits import lint_message
from shared.slack.operation_card import operation_card
from shared.slack.scene import Scene
from shared.speech.usage import _ours
from shared.trials import show_video
from tests.builders import (
    EVE,
    MAYA,
    NOW,
    POLICY,
    RESOURCES,
    book,
    deployment,
    message,
    model,
    operation,
    price,
    terms,
    with_records,
)
from tests.fakes.cloud import Synthesizer
from tests.properties.world import Process, World

LIVE = book(model(), deployment())
PRICED = {"synthesis_price": {"westeurope": price("2.00")}}


def says(before: Book, event: Event, by: str = MAYA, number: int = 1, **known: object) -> Decision:
    return decide(before, message(event, by, number), NOW, terms(**{**PRICED, **known}))


def asked(before: Book = LIVE, number: int = 1) -> Book:
    return with_records(before, says(before, TrialAsked(deployment="weu"), number=number).puts)


def test_a_trial_runs_once_at_the_price_that_was_shown() -> None:
    made = says(LIVE, TrialAsked(deployment=deployment().id))
    (trial,) = made.puts
    assert isinstance(trial, Trial)
    assert (trial.status, trial.model, str(trial.amount)) == ("running", "presenter-v1", "$0.07")
    assert StartTrial(trial=trial.id) in made.effects
    again = says(asked(), TrialAsked(deployment="weu"), number=2)
    assert again.puts == ()
    assert "under way" in next(effect.text for effect in again.effects if isinstance(effect, Answer))


def test_its_end_is_on_record_once_and_a_good_one_shows_the_video() -> None:
    before = asked()
    (trial,) = before.trials.values()
    seen = TrialSeen(trial=trial.id, status="succeeded")
    made = says(before, seen, "training-poll")
    assert ShowVideo(trial=trial.id) in made.effects
    assert says(with_records(before, made.puts), seen, "training-poll") == NOTHING
    failed = says(before, TrialSeen(trial=trial.id, status="failed", text="Invalid deploymentId"), "training-poll")
    drawn = draw(trial.card, Scene(with_records(before, failed.puts), POLICY, RESOURCES, NOW))
    assert drawn is not None
    assert "Invalid deploymentId" in repr(drawn.blocks)
    assert lint_message(drawn.text, drawn.blocks) == []


@pytest.mark.parametrize(
    ("before", "by", "known", "says_what"),
    [
        (book(model()), MAYA, {}, "not live"),
        (book(model(), deployment(Removing(operation="r"))), MAYA, {}, "not live"),
        (book(model(), deployment(Removed(at=NOW, operation="r"))), MAYA, {}, "not live"),
        (LIVE, MAYA, {"synthesis_price": {}}, "No price"),
        (
            book(model("wus"), deployment(resource="wus")),
            MAYA,
            {"synthesis_price": {"westus2": price()}},
            "no endpoint",
        ),
    ],
)
def test_what_cannot_be_tried_says_why_and_starts_nothing(
    before: Book, by: str, known: dict[str, object], says_what: str
) -> None:
    made = says(before, TrialAsked(), by, **known)
    assert made.puts == ()
    assert says_what in next(effect.text for effect in made.effects if isinstance(effect, Answer))


def test_nothing_is_made_of_somebody_who_withdrew_the_consent_and_no_video_is_shown() -> None:
    gone = Withdrawal(by=MAYA, at=NOW, why="w", erase_at=NOW)
    made = says(with_records(LIVE, [gone]), TrialAsked())
    assert made.puts == ()
    assert "withdrew the consent" in next(effect.text for effect in made.effects if isinstance(effect, Answer))
    running = with_records(asked(), [gone])
    (trial,) = running.trials.values()
    seen = says(running, TrialSeen(trial=trial.id, status="succeeded"), "training-poll")
    assert ShowVideo(trial=trial.id) not in seen.effects


def test_only_those_who_may_ask_for_deployments_try_them() -> None:
    steps = {**POLICY.steps, "deploy": POLICY.steps["deploy"].model_copy(update={"ask": ("U0NOBODY",)})}
    made = says(LIVE, TrialAsked(), EVE, policy=POLICY.model_copy(update={"steps": steps}))
    assert made.puts == ()


def test_five_a_day_are_enough() -> None:
    before = LIVE
    for number in range(5):
        before = asked(before, number)
        trial = list(before.trials.values())[-1]
        before = with_records(before, [trial.to("succeeded", NOW, None)])
    assert "5 times today" in next(
        effect.text for effect in says(before, TrialAsked(), number=9).effects if isinstance(effect, Answer)
    )


def test_the_card_of_a_deployment_offers_it_with_its_price() -> None:
    done = operation("deploy", Succeeded(since=NOW, at=NOW))
    amount = trial_amount(price("2.00"))
    drawn = operation_card(done, Scene(book(model(), deployment(), done), POLICY, RESOURCES, NOW, trial=amount))
    assert "about $0.07" in repr(drawn.blocks)
    without = operation_card(done, Scene(book(model(), deployment(), done), POLICY, RESOURCES, NOW))
    assert "'try'" not in repr(without.blocks)


def test_what_our_own_trials_made_is_no_use() -> None:
    (trial,) = asked().trials.values()
    hour = NOW.replace(minute=0)
    assert _ours(hour, [trial]) >= Decimal(3)
    assert _ours(hour - timedelta(hours=1), [trial]) == 0
    assert _ours(hour + timedelta(hours=3), [trial]) == 0


def _shown(synthesis: Synthesizer, *more: Record) -> World:
    """A world in which a trial has ended and its card is posted."""
    made = World(lambda _: None, lambda _: None)
    made.synthesizer = synthesis
    made.quiet = made.handling(Process())
    records = [
        record for record in (LIVE.avatar, LIVE.consent, *LIVE.models, *LIVE.deployments.values(), *more) if record
    ]
    store = made.quiet.services.records
    done = next(iter(asked().trials.values())).to("succeeded", NOW, None)
    line = AuditLine(action="made", by=MAYA)
    owed = store.commit(
        store.load("presenter"), Decision((*records, done), (line,), (ShowCard(card=done.card),)), "m", NOW
    )
    made.quiet.performer.perform_all(owed)
    show_video(made.quiet.services, "presenter", done.id)
    return made


class _Gone(Synthesizer):
    def video(self, resource: Resource, trial: Trial) -> bytes:
        raise Refused("video_gone", "The service no longer has this video.")


def test_a_video_that_cannot_be_fetched_is_said_so_in_its_thread() -> None:
    said = [text for text, _ in _shown(_Gone()).slack.messages.values()]
    assert any("could not be fetched: The service no longer has this video." in text for text in said)


def test_a_video_is_shared_once_and_none_of_somebody_who_withdrew() -> None:
    made = _shown(Synthesizer())
    (trial,) = asked().trials.values()
    show_video(made.quiet.services, "presenter", trial.id)
    assert made.slack.shared == 1
    gone = Withdrawal(by=MAYA, at=NOW, why="w", erase_at=NOW)
    assert _shown(Synthesizer(), gone).slack.shared == 0
