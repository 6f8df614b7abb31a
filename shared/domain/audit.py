"""The audit: lines chained by hash, one chain an aggregate, and where a chain is broken first."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.domain.book import AuditLine


@dataclass(frozen=True)
class AuditRow:
    """A line of a chain: its hash covers the line, what it changed, and the hash before it.

    `changes`: by key of the record (shared/domain/replay.py); None in lines of schema 1, which did not keep it.
    """

    chain: str
    seq: int
    at: datetime
    line: AuditLine
    previous: str
    hash: str
    changes: str | None = None


@dataclass(frozen=True)
class Break:
    """The first link of a chain that does not hold, and what is wrong there."""

    chain: str
    seq: int
    why: str

    def __str__(self) -> str:
        return f"chain {self.chain}, line {self.seq}: {self.why}"


Head = tuple[int, str]  # the number and the hash of a chain's last line


def chained_hash(previous: str, content: str) -> str:
    """The hash of a line: over its content and the hash before it."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def audit_content(chain: str, seq: int, at: datetime, line: AuditLine, changes: str | None) -> str:
    """What a line's hash covers, as text."""
    when = at.astimezone(UTC).isoformat(timespec="milliseconds")
    more = [] if changes is None else [changes]
    return json.dumps([chain, seq, when, line.model_dump_json(), *more], separators=(",", ":"))


def next_row(chain: str, head: Head, at: datetime, line: AuditLine, changes: str = "") -> AuditRow:
    """The line that follows the head of a chain."""
    seq, previous = head[0] + 1, head[1]
    hashed = chained_hash(previous, audit_content(chain, seq, at, line, changes))
    return AuditRow(chain, seq, at, line, previous, hashed, changes)


def breaks(rows: Iterable[AuditRow], heads: Mapping[str, Head], later: Mapping[str, Head] | None = None) -> list[Break]:
    """The first broken link of every chain that is broken; `heads` is what the records themselves say of their chains.

    `later`: the same, read after the rows: what was committed between the two readings is no break.
    """
    chains: dict[str, list[AuditRow]] = {chain: [] for chain in heads}
    for row in rows:
        chains.setdefault(row.chain, []).append(row)
    ends = later or heads
    found = (
        _first(chain, sorted(lines, key=lambda row: row.seq), heads.get(chain, (0, "")), ends.get(chain))
        for chain, lines in chains.items()
    )
    return sorted((broken for broken in found if broken), key=lambda broken: (broken.chain, broken.seq))


def _first(chain: str, lines: list[AuditRow], head: Head, later: Head | None) -> Break | None:
    previous = ""
    for number, row in enumerate(lines, 1):
        if row.seq != number:
            return Break(chain, number, "this line is missing")
        if row.previous != previous:
            return Break(chain, number, "it does not follow the line before it")
        if row.hash != chained_hash(previous, audit_content(chain, row.seq, row.at, row.line, row.changes)):
            return Break(chain, number, "its content was changed")
        previous = row.hash
    if later is None:
        return Break(chain, len(lines), "the record that it belongs to is gone")
    hashes = ["", *(row.hash for row in lines)]
    if not head[0] <= len(lines) <= later[0] or hashes[head[0]] != head[1]:
        return Break(chain, len(lines) + 1, f"the record counts {later[0]} lines, and {len(lines)} are there")
    return None
