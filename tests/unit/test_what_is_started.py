"""What is paid is what was approved, once: however late the news of a file, however long a start takes."""

from datetime import timedelta

import pytest

from shared.domain.events import ApproveClicked, AvatarAsked, ConsentGiven, Event, TrainAsked
from shared.domain.operations import Operation
from shared.ports import Job, NotYet, Underway
from shared.timers import follow_running
from shared.uploads import record_upload
from tests.builders import BEN, INES, MAYA
from tests.properties.world import Process, World, deliver, envelope, verdict

NAME = "presenter"


class Play:
    """A team that asks for a training, two of whom must approve it."""

    def __init__(self) -> None:
        self.paid: list[Job] = []
        self.world = World(self.paid.append, lambda _: None)
        self._said = 0
        self._say(MAYA, AvatarAsked(resource="weu"))
        self._say(MAYA, ConsentGiven(talent="Ada", company="Contoso", locale="en-US", scope="avatar"))
        for kind in ("natural", "silent", "consent"):
            record_upload(self.world.quiet, self.world.container.put(f"{NAME}/{kind}/a.mp4", 10))
        self.settle()
        self._say(MAYA, TrainAsked())

    @property
    def operation(self) -> Operation:
        return max(self.world.book(NAME).operations.values(), key=lambda one: one.ask.at)

    def ask_again(self) -> None:
        self._say(MAYA, TrainAsked())

    def approve(self, *people: str) -> None:
        for person in people:
            self._say(person, ApproveClicked(operation=self.operation.id, revision=self.operation.revision))

    def settle(self) -> None:
        """Deliver all that is queued."""
        queue = self.world.queue
        while queue.waiting or queue.unchecked:
            self.world.clocks.real += timedelta(seconds=10)
            for key in sorted(queue.waiting):
                deliver(self.world.quiet, queue.waiting.pop(key))
            sizes = {blob.etag: blob.size for blob in self.world.container.list()}
            for key in sorted(queue.unchecked):
                verdict(self.world.quiet, queue.unchecked.pop(key), sizes)

    def _say(self, by: str, event: Event) -> None:
        self._said += 1
        self.world.queue.events(envelope(f"m{self._said}", NAME, by, event).model_dump_json())
        self.settle()


def test_a_clip_that_was_replaced_is_not_trained_though_its_event_is_late() -> None:
    play = Play()
    play.approve(BEN)
    replaced = play.world.container.put(f"{NAME}/natural/a.mp4", 990)
    play.approve(INES)
    assert play.operation.state.status == "proposed"
    record_upload(play.world.quiet, replaced)
    play.settle()
    play.approve(INES)
    assert (play.operation.state.status, play.paid) == ("stale", [])


def test_a_clip_that_is_replaced_between_the_approval_and_the_start_is_not_trained() -> None:
    play = Play()
    play.world.service.moods = ["not_yet"]
    play.approve(BEN, INES)
    assert play.operation.state.status == "starting"
    play.world.container.put(f"{NAME}/natural/a.mp4", 990)
    follow_running(play.world.quiet)
    assert (play.operation.state.status, play.paid) == ("starting", [])
    play.world.container.blobs.pop(f"{NAME}/natural/a.mp4")  # gone, and its event is late as well
    follow_running(play.world.quiet)
    assert play.paid == []


def test_a_start_that_outlives_its_lease_pays_nothing_that_another_worker_called_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    play = Play()
    world, start, met = play.world, play.world.service.start, list[str]()

    def slow(job: Job) -> Underway | NotYet:
        if not met:
            met.append(job.id)
            world.clocks.real += timedelta(seconds=61)
            world.prices.hour = "16.00"
            follow_running(world.handling(Process()))
        return start(job)

    monkeypatch.setattr(world.service, "start", slow)
    play.approve(BEN, INES)
    assert (play.operation.state.status, play.paid) == ("stale", [])
    play.ask_again()
    play.approve(BEN, INES)
    assert len(play.paid) == 1
