"""The promises of the control plane, for every step, whether an API or a person in the portal does it; and people as they are.

Everything is real but Azure, Slack and the people: clicks and forms go in by the Slack route, and what counts is the record at
the end and the sentence that each person reads.
"""

from collections.abc import Iterator

import httpx
import pytest

from shared.domain.asking import endpoint_id
from shared.domain.deployments import Live, Removed
from shared.domain.events import Drain
from shared.domain.operations import Cancelled, Failed, Running, Stale, Succeeded, Waiting
from shared.domain.policy import Step
from shared.ports import NeedsPerson, NotYet, Underway
from tests.integration.conftest import BEN, INES, LENA, MAYA, OMAR, PAUL, World
from tests.integration.people_kit import (
    BOARD,
    ONCALL,
    PLANES,
    PORTAL,
    REST,
    SECOND,
    STEPS,
    ClicksTwice,
    FallsSilent,
    HandsOver,
    NamesItDifferently,
    Operator,
    Plane,
    SaysItIsDone,
    UploadsTooMuch,
    act,
    asked,
    book_of,
    carried_out,
    forget_what_ended,
    is_model,
    job_of,
    later,
    now,
    order,
    ready_for,
    record_clips,
    results,
    serviced,
    services,
    told,
    with_clips,
)

pytestmark = pytest.mark.timeout(60)
every_plane = pytest.mark.parametrize("plane", PLANES, ids=lambda plane: plane.driver)
every_step = pytest.mark.parametrize("step", STEPS)


@pytest.fixture(autouse=True)
def short_list(world: World) -> Iterator[None]:
    yield
    forget_what_ended()


# --- what every driver promises the core


@every_plane
@every_step
def test_a_driver_starts_a_job_once_however_often_it_is_asked_and_makes_nothing_up(
    world: World, step: Step, plane: Plane
) -> None:
    work = asked(world, step, plane)
    driver, job = job_of(work)
    since = now(world)
    assert driver.begun(job) is False
    answers = [driver.start(job) for _ in range(2)]
    for _ in range(4):  # what must be there first is being made
        later(world, 0.1)
        answers += [driver.start(job) for _ in range(2)]
    kinds = {type(answer) for answer in answers}
    if plane is PORTAL:
        assert kinds == {NeedsPerson}
    else:
        assert type(answers[-1]) is Underway
        assert kinds <= {Underway, NotYet}
    assert driver.begun(job) is (plane is REST)
    expected = {"train": ["training"], "copy": ["copy"], "deploy": ["deployment"], "remove": []}[step]
    assert work.started_by_us() == (expected if plane is REST else [])
    seen = driver.observe(job, since, now(world))
    assert abs((seen.looked - now(world)).total_seconds()) < 5
    assert (seen.service_status is None) == (plane is PORTAL)
    if plane is PORTAL:
        work.press(MAYA, "cancel")
        return
    carried_out(work)  # and the core finds what runs already
    assert work.status == "succeeded"
    assert work.started_by_us() == expected


@every_plane
def test_a_driver_says_what_it_can_know_and_nothing_where_it_cannot(world: World, plane: Plane) -> None:
    name = ready_for(world, "remove", plane.home)
    (deployment,) = book_of(name).deployments.values()
    resource = services().resources[plane.home]
    driver = services().drivers.of(resource)
    driver.check(resource)
    listing = driver.inventory(resource)
    if plane is REST:
        assert f"{name}-v1" in driver.names(resource)
        assert listing
        assert (deployment.id, f"{name}-v1") in {(found.id, found.model) for found in listing.endpoints}
        assert f"{name}-v1" in listing.models
    else:
        assert driver.names(resource) == frozenset()
        assert listing is None
    later(world, 5)
    start = deployment.live_since
    hosted = driver.metered(resource, "hosting", start, now(world))
    assert hosted is not None
    assert hosted > 0
    metrics = f"accounts/{plane.home}/providers/Microsoft.Insights"
    order(world, "faults", rules=[{"path_contains": metrics, "kind": "status", "status": 403}])
    assert driver.metered(resource, "hosting", start, now(world)) is None
    work = asked(world, "remove", plane, name)
    carried_out(work)


# --- what the core promises people, whoever does the step


@every_plane
@every_step
def test_nothing_is_done_before_enough_of_the_right_people_said_yes(world: World, step: Step, plane: Plane) -> None:
    work = asked(world, step, plane)
    work.press(MAYA, "approve")
    assert "You asked for this, so somebody else has to approve it" in told(world, MAYA)[-1]
    work.press(LENA, "approve")
    assert "The policy does not name you as an approver" in told(world, LENA)[-1]
    later(world, 1, "training_poll")
    assert work.status == "proposed"
    assert work.started_by_us() == []
    assert not work.is_there()
    assert work.card(BOARD) == ""
    # Whoever asked takes it back, and a yes that comes after that starts nothing.
    late = work.button("approve")
    work.press(MAYA, "cancel")
    work.press(BEN, "approve", value=late)
    assert f"Too late: this is cancelled by <@{MAYA}>" in told(world, BEN)[-1]
    later(world, 1, "training_poll")
    assert isinstance(work.operation.state, Cancelled)
    assert work.started_by_us() == []
    assert not work.is_there()
    assert results(work) == []
    assert work.card(BOARD) == ""
    if step == "remove":
        assert isinstance(work.deployment.state, Live)


@every_plane
@every_step
def test_an_approved_step_can_no_longer_be_cancelled_ends_in_its_record_and_says_how_it_is_known(
    world: World, step: Step, plane: Plane
) -> None:
    work = asked(world, step, plane)
    cancel = work.button("cancel")
    work.approve()
    if plane is PORTAL:
        Operator().takes(work)
        work.press(MAYA, "cancel", value=cancel)
        assert f"<@{OMAR}> is doing it in the portal. Ask them to stop" in told(world, MAYA)[-1]
        assert work.status == "waiting"
        Operator().does_the_rest_of(work)
    else:
        work.press(MAYA, "cancel", value=cancel)
        assert "the service has no way to cancel it from outside" in told(world, MAYA)[-1]
        serviced(work)
    state = work.operation.state
    assert isinstance(state, Succeeded)
    assert work.is_there()
    (record,) = results(work)
    if step in {"train", "copy"}:
        assert is_model(record, work.model, work.place)
    elif step == "deploy":
        assert isinstance(work.deployment.state, Live)
        assert work.deployment.id == endpoint_id(work.id, 1)
    else:
        assert isinstance(work.deployment.state, Removed)
        assert work.deployment.state.operation == work.id
    work.shows(": done")
    if plane is PORTAL:
        assert (work.operation.ask.assurance, state.said_by) == ("attested", OMAR)
        assert f"(as <@{OMAR}> said)" in work.card()
        assert work.started_by_us() == []
        assert "The meter has shown no" not in work.card()
        work.shows("Done; thank you", BOARD)
        assert work.button("done", BOARD) is None
    else:
        assert (work.operation.ask.assurance, state.said_by) == ("enforced", None)
        assert "said)" not in work.card()
        assert len(work.started_by_us()) == (0 if step == "remove" else 1)
        assert work.card(BOARD) == ""
    assert len(work.thread(f"<@{MAYA}>, your request to {step} `{work.model}`: done")) == 1


@every_plane
@every_step
def test_whatever_is_said_twice_counts_once(world: World, step: Step, plane: Plane) -> None:
    work = asked(world, step, plane)
    late = work.button("approve")
    work.approve()
    world.deliver(work.messages)
    work.press(INES, "approve", value=late)
    assert "Too late" in told(world, INES)[-1]
    operator = ClicksTwice()
    if plane is PORTAL:
        operator.does_all_of(work)
    else:
        serviced(work)
    world.deliver([*work.messages, Drain(avatar=work.name).model_dump_json()])
    later(world, 0.25, "training_poll", "training_poll")
    assert work.status == "succeeded"
    assert len(results(work)) == 1
    assert [len(work.audit(action)) for action in ("approved", "succeeded")] == [1, 1]
    assert len(work.started_by_us()) <= 1
    assert len(work.thread(f"<@{MAYA}>, your request to {step} `{work.model}`: done")) == 1
    if plane is PORTAL:
        assert len(work.audit("task_taken")) == 1
        assert any(f"<@{OMAR}> took this task" in said for said in told(world, OMAR))
        if step == "train":
            assert len(work.audit("task_started")) == 1
            assert any("This was noted already. The card has moved on" in said for said in told(world, OMAR))
        assert f"Too late: this is done, approved by <@{BEN}>" in told(world, OMAR)[-1]


@every_plane
@every_step
def test_a_failure_is_on_record_with_its_reason_and_leaves_no_result(world: World, step: Step, plane: Plane) -> None:
    work = asked(world, step, plane)
    if plane is PORTAL:
        work.approve()
        operator = Operator()
        operator.takes(work)
        work.fill(operator.user, "fail", "Error 4711: quota exceeded")
        reason = "Error 4711: quota exceeded"
    elif step == "train":
        order(
            world, "training", resource=plane.home, model=work.model, hours=1, fail_reason="SpeakerVerificationFailed"
        )
        carried_out(work)
        reason = "the person in the consent video and in the clips is not the same"
    else:
        endpoint = work.operation.ask.deployment or endpoint_id(work.id, 1)
        path = f"/models/{work.model}:copy" if step == "copy" else f"/endpoints/{endpoint}"
        method = {"copy": "POST", "deploy": "PUT", "remove": "DELETE"}[step]
        order(world, "faults", rules=[{"path_contains": path, "method": method, "kind": "status", "status": 403}])
        work.approve()
        work.until("failed")
        reason = ""
    state = work.operation.state
    assert isinstance(state, Failed)
    assert reason in book_of(work.name).words[state.why]
    assert results(work) == []
    work.shows(": failed")
    assert reason in work.card()
    assert "Once its cause is gone: `/avatar retry" in work.card()
    assert len(work.thread(f"<@{MAYA}>, your request to {step} `{work.model}`: failed")) == 1
    if step == "remove":
        assert isinstance(work.deployment.state, Live)  # it is billed, so it is watched again
    again = asked(world, step, plane, work.name)  # it can be asked for again
    again.press(MAYA, "cancel")
    assert again.status == "cancelled"


# --- people in the portal


@pytest.mark.parametrize("step", ["train", "remove"])
def test_only_an_operator_who_took_it_reports(world: World, step: Step) -> None:
    work = asked(world, step, PORTAL)
    work.approve()
    work.press(BEN, "take", BOARD)
    assert "The policy does not name you as an operator" in told(world, BEN)[-1]
    Operator().takes(work)
    done = work.button("done", BOARD)
    work.press(PAUL, "done", BOARD, done)
    assert f"Only the person who took this task can report on it: <@{OMAR}> has it" in told(world, PAUL)[-1]
    work.press(BEN, "done", BOARD, done)
    assert "The policy does not name you as an operator" in told(world, BEN)[-1]
    assert (work.status, results(work)) == ("waiting", [])
    work.fill(OMAR, "fail", "that was a drill")
    assert work.status == "failed"


@pytest.mark.parametrize("step", ["train", "copy"])
def test_whoever_hands_over_is_out_and_the_next_one_reads_why(world: World, step: Step) -> None:
    work = asked(world, step, PORTAL)
    work.approve()
    first = HandsOver()
    first.takes(work)
    done = work.button("done", BOARD)
    work.fill(first.user, "hand_on", first.why)
    state = work.operation.state
    assert isinstance(state, Waiting)
    assert (state.taken_by, state.handed_by) == (None, OMAR)
    work.shows(f"<@{OMAR}> had it, and can't", BOARD)
    assert first.why in work.card(BOARD)
    assert len(work.thread(f"<@{OMAR}> can't do it.", BOARD)) == 1
    SECOND.takes(work)
    first.press(work, "done", done)
    assert f"<@{PAUL}> has it" in first.told(work)[-1]
    assert work.status == "waiting"
    SECOND.does_the_rest_of(work)
    ended = work.operation.state
    assert isinstance(ended, Succeeded)
    assert ended.said_by == PAUL
    assert len(results(work)) == 1
    assert f"(as <@{PAUL}> said)" in work.card()


@pytest.mark.parametrize("step", ["train", "copy", "deploy"])
def test_another_models_name_is_on_record_as_it_was_said_and_the_approvers_hear_of_it(world: World, step: Step) -> None:
    work = asked(world, step, PORTAL)
    work.approve()
    operator = NamesItDifferently()
    other = operator.other(work)
    operator.does_all_of(work)
    state = work.operation.state
    assert isinstance(state, Succeeded)
    assert state.model == other
    (record,) = results(work)
    assert (work.deployment.model if step == "deploy" else getattr(record, "name", "")) == other
    heard = work.thread(f"<@{BEN}>: <@{OMAR}> reports another model than was approved: `{other}`")
    assert len(heard) == 1
    work.shows(f"under another name than was approved (`{work.model}`)")


def test_a_name_that_no_model_can_have_is_refused_and_nothing_moves(world: World) -> None:
    work = asked(world, "copy", PORTAL)
    work.approve()
    operator = Operator()
    operator.takes(work)
    work.fill(operator.user, "done_differently", "my *best* model!")
    assert "can't be a model's name: letters, digits" in operator.told(work)[-1]
    assert (work.status, results(work)) == ("waiting", [])
    work.fill(operator.user, "fail", "that was a drill")


def test_success_that_no_meter_saw_is_on_record_with_a_warning(world: World) -> None:
    work = asked(world, "train", PORTAL, place="portal-quiet")
    work.approve()
    SaysItIsDone().does_all_of(work)
    state = work.operation.state
    assert isinstance(state, Succeeded)
    assert (state.said_by, len(results(work)), work.is_there()) == (OMAR, 1, False)
    work.shows(f"is ready (as <@{OMAR}> said)")
    assert "The meter has shown no compute hours for it" in work.card()
    assert "look in the portal whether it was trained at all" in work.card()


@pytest.mark.parametrize("step", ["train", "deploy"])
def test_a_task_that_nobody_takes_is_brought_up_ever_more_rarely_and_stays_what_it_was(
    world: World, step: Step
) -> None:
    work = asked(world, step, PORTAL)
    work.approve()
    before = work.operation.state
    for hours, so_far in ((1.9, 0), (0.2, 1), (3.8, 1), (0.2, 2), (7.8, 2), (0.2, 3), (15.8, 3), (0.2, 4)):
        later(world, hours, "training_poll")  # 2, 6, 14 and 30 hours after it was asked for
        assert len(work.thread("still waits for somebody to take it", BOARD)) == so_far
    assert f"<@{PAUL}>" in work.thread("still waits for somebody to take it", BOARD)[0]
    assert work.operation.state == before
    # It is as good as on the first day: somebody takes it, or it is taken back.
    if step == "train":
        SECOND.does_all_of(work)
        assert work.status == "succeeded"
        assert len(results(work)) == 1
    else:
        work.world.says(MAYA, f"cancel {work.name} {work.id} because we have waited long enough")
        assert work.status == "cancelled"
        work.shows("This task is closed: cancelled", BOARD)
        assert work.button("take", BOARD) is None
        later(world, 100, "training_poll")
        assert len(work.thread("still waits", BOARD)) == 4


@pytest.mark.parametrize("step", ["train", "deploy"])
def test_a_task_whose_holder_falls_silent_can_be_taken_over_after_a_day(world: World, step: Step) -> None:
    work = asked(world, step, PORTAL)
    work.approve()
    take = work.button("take", BOARD)
    FallsSilent().does_all_of(work)
    done = work.button("done", BOARD)
    SECOND.press(work, "take", take)
    assert f"<@{OMAR}> took this task" in SECOND.told(work)[-1]
    assert "after a day without a word" in SECOND.told(work)[-1]
    later(world, 15, "training_poll")
    (bell,) = work.thread("still waits for your Done or It failed", BOARD)
    assert f"<@{OMAR}>" in bell
    assert work.button("take", BOARD) is None
    later(world, 16, "training_poll")
    assert len(work.thread("Another operator can take it over now", BOARD)) == 1
    work.shows("[Take it over]", BOARD)
    SECOND.takes(work)
    state = work.operation.state
    assert isinstance(state, Waiting)
    assert state.taken_by == PAUL
    assert len(work.thread(f"<@{PAUL}> takes it over from <@{OMAR}>", BOARD)) == 1
    Operator().press(work, "done", done)
    assert f"<@{PAUL}> has it" in Operator().told(work)[-1]
    assert work.status == "waiting"
    SECOND.does_the_rest_of(work)
    assert work.status == "succeeded"
    assert len(results(work)) == 1


def test_a_training_that_nobody_reports_on_is_asked_about_and_any_operator_can_answer(world: World) -> None:
    work = asked(world, "train", PORTAL)
    work.approve()
    operator = Operator()
    operator.takes(work)
    operator.acts(work)
    operator.reports(work)
    asks = f"<@{OMAR}>, how does *train {work.model}*"
    for hours, so_far in ((23, 0), (2, 1), (46, 1), (2, 2)):
        later(world, hours, "training_poll")
        assert len(work.thread(asks, BOARD)) == so_far
    assert "compute hours so far" in work.thread(asks, BOARD)[-1]
    assert work.status == "running"
    SECOND.press(work, "still_running")
    assert len(work.thread(f"<@{PAUL}> says that it still runs", BOARD)) == 1
    SECOND.reports(work)
    state = work.operation.state
    assert isinstance(state, Succeeded)
    assert state.said_by == PAUL


def test_a_clip_too_many_in_the_portal_blocks_done_until_it_is_mended(world: World) -> None:
    work = asked(world, "train", PORTAL)
    work.approve()
    operator = UploadsTooMuch()
    operator.takes(work)
    operator.lists(work, operator.extra)
    assert "Don't train yet" in operator.told(work)[-1]
    assert "`rehearsal.mp4`: delete it in the portal" in operator.told(work)[-1]
    work.shows("at the last comparison, 0 not there, 1 too many", BOARD)
    operator.reports(work)
    assert "Not noted: when you compared the files" in operator.told(work)[-1]
    assert work.status == "waiting"
    operator.lists(work)
    assert "The portal shows just the 2 files of the data set: go on" in operator.told(work)[-1]
    assert "Don't train yet" not in work.card(BOARD)
    operator.acts(work)
    operator.reports(work)
    running = work.operation.state
    assert isinstance(running, Running)
    assert running.changed == ""
    operator.finishes(work)
    operator.reports(work)
    assert work.status == "succeeded"
    assert work.thread("other files") == []


def test_a_training_with_a_clip_too_many_is_on_record_as_that_and_the_approvers_are_told(world: World) -> None:
    work = asked(world, "train", PORTAL)
    work.approve()
    operator = UploadsTooMuch()
    operator.takes(work)
    operator.lists(work, operator.extra)
    operator.acts(work)
    work.fill(operator.user, "done_differently", work.model)
    running = work.operation.state
    assert isinstance(running, Running)
    assert running.changed == "the portal's files: 0 not there, 1 too many"
    work.shows("Changed between the approval and the start there")
    heard = work.thread(f"<@{BEN}>: <@{OMAR}> started it with other files than were approved")
    assert len(heard) == 1
    assert "0 not there, 1 too many" in heard[0]
    operator.finishes(work)
    operator.reports(work)
    assert work.status == "succeeded"


@pytest.mark.parametrize("step", ["train", "copy", "deploy"])
def test_an_answer_after_a_cancel_is_told_what_became_of_it_and_what_to_do(world: World, step: Step) -> None:
    work = asked(world, step, PORTAL)
    work.approve()
    take = work.button("take", BOARD)
    done = f"{work.name}|{work.id}|{work.operation.revision}"
    operator = Operator()
    operator.acts(work)  # without having taken it
    world.says(MAYA, f"cancel {work.name} {work.id}")
    assert work.status == "cancelled"
    operator.press(work, "take", take)
    assert f"Too late: this is cancelled by <@{MAYA}>" in operator.told(work)[-1]
    operator.press(work, "done", done)
    assert f"Too late: this is cancelled by <@{MAYA}>" in operator.told(work)[-1]
    assert f"undo it there, or record it with `/avatar adopt {work.name}`" in operator.told(work)[-1]
    assert (work.status, results(work)) == ("cancelled", [])
    # What that sentence names works.
    since = f" since={now(world):%Y-%m-%d}" if step == "deploy" else ""
    world.says(OMAR, f"adopt {work.name} in {work.place} model={work.model}{since}")
    book = book_of(work.name)
    if step == "deploy":
        assert [found.model for found in book.deployments.values() if found.billed] == [work.model]
    else:
        assert any(is_model(model, work.model, work.place) for model in book.models)
    assert world.sees(f"<@{OMAR}> adopted *{work.name}*")


@pytest.mark.parametrize("step", ["train", "remove"])
def test_a_report_that_comes_again_days_later_moves_nothing(world: World, step: Step) -> None:
    work = asked(world, step, PORTAL)
    work.approve()
    operator = Operator()
    operator.takes(work)
    operator.acts(work)
    operator.reports(work)
    first = list(work.messages)
    world.deliver(first)
    if step == "train":
        assert work.status == "running"
        operator.finishes(work)
        world.deliver(first)
        assert work.status == "running"
        operator.reports(work)
    before, private = work.operation, len(operator.told(work))
    later(world, 60, "training_poll")
    world.deliver([*first, *work.messages])
    assert work.operation == before
    assert before.state.status == "succeeded"
    assert len(results(work)) == 1
    assert len(work.audit("succeeded")) == 1
    assert len(operator.told(work)) == private  # the network said it again, not the person


@pytest.mark.parametrize("step", ["copy", "deploy", "remove"])
def test_an_answer_of_the_service_that_was_lost_is_found_again_and_nothing_is_paid_twice(
    world: World, step: Step
) -> None:
    work = asked(world, step, REST)
    endpoint = work.operation.ask.deployment or endpoint_id(work.id, 1)
    path = f"/models/{work.model}:copy" if step == "copy" else f"/endpoints/{endpoint}"
    method = {"copy": "POST", "deploy": "PUT", "remove": "DELETE"}[step]
    order(world, "faults", rules=[{"path_contains": path, "method": method, "kind": "drop_after"}])
    work.approve()
    assert work.status == "starting"
    serviced(work)
    assert work.status == "succeeded"
    assert len(work.started_by_us()) == (0 if step == "remove" else 1)
    assert len(results(work)) == 1


def test_a_task_against_other_clips_than_were_approved_is_given_to_nobody(world: World) -> None:
    work = asked(world, "train", PORTAL)
    world.shared.pop(PORTAL.home)
    work.approve()
    record_clips(world, work.name, ("natural", "late.mp4"))
    Operator().takes(work)
    state = work.operation.state
    assert isinstance(state, Stale)
    assert state.changes == ("new: natural/late.mp4",)
    work.shows("Not started")
    assert "new: natural/late.mp4" in work.card()
    assert (
        len(work.thread(f"<@{MAYA}>, your request to train `{work.model}`: not started, as something had changed. "))
        == 1
    )
    work.shows("This task is closed: not started, as something had changed", BOARD)
    assert work.button("done", BOARD) is None


def _compared(world: World, title: str, says: str) -> str:
    """A day and its meter go by, and Azure is compared with the records: the card of that title, once it says this."""

    def cards() -> list[str]:
        return [text for text in world.texts(ONCALL) if title in text and says in text]

    later(world, 30, "reconcile")
    world.pump(cards)
    return cards()[-1]


def test_a_removal_that_was_said_and_not_done_is_told_while_hosting_is_still_metered(world: World) -> None:
    work = asked(world, "remove", PORTAL, place="portal-removed")
    work.approve()
    SaysItIsDone().does_all_of(work)
    assert isinstance(work.deployment.state, Removed)
    text = _compared(world, "More is hosted than is on record: portal-removed", "a sign, no proof")
    assert f"and you said that these are removed: `{work.model}`" in text
    assert "or a removal did not happen" in text
    assert isinstance(work.deployment.state, Removed)  # a sign, no proof: nothing moves by itself
    Operator().acts(work)
    _compared(world, "More is hosted than is on record: portal-removed", "Settled")


def test_a_deployment_that_was_said_and_not_done_is_told_when_no_hosting_is_metered(world: World) -> None:
    work = asked(world, "deploy", PORTAL, place="portal-early")
    work.approve()
    SaysItIsDone().does_all_of(work)
    assert isinstance(work.deployment.state, Live)
    text = _compared(world, "Less is hosted than is on record: portal-early", "a sign, no proof")
    assert f"`{work.model}`" in text
    assert "Somebody said *Done* too early" in text
    Operator().acts(work)
    _compared(world, "Less is hosted than is on record: portal-early", "Settled")


# --- what can't be done is said before anybody spends time or money on it


def _refused(world: World, name: str, text: str, sentence: str) -> None:
    """Maya says this and reads that; nothing is asked of anybody."""
    before, answers = book_of(name), len(told(world, MAYA))
    world.says(MAYA, text)
    assert len(told(world, MAYA)) == answers + 1
    assert sentence in told(world, MAYA)[-1]
    assert book_of(name) == before


def test_a_resource_of_the_free_tier_is_refused_for_everything_that_it_cannot_do(world: World) -> None:
    free, sentence = "free-weu", "`free-weu` is of the free tier F0, and avatars need S0"
    name = world.name()
    _refused(world, name, f"new {name} in {free}", sentence)
    world.says(MAYA, f"adopt {name} in {free}")
    _refused(world, name, f"train {name}", sentence)
    world.says(MAYA, f"adopt {name} in {free} model={name}-v1")
    _refused(world, name, f"deploy {name}", sentence)
    other = ready_for(world, "copy", PORTAL.home)
    _refused(world, other, f"copy {other} to {free}", sentence)


@every_plane
def test_a_region_that_cannot_train_is_refused_before_the_first_clip_and_before_a_training(
    world: World, plane: Plane
) -> None:
    name = world.name()
    _refused(world, name, f"new {name} in {plane.target}", "where avatars can't be trained. Choose a resource that can")
    assert book_of(name).avatar is None
    world.says(MAYA, f"adopt {name} in {plane.target}")
    _refused(world, name, f"train {name}", "can't train. Ask a maintainer")


@every_plane
def test_a_consent_that_does_not_cover_the_voice_stops_a_training_with_voice_sync(world: World, plane: Plane) -> None:
    name = with_clips(world, plane.home, "voicesync=yes")
    _refused(world, name, f"train {name}", "The consent covers the avatar only, but this avatar has voice sync")
    world.says(
        MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US scope=avatar+voice disclosed=yes'
    )
    work = asked(world, "train", plane, name)
    work.press(MAYA, "cancel")
    assert work.status == "cancelled"


@every_plane
def test_a_copy_to_where_it_cannot_go_is_refused(world: World, plane: Plane) -> None:
    name = ready_for(world, "copy", plane.home)
    _refused(world, name, f"copy {name} to nowhere", "There is no resource of that name. The configured ones are")
    assert "`studio-neu`" in told(world, MAYA)[-1]
    _refused(world, name, f"copy {name} to {plane.home}", f"`{name}-v1` is already in `{plane.home}`")
    other = PORTAL if plane is REST else REST
    _refused(world, name, f"copy {name} to {other.target}", "are driven in different ways")
    world.says(MAYA, f"copy {name}")  # without a place: a form that offers those there are
    form = world.stack.slack.views[MAYA].pop()["view"]
    assert form["callback_id"] == "copy"
    assert f"{name}|{plane.home}|{name}-v1" in str(form["blocks"])
    assert plane.target in str(form["blocks"])


def test_a_name_that_is_taken_in_the_resource_is_not_used_again(world: World) -> None:
    name = ready_for(world, "train", REST.home)
    first = asked(world, "train", REST, name)
    first.press(MAYA, "cancel")
    act(world, resource=REST.home, action="train", model=first.model, hours=1)  # somebody, past us
    second = asked(world, "train", REST, name)
    assert second.model != first.model
    act(world, resource=REST.home, action="train", model=second.model, hours=1)  # and once more, before the yes
    second.approve()
    for _ in range(3):
        later(world, 0.25, "training_poll")
    assert isinstance(second.operation.state, Failed)
    assert second.started_by_us() == []
    assert "already exists" in second.card()
    assert len(second.thread(f"<@{MAYA}>, your request to train `{second.model}`: failed")) == 1


@every_plane
def test_a_copy_over_a_name_that_is_taken_there_is_refused_by_whoever_can_know_it(world: World, plane: Plane) -> None:
    name = ready_for(world, "copy", plane.home)
    act(world, resource=plane.home, action="copy", target=plane.target, model=f"{name}-v1", project=name)  # past us
    if plane is REST:
        _refused(world, name, f"copy {name} to {plane.target}", f"`{plane.target}` already has a model named")
        return
    work = asked(world, "copy", plane, name)
    work.approve()
    operator = Operator()
    operator.takes(work)
    with pytest.raises(httpx.HTTPStatusError):
        operator.acts(work)
    work.fill(operator.user, "fail", "The model id is already taken on the target.")
    assert work.status == "failed"
    assert results(work) == []
    work.shows("The model id is already taken on the target.")


def test_a_key_that_is_not_taken_leaves_the_approval_standing_and_is_a_maintainers_affair(world: World) -> None:
    work = asked(world, "deploy", REST)
    order(world, "faults", rules=[{"path_contains": "/endpoints/", "kind": "status", "status": 401, "times": 2}])
    work.approve()
    assert work.status == "starting"
    assert world.sees(f"*{work.name}* could not be delivered (start_work, `Unauthorized`)", "C0MAINTAIN")
    assert work.started_by_us() == []
    later(world, 0.25, "reconcile")  # the key is right again
    serviced(work)
    assert isinstance(work.operation.state, Succeeded)
    assert work.started_by_us() == ["deployment"]
