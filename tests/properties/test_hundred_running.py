"""A hundred operations run in one workspace at the pace that Slack allows: half an hour of it, on clocks that only the simulation moves."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from shared.domain.events import AdoptAsked, ApproveClicked, DeployAsked, Event
from shared.domain.operations import Running
from shared.handling import Handling
from shared.ports import Blocks
from shared.timers import follow_running
from tests.builders import BEN, INES, MAYA
from tests.fakes.cloud import Clocks, Queue, Slack
from tests.properties.world import Process, World, deliver, envelope

RUNNING = 100
POLL = timedelta(minutes=5)
# Slack's own numbers: edits a minute in a workspace, posts a minute in a channel.
EDITS, POSTS = 50, 60


class Paced(Slack):
    """Remembers when each message was posted and edited."""

    def __init__(self, clocks: Clocks) -> None:
        super().__init__()
        self._clocks = clocks
        self.posted: dict[str, list[datetime]] = defaultdict(list)
        self.edited: dict[tuple[str, str], list[datetime]] = defaultdict(list)

    def post(self, channel: str, text: str, blocks: Blocks | None = None, thread: str | None = None) -> str:
        self.posted[channel].append(self._clocks.real)
        return super().post(channel, text, blocks, thread)

    def update(self, channel: str, ts: str, text: str, blocks: Blocks | None = None) -> None:
        self.edited[channel, ts].append(self._clocks.real)
        super().update(channel, ts, text, blocks)


class Agenda(Queue):
    """Messages in the order in which they are due."""

    def __init__(self, clocks: Clocks) -> None:
        super().__init__()
        self._clocks = clocks
        self.due: list[tuple[datetime, int, str]] = []

    def events(self, body: str, delay: float = 0) -> int:
        number = super().events(body, delay)
        heapq.heappush(self.due, (self._clocks.real + timedelta(seconds=delay), number, body))
        return number


class Hour:
    """One process, which handles what is due, one after the other."""

    def __init__(self) -> None:
        self.world = World(lambda _: None, lambda _: None)
        self.clocks = self.world.clocks
        self.slack = self.world.slack = Paced(self.clocks)
        self.queue = self.world.queue = Agenda(self.clocks)
        services = self.world.services(Process())
        at_slacks = services.settings.model_copy(update={"slack_pace": 1.0})
        self.handling = Handling(replace(services, settings=at_slacks))
        self.messages = 0

    def say(self, name: str, by: str, event: Event) -> None:
        self.queue.events(envelope(f"said-{name}-{event.kind}", name, by, event).model_dump_json())

    def until(self, end: datetime) -> None:
        while self.queue.due and self.queue.due[0][0] <= end:
            due, number, body = heapq.heappop(self.queue.due)
            self.to(due)
            self.queue.waiting.pop(number)
            self.messages += 1
            deliver(self.handling, body)
        self.to(end)

    def to(self, moment: datetime) -> None:
        gone = max(moment - self.clocks.real, timedelta(0))
        self.clocks.real, self.clocks.business = self.clocks.real + gone, self.clocks.business + gone

    def poll(self) -> None:
        follow_running(self.handling)
        self.until(self.clocks.real + POLL)


def most_a_minute(moments: Sequence[datetime]) -> int:
    moments = sorted(moments)
    return max(
        sum(begin <= moment < begin + timedelta(minutes=1) for moment in moments[at : at + 200])
        for at, begin in enumerate(moments)
    )


def test_a_hundred_running_operations_keep_slacks_pace_and_nobody_waits_for_the_progress_of_others() -> None:
    hour = Hour()
    names = [f"avatar-{number}" for number in range(RUNNING + 1)]
    for name in names:
        hour.say(name, MAYA, AdoptAsked(resource="weu", model=f"{name}-v1"))
    hour.until(hour.clocks.real + 2 * POLL)
    for name in names:
        hour.say(name, MAYA, DeployAsked())
    hour.until(hour.clocks.real + 2 * POLL)
    for name in names[:RUNNING]:
        (operation,) = hour.world.book(name).operations
        hour.say(name, BEN, ApproveClicked(operation=operation))
    hour.until(hour.clocks.real + 2 * POLL)
    states = Counter(type(o.state) for name in names for o in hour.world.book(name).operations.values())
    assert states[Running] == RUNNING

    begun = hour.clocks.real
    for _ in range(3):
        hour.poll()
    # In the middle of it somebody approves; everybody's progress waits behind that.
    (operation,) = hour.world.book(names[-1]).operations.values()
    card = hour.handling.services.cards.peek(names[-1], operation.card)
    follow_running(hour.handling)
    clicked = hour.clocks.real
    hour.say(names[-1], INES, ApproveClicked(operation=operation.id))
    hour.until(clicked + POLL)
    for _ in range(3):
        hour.poll()
    ended = hour.clocks.real

    cards = [
        hour.handling.services.cards.peek(name, o.card)
        for name in names[:RUNNING]
        for o in hour.world.book(name).operations.values()
    ]
    edits = [hour.slack.edited[card.channel, card.ts] for card in cards]
    gaps = [
        (later - earlier).total_seconds()
        for moments in edits
        for earlier, later in pairwise(at for at in moments if at >= begun)
    ]
    told = min(at for at in hour.slack.edited[card.channel, card.ts] if at >= clicked)
    every_edit = [at for moments in hour.slack.edited.values() for at in moments]
    print(
        f"edits a minute at most {most_a_minute(every_edit)}, posts {max(map(most_a_minute, hour.slack.posted.values()))}, "
        f"progress every {min(gaps):.0f} to {max(gaps):.0f} s, the approval shown after {(told - clicked).total_seconds():.1f} s, "
        f"{hour.messages} messages"
    )
    assert most_a_minute(every_edit) <= EDITS
    assert max(map(most_a_minute, hour.slack.posted.values())) <= POSTS
    assert all(max(moments) > ended - 2 * POLL for moments in edits)  # nobody's progress stands still
    assert told - clicked < timedelta(seconds=15)
    assert hour.queue.waiting == {}
