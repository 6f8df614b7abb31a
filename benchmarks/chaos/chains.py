"""The audit's hash chains, computed anew from the raw rows; and what is stuck in the tables."""

import hashlib
import json
from collections.abc import Iterator

from benchmarks.chaos.evidence import Evidence, Json, text

UNDER_WAY = {"approved", "starting", "running", "waiting"}


def chains(found: Evidence) -> dict[tuple[str, str], list[Json]]:
    """The lines of every chain by partition and name, in order; a root without lines is a chain as well."""
    lines: dict[tuple[str, str], list[Json]] = {}
    for partition, rows in found.rows.items():
        for row in rows:
            if "head" in row:
                lines.setdefault((partition, _chain(row["RowKey"])), [])
            elif row["RowKey"].startswith("audit:"):
                lines.setdefault((partition, str(row["chain"])), []).append(row)
    return {name: sorted(rows, key=lambda row: int(row["seq"])) for name, rows in lines.items()}


def broken_chains(found: Evidence) -> list[str]:
    heads = {
        (partition, _chain(row["RowKey"])): (int(row["seq"]), str(row["head"]))
        for partition, rows in found.rows.items() for row in rows if "head" in row
    }  # fmt: skip
    told: list[str] = []
    for name, rows in chains(found).items():
        wrong = _wrong(rows, heads.get(name))
        if wrong:
            told.append(f"{name[0]}/{name[1]}: {wrong}")
    return told


def _chain(key: str) -> str:
    return f"clip-{key.removeprefix('clip:')}" if key.startswith("clip:") else "avatar"


def _wrong(rows: list[Json], head: tuple[int, str] | None) -> str:
    previous = ""
    for number, row in enumerate(rows, 1):
        if int(row["seq"]) != number:
            return f"line {number} is missing"
        if row["previous"] != previous:
            return f"line {number} does not follow the line before it"
        more = [] if int(row["v"]) == 1 else [text(row, "changes")]  # lines of schema 1 did not keep what they changed
        content = json.dumps([row["chain"], int(row["seq"]), row["at"], row["json"], *more], separators=(",", ":"))
        previous = hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()
        if row["hash"] != previous:
            return f"the content of line {number} was changed"
    if head is None:
        return "the record that it belongs to is gone"
    return "" if head == (len(rows), previous) else f"the record counts {head[0]} lines, and {len(rows)} are there"


def stuck(found: Evidence) -> Iterator[str]:
    """What nobody will finish any more: the run waited for longer than the timers need."""
    for operation in found.operations.values():
        if operation.status in UNDER_WAY:
            yield f"{operation.id}: still {operation.status}"
    for partition, rows in found.rows.items():
        for row in rows:
            if row["RowKey"].startswith("owe:"):
                yield f"{partition}: {row['RowKey']} is still owed (tried {row['tries']} times, {row.get('code', 'no error')})"
            elif row["RowKey"].startswith("clip:") and json.loads(text(row, "json"))["state"]["status"] == "checking":
                yield f"{partition}: {row['RowKey']} is still being checked"
    for row in found.lists:
        if row["PartitionKey"] in {"owes", "stuck", "poison"}:
            yield f"{row['avatar']}: on the list {row['PartitionKey']} ({row['item']})"
