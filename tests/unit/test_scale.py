"""The tables of docs/scale.md are what the model computes (`make scale-doc` writes them), and the model does what it says."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.scale import LIMITS, SIZES, WAIT_S, Assumed, breaks_at, counts, page, peak, run_seconds
from shared.speech.quota import Turns
from shared.storage.lists import TableLists
from tests.builders import RESOURCES
from tests.fakes.cloud import Clocks, Watch
from tests.fakes.rows import MemoryTable

FILE = Path(__file__).parents[2] / "docs" / "scale.md"
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


def test_a_second_page_of_a_list_of_jobs_waits_as_long_as_the_model_says() -> None:
    clocks = Clocks()
    turns = Turns(TableLists(MemoryTable()), Watch(clocks))
    began = clocks.real
    for _ in range(2):
        turns.take(RESOURCES["weu"], "batch", patience=40)
    assert clocks.real - began == pytest.approx(timedelta(seconds=WAIT_S), abs=timedelta(seconds=0.1))


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
