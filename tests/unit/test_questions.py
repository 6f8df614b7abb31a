"""Where nobody can tell whether a deployment is used, its owner is asked once; without an answer on-call is; nothing goes by itself."""

from datetime import timedelta

import pytest

from shared.domain.book import NOTHING, Book, Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Idle, Kept, Live, Usage, Verdict
from shared.domain.effects import Answer, ShowCard
from shared.domain.events import ApproveClicked, Event, OwnerUnsure, RemoveAsked, StillNeeded, UsageSeen
from shared.domain.operations import Operation, Proposed
from shared.domain.policy import IdleRule
from shared.domain.watching import overdue
from shared.slack.cards import draw
from shared.slack.limits import lint_message
from shared.slack.scene import Scene
from tests.builders import (
    BEN,
    EVE,
    LENA,
    MAYA,
    NOW,
    POLICY,
    RESOURCES,
    book,
    deployment,
    message,
    model,
    terms,
    with_records,
)

ID = deployment().id
LATER = NOW + timedelta(hours=49)  # the grace is 48 h
NEXT = LATER + timedelta(hours=25)  # snooze_hours is 24


def seen(verdict: Verdict, at: object) -> UsageSeen:
    usage = {
        "verdict": verdict,
        "confidence": "low",
        "last_used": None,
        "lines": ("Others share the meter.",),
        "looked": at,
    }
    return UsageSeen(deployment=ID, usage=Usage.model_validate(usage))


def says(before: Book, event: Event, by: str = "idle-watch", at: object = LATER) -> Decision:
    return decide(before, message(event, by), at, terms())  # type: ignore[arg-type]


def asked() -> Book:
    before = book(model(), deployment())
    return with_records(before, says(before, seen("unknown", LATER)).puts)


def live(of: Book) -> Deployment:
    return of.deployment(ID)


def shown(of: Book, card: str) -> str:
    drawn = draw(card, Scene(of, POLICY, RESOURCES, LATER))
    assert drawn is not None
    assert lint_message(drawn.text, drawn.blocks) == []
    return repr(drawn.blocks)


def test_the_owner_is_asked_once_after_the_grace_with_the_money_that_runs() -> None:
    assert live(asked()).asked == LATER
    early = says(book(model(), deployment()), seen("unknown", NOW), at=NOW + timedelta(hours=47))
    assert not early.effects
    again = says(asked(), seen("unknown", LATER), at=LATER + timedelta(hours=1))
    assert not again.effects
    card = shown(asked(), live(asked()).question_card)
    assert f"<@{MAYA}>: is `presenter-v1`" in card
    assert "$29.40" in card
    assert "Keep until" in card
    assert "I don't know" in card


def test_without_an_answer_on_call_is_asked_and_nothing_is_removed_by_itself() -> None:
    made = says(asked(), seen("unknown", NEXT), at=NEXT)
    after = with_records(asked(), made.puts)
    assert isinstance(live(after).state, Idle)
    assert {effect.card for effect in made.effects if isinstance(effect, ShowCard)} == {
        live(after).card,
        live(asked()).question_card,
    }
    assert "Used or not? presenter-v1" in shown(after, live(after).card)
    assert "On-call was asked" in shown(after, live(after).question_card)
    assert not overdue(live(after), IdleRule(grace_hours=48, remove_after_hours=1), NEXT + timedelta(days=9))


def test_an_owner_who_does_not_know_hands_it_to_on_call_at_once() -> None:
    after = with_records(asked(), says(asked(), OwnerUnsure(deployment=ID), MAYA).puts)
    assert isinstance(live(after).state, Idle)


def test_kept_until_a_day_it_is_left_alone_until_then_and_asked_about_anew() -> None:
    day = LATER + timedelta(days=10)
    kept = with_records(asked(), says(asked(), StillNeeded(deployment=ID, until=day, why="a campaign"), MAYA).puts)
    state = live(kept).state
    assert isinstance(state, Kept)
    assert state.until == day
    assert "a campaign" in shown(kept, live(kept).question_card)
    after = with_records(kept, says(kept, seen("unknown", day), at=day + timedelta(hours=1)).puts)
    assert live(after).state == Live()
    anew = with_records(after, says(after, seen("unknown", day), at=day + timedelta(hours=2)).puts)
    assert live(anew).asked == day + timedelta(hours=2)
    assert "Settled" in shown(anew, live(asked()).question_card)


def test_use_that_is_seen_settles_the_question() -> None:
    made = says(asked(), seen("in_use", NEXT), at=NEXT)
    after = with_records(asked(), made.puts)
    assert live(after).asked is None
    assert "Settled" in shown(after, live(asked()).question_card)


def test_no_longer_needed_asks_for_the_removal_in_the_usual_way() -> None:
    made = says(asked(), RemoveAsked(deployment=ID, why="no longer needed"), MAYA)
    (operation,) = [record for record in made.puts if isinstance(record, Operation)]
    assert operation.state == Proposed()


def test_a_removal_that_is_approved_settles_the_question_wherever_it_was_asked_for() -> None:
    card = live(asked()).question_card
    asks = with_records(asked(), says(asked(), RemoveAsked(deployment=ID), MAYA).puts)
    (operation,) = asks.operations.values()
    made = says(asks, ApproveClicked(operation=operation.id), BEN)
    assert ShowCard(card=card) in made.effects
    after = with_records(asks, made.puts)
    assert "Keep until" not in shown(after, card)
    late = says(after, OwnerUnsure(deployment=ID), MAYA)
    assert ShowCard(card=card) in late.effects


@pytest.mark.parametrize(
    ("event", "by", "says_what"),
    [
        (OwnerUnsure(deployment=ID), EVE, "Only the owner"),
        (StillNeeded(deployment=ID, until=LATER - timedelta(days=1)), MAYA, "Choose a day after today"),
        (StillNeeded(deployment=ID, until=LATER + timedelta(days=400)), LENA, "at most 180 days"),
    ],
)
def test_a_wrong_answer_changes_nothing_and_says_why(event: Event, by: str, says_what: str) -> None:
    made = says(asked(), event, by)
    assert made.puts == ()
    assert says_what in next(effect.text for effect in made.effects if isinstance(effect, Answer))


def test_an_answer_that_comes_twice_or_late_is_told_so() -> None:
    after = with_records(asked(), says(asked(), OwnerUnsure(deployment=ID), MAYA).puts)
    made = says(after, OwnerUnsure(deployment=ID), MAYA)
    assert made.puts == ()
    assert "This is settled" in next(effect.text for effect in made.effects if isinstance(effect, Answer))
    assert says(book(model()), seen("unknown", LATER)).puts == NOTHING.puts
