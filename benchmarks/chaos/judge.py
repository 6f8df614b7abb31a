"""The judge of a chaos run, a program of its own: it reads the stand-ins' journals and the raw tables, and none of our code.

It lists every id it judged, says what is wrong with which, and ends with one JSON object.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.chaos.chains import broken_chains, chains, stuck
from benchmarks.chaos.evidence import Evidence, collect
from benchmarks.chaos.money import double_paid, unapproved
from benchmarks.chaos.told import lost_effects, request_ids, shown_twice

SHOWN = 15  # of each kind of wrong


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos.judge", description=__doc__)
    parser.add_argument("--slack", required=True, help="the address of the Slack stand-in")
    parser.add_argument("--speech", required=True, help="the address of the Speech stand-in")
    parser.add_argument("--connection", required=True, help="the storage account")
    parser.add_argument("--approvers", required=True, help="who may approve: user ids, with commas")
    parser.add_argument("--channel", default="")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--ids", type=Path, help="a file for every id that was judged, one JSON object a line")
    options = parser.parse_args()
    found = collect(options.slack, options.speech, options.connection)
    wrong = {
        "double_paid": double_paid(found),
        "unapproved": unapproved(found, set(options.approvers.split(",")), options.speed),
        "lost_effects": lost_effects(found),
        "stuck": list(stuck(found)),
        "broken_chains": broken_chains(found),
    }
    _list(found, options.ids)
    for name, lines in wrong.items():
        for line in lines[:SHOWN]:
            print(f"{name}: {line}")
        if len(lines) > SHOWN:
            print(f"{name}: and {len(lines) - SHOWN} more")
    print(f"shown twice in Slack, since its answer was lost: {shown_twice(found)}")
    print(json.dumps({**_counts(found), **{name: len(lines) for name, lines in wrong.items()}}))
    sys.exit(1 if any(wrong.values()) else 0)


def _counts(found: Evidence) -> dict[str, Any]:
    kinds = Counter(paid.step for paid in found.paid)
    faults = [entry["fault"] for entry in (*found.speech, *found.slack) if entry.get("fault")]
    return {
        "by_kind": {step: kinds[step] for step in ("train", "copy", "deploy", "remove")},
        "faults": len(faults),
        "dropped_answers": faults.count("drop_after"),
        "duplicates": sum(int(request["again"]) for request in found.requests),
    }


def _list(found: Evidence, path: Path | None) -> None:
    """Every id that was judged, by what it is an id of."""
    ids = {
        "paid calls": [paid.id for paid in found.paid],
        "operations": [f"{operation.id}={operation.status}" for operation in found.operations.values()],
        "chains": [f"{partition}/{name}({len(rows)})" for (partition, name), rows in chains(found).items()],
        "requests": [event for _, event in request_ids(found)],
        "effects owed": [
            row["RowKey"] for rows in found.rows.values() for row in rows if row["RowKey"].startswith("owe:")
        ],
    }
    for what, judged in ids.items():
        print(f"judged {len(judged)} {what}: {' '.join(judged)}")
    if path:
        lines = [json.dumps({"what": what, "id": one}) for what, judged in ids.items() for one in judged]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
