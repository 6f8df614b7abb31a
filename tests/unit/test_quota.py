"""A resource's quotas are kept by all processes together, and a long list of jobs is read within them."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.resources import Quotas, Resource
from shared.errors import Refused, Temporary
from shared.speech.http import Service
from shared.speech.jobs import JobList, Listed
from shared.speech.quota import Turns, bucket
from shared.speech.wire import Page
from shared.storage.lists import TableLists
from tests.builders import NOW
from tests.fakes.cloud import Clocks, Watch
from tests.fakes.rows import MemoryTable

WEST = Resource(name="west", region="westeurope", endpoint="http://127.0.0.1:9", quotas=Quotas(batch_calls=2, calls=60))


class Real(Watch):
    """Real time that stands still between calls."""

    def now(self) -> datetime:
        return self._clocks.real


@given(st.integers(1, 300), st.lists(st.floats(0, 90), max_size=60))
def test_no_minute_sees_more_calls_than_the_quota_whoever_calls_when(quota: int, pauses: list[float]) -> None:
    clocks, lists = Clocks(), TableLists(MemoryTable())
    rate, burst = bucket(quota)
    taken: deque[datetime] = deque()
    for pause in [*([0.0] * (quota + 3)), *pauses]:
        clocks.real += timedelta(seconds=pause)
        if lists.pace("k", rate, burst, clocks.real) == 0:
            taken.append(clocks.real)
            while taken[0] <= clocks.real - timedelta(minutes=1):
                taken.popleft()
            assert len(taken) <= quota


def test_a_turn_that_comes_soon_is_waited_for_and_each_gets_another_one() -> None:
    clocks = Clocks()
    turns = Turns(TableLists(MemoryTable()), Real(clocks))
    begun = clocks.real
    for _ in range(75):  # the burst of 15 at once, the others as they come
        turns.take(WEST, "voice")
    assert 75 <= (clocks.real - begun).total_seconds() < 85


def test_a_turn_that_comes_late_is_left_to_others_and_says_when() -> None:
    clocks = Clocks()
    turns = Turns(TableLists(MemoryTable()), Real(clocks))
    turns.take(WEST, "batch", patience=0)
    with pytest.raises(Temporary) as caught:
        turns.take(WEST, "batch", patience=0)
    assert (caught.value.code, 30 < caught.value.retry_after < 32) == ("quota_kept", True)
    clocks.real += timedelta(seconds=caught.value.retry_after)
    turns.take(WEST, "batch", patience=0)
    turns.take(WEST, "voice", patience=0)  # another API's turns are its own


# --- the list of batch jobs


class Lister:
    """A resource's list of batch jobs, three a page."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.calls = 0
        self.fails: Callable[[], None] = lambda: None

    def add(self, name: str, model: str = "presenter-v1", at: datetime = NOW, seconds: int = 4) -> None:
        billing = {"billingDetails": {"talkingAvatarDurationSeconds": seconds}}
        self.jobs.insert(0, {
            "id": name, "createdDateTime": at.isoformat(), "avatarConfig": {"talkingAvatarCharacter": model},
            "properties": billing,
        })  # fmt: skip

    def page(self, path: str, link: str = "", **query: str) -> Page:
        self.calls += 1
        self.fails()
        begin = int(link or 0)
        more = str(begin + 3) if begin + 3 < len(self.jobs) else None
        return Page.model_validate({"value": self.jobs[begin : begin + 3], "nextLink": more})


class Reading:
    def __init__(self) -> None:
        self.lister, self.lists = Lister(), TableLists(MemoryTable())

    def look(self, hours: float = 0) -> Listed:
        service: Any = self.lister
        return JobList(_always(service), self.lists).read(WEST, NOW + timedelta(hours=hours))


def _always(service: Service) -> Callable[[Resource], Service]:
    return lambda _: service


def test_a_short_list_is_read_at_every_look_and_speaks_for_now() -> None:
    reading = Reading()
    reading.lister.add("a")
    assert reading.look().until == NOW
    reading.lister.add("b", at=NOW + timedelta(hours=1))
    listed = reading.look(hours=1)
    assert (len(listed.jobs), listed.until) == (2, NOW + timedelta(hours=1))
    assert reading.lister.calls == 2


def test_a_long_list_takes_several_looks_and_speaks_for_when_its_reading_began() -> None:
    reading = Reading()
    for number in range(14):
        reading.lister.add(f"j{number}", at=NOW + timedelta(seconds=number))
    assert reading.look().until is None
    reading.lister.add("newer", at=NOW + timedelta(minutes=30))  # on a page that was read already
    assert reading.look(hours=1).until is None
    whole = reading.look(hours=2)
    assert (whole.until, len(whole.jobs)) == (NOW, 14)
    again = [reading.look(hours=hours) for hours in (3, 4, 5)][-1]
    assert (again.until, len(again.jobs)) == (NOW + timedelta(hours=3), 15)
    assert reading.lister.calls <= 2 * 6


def test_between_the_looks_a_long_list_is_read_on_and_none_is_begun() -> None:
    reading = Reading()
    service: Any = reading.lister
    jobs = JobList(_always(service), reading.lists)
    jobs.read_on(WEST)
    assert reading.lister.calls == 0
    for number in range(14):
        reading.lister.add(f"j{number}", at=NOW + timedelta(seconds=number))
    reading.look()
    for _ in range(5):
        jobs.read_on(WEST)
    assert reading.lister.calls == 5
    assert reading.look(hours=1).until == NOW


def test_a_job_is_counted_once_and_by_what_was_last_seen_of_it() -> None:
    reading = Reading()
    reading.lister.add("a", seconds=0)
    reading.look()
    reading.lister.jobs.clear()
    reading.lister.add("a", at=NOW + timedelta(minutes=5), seconds=90)
    (job,) = reading.look(hours=1).jobs
    assert (job.seconds, job.at) == (Decimal(90), NOW + timedelta(minutes=5))


def test_what_the_service_forgot_is_remembered_for_a_month_and_our_own_trials_never() -> None:
    reading = Reading()
    reading.lister.add("a")
    reading.lister.add("trial-1")
    reading.look()
    reading.lister.jobs.clear()
    assert len(reading.look(hours=24 * 30).jobs) == 1
    assert reading.look(hours=24 * 32).jobs == ()
    assert reading.lists.entries("jobs-west") == []


def test_a_look_that_fails_goes_on_where_it_was_and_keeps_what_is_known() -> None:
    reading = Reading()
    for number in range(12):
        reading.lister.add(f"j{number}", at=NOW + timedelta(seconds=number))
    reading.look()

    def busy() -> None:
        raise Temporary("quota_kept", "later", 30)

    reading.lister.fails = busy
    assert len(reading.look(hours=1).jobs) == 6
    reading.lister.fails = lambda: None
    listed = reading.look(hours=2)
    assert (len(listed.jobs), listed.until) == (12, NOW)


@pytest.mark.parametrize(
    "error",
    [
        Temporary("unexpected_answer", "the link to the next page leads nowhere", 60),
        Refused("BadRequest", "no such token"),
    ],
    ids=["it leads nowhere", "the service no longer knows it"],
)
def test_a_link_to_a_page_that_is_not_there_is_forgotten_and_the_list_begun_anew(error: Exception) -> None:
    reading = Reading()
    for number in range(12):
        reading.lister.add(f"j{number}", at=NOW + timedelta(seconds=number))
    reading.look()

    def nowhere() -> None:
        raise error

    reading.lister.fails = nowhere
    reading.look(hours=1)
    reading.lister.fails = lambda: None
    assert [reading.look(hours=hours).until for hours in (2, 3)][-1] == NOW + timedelta(hours=2)
