"""Portal tasks: one person, one report at a time, and nothing is done against inputs that changed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.book import Book, Decision
from shared.domain.clips import Clip, Faulty
from shared.domain.deciding import decide
from shared.domain.effects import Answer, Post, ShowCard
from shared.domain.events import (
    CancelAsked,
    ClipRefused,
    Event,
    Observed,
    PartDone,
    PortalDiffers,
    PortalShows,
    StillRunning,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
    TimePassed,
)
from shared.domain.names import portal_address
from shared.domain.operations import Cancelled, Evidence, Failed, Operation, Running, Stale, Succeeded, Waiting
from shared.domain.records import Model, Words
from shared.domain.reminding import due
from shared.domain.tasks import Part, parts_of
from shared.errors import Refused
from shared.slack.limits import lint_message
from shared.slack.operation_card import operation_card
from shared.slack.scene import Scene
from shared.slack.task_card import part_message, task_card
from shared.speech.portal import steps
from shared.starting import job_of
from tests.builders import (
    BEN,
    MAYA,
    NOW,
    OMAR,
    POLICY,
    RESOURCES,
    after,
    avatar,
    book,
    clip,
    full_set,
    message,
    operation,
    terms,
    with_records,
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
    files = Part(name="data-natural", title="Data", sentence="Upload", values=(("Naturally Speaking", names),))
    known = operation(state=TAKEN, resource="wus")
    scene = Scene(book(known), POLICY, RESOURCES, NOW, (), {"train-1": [files]})
    drawn = part_message("train-1:data-natural", scene)
    assert drawn is not None
    assert all(f"take-{n:03d}" in repr(drawn.blocks) for n in range(300))
    assert lint_message(drawn.text, drawn.blocks) == []
    assert drawn.under == "task:train-1"


def _confirm(known: Operation, scene: Scene) -> str:
    """What *Training started* asks before it counts."""
    buttons = [e for block in task_card(known, scene).blocks if block["type"] == "actions" for e in block["elements"]]
    (started,) = [b for b in buttons if b["text"]["text"] == "Training started"]
    return started["confirm"]["text"]["text"] if "confirm" in started else ""


def test_a_part_that_is_done_is_ticked_and_whoever_takes_over_sees_it() -> None:
    before = book(operation(state=TAKEN, resource="wus"))
    ticked = after(before, PartDone(operation="train-1", part="consent"), OMAR)
    known = ticked.operations["train-1"]
    assert isinstance(known.state, Waiting)
    assert known.state.parts == ("consent",)
    scene = Scene(
        ticked, POLICY, RESOURCES, NOW, (), {"train-1": steps(job_of(ticked, known, full_set(), RESOURCES, str))}
    )
    assert ":white_check_mark: *2.* Consent" in repr(task_card(known, scene).blocks)
    asked = _confirm(known, scene)
    assert "Not ticked yet: " in asked
    assert "Consent" not in asked
    every = known.to(known.state.model_copy(update={"parts": parts_of(known.ask)}))
    assert _confirm(every, scene) == ""
    drawn = part_message("train-1:consent", scene)
    assert drawn is not None
    assert drawn.text == "Consent: done"
    again = decide(ticked, message(PartDone(operation="train-1", part="consent"), OMAR, 5), NOW, terms(full_set()))
    assert "noted already" in _answer(again)
    handed = after(ticked, TaskHandedOn(operation="train-1", revision=known.revision, why="lunch"), OMAR)
    free = handed.operations["train-1"]
    assert isinstance(free.state, Waiting)
    assert free.state.parts == ("consent",)
    gone = part_message("train-1:data-natural", Scene(handed, POLICY, RESOURCES, NOW))
    assert gone is not None
    assert "waiting for an operator" in gone.text
    assert part_message("train-1:cleanup", Scene(handed, POLICY, RESOURCES, NOW, posted=False)) is None


def test_whoever_ticks_parts_is_not_silent_and_nobody_takes_the_task_over() -> None:
    later = NOW + timedelta(hours=23)
    before = book(operation(state=TAKEN, resource="wus"))
    ticked = after(before, PartDone(operation="train-1", part="consent"), OMAR, now=later)
    state = ticked.operations["train-1"].state
    assert isinstance(state, Waiting)
    assert not state.silent(NOW + timedelta(hours=30))
    assert state.silent(later + timedelta(hours=24))


def test_taking_a_training_posts_a_message_for_each_part_of_it() -> None:
    made = _decide(operation(state=WAITING, resource="wus"), TaskTaken(operation="train-1"))
    cards = [effect.card for effect in made.effects if isinstance(effect, ShowCard)]
    parts = ["workspace", "consent", "cleanup", "data-natural", "data-silent"]
    assert cards == ["op:train-1", "task:train-1", *(f"part:train-1:{part}" for part in parts)]


def test_a_portal_that_shows_other_files_blocks_done_until_it_is_mended_or_said() -> None:
    before = book(operation(state=TAKEN, resource="wus", approvals=(BEN,)))
    compared = after(before, PortalShows(operation="train-1", files="extra.mp4"), OMAR)
    known = compared.operations["train-1"]
    assert isinstance(known.state, Waiting)
    assert known.state.differs == "2 not there, 1 too many"
    scene = Scene(compared, POLICY, RESOURCES, NOW, tasks={"train-1": []})
    assert "Don't train yet" in repr(task_card(known, scene).blocks)
    done = TaskDone(operation="train-1", revision=known.revision)
    refused = decide(compared, message(done, OMAR, 6), NOW, terms(full_set()))
    assert refused.puts == ()
    assert "2 not there, 1 too many" in _answer(refused)
    names = "\n".join(one.file for one in known.ask.clips)
    fixed = after(compared, PortalShows(operation="train-1", files=names), OMAR)
    assert isinstance(_state(decide(fixed, message(done, OMAR, 7), NOW, terms(full_set()))), Running)
    said = decide(compared, message(done.model_copy(update={"model": "presenter-v1"}), OMAR, 8), NOW, terms(full_set()))
    state = _state(said)
    assert isinstance(state, Running)
    assert "2 not there" in state.changed
    told = [effect.text for effect in said.effects if isinstance(effect, Post)]
    assert [text for text in told if f"<@{BEN}>" in text and "other files than were approved" in text]


def test_whoever_cannot_do_it_hands_it_on_and_the_card_says_so() -> None:
    decision = _decide(
        operation(state=TAKEN, resource="wus"), TaskHandedOn(operation="train-1", revision=1, why="no access")
    )
    state = _state(decision)
    assert isinstance(state, Waiting)
    assert (state.taken_by, state.handed_by) == (None, OMAR)
    known = next(record for record in decision.puts if isinstance(record, Operation))
    words = next(record for record in decision.puts if isinstance(record, Words))
    scene = Scene(
        book(known, words),
        POLICY,
        RESOURCES,
        NOW,
        (),
        {"train-1": [Part(name="workspace", title="Open", sentence="Open it")]},
    )
    said = repr(task_card(known, scene).blocks)
    assert f"<@{OMAR}> had it, and can't" in said
    assert "no access" in said
    assert "I'll take it" in said


def test_a_task_without_a_word_for_a_day_can_be_taken_over_by_another_operator_and_both_hear_of_it() -> None:
    before = book(operation(state=TAKEN, resource="wus"))
    take, paul = TaskTaken(operation="train-1"), "U0PAUL"
    known = terms(full_set(), policy=POLICY.model_copy(update={"operators": ("S0OPERATORS", paul)}))
    early, late = NOW + timedelta(hours=23), NOW + timedelta(hours=25)
    refused = decide(before, message(take, paul), early, known)
    assert "after a day without a word" in _answer(refused)
    assert refused.puts == ()
    assert "took this task" in _answer(decide(before, message(take, OMAR), late, known))
    made = decide(before, message(take, paul), late, known)
    state = _state(made)
    assert isinstance(state, Waiting)
    assert (state.taken_by, state.taken) == (paul, late)
    assert any(
        f"<@{paul}> takes it over from <@{OMAR}>" in effect.text for effect in made.effects if isinstance(effect, Post)
    )
    task = before.operations["train-1"]
    for when, shown in ((early, False), (late, True)):
        scene = Scene(before, POLICY, RESOURCES, when, (), {"train-1": []})
        assert ("Take it over" in repr(task_card(task, scene).blocks)) is shown
    bell = decide(before, message(TimePassed(operation="train-1"), "poll"), late, known)
    assert any("can take it over now" in effect.text for effect in bell.effects if isinstance(effect, Post))
    assert ShowCard(card="task:train-1") in bell.effects


def test_handing_on_needs_a_reason_and_a_task_in_ones_hands() -> None:
    known = operation(state=TAKEN, resource="wus")
    assert "few words" in _answer(_decide(known, TaskHandedOn(operation="train-1", revision=1, why=" ")))
    free = operation(state=WAITING, resource="wus")
    assert "I'll take it" in _answer(_decide(free, TaskHandedOn(operation="train-1", revision=1, why="x")))
    running = operation(state=Running(since=NOW, attempt=1, started_by=OMAR), resource="wus")
    assert "started already" in _answer(_decide(running, TaskHandedOn(operation="train-1", revision=1, why="x")))


def test_another_models_name_is_on_record_and_told_to_those_who_approved() -> None:
    known = operation(state=TAKEN, resource="wus", approvals=(BEN,))
    started = after(book(known), TaskDone(operation="train-1", revision=1, model="Presenter_2"), OMAR)
    running = started.operations["train-1"]
    assert isinstance(running.state, Running)
    assert running.state.model == "Presenter_2"
    done = decide(
        started, message(TaskDone(operation="train-1", revision=running.revision), OMAR, 2), NOW, terms(full_set())
    )
    assert [record.name for record in done.puts if isinstance(record, Model)] == ["Presenter_2"]
    first = decide(
        book(known),
        message(TaskDone(operation="train-1", revision=1, model="Presenter_2"), OMAR),
        NOW,
        terms(full_set()),
    )
    told = [effect.text for effect in first.effects if isinstance(effect, Post)]
    assert any(f"<@{BEN}>" in text and "another model than was approved" in text for text in told)
    wrong = _decide(known, TaskDone(operation="train-1", revision=1, model="no name"))
    assert "can't be a model's name" in _answer(wrong)
    assert wrong.puts == ()


def test_a_report_after_a_cancel_says_what_to_do_with_what_was_done() -> None:
    known = operation(state=Cancelled(by=MAYA, at=NOW, why=None), resource="wus")
    said = _answer(_decide(known, TaskDone(operation="train-1", revision=1)))
    assert f"cancelled by <@{MAYA}>" in said
    assert "undo it there, or record it with `/avatar adopt presenter`" in said


def test_the_files_of_the_portal_are_compared_with_what_was_approved() -> None:
    known = operation(state=TAKEN, resource="wus", clips=full_set())
    names = "\n".join(clip.file for clip in known.ask.clips)
    assert "go on" in _answer(_decide(known, PortalShows(operation="train-1", files=names)))
    said = _answer(_decide(known, PortalShows(operation="train-1", files="extra.mp4")))
    assert "Don't train yet" in said
    assert "`extra.mp4`: delete it" in said
    assert "upload it" in said


def test_a_portal_that_looks_different_is_reported_to_the_maintainers() -> None:
    decision = _decide(
        operation(state=TAKEN, resource="wus"), PortalDiffers(operation="train-1", what="no Fine-tune button")
    )
    (post,) = [effect for effect in decision.effects if isinstance(effect, Post)]
    assert post.channel == POLICY.maintainers_channel
    assert "no Fine-tune button" in post.text
    assert decision.puts == ()


def test_a_training_in_the_portal_is_asked_about_after_a_day_and_then_ever_more_rarely() -> None:
    running = operation(state=Running(since=NOW, attempt=1, started_by=OMAR), resource="wus")
    assert due(running) == NOW + timedelta(hours=24)
    made = decide(
        book(running), message(TimePassed(operation="train-1"), "poll"), NOW + timedelta(hours=25), terms(full_set())
    )
    (post,) = [effect for effect in made.effects if isinstance(effect, Post)]
    assert f"<@{OMAR}>, how does" in post.text
    assert "meter has shown nothing yet" in post.text
    assert due(next(record for record in made.puts if isinstance(record, Operation))) == NOW + timedelta(hours=72)
    by_api = operation(state=Running(since=NOW, attempt=1))
    assert due(by_api) is None


def test_saying_that_it_still_runs_is_on_record_and_puts_no_question_off_however_often() -> None:
    running = operation(state=Running(since=NOW, attempt=1, started_by=OMAR), resource="wus")
    said = _decide(running, StillRunning(operation="train-1"))
    assert said.puts == ()
    assert [line.action for line in said.audit] == ["train_still_running"]
    assert [effect.text for effect in said.effects if isinstance(effect, Post)] == [
        f":hourglass_flowing_sand: <@{OMAR}> says that it still runs."
    ]
    assert "does not name you" in _answer(_decide(running, StillRunning(operation="train-1"), BEN))
    by_api = operation("train", Running(since=NOW, attempt=1), resource="weu")
    assert "not a task in the portal" in _answer(_decide(by_api, StillRunning(operation="train-1")))


def test_success_without_a_meter_is_on_record_with_a_warning() -> None:
    done = operation(state=Succeeded(since=NOW, at=NOW, said_by=OMAR), resource="wus")
    scene = Scene(book(done), POLICY, RESOURCES, NOW)
    assert "The meter has shown no compute hours" in repr(operation_card(done, scene).blocks)
    hours = Evidence(metered_hours=Decimal(22), looked=NOW)
    metered = operation(state=Succeeded(since=NOW, at=NOW, said_by=OMAR, evidence=hours), resource="wus")
    assert "The meter has shown no" not in repr(operation_card(metered, scene).blocks)


def test_approving_on_a_portal_resource_asks_operators_and_says_so() -> None:
    asked = operation(resource="wus")
    scene = Scene(book(asked), POLICY, RESOURCES, NOW)
    assert "to do it in the portal" in repr(operation_card(asked, scene).blocks)
    assert "This asks" not in repr(operation_card(operation(), scene).blocks)


def test_a_task_is_offered_first_to_an_operator_who_asked() -> None:
    known = operation(state=WAITING, resource="wus")
    scene = Scene(book(known), POLICY, RESOURCES, NOW, tasks={"train-1": []}, operators=(MAYA, OMAR))
    assert "you asked for it and are an operator: will you?" in repr(task_card(known, scene).blocks)
    scene = Scene(book(known), POLICY, RESOURCES, NOW, tasks={"train-1": []}, operators=(OMAR,))
    assert "will you?" not in repr(task_card(known, scene).blocks)


def test_a_file_that_the_portal_refused_is_no_part_of_the_data_set_until_it_is_replaced() -> None:
    taken = clip("natural", 304, "talk.mp4")
    before = Book.of([avatar(), taken])
    event = ClipRefused(clip=taken.id, what="The video is too dark")
    made = decide(before, message(event, OMAR, clip_id=taken.id), NOW, terms())
    (refused,) = made.puts
    assert isinstance(refused, Clip)
    assert isinstance(refused.state, Faulty)
    assert refused.state.findings[0].measured == "The video is too dark"
    assert any(isinstance(effect, Post) and f"<@{MAYA}>" in effect.text for effect in made.effects)
    assert decide(before, message(event, BEN, clip_id=taken.id), NOW, terms()).puts == ()
    again = decide(Book.of([avatar(), refused]), message(event, OMAR, clip_id=taken.id), NOW, terms())
    assert again.puts == ()


def _steps(before: tuple[Clip, ...] = ()) -> str:
    """The steps of a training, where an earlier one was done with these clips."""
    asked = operation(state=TAKEN, resource="wus", clips=(*full_set(), clip("natural", 400, "second.mp4")))
    records: list[Operation] = [asked]
    if before:
        first = operation(state=Succeeded(since=NOW, at=NOW), resource="wus", clips=before)
        ask = first.ask.model_copy(update={"id": "train-0", "at": NOW - timedelta(days=9)})
        records.append(first.model_copy(update={"ask": ask}))
    known = book(*records)
    return repr(steps(job_of(known, asked, full_set(), RESOURCES, str)))


def test_a_first_training_has_a_step_for_each_type_and_says_what_must_be_there() -> None:
    said = _steps()
    assert "type *Naturally Speaking*: these 2 files" in said
    assert "type *Silent Status*: this file" in said
    assert "*Naturally Speaking* 2, *Silent Status* 1" in said
    assert "delete these first" not in said


def test_a_second_training_says_what_is_there_already_and_what_to_delete() -> None:
    said = _steps((clip("natural", 304), clip("silent", 64, content="older"), clip("gesture", 5, "wave.mp4")))
    assert "this file (1 more are there already)" in said
    assert "delete these first" in said
    assert "wave.mp4" in said
    assert "'Silent Status', 'a.mp4'" in said


def test_what_was_uploaded_for_a_training_that_failed_or_was_cancelled_is_there_and_counts() -> None:
    """All that is in the workspace goes into the next training, whatever became of the one it was uploaded for."""
    first = operation(state=TAKEN, resource="wus", clips=(clip("natural", 304), clip("silent", 64)))
    ask = first.ask.model_copy(update={"id": "train-0", "at": NOW - timedelta(days=9)})
    before = book(first.model_copy(update={"ask": ask}))
    ticked = after(before, PartDone(operation="train-0", part="data-natural"), OMAR)
    stopped = after(ticked, TaskFailed(operation="train-0", revision=1, why="stopped"), OMAR)
    second = operation(state=TAKEN, resource="wus", clips=(clip("silent", 64), clip("natural", 400, "second.mp4")))
    said = repr(steps(job_of(with_records(stopped, [second]), second, full_set(), RESOURCES, str)))
    assert "delete these first" in said  # natural/a.mp4 is there
    assert "a.mp4" in said
    assert "Training data: Silent Status (1)" in said  # nobody said that it was uploaded
    started = after(before, TaskDone(operation="train-0", revision=1), OMAR)
    revision = started.operations["train-0"].revision
    failed = after(started, TaskFailed(operation="train-0", revision=revision, why="not recognised"), OMAR)
    said = repr(steps(job_of(with_records(failed, [second]), second, full_set(), RESOURCES, str)))
    assert "delete these first" in said
    assert "Training data: Silent Status" not in said  # it is there already, from the training that failed


def test_an_address_of_a_workspace_is_one_of_the_portals() -> None:
    assert portal_address(" https://ai.azure.com/x?tid=1 ") == "https://ai.azure.com/x?tid=1"
    assert portal_address("") == ""
    for wrong in (
        "http://ai.azure.com/",
        "https://evil.example/ai.azure.com",
        "https://azure.com.evil.org/",
        "ai.azure.com",
        "https://ai.azure.com/<x>",
        "https://[ai.azure.com/",
        "https://ai.azure.com]/",
        "https://ai.azure.com\u2100/",
    ):
        with pytest.raises(Refused, match="begins with"):
            portal_address(wrong)
