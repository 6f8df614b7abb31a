"""The promises of Records, WorkLists and Cards, held by the tables on Azurite and by the fakes alike."""

import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from shared.auditing import audited
from shared.domain.audit import breaks
from shared.domain.base import short_id
from shared.domain.book import AuditLine, Decision
from shared.domain.clips import clip_id
from shared.domain.effects import QueueCheck, ShowCard
from shared.domain.records import Words
from shared.errors import Broken, LostRace, Temporary
from shared.ports import AlreadyDoneError, Cards, Entry, Records, WorkLists
from shared.storage.lists import TableLists
from shared.storage.sdk import Table
from shared.storage.tables import TableRecords
from tests.builders import NOW, avatar, clip, operation
from tests.fakes.memory import MemoryLists, MemoryRecords
from tests.fakes.rows import MemoryTable

LINE = AuditLine(action="tested", by="U0MAYA")


@dataclass
class Store:
    records: Records
    lists: WorkLists
    cards: Cards
    raw: Any = None


@pytest.fixture(params=["memory", "rows", "tables"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        lists = MemoryLists()
        return Store(MemoryRecords(), lists, lists)
    if request.param == "rows":  # our own adapters over a table in memory, as the machine of tests/properties has them
        rows: Any = MemoryTable()
        row_lists = TableLists(rows)
        return Store(TableRecords(rows), row_lists, row_lists, rows)
    azurite: Azurite = request.getfixturevalue("azurite")
    service = TableServiceClient.from_connection_string(azurite.connection)
    records, others = (service.create_table(f"t{uuid.uuid4().hex}") for _ in range(2))
    table_lists = TableLists(Table(others))
    return Store(TableRecords(Table(records)), table_lists, table_lists, records)


def _made(store: Store) -> None:
    store.records.commit(store.records.load("presenter"), Decision((avatar(),), (LINE,), ()), "made", NOW)


def test_what_was_committed_is_loaded_again(store: Store) -> None:
    _made(store)
    loaded = store.records.load("presenter")
    store.records.commit(loaded, Decision((operation(), Words(ref="w", text="ü 音")), (LINE,), ()), "m1", NOW)
    found = {record.key: record for record in store.records.load("presenter").records}
    assert found == {"avatar": avatar(), "op:train-1": operation(), "person:w": Words(ref="w", text="ü 音")}


def test_another_avatar_is_another_world(store: Store) -> None:
    _made(store)
    assert list(store.records.load("narrator").records) == []


def test_a_second_commit_from_the_same_reading_is_a_lost_race_and_writes_nothing(store: Store) -> None:
    _made(store)
    first, second = store.records.load("presenter"), store.records.load("presenter")
    store.records.commit(first, Decision((operation(),), (LINE,), ()), "m1", NOW)
    with pytest.raises(LostRace):
        store.records.commit(
            second, Decision((Words(ref="w", text="late"),), (LINE,), (ShowCard(card="x"),)), "m2", NOW
        )
    assert "person:w" not in {record.key for record in store.records.load("presenter").records}
    assert store.records.owed("presenter") == []
    assert len(store.records.history("presenter")) == 2


def test_even_a_change_that_leaves_no_line_in_the_audit_is_guarded(store: Store) -> None:
    _made(store)
    store.records.commit(store.records.load("presenter"), Decision((operation(),), (LINE,), ()), "m1", NOW)
    first, second = store.records.load("presenter"), store.records.load("presenter")
    store.records.commit(first, Decision((operation(),), (), ()), "look-1", NOW)
    with pytest.raises(LostRace):
        store.records.commit(second, Decision((operation(),), (), ()), "look-2", NOW)


def test_two_who_make_the_same_avatar_are_one(store: Store) -> None:
    first, second = store.records.load("presenter"), store.records.load("presenter")
    store.records.commit(first, Decision((avatar(),), (LINE,), ()), "m1", NOW)
    with pytest.raises(LostRace):
        store.records.commit(second, Decision((avatar(),), (LINE,), ()), "m2", NOW)


def test_the_same_event_is_committed_once(store: Store) -> None:
    _made(store)
    store.records.commit(store.records.load("presenter"), Decision((operation(),), (LINE,), ()), "m1", NOW)
    with pytest.raises(AlreadyDoneError):
        store.records.commit(store.records.load("presenter"), Decision((operation(),), (LINE,), ()), "m1", NOW)


def test_effects_are_owed_until_each_is_struck_off(store: Store) -> None:
    _made(store)
    effects = (ShowCard(card="a"), QueueCheck(clip="c", etag="e"))
    owed = store.records.commit(store.records.load("presenter"), Decision((), (LINE,), effects), "m1", NOW)
    assert [item.effect for item in store.records.owed("presenter")] == list(effects)
    store.records.postpone(owed[0], "slack_pace")
    store.records.strike(owed[1])
    store.records.strike(owed[1])
    left = store.records.owed("presenter")
    assert [(item.effect, item.tries) for item in left] == [(effects[0], 1)]


def test_the_audit_is_a_chain_that_can_be_computed_again(store: Store) -> None:
    _made(store)
    for number in range(3):
        store.records.commit(store.records.load("presenter"), Decision((), (LINE, LINE), ()), f"m{number}", NOW)
    rows, heads = store.records.history("presenter"), store.records.heads("presenter")
    assert breaks(rows, heads) == []
    assert heads == {"avatar": (len(rows), store.records.load("presenter").head)}


def test_a_clip_is_an_aggregate_of_its_own_and_contends_with_nobody(store: Store) -> None:
    _made(store)
    clips = [clip("natural", file=f"take {n} #?%/.mp4".replace("/", "-")) for n in range(3)]
    loaded = [store.records.load("presenter", clip_id(item.path)) for item in clips]
    for number, item in enumerate(clips):
        store.records.commit(loaded[number], Decision((item,), (LINE,), ()), f"c{number}", NOW)
    assert set(store.records.clips("presenter")) == set(clips)
    assert {row.chain for row in store.records.history("presenter")} == {"avatar", *(f"clip-{c.id}" for c in clips)}
    assert [record.key for record in store.records.load("presenter").records] == ["avatar"]


def test_a_decision_without_its_root_is_a_mistake_of_ours(store: Store) -> None:
    with pytest.raises(Broken):
        store.records.commit(store.records.load("presenter"), Decision((), (LINE,), ()), "m1", NOW)


def test_uploads_within_a_minute_are_one_burst(store: Store) -> None:
    first = store.records.join_burst("presenter", NOW)
    assert store.records.join_burst("presenter", NOW + timedelta(seconds=30)) == first
    assert store.records.join_burst("presenter", NOW + timedelta(seconds=85)) == first
    assert store.records.join_burst("presenter", NOW + timedelta(seconds=150)) != first


def test_an_entry_that_was_written_again_is_not_dropped_by_an_older_version(store: Store) -> None:
    old = store.lists.put("owes", Entry("presenter", "m1", data={"since": "x"}))
    store.lists.put("owes", Entry("presenter", "m1", data={"since": "y"}))
    store.lists.drop("owes", old)
    assert [entry.data for entry in store.lists.entries("owes")] == [{"since": "y"}]
    store.lists.drop("owes", Entry("presenter", "m1"))
    store.lists.drop("owes", Entry("presenter", "m1"))
    assert store.lists.entries("owes") == []


def test_a_shared_rate_lets_a_few_through_and_then_says_how_long_to_wait(store: Store) -> None:
    waits = [store.lists.pace("posts", 1.0, 3, NOW) for _ in range(5)]
    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] <= 1
    assert store.lists.pace("posts", 1.0, 3, NOW + timedelta(seconds=1)) == 0
    assert store.lists.pace("others", 1.0, 3, NOW) == 0


def test_a_card_is_sent_by_one_worker_at_a_time_and_remembered(store: Store) -> None:
    held = store.cards.lease("presenter", "op:1", NOW)
    with pytest.raises(Temporary):
        store.cards.lease("presenter", "op:1", NOW + timedelta(seconds=5))
    store.cards.release(held, "C1", "12.34", "digest")
    again = store.cards.lease("presenter", "op:1", NOW + timedelta(seconds=6))
    assert (again.channel, again.ts, again.shown) == ("C1", "12.34", "digest")


@pytest.mark.parametrize(("seconds", "wait"), [(0, 1), (3, 1), (20, 40), (59.5, 1)])
def test_who_meets_a_leased_card_comes_back_soon_and_after_a_crash_when_the_lease_is_over(
    store: Store, seconds: float, wait: float
) -> None:
    store.cards.lease("presenter", "op:1", NOW)
    with pytest.raises(Temporary) as busy:
        store.cards.lease("presenter", "op:1", NOW + timedelta(seconds=seconds))
    assert busy.value.retry_after == wait


def test_the_lease_of_a_worker_that_died_lapses(store: Store) -> None:
    store.cards.lease("presenter", "op:1", NOW)
    assert store.cards.lease("presenter", "op:1", NOW + timedelta(seconds=61)).ts == ""


def test_a_lease_that_lapsed_is_not_released_over_the_next_holder(store: Store) -> None:
    slow = store.cards.lease("presenter", "op:1", NOW)
    held = store.cards.lease("presenter", "op:1", NOW + timedelta(seconds=61))
    store.cards.release(held, "C1", "2.0", "new")
    store.cards.release(slow, "C1", "1.0", "old")
    assert store.cards.peek("presenter", "op:1").ts == "2.0"


def test_a_lease_is_renewed_by_its_holder_alone(store: Store) -> None:
    held = store.cards.lease("presenter", "op:1", NOW)
    held = store.cards.renew(held, NOW + timedelta(seconds=50))
    with pytest.raises(Temporary):
        store.cards.lease("presenter", "op:1", NOW + timedelta(seconds=100))
    store.cards.lease("presenter", "op:1", NOW + timedelta(seconds=111))
    with pytest.raises(Temporary):
        store.cards.renew(held, NOW + timedelta(seconds=112))


def _at_once(count: int, act: Callable[[int], object]) -> list[object]:
    together, results = threading.Barrier(count), [object()] * count

    def run(number: int) -> None:
        together.wait()
        try:
            results[number] = act(number)
        except (LostRace, Temporary) as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("store", ["tables"], indirect=True)
def test_of_many_who_commit_at_once_one_wins(store: Store) -> None:
    _made(store)
    readings = [store.records.load("presenter") for _ in range(8)]
    results = _at_once(
        8, lambda n: store.records.commit(readings[n], Decision((operation(),), (LINE,), ()), f"m{n}", NOW)
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(store.records.history("presenter")) == 2


@pytest.mark.parametrize("store", ["tables"], indirect=True)
def test_of_many_who_lease_a_card_at_once_one_has_it(store: Store) -> None:
    results = _at_once(8, lambda _: store.cards.lease("presenter", "op:1", NOW))
    assert sum(not isinstance(result, Exception) for result in results) == 1


@pytest.mark.parametrize("store", ["tables"], indirect=True)
def test_a_record_that_is_too_large_is_a_clear_error_and_not_written(store: Store) -> None:
    _made(store)
    large = Words(ref="w", text="x" * 400_000)
    with pytest.raises(Broken, match="too large"):
        store.records.commit(store.records.load("presenter"), Decision((large,), (LINE,), ()), "m1", NOW)


def test_a_long_record_is_kept_whole(store: Store) -> None:
    _made(store)
    text = "ü音x" * 40_000
    store.records.commit(
        store.records.load("presenter"), Decision((Words(ref="w", text=text),), (LINE,), ()), "m1", NOW
    )
    assert Words(ref="w", text=text) in list(store.records.load("presenter").records)


@pytest.mark.parametrize("store", ["tables"], indirect=True)
def test_rows_of_the_older_schema_are_read_and_go_on(store: Store) -> None:
    """Schema 1 kept a record in one property, and its lines did not say what they changed."""
    line = LINE.model_dump_json()
    content = json.dumps(["avatar", 1, "2026-11-23T09:00:00.000+00:00", line], separators=(",", ":"))
    head = hashlib.sha256(f"\n{content}".encode()).hexdigest()
    part = {"PartitionKey": "presenter", "v": 1}
    store.raw.create_entity(
        {**part, "RowKey": "rec:avatar", "json": avatar().model_dump_json(), "seq": 1, "head": head}
    )
    store.raw.create_entity(
        {
            **part, "RowKey": "audit:avatar:00000001", "chain": "avatar", "seq": 1, "at": "2026-11-23T09:00:00.000+00:00",
            "json": line, "previous": "", "hash": head,
        }
    )  # fmt: skip
    loaded = store.records.load("presenter")
    assert list(loaded.records) == [avatar()]
    store.records.commit(loaded, Decision((operation(),), (LINE,), ()), "m1", NOW)
    rows, broken = audited(store.records, "presenter")
    assert broken == []
    assert [row.changes is None for row in rows] == [True, False]
    newer = {**store.raw.get_entity("presenter", "rec:avatar"), "v": 99}
    store.raw.upsert_entity(newer)
    with pytest.raises(Broken, match="version 99"):
        store.records.load("presenter")


@pytest.mark.parametrize("store", ["tables"], indirect=True)
def test_more_rows_than_a_transaction_takes_are_a_clear_error(store: Store) -> None:
    _made(store)
    many = tuple(Words(ref=short_id("w", str(n)), text="x") for n in range(120))
    with pytest.raises(Broken, match="100 is the most"):
        store.records.commit(store.records.load("presenter"), Decision(many, (LINE,), ()), "m1", NOW)


@pytest.mark.parametrize("store", ["tables"], indirect=True)
def test_a_row_of_a_newer_version_is_refused_and_not_guessed(store: Store) -> None:
    _made(store)
    store.raw.upsert_entity({"PartitionKey": "presenter", "RowKey": "rec:op:x", "v": 99, "json": "{}"})
    with pytest.raises(Broken, match="version 99"):
        list(store.records.load("presenter").records)
