"""Whatever dies, fails, comes twice, late or out of order: nothing is lost, nothing is paid twice or without its approvals."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from shared.domain.events import (
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Event,
    GlassBroken,
    HoursOff,
    HoursStay,
    KeepClicked,
    LeftoverGone,
    RejectClicked,
    RemoveAsked,
    ReviewClosed,
    SnoozeClicked,
    StillRunning,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
    TrainAsked,
)
from shared.handling import Handling
from shared.timers import follow_running
from shared.uploads import record_upload
from tests.builders import BEN, EVE, INES, LENA, MAYA, OMAR
from tests.properties.life import NAME, TIMERS, How
from tests.properties.promises import Promises
from tests.properties.world import Fault, Kind, verdict

PEOPLE = st.sampled_from([MAYA, BEN, INES, OMAR, LENA, EVE])
KINDS: st.SearchStrategy[Kind] = st.sampled_from(["die_before", "die_after", "fail_before", "fail_after"])
FAULT = st.none() | st.builds(Fault, st.integers(0, 15) | st.integers(0, 50), KINDS)
RIVALS = st.dictionaries(st.integers(0, 15) | st.integers(0, 40), st.integers(0, 30), max_size=2)
HOW = st.tuples(FAULT, RIVALS, st.sampled_from([True, True, False]))  # what goes wrong, who comes between, at once?
ASKS: list[Event] = [
    TrainAsked(why="now"), CopyAsked(target="neu"), DeployAsked(), DeployAsked(resource="neu"), RemoveAsked(),
    DeployAsked(hours="Mon-Fri 08:00-19:00 UTC"), DeployAsked(hours="daily 10:00-11:00 UTC"),
    RemoveAsked(from_alert=True),
]  # fmt: skip


class Shell(Promises):
    """What may happen, in any order, with anything going wrong in the midst of it."""

    @initialize(resource=st.sampled_from(["weu", "weu", "wus"]), stage=st.integers(0, 2))
    def an_avatar_that_is_ready_trained_or_deployed(self, resource: str, stage: int) -> None:
        self._say(AvatarAsked(resource=resource), MAYA)
        self._say(ConsentGiven(talent="Ada", company="Contoso", locale="en-US", scope="avatar"), MAYA)
        self._deliver_all()
        for kind in ("natural", "silent", "consent"):
            record_upload(self.world.quiet, self.world.container.put(f"{NAME}/{kind}/a.mp4", 10))
        self._deliver_all()
        for what in (TrainAsked(), DeployAsked())[:stage]:
            self._say(what, MAYA)
            self._deliver_all()
            for event, by in self._yes(MAYA):
                self._say(event, by)
            self._deliver_all()
            self._finish()

    @rule(by=PEOPLE, what=st.sampled_from(ASKS), how=HOW)
    def somebody_asks(self, by: str, what: Event, how: How) -> None:
        self._happen([(what, by)], how)

    @rule(by=st.sampled_from([MAYA, LENA]), what=st.sampled_from(ASKS), how=HOW)
    def somebody_asks_and_everybody_approves(self, by: str, what: Event, how: How) -> None:
        """The short way to a start, so that few steps lead far."""
        self._say(what, by)
        self._deliver_all()
        self._happen(self._yes(by), how)

    @rule(by=PEOPLE, data=st.data(), lag=st.sampled_from([0, 0, 1, 2]), times=st.integers(1, 2), how=HOW)
    def somebody_clicks(self, by: str, data: st.DataObject, lag: int, times: int, how: How) -> None:
        operations = self._operations()
        if not operations:
            return
        operation = data.draw(st.sampled_from(operations[::-1]))
        name, revision = operation.id, operation.revision - lag
        clicks: list[Event] = [
            ApproveClicked(operation=name, revision=revision), RejectClicked(operation=name, revision=revision, why="no"),
            CancelAsked(operation=name), GlassBroken(operation=name, why="tonight"),
            ReviewClosed(operation=name, finding="right"), TaskTaken(operation=name),
            TaskDone(operation=name, revision=revision), TaskFailed(operation=name, revision=revision, why="no"),
            TaskHandedOn(operation=name, revision=revision, why="no access"), StillRunning(operation=name),
        ]  # fmt: skip
        self._happen([(data.draw(st.sampled_from(clicks)), by)] * times, how)

    @rule(by=PEOPLE, data=st.data(), how=HOW)
    def somebody_answers(self, by: str, data: st.DataObject, how: How) -> None:
        book = self.world.book(NAME)
        answers: list[Event] = [ConsentWithdrawn(why="by letter")]
        for name in book.deployments:
            answers += [KeepClicked(deployment=name, why="a show"), SnoozeClicked(deployment=name)] * 4
            answers += [HoursStay(deployment=name), HoursOff(deployment=name)] * 2
        answers += [LeftoverGone(item=item.id) for item in (book.withdrawal.left if book.withdrawal else ())]
        self._happen([(data.draw(st.sampled_from(answers[::-1])), by)], how)

    @rule(data=st.data(), twice=st.booleans(), how=HOW)
    def a_message_is_delivered(self, data: st.DataObject, how: How, *, twice: bool) -> None:
        waiting = self.world.queue.waiting
        if not waiting:
            return
        number = data.draw(st.sampled_from(sorted(waiting)))
        body = waiting[number]
        self._run(number, self._process(how))
        if twice:
            self.world.queue.events(body)

    @rule(
        kind=st.sampled_from(["natural", "silent", "consent"]), size=st.sampled_from([10, 10, 10, 11, 12, 0]), how=HOW
    )
    def a_clip_is_uploaded_or_deleted(self, kind: str, size: int, how: How) -> None:
        name = f"{NAME}/{kind}/a.mp4"
        if size == 0:
            self.world.container.delete(name)  # reconcile finds that out
            return
        blob = self.world.container.put(name, size)
        self._guarded(
            self._process(how), lambda handling: record_upload(handling, blob)
        )  # if it is lost, reconcile finds it

    @rule(how=HOW, twice=st.booleans(), data=st.data())
    def a_check_is_done(self, how: How, data: st.DataObject, *, twice: bool) -> None:
        unchecked = self.world.queue.unchecked
        if unchecked:
            number = data.draw(st.sampled_from(sorted(unchecked)))
            body, sizes = unchecked[number], self._sizes()
            done = self._guarded(self._process(how), lambda handling: verdict(handling, body, sizes))
            if done and not twice:
                unchecked.pop(number, None)

    @rule(timer=st.sampled_from(TIMERS), how=HOW)
    def a_timer_runs(self, timer: Callable[[Handling], None], how: How) -> None:
        self._guarded(self._process(how), timer)

    @rule(how=HOW)
    def what_runs_comes_to_its_end(self, how: How) -> None:
        for work in self.world.service.works:
            self.world.service.status.setdefault(work, "Succeeded")
        self._guarded(self._process(how), follow_running)

    @rule(hours=st.integers(-1, 80), seconds=st.integers(0, 300))
    def clocks_jump(self, hours: int, seconds: int) -> None:
        self.world.clocks.business += timedelta(hours=hours)
        self.world.clocks.real += timedelta(seconds=seconds)

    @rule(hour=st.sampled_from(["15.00", "15.00", "16.00"]), approvers=st.sampled_from([(BEN, INES), (INES, OMAR), (BEN, INES, LENA)]),
          verdict=st.sampled_from(["idle", "idle", "in_use", "unknown"]))  # fmt: skip
    def the_world_changes(self, hour: str, approvers: tuple[str, ...], verdict: str) -> None:
        self.world.prices.hour = hour
        self.world.slack.groups["S0APPROVERS"] = approvers
        self.world.usages.verdict = verdict

    @rule(data=st.data(), how=st.sampled_from(["Succeeded", "Succeeded", "Failed", "not_yet", "refuse"]))
    def the_service_moves_on(self, data: st.DataObject, how: str) -> None:
        service = self.world.service
        if how in ("not_yet", "refuse"):
            service.moods.append(how)
        elif service.works:
            service.status.setdefault(data.draw(st.sampled_from(sorted(service.works))), how)


pytestmark = pytest.mark.timeout(600)  # some twenty seconds, on a busy machine many more
TestShell = Shell.TestCase
TestShell.settings = settings(
    max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
