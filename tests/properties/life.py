"""How things come about in the machine: said, delivered, interrupted, left for later."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis.stateful import RuleBasedStateMachine

from shared.domain.events import (
    ApproveClicked,
    CancelAsked,
    Event,
    RemoveAsked,
    SnoozeClicked,
    TaskDone,
    TaskFailed,
    TaskTaken,
)
from shared.domain.operations import Operation
from shared.errors import Temporary
from shared.handling import Handling
from shared.ports import Job, Owed
from shared.timers import follow_running, reconcile, watch_live
from tests.builders import EVE, INES, LENA, OMAR
from tests.properties.world import Died, Fault, Process, World, deliver, envelope, verdict

NAME = "presenter"
How = tuple[Fault | None, dict[int, int], bool]  # what goes wrong, who comes between, at once?
TIMERS: list[Callable[[Handling], None]] = [follow_running, watch_live, reconcile]


class Life(RuleBasedStateMachine):
    """One avatar; processes die and race over its rows. No exception is forgiven but what a door itself catches."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self._paid, self._struck)
        self.process = Process()
        self.number = 0
        self.mishaps = 0

    def _paid(self, job: Job) -> None:
        raise NotImplementedError

    def _struck(self, owed: Owed) -> None:
        raise NotImplementedError

    def _process(self, how: How) -> Process:
        fault, rivals, _ = how
        return Process(fault, {at: lambda c=choice: self._rival(c) for at, choice in rivals.items()})

    def _happen(self, events: list[tuple[Event, str]], how: How) -> None:
        """Said now; delivered at once, the last of them into what is to go wrong, or left for another rule."""
        numbers = [self._say(event, by) for event, by in events]
        _, _, at_once = how
        if not (at_once and numbers):
            return
        for number in numbers[:-1]:
            self._deliver(number, Process())
        self._run(numbers[-1], self._process(how))

    def _yes(self, asker: str) -> list[tuple[Event, str]]:
        """Clicks on Approve by everybody who may, and by two who may not."""
        people = [asker, EVE, *self.world.slack.groups["S0APPROVERS"]]
        return [
            (ApproveClicked(operation=operation.id, revision=operation.revision), person)
            for operation in self._operations()
            if operation.state.status == "proposed"
            for person in people
        ]

    def _finish(self) -> None:
        """What was started comes to its end: in the service, or by an operator's word."""
        for work in self.world.service.works:
            self.world.service.status[work] = "Succeeded"
        for event in (TaskTaken, TaskDone, TaskDone):
            for operation in self._operations():
                if operation.ask.assurance == "attested" and operation.open:
                    more = {} if event is TaskTaken else {"revision": operation.revision}
                    self._say(event.model_validate({"operation": operation.id, **more}), OMAR)
            self._deliver_all()
        follow_running(self.world.quiet)

    def _say(self, event: Event, by: str) -> int:
        self.number += 1
        return self.world.queue.events(envelope(f"m{self.number}", NAME, by, event).model_dump_json())

    def _operations(self) -> list[Operation]:
        return sorted(self.world.book(NAME).operations.values(), key=lambda operation: operation.id)

    def _sizes(self) -> dict[str, int]:
        return {blob.etag: blob.size for blob in self.world.container.list()}

    def _deliver_all(self) -> None:
        queue = self.world.queue
        while queue.waiting or queue.unchecked:
            self.world.clocks.real += timedelta(seconds=10)
            for number in sorted(queue.waiting):
                self._deliver(number, Process())
            for number in sorted(queue.unchecked):
                verdict(self.world.quiet, queue.unchecked.pop(number), self._sizes())

    def _run(self, number: int, process: Process) -> None:
        try:
            self._deliver(number, process)
        except Died:
            return  # the message was not deleted: it is delivered again

    def _deliver(self, number: int, process: Process) -> None:
        body = self.world.queue.waiting.get(number)
        if body is None:
            return
        before, self.process = self.process, process
        try:
            deliver(self.world.handling(process), body)
            self.world.queue.waiting.pop(number, None)
        finally:
            self.process = before
            self.mishaps += process.met_fault

    def _guarded(self, process: Process, act: Callable[[Handling], None]) -> bool:
        """A timer or an upload: a run that fails or dies is one of many."""
        before, self.process = self.process, process
        try:
            act(self.world.handling(process))
        except (Died, Temporary):
            return False  # the host runs it again
        else:
            return True
        finally:
            self.process = before
            self.mishaps += process.met_fault

    def _rival(self, choice: int) -> None:
        """Another process, in the midst of a call of the first: a message (perhaps the same one), a click, or a timer."""
        numbers, clicks = sorted(self.world.queue.waiting), self._likely()
        if choice < len(TIMERS):
            self._guarded(Process(), TIMERS[choice])
        elif choice % 2 and numbers:
            self._deliver(numbers[choice // 2 % len(numbers)], Process())
        elif clicks:
            event, by = clicks[choice // 2 % len(clicks)]
            self._deliver(self._say(event, by), Process())

    def _likely(self) -> list[tuple[Event, str]]:
        """What people may well click just now."""
        found: list[tuple[Event, str]] = []
        for operation in [one for one in self._operations() if one.open]:
            name, revision = operation.id, operation.revision
            if operation.ask.assurance == "attested" and operation.state.status in ("waiting", "running"):
                found += [
                    (TaskTaken(operation=name), OMAR),
                    (TaskDone(operation=name, revision=revision), OMAR),
                    (TaskFailed(operation=name, revision=revision, why="no"), OMAR),
                ]
            found += [
                (ApproveClicked(operation=name, revision=revision), INES),
                (CancelAsked(operation=name), operation.ask.by),
            ]
        for name in self.world.book(NAME).deployments:
            found += [(SnoozeClicked(deployment=name), LENA), (RemoveAsked(from_alert=True), LENA)]
        return found
