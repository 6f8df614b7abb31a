"""Replaying what the lines say gives the stored records; a change without a line is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.auditing import audited
from shared.domain.book import AuditLine, Decision, Record
from shared.domain.clips import Checking
from shared.domain.deciding import decide
from shared.domain.deployments import Usage
from shared.domain.events import ApproveClicked, CancelAsked, Event, RejectClicked, TrainAsked
from shared.domain.operations import Evidence, Running
from shared.domain.records import Words
from shared.domain.replay import changes, differing, replayed, told
from shared.errors import Broken
from tests.builders import BEN, INES, MAYA, NOW, avatar, clip, consent, deployment, full_set, message, operation, terms
from tests.fakes.memory import MemoryRecords

LINE = AuditLine(action="tested", by=MAYA)


def _kept() -> MemoryRecords:
    """A store in which a training was asked for, approved by one, rejected, asked for anew and cancelled."""
    records = MemoryRecords()
    words = (Words(ref="w-t", text="Ada"), Words(ref="w-c", text="Contoso"))
    _commit(records, (avatar(), consent(), *words), "made")
    known = terms(full_set())

    def happens(event: Event, by: str, number: int) -> None:
        loaded = records.load("presenter")
        made = decide(_book(records), message(event, by, number), NOW, known)
        records.commit(loaded, made, f"m{number}", NOW)

    happens(TrainAsked(why="soon"), MAYA, 1)
    (first,) = _book(records).operations.values()
    happens(RejectClicked(operation=first.id, revision=1, why="no"), BEN, 2)
    happens(TrainAsked(), MAYA, 3)
    second = next(o for o in _book(records).operations.values() if o.open)
    happens(ApproveClicked(operation=second.id, revision=1), INES, 4)
    happens(CancelAsked(operation=second.id), MAYA, 5)
    return records


def _book(records: MemoryRecords):  # noqa: ANN202 - a book
    from shared.domain.book import Book

    return Book.of(records.load("presenter").records)


def _commit(records: MemoryRecords, puts: tuple[Record, ...], name: str, clip_id: str | None = None) -> None:
    records.commit(records.load("presenter", clip_id), Decision(puts, (LINE,), ()), name, NOW)


def test_the_lines_give_the_records() -> None:
    records = _kept()
    rows, broken = audited(records, "presenter")
    assert broken == []
    assert len(rows) == 6
    given = replayed(rows)
    assert given is not None
    assert len([key for key in given if key.startswith("rec:op:")]) == 2


def test_a_record_changed_from_outside_is_named() -> None:
    records = _kept()
    version, row = records._rows["presenter", "rec:avatar"]
    records._rows["presenter", "rec:avatar"] = (version, avatar("neu"))
    _, (broken,) = audited(records, "presenter")
    assert "`rec:avatar` is not what the lines say" in broken.why
    records._rows["presenter", "rec:avatar"] = (version, row)
    del records._rows["presenter", "rec:consent"]
    _, (broken,) = audited(records, "presenter")
    assert "`rec:consent`" in broken.why


def test_a_clip_is_told_by_its_own_chain_without_its_name() -> None:
    records = MemoryRecords()
    _commit(records, (avatar(),), "made")
    first = clip("natural", file="ada-lovelace.mp4", state=Checking())
    _commit(records, (first,), "seen", first.id)
    checked = clip("natural", file="ada-lovelace.mp4")
    _commit(records, (checked,), "checked", first.id)
    rows, broken = audited(records, "presenter")
    assert broken == []
    assert "ada-lovelace" not in "".join(row.changes or "" for row in rows)
    records._rows["presenter", first.key] = ("9", checked.model_copy(update={"size": 11}))
    _, (wrong,) = audited(records, "presenter")
    assert wrong.chain == f"clip-{first.id}"


def test_words_of_people_are_in_no_line() -> None:
    assert told(Words(ref="w", text="Ada")) is None
    assert "Ada" not in "".join(row.changes or "" for row in audited(_kept(), "presenter")[0])


def test_what_was_only_observed_needs_no_line() -> None:
    running = operation(state=Running(since=NOW, attempt=1))
    looked = Running(since=NOW, attempt=1, evidence=Evidence(metered_hours=Decimal(2), looked=NOW))
    assert changes({"op": running}, {"op": running.seen(looked)}, audited=False) == ""
    usage = Usage(verdict="in_use", confidence="high", last_used=NOW, lines=("x",), looked=NOW)
    assert changes({"d": deployment()}, {"d": deployment().seen(usage)}, audited=False) == ""


def test_a_change_without_a_line_is_refused() -> None:
    before, after = operation(), operation(state=Running(since=NOW, attempt=1))
    with pytest.raises(Broken, match="without a line"):
        changes({"op": before}, {"op": after}, audited=False)


def test_lines_of_before_changes_were_kept_prove_nothing() -> None:
    from dataclasses import replace

    rows = [replace(row, changes=None) for row in audited(_kept(), "presenter")[0]]
    assert replayed(rows) is None
    assert differing(rows, {}) == []


def test_a_patch_removes_what_is_gone() -> None:
    waiting = operation(state=Running(since=NOW, attempt=1, started_by=BEN))
    later = operation(state=Running(since=NOW + timedelta(hours=1), attempt=1))
    patch = changes({"op": waiting}, {"op": later}, audited=True)
    assert '"started_by":null' in patch
