"""One run: storage, stand-ins, clock, router and hosts; the storm; the settling; and the judge at its end."""

import itertools
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from benchmarks.chaos import router
from benchmarks.chaos.crowd import APPROVERS, CHANNEL, Passers, Producer, Scene
from benchmarks.chaos.hosts import Host
from benchmarks.chaos.plan import Plan, kills
from benchmarks.chaos.watching import Watcher
from local.blob_events import BlobEvents
from local.clips.making import Recipe, make
from local.listener import listener
from local.speech.records import Plan as Training
from local.stack import ROOT, Stack
from local.storm import Odds, Storm

HERE = Path(__file__).parent
CLIPS = {
    "consent": Recipe(8, seed=2), "silent": Recipe(64, spoken=False, seed=3), "natural": Recipe(304),
    "short": Recipe(8, spoken=False, seed=4),
}  # fmt: skip
SLACK = Odds(write=0.16, read=0.12, drop=0.5)
SPEECH = Odds(write=0.20, read=0.05, drop=0.5)
AGAIN = 0.08  # of the requests and blob events are sent twice
STEPS = ("train", "copy", "deploy", "remove")


@dataclass
class Count:
    """What the run did to its hosts."""

    kills: int = 0
    mid_effect: int = 0
    operations: list[str] = field(default_factory=list[str])  # those that were under way on a killed host


class Stage:
    """Everything that runs; a context manager."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.count = Count()
        self.users = [f"U0P{number:03d}" for number in range(plan.avatars)]
        self._exits = ExitStack()
        self._began = time.monotonic()
        self._servers: list[uvicorn.Server] = []

    def __enter__(self) -> Self:
        plan = self.plan
        clips = {name: make(plan.folder / "clips" / f"{name}.mp4", recipe) for name, recipe in CLIPS.items()}
        self.stack = self._exits.enter_context(
            Stack(plan.folder, with_host=False, pace=plan.speed, policy=HERE / "policy.toml", crowd=tuple(self.users))
        )
        self.stack.clock.move(plan.speed)
        stack = self.stack
        for number, version in itertools.product(range(plan.avatars), range(1, 100)):
            state = stack.speech_world.states["studio-weu"]
            state.plans[f"av{number:02d}-v{version}"] = Training(hours=plan.training_hours)
        environment = stack.environment()
        self.hosts = [Host(number, plan.root, environment, plan.folder) for number in range(plan.hosts)]
        for host in self.hosts:
            host.start()
            self._exits.callback(host.stop)
        self._serve_router()
        self._wait(lambda: all(host.healthy() for host in self.hosts), 60, "the hosts did not start")
        dice = random.Random(f"{plan.seed}/again")  # noqa: S311 - a schedule, no secret
        stack.slack.again = lambda: dice.random() < AGAIN
        blob_dice = random.Random(f"{plan.seed}/blobs")  # noqa: S311 - a schedule, no secret
        webhook = f"{stack.app}/runtime/webhooks/blobs"
        self.blob_events = BlobEvents(stack.connection, webhook, lambda: blob_dice.random() < AGAIN)
        self.blob_events.start()
        self._exits.callback(self.blob_events.stop)
        self.watcher = Watcher(stack.slack)
        self.watcher.start()
        self._exits.callback(self.watcher.stop)
        client = self._exits.enter_context(httpx.Client(base_url=stack.page, timeout=30))
        self.scene = Scene(stack, self.watcher, client, clips, plan.seed, plan.second_thoughts)
        return self

    def __exit__(self, *error: object) -> None:
        self._exits.close()

    def run(self) -> None:
        """The storm until every target is met or the time is over, then calm until nothing is owed."""
        plan, stack = self.plan, self.stack
        stack.slack.storm = Storm(f"{plan.seed}/slack", SLACK)
        stack.speech_world.faults.storm = Storm(f"{plan.seed}/speech", SPEECH)
        people = [Producer(self.scene, number, user, plan.stagger_s * number) for number, user in enumerate(self.users)]
        passers = [Passers(self.scene, self.users, number, plan.pause_s) for number in range(plan.passers)]
        for thread in (*people, *passers):
            thread.start()
        self._began = time.monotonic()
        reaper = threading.Thread(target=self._reap, daemon=True)
        reaper.start()
        said = 0.0
        while self._passed() < plan.seconds and not self._enough():
            time.sleep(1)
            # Those under way then make up the rest; what follows a training needs the time.
            if self.paid()["train"] >= max(12, plan.per_kind * 0.95):
                self.scene.trained.set()
            if self._passed() - said >= 15:
                said = self._passed()
                self._say()
        self.scene.over.set()
        reaper.join(timeout=60)
        stack.slack.storm.over = stack.speech_world.faults.storm.over = True
        stack.slack.again = lambda: False
        self._say()
        self._settle()
        self.scene.left.set()

    def judged(self, ids: Path) -> dict[str, Any]:
        """What the judge found: a program of its own."""
        command = [
            sys.executable, "-m", "benchmarks.chaos.judge", "--slack", self.stack.page, "--speech", self.stack.speech,
            "--connection", self.stack.connection, "--approvers", ",".join(APPROVERS), "--channel", CHANNEL,
            "--speed", str(self.plan.speed), "--ids", str(ids),
        ]  # fmt: skip
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        lines = ran.stdout.splitlines()
        print("\n".join(lines[:-1]))
        if ran.returncode not in {0, 1} or not lines:
            message = f"the judge broke down:\n{ran.stderr[-3000:]}"
            raise RuntimeError(message)
        return json.loads(lines[-1])

    def paid(self) -> dict[str, int]:
        """Calls that the Speech stand-in accepted, by step."""
        names = {"training": "train", "copy": "copy", "deployment": "deploy"}
        found = dict.fromkeys(STEPS, 0)
        for entry in self.stack.speech_journal.entries():
            if entry.started and entry.started.kind in names:
                found[names[entry.started.kind]] += 1
            elif entry.method == "DELETE" and "/endpoints/" in entry.path and entry.status == 204:
                found["remove"] += 1
        return found

    def faults(self) -> tuple[int, int]:
        """Faults, and those of them that dropped the answer after the work was done."""
        kinds = [entry.fault for entry in self.stack.speech_journal.entries() if entry.fault]
        kinds += [str(entry["fault"]) for entry in list(self.stack.slack.journal) if entry["fault"]]
        return len(kinds), kinds.count("drop_after")

    def _enough(self) -> bool:
        plan, (faults, dropped) = self.plan, self.faults()
        return (
            min(self.paid().values()) >= plan.per_kind and self.count.kills >= plan.kills and faults >= plan.faults
            and self.count.mid_effect >= plan.mid_effect and dropped >= plan.dropped
        )  # fmt: skip

    def _reap(self) -> None:
        for kill in kills(self.plan):
            while self._passed() < kill.at:
                if self.scene.over.wait(0.05):
                    return
            host = self._aimed(kill.after) if kill.aimed else None
            victim = host or self.hosts[kill.host]
            if self.scene.over.is_set():
                return
            if victim.ended():
                continue
            trace = victim.kill()
            self.count.kills += 1
            self.count.mid_effect += bool(trace.mid)
            self.count.operations += trace.mid
            self.scene.hurried.extend(trace.mid)
            victim.start()

    def _aimed(self, after: float) -> Host | None:
        """A host that is between claim and strike-off, once `after` seconds have passed; None after a while."""
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline and not self.scene.over.is_set():
            for host in self.hosts:
                with host.lock:
                    host.trace.read()
                    under_way = host.trace.mid
                if under_way and not host.ended():
                    time.sleep(after)
                    return host
            time.sleep(0.01)
        return None

    def _settle(self) -> None:
        """Calm until nothing is owed, queued or under way, within what reconcile needs."""
        deadline = time.monotonic() + self.plan.settling_s
        quiet = 0
        while time.monotonic() < deadline and quiet < 3:
            time.sleep(2)
            for host in self.hosts:
                if host.ended():
                    host.start()
            left = list(self._unfinished())
            quiet = 0 if left else quiet + 1
        print(f"settled after {self._passed():.0f} s; still under way: {', '.join(left) or 'nothing'}", flush=True)

    def _unfinished(self) -> Iterator[str]:
        tables: Any = TableServiceClient.from_connection_string(self.stack.connection)
        for row in tables.get_table_client("worklists").query_entities(
            "PartitionKey eq 'owes' or PartitionKey eq 'open'"
        ):
            if row["PartitionKey"] == "owes":
                yield f"owed {row['avatar']}"
                continue
            try:
                found = tables.get_table_client("avatars").get_entity(row["avatar"], f"rec:op:{row['item']}")
            except ResourceNotFoundError:  # an entry too many is dropped by the timer
                continue
            if json.loads(found["json"])["state"]["status"] != "proposed":
                yield str(row["item"])
        queues = QueueServiceClient.from_connection_string(self.stack.connection)
        for name in ("events", "clip-checks"):
            if queues.get_queue_client(name).get_queue_properties().approximate_message_count:
                yield f"queue {name}"

    def _serve_router(self) -> None:
        port = int(self.stack.app.rpartition(":")[2])
        listening = listener(port)
        server = uvicorn.Server(uvicorn.Config(router.build(self.hosts), log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join(timeout=10)

        self._exits.callback(stop)
        self._wait(lambda: server.started, 20, "the router did not start")

    def _wait(self, true: Any, seconds: float, otherwise: str) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError(otherwise)
            time.sleep(0.05)

    def _passed(self) -> float:
        return time.monotonic() - self._began

    def _say(self) -> None:
        faults, dropped = self.faults()
        print(
            f"{self._passed():5.0f} s: paid {self.paid()}, {self.count.kills} kills ({self.count.mid_effect} mid-effect), "
            f"{faults} faults ({dropped} dropped answers)", flush=True,
        )  # fmt: skip
