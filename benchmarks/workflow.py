"""What a decision and a timer run cost at Table storage, counted by a proxy, and how fast decisions are beside the bare SDK.

Imports nothing of ours: ours runs in a process of its own (`workflow_ours.py`), the peer in another (`table_peer.py`).
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure.data.tables import TableServiceClient, UpdateMode

from benchmarks.table_proxy import Counts, counting

ROOT = Path(__file__).parent.parent
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # the emulator's, published
KINDS = ("approve", "reject", "refused", "verdict", "progress")
RUNNING = 100
FINISHED = [int(number) for number in os.environ.get("BENCH_FINISHED", "10000 100000").split()]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
EACH = int(os.environ.get("BENCH_EACH", "24"))  # of each kind, a round
THREADS = int(os.environ.get("BENCH_THREADS", "8"))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def azurite() -> Iterator[int]:
    """A table service of its own, in memory; its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    script = ROOT / "local" / "node_modules" / "azurite" / "dist" / "src" / "table" / "main.js"
    options = [
        "--silent",
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--inMemoryPersistence",
        "--tablePort",
        str(port),
    ]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.node", "node", str(script), *options],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                if process.poll() is not None:
                    sys.exit("Azurite did not start: run `make setup`")
                time.sleep(0.05)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def connection(port: int) -> str:
    endpoint = f"TableEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};{endpoint}"


class Worker:
    """A process that answers one command a line."""

    def __init__(self, module: str, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT, env={**os.environ, "STATE": connection(port)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def does(self, what: str, **more: Any) -> dict[str, Any]:
        process = self._process
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            sys.exit(f"a worker ended while it did {what}")
        return json.loads(line)

    def ends(self) -> None:
        self._process.communicate()


@contextmanager
def worker(module: str, port: int) -> Iterator[Worker]:
    started = Worker(module, port)
    try:
        yield started
    finally:
        started.ends()


def decisions(ours: Worker, counts: Counts) -> tuple[int, int, dict[str, int]]:
    """Requests a decision costs at the records and at the work lists, worst of all kinds; and what the batches weigh."""
    worst, listed, weights = 0, 0, Counter[str]()
    for kind in KINDS:
        ours.does("prepare", kind=kind, first=0, count=4, threads=1)
        for number in range(4):
            counts.take()
            ours.does("decide", kinds=[kind], first=number, count=1, threads=1)
            passed = counts.take()
        records, lists = passed["avatars", "requests"], passed["worklists", "requests"]
        worst, listed = max(worst, records), max(listed, lists)
        for table in ("avatars", "worklists"):
            weights["read"] += passed[table, "bytes_in"]
            weights["write"] += passed[table, "bytes_out"]
        say(
            f"  {kind:9} {records} requests to the records ({passed['avatars', 'rows']} rows read, "
            f"{passed['avatars', 'bytes_out']:,} bytes written), {lists} to the work lists"
        )
    return worst, listed, {what: weight // len(KINDS) for what, weight in weights.items()}


def alike(port: int, counts: Counts, weights: dict[str, int]) -> dict[str, int]:
    """How long the peer's texts must be, so that its reads and its batches weigh what ours weigh on average."""
    with worker("benchmarks.table_peer", port) as peer:
        peer.does("prepare", count=1, threads=1, read=0, write=0)
        counts.take()
        peer.does("run", count=1, threads=1, read=0, write=0)
        empty = counts.take()
    read = weights["read"] - empty["peer", "bytes_in"]
    return {"read": max(0, read), "write": max(0, (weights["write"] - empty["peer", "bytes_out"]) // 3)}


def ceiling(direct: int, texts: dict[str, int]) -> tuple[float, float, float]:
    """Transitions a second, ours and the bare SDK's, in turns; and the median of the rounds' ratios."""
    rates: dict[str, list[float]] = {"ours": [], "sdk": []}
    with worker("benchmarks.workflow_ours", direct) as ours, worker("benchmarks.table_peer", direct) as peer:
        for number in range(-1, ROUNDS):  # the first round warms both up
            first, count = 1000 + (number + 1) * EACH, EACH * len(KINDS)
            for kind in KINDS:
                ours.does("prepare", kind=kind, first=first, count=EACH, threads=2)
            peer.does("prepare", count=count, threads=2, **texts)
            done = ours.does("decide", kinds=list(KINDS), first=first, count=EACH, threads=THREADS)
            bare = peer.does("run", count=count, threads=THREADS, **texts)
            if number >= 0:
                rates["ours"].append(done["transitions"] / done["seconds"])
                rates["sdk"].append(count / bare["seconds"])
    ratio = statistics.median(a / b for a, b in zip(rates["ours"], rates["sdk"], strict=True))
    return statistics.median(rates["ours"]), statistics.median(rates["sdk"]), ratio


def seed(direct: int, first: int, last: int, spread: str) -> None:
    """Finished operations straight into the table, copied from one that ours wrote; 100 a partition, 100 a batch."""
    table: Any = TableServiceClient.from_connection_string(connection(direct)).get_table_client("avatars")
    known: Any = table.get_entity("finished-0", "rec:op:finished-0-op")
    template = {name: value for name, value in known.items() if name not in ("PartitionKey", "RowKey")}

    def batch(number: int) -> None:
        place = f"{spread}-{number}"
        rows = []
        for item in range(100):
            name = f"{place}-old{item}"
            row = {**template, "PartitionKey": place, "RowKey": f"rec:op:{name}"}
            for key, value in template.items():
                if isinstance(value, str):
                    row[key] = value.replace("finished-0-op", name).replace("finished-0", place)
            rows.append(("upsert", row, {"mode": UpdateMode.REPLACE}))
        table.submit_transaction(rows)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(batch, range(first // 100, last // 100)))


def timer(ours: Worker, counts: Counts) -> dict[str, int]:
    """Requests, rows and bytes of one run; runs before it made the rows of pace and cards that every run needs."""
    for _ in range(2):
        ours.does("timer")
    counts.take()
    took = ours.does("timer")["seconds"]
    passed = counts.take()
    found = {what: sum(passed[table, what] for table in ("avatars", "worklists")) for what in ("requests", "rows")}
    found["bytes"] = sum(passed[table, way] for table in ("avatars", "worklists") for way in ("bytes_in", "bytes_out"))
    say(f"  {found['requests']:,} requests, {found['rows']:,} rows, {found['bytes']:,} bytes ({took:.1f} s)")
    return found


def timers(ours: Worker, counts: Counts, direct: int) -> dict[int, float]:
    """How much more a run costs beside so many finished operations of other avatars: the worst of the three figures."""
    ours.does("prepare", kind="running", first=0, count=RUNNING, threads=2)
    ours.does("prepare", kind="finished", first=0, count=1, threads=1)
    table: Any = TableServiceClient.from_connection_string(connection(direct)).get_table_client("worklists")
    for entry in list(table.query_entities("PartitionKey eq 'open'")):  # those of the decisions measured before
        if not str(entry["avatar"]).startswith("running-"):
            table.delete_entity(entry["PartitionKey"], entry["RowKey"])
    say(f"one timer run, {RUNNING} running operations")
    alone, had, ratios = timer(ours, counts), 0, dict[int, float]()
    for count in FINISHED:
        started = time.perf_counter()
        seed(direct, had, count, "old")
        had = count
        say(f"beside {count:,} finished ones (seeded in {time.perf_counter() - started:.0f} s)")
        beside = timer(ours, counts)
        ratios[count] = max(beside[what] / alone[what] for what in alone)
    say(f"beside {RUNNING * 100:,} finished ones more, 100 in each avatar that has a running one (no target)")
    seed(direct, 0, RUNNING * 100, "running")
    own = timer(ours, counts)
    say(
        f"  {own['rows'] / alone['rows']:.1f} times the rows, {own['requests'] / alone['requests']:.2f} times the requests"
    )
    return ratios


def main() -> None:
    with azurite() as direct, counting(f"http://127.0.0.1:{direct}") as (port, counts):
        with worker("benchmarks.workflow_ours", port) as ours:
            say("from delivery to deletion of a message, without performing effects")
            trips, listed, weights = decisions(ours, counts)
            ratios = timers(ours, counts, direct) if FINISHED else {}
        texts = alike(port, counts, weights)
    with azurite() as direct:  # another one, since the emulator looks through all of its rows at every query
        say(f"transitions a second, {THREADS} threads, in turns, {ROUNDS} rounds; the peer's texts: {texts}")
        mine, bare, ratio = ceiling(direct, texts)
        say(f"  ours {mine:.0f}, bare SDK {bare:.0f} (a point read and a batch of 3 rows)")
    result = {
        "round_trips_per_decision": trips,
        "work_list_round_trips": listed,
        "transitions_vs_ceiling": round(ratio, 3),
    }
    names = {10_000: "timer_10k_vs_0", 100_000: "timer_100k_vs_0"}
    print(json.dumps(result | {names.get(count, f"timer_{count}_vs_0"): value for count, value in ratios.items()}))


if __name__ == "__main__":
    main()
