"""A withdrawn consent: nothing is made any more, what is live goes, and what only a person can remove stays on the list."""

from datetime import timedelta

import pytest

from shared.domain.book import Book, Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Removed, Removing
from shared.domain.effects import Answer, StartWork
from shared.domain.events import (
    ApproveClicked,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Erased,
    Event,
    GlassBroken,
    LeftoverGone,
    TaskDone,
    TrainAsked,
)
from shared.domain.operations import Approved, Cancelled, Proposed, Running, Starting, Succeeded, Waiting
from shared.domain.records import Withdrawal, Words
from shared.slack.cards import draw
from shared.slack.limits import lint_message
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
    deployment,
    full_set,
    message,
    model,
    operation,
    terms,
)

WITHDRAW = ConsentWithdrawn(why="Ada wrote to us on Monday")


def _decided(known: Book, event: Event, by: str) -> Decision:
    return decide(known, message(event, by), NOW, terms(full_set()))


def _answer(decision: Decision) -> str:
    return next(effect.text for effect in decision.effects if isinstance(effect, Answer))


def _withdrawn(*records: object) -> Book:
    return after(book(*records), WITHDRAW, MAYA)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "event", "says"),
    [
        (EVE, WITHDRAW, "Only the owner"),
        (MAYA, ConsentWithdrawn(why=" "), "Say how"),
    ],
)
def test_a_withdrawal_needs_the_right_person_and_a_reason(by: str, event: Event, says: str) -> None:
    decision = _decided(book(), event, by)
    assert says in _answer(decision)
    assert not decision.puts


def test_a_withdrawal_is_recorded_once() -> None:
    assert "recorded the withdrawal" in _answer(_decided(_withdrawn(), WITHDRAW, BEN))


@pytest.mark.parametrize(
    "event",
    [
        TrainAsked(),
        CopyAsked(target="neu"),
        DeployAsked(),
        ConsentGiven(talent="Ada", company="Contoso", locale="en-US", scope="avatar"),
    ],
)
def test_nothing_can_be_made_any_more(event: Event) -> None:
    decision = _decided(_withdrawn(model()), event, MAYA)
    assert "withdrew the consent" in _answer(decision)
    assert not decision.puts


@pytest.mark.parametrize("state", [Proposed(), Approved(at=NOW), Waiting(since=NOW, attempt=1)])
def test_what_has_not_begun_is_cancelled(state: object) -> None:
    known = _withdrawn(operation(state=state, resource="wus"))  # type: ignore[arg-type]
    assert isinstance(known.operations["train-1"].state, Cancelled)
    late = _decided(known, ApproveClicked(operation="train-1", revision=1), BEN)
    assert "cancelled" in _answer(late)


@pytest.mark.parametrize(
    "state", [Starting(at=NOW, attempt=1), Running(since=NOW, attempt=1), Waiting(since=NOW, attempt=1, taken_by=OMAR)]
)
def test_what_has_begun_is_left_for_a_person_and_so_is_what_comes_of_it(state: object) -> None:
    known = _withdrawn(operation(state=state, resource="wus"))  # type: ignore[arg-type]
    assert known.withdrawal
    assert [item.what for item in known.withdrawal.left] == ["operation", "workspace"]
    running = known.operations["train-1"].to(Running(since=NOW, attempt=1))
    done = after(Book.of([*_records(known), running]), TaskDone(operation="train-1", revision=running.revision), OMAR)
    assert isinstance(done.operations["train-1"].state, Succeeded)
    assert done.withdrawal
    assert "model" in [item.what for item in done.withdrawal.left]


def _records(known: Book) -> list[object]:
    words = [Words(ref=ref, text=text) for ref, text in known.words.items()]
    return [known.avatar, known.consent, known.withdrawal, *known.models, *known.deployments.values(), *words]


def test_a_start_that_was_claimed_is_compared_once_more_and_stops() -> None:
    from shared.domain.book import Case
    from shared.domain.comparing import changes_since

    known = _withdrawn(operation(state=Starting(at=NOW, attempt=1)))
    case = Case(known, message(TrainAsked(), MAYA), NOW, terms(full_set()))
    assert "the consent was withdrawn" in changes_since(case, known.operations["train-1"].ask)


def test_every_deployment_is_removed_without_an_approval() -> None:
    one, other = deployment(), deployment(resource="neu").model_copy(update={"id": "other"})
    decision = _decided(book(model(), one, other), WITHDRAW, MAYA)
    starts = [effect for effect in decision.effects if isinstance(effect, StartWork)]
    assert len({start.operation for start in starts}) == 2
    known = _withdrawn(model(), one, other)
    assert all(isinstance(d.state, Removing) for d in known.deployments.values())
    assert known.withdrawal
    assert [item.what for item in known.withdrawal.left] == ["model", "workspace"]


def test_a_removal_that_is_under_way_goes_on() -> None:
    removing = deployment(Removing(operation="remove-1"))
    known = _withdrawn(removing, operation("remove", Running(since=NOW, attempt=1)))
    assert isinstance(known.operations["remove-1"].state, Running)
    assert len(known.operations) == 1


def test_the_glass_does_not_open_a_withdrawn_consent() -> None:
    known = Book.of([*_records(_withdrawn()), operation()])  # type: ignore[list-item]
    broken = _decided(known, GlassBroken(operation="train-1", why="now"), INES)
    assert [line.outcome for line in broken.audit] == ["stale"]


def test_operators_confirm_what_is_left_one_by_one() -> None:
    known = _withdrawn(model())
    assert known.withdrawal
    for item in known.withdrawal.left:
        gone = LeftoverGone(item=item.id)
        assert "not name you as an operator" in _answer(_decided(known, gone, MAYA))
        known = after(known, gone, OMAR)
        assert "confirmed this already" in _answer(_decided(known, gone, OMAR))
    assert known.withdrawal
    assert all(item.gone_by == OMAR for item in known.withdrawal.left)
    assert not known.withdrawal.done  # the erasure is still to come


def test_words_are_erased_when_the_time_to_notice_a_mistake_is_over() -> None:
    many = [Words(ref=f"w-{number:03d}", text=f"reason {number}") for number in range(90)]
    known = _withdrawn(*many)
    early = decide(known, message(Erased(), "reconcile"), NOW + timedelta(hours=71), terms())
    assert early.empty
    late = NOW + timedelta(hours=73)
    for number in range(3):
        made = decide(known, message(Erased(), "reconcile", number), late, terms())
        assert len(made.puts) <= 50
        kept = {record.key: record for record in [*_records(known), *made.puts] if record}  # type: ignore[union-attr]
        known = Book.of(kept.values())  # type: ignore[arg-type]
    assert set(known.words.values()) == {"erased"}
    assert known.withdrawal
    assert known.withdrawal.erased == late
    assert decide(known, message(Erased(), "reconcile", 9), late, terms()).empty


def test_the_card_says_what_is_left_and_breaks_no_limit() -> None:
    records = [model(name=f"presenter-v{number}") for number in range(60)]
    known = _withdrawn(*records, deployment(Removed(at=NOW, operation="remove-0")))
    drawn = draw("withdrawal", Scene(known, POLICY, RESOURCES, NOW))
    assert drawn
    assert lint_message(drawn.text, drawn.blocks) == []
    assert "Ada wrote to us on Monday" in repr(drawn.blocks)
    done = known.withdrawal
    assert isinstance(done, Withdrawal)
    left = tuple(item.model_copy(update={"gone": NOW, "gone_by": OMAR}) for item in done.left)
    finished = Book.of([*_records(known)[:2], done.model_copy(update={"left": left, "erased": NOW})])  # type: ignore[list-item]
    ended = draw("withdrawal", Scene(finished, POLICY, RESOURCES, NOW))
    assert ended
    assert "everything is gone" in ended.text
    assert "Gone:" not in repr(ended.blocks)
