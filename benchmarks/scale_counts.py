"""Count what each kind of event costs: the real functions over Azurite and the stand-ins, with a counting proxy before the storage.

`make scale-counts` writes `scale_counts.json`, which `benchmarks/scale.py` reads. It takes about a minute.
"""

import json
import os
import sys
import tempfile
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azure.functions as func
import httpx
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobClient

from benchmarks.clip_files import encode, once
from benchmarks.table_proxy import Counts, counting
from local.clips.making import STRETCH_S, Recipe, make, repeat
from local.host.loading import load
from local.slack.sending import signed
from local.slack.team import TEAM
from local.stack import ROOT, Stack
from shared.domain.book import Book
from tests.integration.conftest import BEN, LENA, MAYA, World

FILE = Path(__file__).with_name("scale_counts.json")
CLIPS = ROOT / ".local" / "bench-clips"  # `make bench-clips` keeps its clips there, too
COMMAND = "make scale-counts"
MORE = 10  # avatars with a live deployment, for what a timer costs for each
JOBS = 5  # of batch synthesis
# What one thing more costs: in a run with it, beside a run without.
EXTRA = (
    ("poll look", "run with a look", "training_poll beside nothing"),
    ("poll not due", "run with one not due", "training_poll beside nothing"),
    ("poll done", "run with one done", "training_poll beside nothing"),
    ("poll deployed", "run with one deployed", "training_poll beside nothing"),
    ("watch one", "run with one live", "idle_watch beside nothing"),
    ("batch job", "run with new jobs", "run with known jobs"),
    ("alert", "run with an alert", "run with known jobs"),
    ("flagged", "run with one flagged", "run with known jobs"),
)
COPIES = 200
PAUSE_S = 0.3  # the app asks the local clock again after a quarter of a second


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Passed(Counts):
    """Requests to the blob or the queue service, by what they cost: writes and listings are dearer than reads."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def add(self, path: str, method: str, asked: bytes, answer: bytes) -> None:
        del asked
        listing = method == "GET" and path.count("/") <= 2
        what = "reads" if method in {"GET", "HEAD"} and not listing else "writes"
        with self._lock:
            self._passed[self._service, what] += 1
            if what == "reads":
                self._passed[self._service, "bytes"] += len(answer)


@dataclass
class Measured:
    """What a piece of work cost."""

    table_requests: int = 0
    table_rows_read: int = 0
    rows_kept: int = 0  # rows that the two tables have more than before
    blob_reads: int = 0
    blob_writes: int = 0
    blob_bytes: int = 0
    messages: int = 0  # queued by it
    slack: Counter[str] = field(default_factory=Counter[str])
    speech: Counter[str] = field(default_factory=Counter[str])
    seconds: float = 0.0

    def __sub__(self, other: "Measured") -> dict[str, Any]:
        return difference(self.plain(), other.plain(), 1)

    def plain(self) -> dict[str, Any]:
        return {**vars(self), "slack": dict(self.slack), "speech": dict(self.speech), "seconds": round(self.seconds, 3)}


def difference(much: dict[str, Any], little: dict[str, Any], by: int) -> dict[str, Any]:
    """What one more costs, where `by` more were looked at."""
    made: dict[str, Any] = {}
    for name, value in much.items():
        if name in ("slack", "speech"):
            known: dict[str, Any] = little[name]
            keys = sorted({*value, *known})
            rest = {key: round((value.get(key, 0) - known.get(key, 0)) / by, 2) for key in keys}
            made[name] = {key: more for key, more in rest.items() if more}
        else:
            made[name] = round((value - little[name]) / by, 4)
    return made


class Stage:
    """The app in this process, over stand-ins; whatever it asks of them is counted."""

    def __init__(self, stack: Stack, world: World, counts: dict[str, Counts]) -> None:
        self.stack, self.world = stack, world
        self._counts = counts
        self._tables: Any = TableServiceClient.from_connection_string(stack.connection)
        self.found: dict[str, dict[str, Any]] = {}
        self.memory: dict[str, int] = {}

    @contextmanager
    def measured(self, name: str = "") -> Generator[Measured]:
        made, slack, speech, rows = (
            Measured(),
            len(self.stack.slack.journal),
            len(self.stack.speech_journal.entries()),
            self._rows(),
        )
        for counts in self._counts.values():
            counts.take()
        began = time.perf_counter()
        yield made
        made.seconds = time.perf_counter() - began
        tables, blobs, queues = (self._counts[service].take() for service in ("table", "blob", "queue"))
        made.table_requests = sum(number for (_, what), number in tables.items() if what == "requests")
        made.table_rows_read = sum(number for (_, what), number in tables.items() if what == "rows")
        made.rows_kept = self._rows() - rows
        made.blob_reads, made.blob_writes = blobs["blob", "reads"], blobs["blob", "writes"]
        made.blob_bytes = blobs["blob", "bytes"]
        made.messages += queues["queue", "writes"]
        made.slack = Counter(str(entry["method"]) for entry in self.stack.slack.journal[slack:])
        made.speech = Counter(_api(entry.path) for entry in self.stack.speech_journal.entries(speech))
        if name:
            self.found[name] = made.plain()
            say(f"  {name}: {json.dumps(made.plain())}")

    def _rows(self) -> int:
        tables = (self._tables.get_table_client(name) for name in ("avatars", "worklists"))
        return sum(1 for table in tables for _ in table.list_entities(select="PartitionKey"))

    def says(self, kind: str, user: str, text: str) -> None:
        """A command: the route and the queue function, as one figure."""
        with self.measured(kind) as made:
            answer, messages = self.world.command(user, text)
            assert answer.status_code == 200, answer.get_body()
            self.world.deliver(messages)
            made.messages += len(messages)

    def clicks(self, kind: str, user: str, action: str, about: str, channel: str = "C0AVATARS") -> None:
        value = self._button(action, about, channel)
        with self.measured(kind) as made:
            answer, messages = self.world.press(user, action, value, channel)
            assert answer.status_code == 200, answer.get_body()
            self.world.deliver(messages)
            made.messages += len(messages)

    def opens_home(self, kind: str) -> None:
        event = {"type": "app_home_opened", "user": MAYA, "channel": "D0MAYA", "tab": "home", "event_ts": "1.0"}
        body = json.dumps(
            {
                "token": "", "team_id": TEAM, "api_app_id": "A0", "event": event, "type": "event_callback",
                "event_id": f"Ev{time.time_ns()}", "event_time": int(time.time()),
                "authorizations": [{"team_id": TEAM, "user_id": "U0AVATARBOT", "is_bot": True}],
            }
        )  # fmt: skip
        with self.measured(kind) as made:
            headers = {**signed(self.stack.signing_secret, body), "Content-Type": "application/json"}
            answer, messages = self.world.post(body.encode(), headers)
            assert answer.status_code == 200, answer.get_body()
            self.world.deliver(messages)
            made.messages += len(messages)

    def _button(self, action: str, about: str, channel: str) -> str:
        for message in reversed(self.stack.slack.messages[channel]):
            for block in message["blocks"] or []:
                if block["type"] == "actions" and about in json.dumps(message["blocks"]):
                    for element in block["elements"]:
                        if element.get("action_id") == action:
                            return str(element["value"])
        raise AssertionError((action, about))

    def later(self, hours: float) -> None:
        self.stack.clock.move(jump_seconds=hours * 3600)
        threading.Event().wait(PAUSE_S)

    def keep(self, name: str, made: dict[str, Any]) -> None:
        self.found[name] = made
        say(f"  {name}: {json.dumps(made)}")

    def keeps_in_memory(self) -> None:
        """Bytes of one clip and one avatar's records, as `find_missed` and `books()` hold all of them at once."""
        records = sys.modules["function_app"].services().records
        kinds: dict[str, Callable[[], Any]] = {
            "clip": lambda: records.clips("presenter"),
            "book": lambda: Book.of(records.load("presenter").records),
        }
        for what, read in kinds.items():
            each = len(read()) if what == "clip" else 1
            tracemalloc.start()
            held = [read() for _ in range(COPIES)]
            self.memory[what] = tracemalloc.get_traced_memory()[0] // (COPIES * each)
            tracemalloc.stop()
            del held
        say(f"  bytes in memory: {self.memory}")

    def resources(self) -> dict[str, Any]:
        return sys.modules["function_app"].services().resources

    def synthesizes(self, job: str) -> None:
        """Somebody else's program uses what is live. The service takes two requests a minute."""
        self.later(0.02)
        config = {"talkingAvatarCharacter": "presenter-v1", "customized": True}
        body = {
            "inputKind": "PlainText", "inputs": [{"content": "Hello."}], "avatarConfig": config,
            "synthesisConfig": {"voice": "en-US-AvaMultilingualNeural"},
        }  # fmt: skip
        place = f"{self.stack.speech}/r/studio-weu/avatar/batchsyntheses/{job}?api-version=2024-08-01"
        headers = {"Ocp-Apim-Subscription-Key": "local-key-studio-weu"}
        httpx.put(place, json=body, headers=headers).raise_for_status()
        self.later(0.02)

    def runs(self, timer: str, kind: str = "") -> Measured:
        with self.measured(kind) as made:
            self.world.functions[timer].call(None)
        return made

    def settled(self, text: str) -> None:
        """Whatever is queued is handled, until this is said somewhere."""
        self.world.pump(lambda: self.world.sees(text), seconds=60)

    def uploads(self, kind: str, blob: str, path: Path) -> None:
        """An upload and its check, one after the other."""
        with path.open("rb") as content:
            self.stack.upload(blob, content)
        with self.measured(f"upload {kind}"):
            self.world.functions["clip_uploaded"].call(
                BlobClient.from_connection_string(os.environ["STATE"], "clips", blob)
            )
        (message,) = list(self.world.queues["clip-checks"].receive_messages(visibility_timeout=300))
        self.world.queues["clip-checks"].delete_message(message)
        with self.measured(f"check {kind}") as made:
            self.world.functions["clip_check"].call(
                func.QueueMessage(id=message.id, body=message.content.encode(), pop_receipt="p")
            )
        self.found[f"check {kind}"]["blob_size"] = path.stat().st_size
        assert made.blob_bytes


def _api(path: str) -> str:
    """Which of the service's doors a request went to."""
    kinds = {"/avatar/batchsyntheses": "batch", "/management": "metrics", "/prices": "prices"}
    return next((kind for part, kind in kinds.items() if part in path), "voice")


def play(stage: Stage, clips: dict[str, Path]) -> None:
    """One avatar's life, and the timers beside nothing, beside work, and beside many."""
    first(stage)
    life(stage, clips)
    many(stage)


def first(stage: Stage) -> None:
    say("the timers, beside nothing; the first run of each reads prices and writes rows that stay")
    for timer in ("training_poll", "idle_watch", "reconcile", "digest"):
        stage.runs(timer)
    beside = timers(stage)
    for timer, made in beside.items():
        stage.keep(f"{timer} beside nothing", made.plain())
    known = stage.resources()
    one = dict([next(iter(known.items()))])
    rest = {name: known.pop(name) for name in list(known) if name not in one}
    stage.runs("reconcile")
    alone = timers(stage)
    known.update(rest)
    for timer, made in alone.items():
        stage.found[f"{timer} per resource"] = difference(made.plain(), {**beside[timer].plain()}, -len(rest))
        one_less = difference(made.plain(), stage.found[f"{timer} per resource"], 1)
        stage.keep(f"{timer} base", one_less)


def timers(stage: Stage) -> dict[str, Measured]:
    """One ordinary run of each; `compare`: the run of reconcile that once an hour compares Azure with the records."""
    for timer in ("training_poll", "idle_watch", "reconcile", "digest"):
        stage.runs(timer)  # takes in what is new, and posts the digest where it is due
    made = {timer: stage.runs(timer) for timer in ("training_poll", "reconcile", "digest")}
    stage.later(1.1)
    made["compare"] = stage.runs("reconcile")
    made["idle_watch"] = stage.runs("idle_watch")
    return made


def life(stage: Stage, clips: dict[str, Path]) -> None:
    say("one avatar, from its name to its removal")
    stage.says("command new", MAYA, "new presenter in studio-weu")
    stage.says(
        "command consent", MAYA,
        'consent presenter talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes',
    )  # fmt: skip
    for kind in ("natural", "silent", "consent", "long"):
        folder = "interaction" if kind == "long" else kind
        stage.uploads(kind, f"presenter/{folder}/{kind}.mp4", clips[kind])
    stage.settled("/avatar train presenter`")
    stage.says("command status", MAYA, "status presenter")
    stage.says("command list", MAYA, "list")
    stage.says("command refused", MAYA, "deploy presenter")
    stage.opens_home("home few")
    stage.says("command train", MAYA, "train presenter")
    stage.clicks("click refused", MAYA, "approve", "Train presenter-v1")
    stage.clicks("click approve and start", BEN, "approve", "Train presenter-v1")
    for _ in range(3):
        stage.later(0.3)
        stage.runs("training_poll", "run with a first look")
    stage.later(0.3)
    stage.runs("training_poll", "run with a look")
    stage.runs("training_poll", "run with one not due")
    stage.later(50)
    stage.runs("training_poll", "run with one done")
    stage.settled("Train presenter-v1: done")
    stage.says("command deploy", MAYA, "deploy presenter")
    stage.clicks("click approve deploy", BEN, "approve", "Deploy presenter-v1")
    stage.later(1)
    stage.runs("training_poll", "run with one deployed")
    stage.settled("Deploy presenter-v1: done")
    stage.later(1)
    stage.runs("idle_watch", "run with one live")
    for number in range(JOBS):
        stage.synthesizes(f"job-{number}")
    stage.runs("idle_watch", "run with new jobs")
    stage.runs("idle_watch", "run with known jobs")
    stage.later(60)
    stage.runs("idle_watch", "run with an alert")
    stage.later(1)
    stage.runs("idle_watch", "run with one flagged")
    stage.clicks("click snooze", LENA, "snooze", "presenter-v1", "C0ONCALL")
    stage.keeps_in_memory()
    stage.later(12)
    stage.runs("digest", "digest posted")
    events = stage.found
    for kind, with_it, without in EXTRA:
        stage.keep(kind, difference(events[with_it], events[without], JOBS if kind == "batch job" else 1))


def many(stage: Stage) -> None:
    say(f"{MORE} avatars more, each with a live deployment on one resource; then the same timers")
    before = timers(stage)
    since = f"{stage.stack.clock.now():%Y-%m-%d}"
    for number in range(MORE):
        stage.says(
            f"command adopt {number}", MAYA,
            f"adopt many-{number} in portal-wus2 model=many-{number}-v1 since={since}",
        )  # fmt: skip
    beside = timers(stage)
    for timer, made in beside.items():
        what = "deployment" if timer == "idle_watch" else "avatar"
        stage.keep(f"{timer} per {what}", difference(made.plain(), before[timer].plain(), MORE))
    stage.opens_home("home many")
    stage.keep("home per avatar", difference(stage.found["home many"], stage.found["home few"], MORE))
    adopted = [stage.found.pop(f"command adopt {number}") for number in range(MORE)]
    stage.keep("command adopt", adopted[0])
    stage.keep(
        "command adopt per avatar", difference(adopted[7], adopted[1], 6)
    )  # beyond that books are read on threads


def made_clips(folder: Path) -> dict[str, Path]:
    """Three clips of a small data set, and one as a camera makes it: ten minutes, 16 Mbit/s."""
    recipes = {
        "natural": Recipe(304, 1920, 1080), "silent": Recipe(64, spoken=False, seed=3), "consent": Recipe(8, seed=2),
    }  # fmt: skip
    CLIPS.mkdir(parents=True, exist_ok=True)
    stretch, long = CLIPS / "stretch.mp4", CLIPS / "faststart.mp4"
    once(stretch, lambda path: encode(path, 1920, 1080, "libx264", 16_000_000))
    once(long, lambda path: repeat(stretch, path, 600 // STRETCH_S))
    return {**{name: make(folder / f"{name}.mp4", recipe) for name, recipe in recipes.items()}, "long": long}


def proxied(stack: Stack, exits: ExitStack) -> tuple[str, dict[str, Counts]]:
    """The connection through three proxies, and what they count."""
    parts = dict(part.split("=", 1) for part in stack.connection.rstrip(";").split(";"))
    ways = {"table": Counts(), "blob": Passed("blob"), "queue": Passed("queue")}
    for service, counts in ways.items():
        name = f"{service.capitalize()}Endpoint"
        port, _ = exits.enter_context(counting(parts[name], counts))
        parts[name] = f"http://127.0.0.1:{port}/{parts['AccountName']}"
    return ";".join(f"{name}={value}" for name, value in parts.items()) + ";", ways


def main() -> None:
    began = time.time()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as exits:
        folder = Path(temporary)
        clips = made_clips(folder)
        stack = exits.enter_context(Stack(folder / "stack", with_host=False, pace=100))
        connection, counts = proxied(stack, exits)
        os.environ.update({**stack.environment(), "STATE": connection})
        stage = Stage(stack, World(stack, {one.name: one for one in load(ROOT)}), counts)
        play(stage, clips)
        sys.modules["function_app"].services().close()
        assert stack.slack.violations == []
        resources = len(sys.modules["function_app"].resources)
    result = {
        "measured": time.strftime("%Y-%m-%d"),
        "command": COMMAND,
        "machine": f"{os.cpu_count()} cores, Azurite and stand-ins on loopback, Python {sys.version.split()[0]}",
        "resources": resources,
        "bytes_in_memory": stage.memory,
        "events": stage.found,
    }
    FILE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    say(f"{FILE.name} is written ({time.time() - began:.0f} s)")


if __name__ == "__main__":
    main()
