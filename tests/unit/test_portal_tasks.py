"""Portal tasks: one person, one report at a time, and nothing is done against inputs that changed."""

from shared.domain.book import Decision
from shared.domain.deciding import decide
from shared.domain.effects import Answer, ShowCard
from shared.domain.events import CancelAsked, Event, Observed, TaskDone, TaskFailed, TaskTaken
from shared.domain.operations import Evidence, Failed, Operation, Running, Stale, Succeeded, Waiting
from shared.slack.scene import Scene
from shared.slack.task_card import task_card
from tests.builders import (
    BEN,
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

WAITING = Waiting(since=NOW, attempt=1)
TAKEN = Waiting(since=NOW, attempt=1, taken_by=OMAR, taken=NOW)


def _decide(known: Operation, event: Event, by: str = OMAR, clips: tuple[object, ...] = ()) -> Decision:
    return decide(book(known), message(event, by), NOW, terms(clips or full_set()))  # type: ignore[arg-type]


def _answer(decision: Decision) -> str:
    return next(effect.text for effect in decision.effects if isinstance(effect, Answer))


def _state(decision: Decision) -> object:
    return next(record.state for record in decision.puts if isinstance(record, Operation))


def test_only_an_operator_can_take_a_task() -> None:
    assert "does not name you as an operator" in _answer(
        _decide(operation(state=WAITING, resource="wus"), TaskTaken(operation="train-1"), BEN)
    )


def test_a_task_is_taken_before_it_is_reported() -> None:
    known = operation(state=WAITING, resource="wus")
    assert "I'll take it" in _answer(_decide(known, TaskDone(operation="train-1", revision=1)))


def test_a_second_click_on_done_does_not_finish_the_training() -> None:
    once = after(book(operation(state=TAKEN, resource="wus")), TaskDone(operation="train-1", revision=1), OMAR)
    assert isinstance(once.operations["train-1"].state, Running)
    again = decide(once, message(TaskDone(operation="train-1", revision=1), OMAR, 2), NOW, terms(full_set()))
    assert "noted already" in _answer(again)
    assert not again.puts


def test_looks_at_the_meter_keep_the_buttons_good() -> None:
    once = after(book(operation(state=TAKEN, resource="wus")), TaskDone(operation="train-1", revision=1), OMAR)
    revision = once.operations["train-1"].revision
    looked = after(once, Observed(operation="train-1", evidence=Evidence(looked=NOW)), "poll")
    done = decide(looked, message(TaskDone(operation="train-1", revision=revision), OMAR, 3), NOW, terms(full_set()))
    assert isinstance(_state(done), Succeeded)


def test_a_task_whose_inputs_changed_is_not_given_to_anybody() -> None:
    changed = (*full_set(), clip("natural", 400, "new.mp4"))
    decision = _decide(operation(state=WAITING, resource="wus"), TaskTaken(operation="train-1"), clips=changed)
    state = _state(decision)
    assert isinstance(state, Stale)
    assert state.changes == ("new: natural/new.mp4",)
    assert ShowCard(card="task:train-1") in decision.effects


def test_what_changed_while_somebody_did_it_is_on_record_and_shown() -> None:
    changed = (*full_set(), clip("natural", 400, "new.mp4"))
    decision = _decide(operation(state=TAKEN, resource="wus"), TaskDone(operation="train-1", revision=1), clips=changed)
    state = _state(decision)
    assert isinstance(state, Running)
    assert "new.mp4" in state.changed


def test_a_task_in_somebodys_hands_is_stopped_by_that_person() -> None:
    known = operation(state=TAKEN, resource="wus")
    assert f"<@{OMAR}> is doing it" in _answer(_decide(known, CancelAsked(operation="train-1"), MAYA))
    failed = _decide(known, TaskFailed(operation="train-1", revision=1, why="stopped"))
    assert isinstance(_state(failed), Failed)


def test_a_cancelled_task_takes_its_buttons_from_the_operators_card() -> None:
    decision = _decide(operation(state=WAITING, resource="wus"), CancelAsked(operation="train-1"), MAYA)
    assert ShowCard(card="task:train-1") in decision.effects


def test_every_file_is_on_the_task_card_however_many_there_are() -> None:
    names = "\n".join(f"presenter/natural/take-{n:03d}-of-the-second-day.mp4" for n in range(300))
    known = operation(state=TAKEN, resource="wus")
    scene = Scene(book(known), POLICY, RESOURCES, NOW, (), {"train-1": [("Upload", [("Naturally Speaking", names)])]})
    said = repr(task_card(known, scene).blocks)
    assert all(f"take-{n:03d}" in said for n in range(300))
    assert len(task_card(known, scene).blocks) <= 50
