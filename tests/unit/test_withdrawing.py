"""A withdrawn consent: nothing is made any more, what is live goes, and what only a person can remove stays on the list."""

from datetime import timedelta

import pytest

from shared.domain.book import Book, Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Idle, Live, Removed, Removing
from shared.domain.effects import Answer, StartWork
from shared.domain.events import (
    ApproveClicked,
    CancelAsked,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Erased,
    Event,
    GlassBroken,
    LeftoverGone,
    StartClaimed,
    StartRefused,
    TaskDone,
    TrainAsked,
)
from shared.domain.office import OfficeHours
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
    with_records,
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
    assert not known.withdrawal.all_gone  # the erasure is still to come


def test_words_are_erased_when_the_time_to_notice_a_mistake_is_over() -> None:
    many = [Words(ref=f"w-{number:03d}", text=f"reason {number}") for number in range(90)]
    known = _withdrawn(*many)
    early = decide(known, message(Erased(), "reconcile"), NOW + timedelta(hours=71), terms())
    assert early.empty
    late = NOW + timedelta(hours=73)
    for number in range(4):  # 40, 40, 11, and the cards
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


def _removal(known: Book) -> str:
    return next(o.id for o in known.operations.values() if o.ask.step == "remove" and o.open)


def test_a_removal_that_did_not_happen_is_left_for_a_person_until_it_is_confirmed() -> None:
    known = _withdrawn(model(), deployment())
    removal = _removal(known)
    claimed = after(known, StartClaimed(operation=removal), "start")
    failed = after(claimed, StartRefused(operation=removal, code="Forbidden", text="no"), "start")
    assert isinstance(failed.deployments[deployment().id].state, Live)
    assert failed.withdrawal
    assert "deployment" in [item.what for item in failed.withdrawal.left]
    for item in failed.withdrawal.left:
        failed = after(failed, LeftoverGone(item=item.id), OMAR)
    assert failed.withdrawal
    erased = with_records(failed, (failed.withdrawal.model_copy(update={"erased": NOW}),))
    drawn = draw("withdrawal", Scene(erased, POLICY, RESOURCES, NOW))
    assert drawn
    assert "everything is gone" not in drawn.text  # it is still billed, whatever was confirmed
    assert "still live and billed" in repr(drawn.blocks)


def test_the_removal_of_a_withdrawn_talent_cannot_be_cancelled() -> None:
    known = _withdrawn(model(), deployment())
    assert "can't be cancelled" in _answer(_decided(known, CancelAsked(operation=_removal(known)), MAYA))


def test_a_removal_that_was_only_asked_for_gives_way_to_the_withdrawals_own() -> None:
    known = _withdrawn(model(), deployment(), operation("remove", Proposed()))
    assert isinstance(known.operations["remove-1"].state, Cancelled)
    assert known.deployments[deployment().id].state == Removing(operation=_removal(known))


def test_a_removal_of_something_that_is_gone_can_neither_be_approved_nor_forced() -> None:
    known = book(model(), deployment(Removed(at=NOW, operation="remove-0")), operation("remove", Proposed()))
    for event, by in (
        (ApproveClicked(operation="remove-1", revision=1), BEN),
        (GlassBroken(operation="remove-1", why="x"), INES),
    ):
        decision = _decided(known, event, by)
        assert "being removed already, or gone" in _answer(decision)
        assert not decision.puts


def test_cancelling_one_removal_does_not_revive_what_another_removes() -> None:
    removing = deployment(Removing(operation="remove-2"))
    known = book(model(), removing, operation("remove", Proposed()))
    after_ = after(known, CancelAsked(operation="remove-1"), MAYA)
    assert after_.deployments[removing.id].state == Removing(operation="remove-2")


@pytest.mark.parametrize("pending", [False, True])
@pytest.mark.parametrize("count", [1, 9, 10, 40])
def test_a_withdrawal_with_many_deployments_fits_into_one_transaction(count: int, *, pending: bool) -> None:
    """100 rows: the records, the audit, what is owed, the event's id, the avatar's row."""
    hours = {"hours": OfficeHours(start="08:00", end="19:00", zone="Europe/Berlin"), "alerts": 1, "asked": NOW}
    many = [
        deployment(Idle(flagged=NOW)).model_copy(
            update={"id": f"d{n}", "hours_by": f"h{n}", "made_by": f"m{n}", **hours}
        )
        for n in range(count)
    ]
    done = operation("deploy", Succeeded(since=NOW, at=NOW))
    made = [
        done.model_copy(update={"ask": done.ask.model_copy(update={"id": f"{kind}{n}", "deployment": f"d{n}"})})
        for n in range(count)
        for kind in "hm"
    ]
    removal = operation("remove", Proposed())
    asked = [
        removal.model_copy(update={"ask": removal.ask.model_copy(update={"id": f"remove-{d.id}", "deployment": d.id})})
        for d in (many if pending else [])
    ]
    decision = _decided(book(model(), *many, *made, *asked), WITHDRAW, MAYA)
    assert len(decision.puts) + len(decision.audit) + len(decision.effects) + 2 <= 100
    gone = next(record for record in decision.puts if isinstance(record, Withdrawal))
    left = {item.id for item in gone.left if item.what == "deployment"}
    going = [record for record in decision.puts if isinstance(record, Deployment)]
    assert len(left) + len(going) == count
    assert len(going) >= min(count, 6)
