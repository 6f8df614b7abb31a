"""What people are told to do next is what can be done: in status, after a withdrawal, in portal tasks and for those who wait."""

from datetime import timedelta

import pytest

from shared.domain.book import Book
from shared.domain.clips import Clip
from shared.domain.events import HoursStay
from shared.domain.moving import already
from shared.domain.operations import Approval, Approved, Proposed, Review, Running, Succeeded, Waiting
from shared.domain.readiness import readiness
from shared.slack.office import ends_text, hours_text
from shared.slack.operation_card import operation_card
from shared.slack.scene import Scene
from shared.slack.task_card import task_card
from shared.slack.telling import status_text
from tests.builders import (
    BEN,
    INES,
    MAYA,
    NOW,
    OMAR,
    POLICY,
    RESOURCES,
    after,
    avatar,
    book,
    deployment,
    full_set,
    model,
    operation,
)
from tests.unit.test_office_hours import BERLIN, NIGHT, kept, there


def _status(known: Book, clips: tuple[Clip, ...] = full_set()) -> str:
    return status_text(known, readiness(known.known_avatar(), known.consent, clips, POLICY.rules), NOW)


@pytest.mark.parametrize(
    ("known", "says", "silent"),
    [
        (book(), "Ready to train: `/avatar train", "Next"),
        (book(operation(state=Proposed())), "waiting for approval", "Ready to train"),
        (book(operation(state=Running(since=NOW, attempt=1))), "running", "Ready to train"),
        (book(model()), "Next: `/avatar deploy presenter`", "Still missing"),
        (book(model(), operation("deploy", Approved(at=NOW))), "approved", "Next"),
        (book(model(), deployment()), "Ready to train a new version", "Next"),
    ],
)
def test_the_status_says_what_can_be_done_next(known: Book, says: str, silent: str) -> None:
    assert says in _status(known)
    assert silent not in _status(known)


def test_what_was_adopted_has_no_list_of_missing_clips_and_no_made_up_format() -> None:
    told = _status(Book.of([avatar().model_copy(update={"adopted": True}), model()]), ())
    assert "Still missing" not in told
    assert "voice sync" not in told
    assert "Next: `/avatar deploy presenter`" in told


def test_a_task_says_in_which_resource_it_is_and_names_no_task_that_nobody_knows() -> None:
    waiting = operation("remove", Waiting(since=NOW, attempt=1, taken_by=OMAR), resource="wus")
    drawn = task_card(waiting, Scene(book(model("wus"), waiting), POLICY, RESOURCES, NOW, ()))
    assert "In `wus`" in repr(drawn.blocks)
    assert RESOURCES["wus"].region in repr(drawn.blocks)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"approvals": (Approval(by=BEN, at=NOW, digest="d"),)}, "approved. `"),
        ({"review": Review(by=INES, at=NOW, why="w")}, f"started by <@{INES}> without its approvals. `"),
        ({}, "by the rule “remove”. `"),
    ],
)
def test_a_task_says_who_stands_behind_it(changed: dict[str, object], says: str) -> None:
    waiting = operation("remove", Waiting(since=NOW, attempt=1), resource="wus").model_copy(update=changed)
    drawn = task_card(waiting, Scene(book(model("wus"), waiting), POLICY, RESOURCES, NOW, ()))
    assert says in repr(drawn.blocks)


def test_who_comes_too_late_hears_that_nobody_approved_it() -> None:
    own = (Approval(by=INES, at=NOW, digest="d"),)
    waiting = operation("remove", Waiting(since=NOW, attempt=1)).model_copy(update={"approvals": own})
    assert f"approved by <@{INES}>" in already(waiting)
    broken = waiting.model_copy(update={"review": Review(by=INES, at=NOW, why="w")})
    assert f"started without its approvals by <@{INES}>" in already(broken)


def test_hours_that_were_ended_are_not_prolonged_from_day_to_day() -> None:
    known = there(kept(last_day=True))
    again = after(known, HoursStay(), BEN)
    assert again.deployments == known.deployments
    assert "hours presenter off" not in hours_text(known, NIGHT)


def test_a_planned_end_is_said_as_it_comes() -> None:
    assert ends_text(deployment().model_copy(update={"ends": NOW})) == f"; its removal is asked for on {NOW.date()}"
    assert ends_text(kept(ends=NOW)) == f"; its office hours end on {NOW.date()}"
    asked = operation("deploy", Proposed())
    asked = asked.model_copy(update={"ask": asked.ask.model_copy(update={"hours": BERLIN, "ends": NOW})})
    drawn = operation_card(asked, Scene(book(model(), asked), POLICY, RESOURCES, NOW, ()))
    assert f"they end on {NOW.date()}, and it is removed then" in repr(drawn.blocks)


def test_what_needed_no_approval_does_not_claim_one() -> None:
    done = operation("deploy", Succeeded(since=NOW, at=NOW), approvals=(MAYA,), needed=0)
    drawn = operation_card(done, Scene(book(model(), done), POLICY, RESOURCES, NOW, ()))
    assert "started only after the approval" not in repr(drawn.blocks)
    assert "without a new approval" in repr(drawn.blocks)


def test_a_newer_model_is_not_offered_for_removal_by_the_card_of_an_older_one() -> None:
    older, newer = model(), model(name="presenter-v2").model_copy(update={"made": NOW + timedelta(days=1)})
    beside = deployment().model_copy(update={"id": "b", "model": "presenter-v2", "live_since": NOW - timedelta(days=1)})
    done = operation("deploy", Succeeded(since=NOW, at=NOW), approvals=(BEN,))
    drawn = operation_card(done, Scene(book(older, newer, deployment(), beside, done), POLICY, RESOURCES, NOW, ()))
    assert "plan_removal" not in repr(drawn.blocks)
