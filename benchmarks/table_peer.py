"""The bare SDK: one point read and one batch of 3 rows, on many threads; imports nothing of ours.

Reads commands from stdin, one JSON object a line, and answers each with one: `prepare` makes the rows that `run` reads.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.data.tables import TableServiceClient, UpdateMode


def _again(act: Callable[[int], None], number: int) -> None:
    """Once more, when the store had closed an idle connection."""
    try:
        act(number)
    except (ServiceRequestError, ServiceResponseError) as error:
        print(f"tried again: {error}", file=sys.stderr)
        act(number)


def main() -> None:
    service = TableServiceClient.from_connection_string(os.environ["STATE"])
    table: Any = service.create_table_if_not_exists("peer")
    made = 0
    for line in sys.stdin:
        command = json.loads(line)
        count, threads = command["count"], command["threads"]
        first, made = (made, made + count) if command["do"] == "prepare" else (made - count, made)
        text, large = "x" * command["write"], "x" * command["read"]

        def prepare(number: int, large: str = large) -> None:
            table.create_entity({"PartitionKey": f"p{number}", "RowKey": "root", "v": 1, "json": large})

        def move(number: int, text: str = text) -> None:
            place = f"p{number}"
            found = table.get_entity(place, "root")
            guard = {"etag": found.metadata["etag"], "match_condition": MatchConditions.IfNotModified}
            root = {"PartitionKey": place, "RowKey": "root", "v": 1, "json": text}
            table.submit_transaction(
                [
                    ("update", root, {"mode": UpdateMode.REPLACE, **guard}),
                    ("create", {"PartitionKey": place, "RowKey": "audit", "v": 1, "json": text}),
                    ("create", {"PartitionKey": place, "RowKey": "seen", "v": 1, "json": text}),
                ]
            )

        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            act = prepare if command["do"] == "prepare" else move
            list(pool.map(lambda number, act=act: _again(act, number), range(first, first + count)))
        print(json.dumps({"seconds": time.perf_counter() - started}), flush=True)


if __name__ == "__main__":
    main()
