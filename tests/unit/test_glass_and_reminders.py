"""Breaking the glass, reminders, more approvers above an amount, and that whoever asked hears how it ended."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from shared.domain.book import Decision, Terms
from shared.domain.deciding import decide
from shared.domain.effects import Answer, Post, StartWork
from shared.domain.events import (
    ApproveClicked,
    Event,
    GlassBroken,
    Observed,
    RejectClicked,
    ReviewClosed,
    TaskTaken,
    TimePassed,
    TrainAsked,
)
from shared.domain.operations import Approved, Evidence, Operation, Proposed, Running, Stale, Succeeded, Waiting
from shared.domain.policy import Above, StepRule
from shared.domain.reminding import due
from shared.slack.cards import draw
from shared.slack.scene import Scene
from tests.builders import (
    BEN,
    EVE,
    INES,
    MAYA,
    NOW,
    OMAR,
    POLICY,
    RESOURCES,
    after,
    book,
    clip,
    full_set,
    message,
    operation,
    terms,
)

ID = "train-1"
GLASS = GlassBroken(operation=ID, why="the show is tonight")
APPROVE = ApproveClicked(operation=ID, revision=1)


def _decided(
    known: Operation, event: Event, by: str, now: datetime = NOW, known_terms: Terms | None = None
) -> Decision:
    return decide(book(known), message(event, by), now, known_terms or terms(full_set()))


def _operation(decision: Decision) -> Operation:
    return next(record for record in decision.puts if isinstance(record, Operation))


def _answer(decision: Decision) -> str:
    return next(effect.text for effect in decision.effects if isinstance(effect, Answer))


def _posts(decision: Decision) -> list[Post]:
    return [effect for effect in decision.effects if isinstance(effect, Post)]


def test_breaking_the_glass_starts_at_once_tells_every_approver_and_opens_a_review() -> None:
    decision = _decided(operation(), GLASS, INES)
    after_ = _operation(decision)
    assert isinstance(after_.state, Approved)
    assert after_.in_review
    assert StartWork(operation=ID) in decision.effects
    (post,) = _posts(decision)
    assert "<!subteam^S0APPROVERS>" in post.text
    assert "$300 to $600" in post.text
    assert decision.audit[0].action == "train_glass_broken"
    assert "why" in decision.audit[0].data


@pytest.mark.parametrize(
    ("by", "event", "policy", "says"),
    [
        (EVE, GLASS, POLICY, "may start something without"),
        (INES, GLASS, POLICY.model_copy(update={"break_glass": ()}), "lets nobody"),
        (INES, GLASS.model_copy(update={"why": " "}), POLICY, "Say why"),
    ],
)
def test_the_glass_is_for_the_named_with_a_reason(by: str, event: Event, policy: object, says: str) -> None:
    decision = _decided(operation(), event, by, known_terms=terms(full_set(), policy=policy))
    assert says in _answer(decision)
    assert not decision.puts


def test_what_changed_since_it_was_asked_does_not_start_through_the_glass_either() -> None:
    changed = terms((*full_set(), clip("gesture", 8), clip("status0", 200)))
    assert isinstance(_operation(_decided(operation(), GLASS, INES, known_terms=changed)).state, Stale)


def test_the_glass_does_not_open_what_has_expired() -> None:
    decision = _decided(operation(), GLASS, INES, NOW + timedelta(hours=73))
    assert "expired" in _answer(decision)
    assert not decision.puts


def test_a_review_stays_open_until_another_approver_closes_it_with_a_finding() -> None:
    known = after(book(operation()), GLASS, INES)
    close = ReviewClosed(operation=ID, finding="it was right")
    own = decide(known, message(close, INES), NOW, terms(full_set()))
    assert "somebody else" in _answer(own)
    silent = decide(known, message(ReviewClosed(operation=ID, finding=""), BEN), NOW, terms(full_set()))
    assert "what came of it" in _answer(silent)
    closed = after(known, close, BEN)
    assert not closed.operations[ID].in_review
    again = decide(closed, message(close, BEN), NOW, terms(full_set()))
    assert "closed this review" in _answer(again)
    drawn = draw(f"op:{ID}", Scene(closed, POLICY, RESOURCES, NOW))
    assert drawn
    assert "it was right" in repr(drawn.blocks)
    assert "Close the review" not in repr(drawn.blocks)


def test_a_finished_operation_is_watched_as_long_as_its_review_is_open() -> None:
    known = after(book(operation()), GLASS, INES).operations[ID]
    done = known.to(Succeeded(since=NOW, at=NOW))
    assert not done.open
    assert done.watched
    reminded = _decided(done, TimePassed(operation=ID), "poll", NOW + timedelta(hours=25))
    assert "its review is still open" in _posts(reminded)[0].text


def test_reminders_come_ever_more_rarely_and_only_one_after_a_long_sleep() -> None:
    known = operation()
    hours = []
    for _ in range(4):
        when = due(known)
        assert when
        hours.append((when - NOW) / timedelta(hours=1))
        assert _decided(known, TimePassed(operation=ID), "poll", when - timedelta(seconds=1)).empty
        known = _operation(_decided(known, TimePassed(operation=ID), "poll", when))
    assert hours == [4, 12, 28, 60]
    slept = _decided(operation(), TimePassed(operation=ID), "poll", NOW + timedelta(hours=40))
    assert len(_posts(slept)) == 1
    assert _operation(slept).reminded == 3
    assert _operation(slept).revision == 1


def test_a_reminder_rings_those_whose_turn_it_is() -> None:
    late = NOW + timedelta(hours=5)
    once = operation(needed=2, approvals=(BEN,))
    people = once.model_copy(
        update={"ask": once.ask.model_copy(update={"rule": once.ask.rule.model_copy(update={"approve": (BEN, INES)})})}
    )
    (post,) = _posts(_decided(people, TimePassed(operation=ID), "poll", late))
    assert f"<@{INES}>" in post.text
    assert f"<@{BEN}>" not in post.text
    (task,) = _posts(
        _decided(operation(state=Waiting(since=NOW, attempt=1), resource="wus"), TimePassed(operation=ID), "poll", late)
    )
    assert "<!subteam^S0OPERATORS>" in task.text
    taken = operation(state=Waiting(since=NOW, attempt=1, taken_by=OMAR, taken=NOW), resource="wus")
    assert f"<@{OMAR}>" in _posts(_decided(taken, TimePassed(operation=ID), "poll", late))[0].text


def test_a_new_state_begins_its_reminders_anew() -> None:
    known = operation().model_copy(update={"reminded": 3})
    assert known.to(Proposed()).reminded == 0


@pytest.mark.parametrize(("amount", "needed"), [("600", 2), ("601", 1)])
def test_what_may_cost_much_needs_more_approvers(amount: str, needed: int) -> None:
    rule = StepRule(approve=("S0APPROVERS",), above=(Above(amount=Decimal(amount), approvers=2),))
    policy = POLICY.model_copy(update={"steps": POLICY.steps | {"train": rule}})
    known = terms(full_set(), policy=policy)
    asked = _operation(decide(book(), message(TrainAsked(), EVE), NOW, known))
    assert asked.ask.rule.needed == needed
    approve = ApproveClicked(operation=asked.id, revision=1)
    decided = _operation(decide(book(asked), message(approve, BEN), NOW, known))
    assert isinstance(decided.state, Proposed if needed == 2 else Approved)


def test_a_threshold_that_moves_below_the_amount_asks_anew() -> None:
    rule = StepRule(approve=("S0APPROVERS",), above=(Above(amount=Decimal(500), approvers=2),))
    policy = POLICY.model_copy(update={"steps": POLICY.steps | {"train": rule}})
    decision = _decided(operation(), APPROVE, BEN, known_terms=terms(full_set(), policy=policy))
    state = _operation(decision).state
    assert isinstance(state, Stale)
    assert "how many must" in state.changes[0]


def test_whoever_asked_hears_how_it_ended_and_not_of_what_they_did_themselves() -> None:
    reject = RejectClicked(operation=ID, revision=1, why="too dear")
    (told,) = _posts(_decided(operation(), reject, BEN))
    assert told.text.startswith(f"<@{MAYA}>")
    assert "rejected" in told.text
    assert f"by <@{BEN}>" in told.text
    assert told.under == f"op:{ID}"
    running = operation(state=Running(since=NOW, attempt=1))
    seen = Observed(operation=ID, evidence=Evidence(service_status="Succeeded", looked=NOW))
    assert "done" in _posts(_decided(running, seen, "training-poll"))[0].text
    from shared.domain.events import CancelAsked

    assert _posts(_decided(operation(), CancelAsked(operation=ID), MAYA)) == []
    assert (
        _posts(_decided(operation(state=Waiting(since=NOW, attempt=1), resource="wus"), TaskTaken(operation=ID), OMAR))
        == []
    )
