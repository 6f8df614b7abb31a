"""A hundred operations at once on one resource that allows sixty calls a minute, over real HTTP, on a clock that nobody waits for.

    pytest -n 0 -s tests/contract/test_quotas.py

prints the figures.
"""

import heapq
import itertools
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
import pytest

from shared.domain.policy import Step
from shared.domain.resources import Quotas, Resource
from shared.errors import Temporary
from shared.ports import Job, Underway
from shared.speech.http import Service
from shared.speech.monitor import Monitor
from shared.speech.quota import Turns
from shared.speech.rest import RestDriver
from shared.storage.lists import TableLists
from tests import builders
from tests.contract.openapi.serving import Served
from tests.contract.test_rest_driver import Plane
from tests.fakes.rows import MemoryTable

WORKERS = 24
QUOTA = 60
MANY = {"train": 25, "copy": 25, "deploy": 25, "remove": 25}


class Together:
    """A clock of many threads: it moves on when all of them wait. Implements `Stopwatch`."""

    def __init__(self, threads: int) -> None:
        self._time = 0.0
        self._lock = threading.Lock()
        self._awake = threads
        self._wakes: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()

    def seconds(self) -> float:
        return self._time

    def now(self) -> datetime:
        return builders.NOW + timedelta(seconds=self._time)

    def pause(self, seconds: float) -> None:
        woken = threading.Event()
        with self._lock:
            heapq.heappush(self._wakes, (self._time + max(seconds, 0.001), next(self._numbers), woken))
            self._awake -= 1
            self._on()
        woken.wait()

    def leave(self) -> None:
        """A thread that waits for nothing any more."""
        with self._lock:
            self._awake -= 1
            self._on()

    def _on(self) -> None:
        if self._awake == 0 and self._wakes:
            moment, _, woken = heapq.heappop(self._wakes)
            self._time = max(self._time, moment)
            self._awake += 1
            woken.set()


@dataclass
class Crowd:
    """Jobs that each want to be started, and then looked at until they end."""

    driver: RestDriver
    clock: Together
    studio: Served

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.due: list[tuple[float, int, Job, bool, int]] = []
        self.numbers = itertools.count()
        self.left = 0
        self.ended: dict[str, float] = {}
        self.begun: dict[str, float] = {}
        self.put_off = 0
        self.wrong: list[BaseException] = []

    def add(self, job: Job, wait: float = 0, *, started: bool = False, tries: int = 0) -> None:
        with self.lock:
            heapq.heappush(self.due, (self.clock.seconds() + wait, next(self.numbers), job, started, tries))

    def work(self) -> None:
        """One worker of the queue: takes what is due, waits where nothing is."""
        try:
            self._work()
        except BaseException as error:
            self.wrong.append(error)
            raise
        finally:
            self.clock.leave()

    def _work(self) -> None:
        while self.left and not self.wrong:
            with self.lock:
                wait = self.due[0][0] - self.clock.seconds() if self.due else 60
                taken = heapq.heappop(self.due) if self.due and wait <= 0 else None
            if taken is None:
                self.clock.pause(min(wait, 60))
                continue
            self._do(*taken[2:])

    def _do(self, job: Job, started: bool, tries: int) -> None:
        try:
            if not started:
                underway = isinstance(self.driver.start(job), Underway)
                if underway:
                    self.begun[job.id] = self.clock.seconds()
                self.add(job, 300 if underway else 60, started=underway)
                return
            now = self.studio.time + timedelta(seconds=self.clock.seconds())
            seen = self.driver.observe(job, now, now)
            if seen.service_status == "Succeeded":
                with self.lock:
                    self.left -= 1
                    self.ended[job.id] = self.clock.seconds()
            else:
                self.add(job, 900, started=True)
        except Temporary as error:  # as an effect owed is tried again
            self.put_off += 1
            self.add(job, min(error.retry_after * 1.5 ** max(0, tries - 3), 300), started=started, tries=tries + 1)


def _job(plane: Plane, step: Step, number: int, place: Resource) -> Job:
    name = f"{step}{number}"
    avatar = builders.avatar().model_copy(update={"name": name})
    ask = builders.operation(step).ask.model_copy(
        update={"id": f"{step}-{number}", "model": f"{name}-v1", "avatar": name}
    )
    kind = list(MANY).index(step)
    job = plane.job(step, avatar=avatar, ask=ask, endpoint=f"0f5c1b1e-6a0b-4a55-9b1f-{kind:04d}{number:08d}")
    return replace(job, resource=place, target=plane.resource("north", quotas=place.quotas) if step == "copy" else None)


@pytest.mark.timeout(300)
def test_a_hundred_operations_at_once_keep_the_quota_and_each_finds_its_end() -> None:
    with Served() as studio, httpx.Client(timeout=20, trust_env=False) as client:
        plane = Plane(studio)
        monitor = Monitor(Service(client, f"{studio.client.base_url}management", dict))

        def service(resource: Resource, turn: Callable[[], None] = lambda: None) -> Service:
            assert resource.key
            headers = {"Ocp-Apim-Subscription-Key": resource.key.get_secret_value()}
            return Service(client, resource.endpoint + resource.base_path, lambda: headers, turn)

        _prepare(plane, RestDriver(service, monitor))
        clock = Together(WORKERS)
        start = studio.time
        studio.world.now = lambda: start + timedelta(seconds=clock.seconds())
        studio.world.monotonic = clock.seconds
        studio.world.call_limit = QUOTA
        studio.world.journal.clear()
        place = plane.resource("west", quotas=Quotas(calls=QUOTA))
        turns = Turns(TableLists(MemoryTable()), clock)
        seen: list[tuple[str, float]] = []

        def counted(resource: Resource) -> Callable[[], None]:
            def turn() -> None:
                turns.take(resource, "voice")
                seen.append((resource.name, clock.seconds()))

            return turn

        driver = RestDriver(lambda resource: service(resource, counted(resource)), monitor)
        crowd = Crowd(driver, clock, studio)
        jobs = [_job(plane, step, number, place) for step, many in MANY.items() for number in range(many)]
        crowd.left = len(jobs)
        for job in jobs:
            crowd.add(job)
        threads = [threading.Thread(target=crowd.work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert crowd.wrong == []
        statuses = Counter(entry.status for entry in studio.world.journal.entries())
        paid = Counter(entry.started.kind for entry in studio.world.journal.started() if entry.started)

    starts, ends = sorted(crowd.begun.values()), sorted(crowd.ended.values())
    most = max(_most_a_minute([at for name, at in seen if name == place]) for place in ("west", "north"))
    print(
        f"{len(ends)} of {len(jobs)} ended; all had begun after {starts[-1] / 60:.1f} min, half after {starts[50] / 60:.1f}; "
        f"{len(seen)} calls, at most {most} in any minute, {statuses[429]} answers 429, {crowd.put_off} put off; "
        f"without trainings ended after {max(at for name, at in crowd.ended.items() if 'train' not in name) / 60:.1f} min"
    )
    assert len(ends) == len(jobs)
    assert most <= QUOTA
    assert statuses[429] == 0
    assert paid == {"training": 25, "copy": 25, "deployment": 25}
    assert starts[-1] < 90 * 60  # nobody starves while others have their turns


def _most_a_minute(moments: list[float]) -> int:
    moments = sorted(moments)
    return max(
        sum(begin <= at < begin + 60 for at in moments[index : index + 200]) for index, begin in enumerate(moments)
    )


def _prepare(plane: Plane, driver: RestDriver) -> None:
    """The models that are copied and deployed, and the deployments that are removed."""
    place = plane.resource("west")
    names = [(step, number) for step in ("copy", "deploy", "remove") for number in range(MANY[step])]
    for _ in range(4):
        for step, number in names:
            wanted = _job(plane, step, number, place)
            made = {"id": f"trained-{step}-{number}", "model": wanted.ask.model, "avatar": wanted.ask.avatar}
            ask = builders.operation("train").ask.model_copy(update=made)
            driver.start(replace(wanted, ask=ask, target=None))
        plane.studio.wait(minutes=4)
    plane.studio.wait(hours=41)
    for number in range(MANY["remove"]):
        wanted = _job(plane, "remove", number, place)
        driver.start(replace(wanted, ask=wanted.ask.model_copy(update={"step": "deploy", "id": f"made-{number}"})))
    plane.studio.wait(minutes=10)
