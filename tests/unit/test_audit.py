"""The audit's chains: whole as long as nobody touches them, and the first broken link is named."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.audit import AuditRow, Head, breaks, next_row
from shared.domain.book import AuditLine
from tests.builders import NOW


def chain(count: int, name: str = "avatar") -> tuple[list[AuditRow], dict[str, Head]]:
    rows: list[AuditRow] = []
    head: Head = (0, "")
    for number in range(count):
        row = next_row(name, head, NOW, AuditLine(action="train_asked", by="U0", subject=f"s{number}"))
        rows.append(row)
        head = (row.seq, row.hash)
    return rows, {name: head}


@given(st.integers(0, 12), st.integers(0, 12))
def test_untouched_chains_are_whole_in_any_order(one: int, other: int) -> None:
    rows, heads = chain(one)
    more, other_heads = chain(other, "clip-c1")
    assert breaks([*reversed(rows), *more], heads | other_heads) == []


@pytest.mark.parametrize(
    ("change", "seq", "why"),
    [
        (lambda rows: [replace(rows[0], line=AuditLine(action="x", by="U1")), *rows[1:]], 1, "content was changed"),
        (lambda rows: [*rows[:2], *rows[3:]], 3, "missing"),
        (lambda rows: rows[:-1], 5, "counts 5 lines, and 4"),
        (lambda rows: [], 1, "counts 5 lines, and 0"),
        (lambda rows: [*rows[:3], replace(rows[3], previous="0" * 64), rows[4]], 4, "does not follow"),
        (lambda rows: [*rows, next_row("avatar", (5, rows[4].hash), NOW, rows[0].line)], 7, "counts 5 lines, and 6"),
    ],
)  # fmt: skip
def test_the_first_broken_link_is_named(change: object, seq: int, why: str) -> None:
    rows, heads = chain(5)
    (broken,) = breaks(change(rows), heads)  # type: ignore[operator]
    assert (broken.chain, broken.seq) == ("avatar", seq)
    assert why in broken.why


def test_lines_committed_between_two_readings_are_no_break() -> None:
    before, heads = chain(3)
    rows, later = chain(5)
    assert breaks(rows, heads, later) == []
    assert breaks(rows[:4], heads, later) == []
    assert breaks(before, heads, later) == []
    assert breaks(rows[:2], heads, later)


def test_a_chain_whose_record_is_gone_is_broken() -> None:
    rows, _ = chain(2, "clip-c9")
    (broken,) = breaks(rows, {})
    assert "gone" in broken.why


def test_a_forged_line_needs_every_hash_after_it() -> None:
    """Whoever changes a line and computes its hash anew breaks the next link, or the head."""
    rows, heads = chain(3)
    forged = next_row("avatar", (0, ""), NOW, AuditLine(action="train_approved", by="U9"))
    (broken,) = breaks([forged, *rows[1:]], heads)
    assert broken.seq == 2
