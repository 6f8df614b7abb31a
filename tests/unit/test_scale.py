"""The tables of docs/scale.md are what the model computes (`make scale-doc` writes them), and the model does what it says."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

from benchmarks.scale import (
    LIMITS,
    RUNS,
    SIZES,
    Assumed,
    breaks_at,
    counts,
    page,
    pages,
    peak,
    reading,
    run_seconds,
)
from shared.speech.http import Service
from shared.speech.jobs import JobList
from shared.speech.quota import Turns
from shared.storage.lists import TableLists
from tests.builders import NOW, RESOURCES
from tests.fakes.cloud import Clocks, Watch
from tests.fakes.rows import MemoryTable

FILE = Path(__file__).parents[2] / "docs" / "scale.md"
BATCH = "http://127.0.0.1:9/avatar"
BEGIN, END = "<!-- made by `make scale-doc` -->", "<!-- end -->"


def test_the_tables_in_the_document_are_those_of_the_model() -> None:
    text = FILE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, behind = rest.partition(END)
    wanted = f"{before}{BEGIN}\n\n{page(Assumed(), SIZES)}\n{END}{behind}"
    if os.environ.get("WRITE_SCALE"):
        FILE.write_text(wanted, encoding="utf-8")
    assert text == wanted or os.environ.get("WRITE_SCALE"), "run `make scale-doc`: docs/scale.md is behind"
    check = counts()["events"]["check long"]
    share = f"{check['blob_bytes'] / check['blob_size']:.1%}".replace("%", " %")
    for told in (counts()["measured"], share, f"{check['blob_bytes'] / 1e6:.0f} MB", f"{check['blob_reads']:,} ranges"):
        assert told in text, "docs/scale.md tells of another count"


def test_long_lists_of_jobs_keep_nobody_waiting_and_are_read_within_the_hour_as_the_model_says() -> None:
    """Ten resources with ten pages of jobs each, one after another, at two calls a minute."""
    clocks = Clocks()
    lists = TableLists(MemoryTable())
    turns = Turns(lists, Watch(clocks))
    calls: list[str] = []

    def counted(request: httpx.Request) -> httpx.Response:
        calls.append(str(request.url))
        return _ten_pages(request)

    with httpx.Client(transport=httpx.MockTransport(counted)) as client:
        places = [RESOURCES["weu"].model_copy(update={"name": f"place-{number}"}) for number in range(10)]
        jobs = JobList(lambda place: Service(client, BATCH, dict, lambda: turns.take(place, "batch", 0)), lists)
        a, avatars = Assumed(), 1000.0
        assert pages(a, avatars) == 10
        read = []
        for run in range(1 + RUNS["training_poll"]):
            clocks.real += timedelta(minutes=5)
            began, before = clocks.real, len(calls)
            for place in places:
                jobs.read(place, NOW) if run == 0 else jobs.read_on(place)
            assert (clocks.real - began).total_seconds() < 1
            read.append(len(calls) - before)
    assert read == [10] * (1 + reading(a, avatars)) + [0] * (RUNS["training_poll"] - reading(a, avatars))


def _ten_pages(request: httpx.Request) -> httpx.Response:
    first = int(request.url.params.get("skip", "0"))
    at = "2026-11-20T00:00:00Z"
    value = [
        {"id": f"job-{number}", "status": "Succeeded", "createdDateTime": at, "lastActionDateTime": at}
        for number in range(first, first + 100)
    ]
    more = {"nextLink": f"{BATCH}/batchsyntheses?skip={first + 100}"} if first < 900 else {}
    return httpx.Response(200, json={"value": value, **more})


def test_where_a_limit_is_said_to_be_reached_it_is_just_passed() -> None:
    a = Assumed()
    for limit in LIMITS:
        at = breaks_at(limit, a)
        if at and at > 1.01:
            assert limit.load(a, at) > limit.most >= limit.load(a, at / 1.01)


def test_more_of_anything_is_never_less_work() -> None:
    a = Assumed()
    for name in ("clips", "commands", "overviews", "clicks", "trainings", "deployments", "live", "alerts", "jobs"):
        more = replace(a, **{name: 2 * getattr(a, name)})
        assert peak(more, 1000).table > peak(a, 1000).table, name
    assert all(run_seconds(a, 2000)[timer] > took for timer, took in run_seconds(a, 1000).items())
