"""Slack, the control plane, the container and the queues in memory: strict, with a journal of what was paid for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.domain.deployments import Deployment, Usage, Verdict
from shared.domain.money import Price
from shared.domain.operations import Evidence
from shared.domain.records import Trial
from shared.domain.resources import Resource
from shared.errors import Refused
from shared.ports import BlobInfo, Blocks, Endpoint, Inventory, Job, NotYet, Room, Underway, Video
from shared.slack.limits import lint_message
from tests.builders import GROUPS, NOW, price


class Clocks:
    """Both clocks; each look takes a moment, so that no two moments are the same."""

    def __init__(self) -> None:
        self.business, self.real = NOW, NOW

    def now(self) -> datetime:
        self.business += timedelta(milliseconds=1)
        return self.business


class Watch:
    """Real time beside the calendar of the same `Clocks`."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks

    def now(self) -> datetime:
        self._clocks.real += timedelta(milliseconds=20)
        return self._clocks.real

    def pause(self, seconds: float) -> None:
        self._clocks.real += timedelta(seconds=seconds)


class Slack:
    """Implements `Messenger`: messages by channel and ts; it refuses what Slack would refuse."""

    def __init__(self) -> None:
        self.messages: dict[tuple[str, str], tuple[str, Blocks | None]] = {}
        self.whispers: set[str] = set()
        self.files: set[str] = set()
        self.shared = 0
        self.groups: dict[str, tuple[str, ...]] = dict(GROUPS)

    def post(self, channel: str, text: str, blocks: Blocks | None = None, thread: str | None = None) -> str:
        assert lint_message(text, blocks) == []
        assert thread is None or (channel, thread) in self.messages, "a reply to a message that is not there"
        ts = f"{len(self.messages) + 1}.0"
        self.messages[channel, ts] = (text, blocks)
        return ts

    def update(self, channel: str, ts: str, text: str, blocks: Blocks | None = None) -> None:
        assert lint_message(text, blocks) == []
        assert (channel, ts) in self.messages, "an update of a message that is not there"
        self.messages[channel, ts] = (text, blocks)

    def link(self, channel: str, ts: str) -> str:
        assert (channel, ts) in self.messages
        return f"https://slack.example/{channel}/{ts}"

    def whisper(self, channel: str, user: str, text: str) -> None:
        assert channel
        assert user
        self.whispers.add(text)

    def respond(self, response_url: str, text: str, blocks: Blocks | None = None) -> None:
        raise AssertionError("nobody gave a response URL")

    def upload(self, name: str, picture: bytes, alt: str) -> str:
        self.files.add(name)
        return f"F0{len(self.files)}"

    def share(self, channel: str, thread: str, name: str, content: bytes, alt: str) -> str:
        assert (channel, thread) in self.messages, "a file for a thread that is not there"
        self.shared += 1
        return "F0VIDEO"

    def delete_file(self, file: str) -> None:
        raise AssertionError("no file was uploaded")

    def fill(self, view: str, filled: dict[str, Any]) -> None:
        raise AssertionError("nobody opened a form")

    def publish_home(self, user: str, view: dict[str, Any]) -> None:
        raise AssertionError("nobody opened Home")

    def group(self, group: str) -> tuple[str, ...]:
        return self.groups[group]

    def scopes(self) -> frozenset[str]:
        return frozenset({"commands", "chat:write"})

    def room(self, channel: str) -> Room:
        return Room(member=channel != "C0MAINTAIN", private=channel != "C0PUBLIC")

    def check(self) -> None:
        return


class Service:
    """Implements `Driver` as the REST driver behaves: a repeat under the same id finds the first. `paid` sees each effect."""

    def __init__(self, paid: Callable[[Job], None]) -> None:
        self._paid = paid
        self.works: dict[str, Job] = {}
        self.status: dict[str, str] = {}
        self.moods: list[str] = []  # what the next calls meet: not_yet, refuse

    def start(self, job: Job) -> Underway | NotYet:
        if job.id in self.works:
            return Underway()
        mood = self.moods.pop(0) if self.moods else ""
        if mood == "not_yet":
            return NotYet()
        if mood == "refuse":
            raise Refused("InvalidRequest", "The service said no.")
        if job.ask.step != "remove":
            job.hold()
        self._paid(job)
        self.works[job.id] = job
        return Underway()

    def begun(self, job: Job) -> bool:
        return job.id in self.works

    def observe(self, job: Job, since: datetime, now: datetime) -> Evidence:
        assert job.id in self.works, "this was never started"
        return Evidence(service_status=self.status.get(job.id, "Running"), looked=now)

    def names(self, resource: Resource) -> frozenset[str]:
        jobs = self.works.values()
        return frozenset(job.ask.model for job in jobs if (job.ask.target or job.ask.resource) == resource.name)

    def inventory(self, resource: Resource) -> Inventory | None:
        done = [job for job in self.works.values() if self.status.get(job.id) == "Succeeded"]
        gone = {job.ask.deployment for job in done if job.ask.step == "remove"}
        here = [job for job in done if (job.ask.target or job.ask.resource) == resource.name]
        return Inventory(
            endpoints=tuple(
                Endpoint(job.endpoint, job.ask.model, None)
                for job in here
                if job.ask.step == "deploy" and job.endpoint not in gone
            ),
            models={job.ask.model: None for job in here if job.ask.step in ("train", "copy")},
        )

    def metered(self, resource: Resource, what: str, start: datetime, end: datetime) -> Decimal | None:
        return None

    def check(self, resource: Resource) -> None:
        return


class Meter:
    """Implements what the portal driver asks of the monitor."""

    def hours(self, resource: Resource, meter: str, since: datetime, until: datetime) -> Decimal:
        return Decimal(0)


class Prices:
    """Implements `Prices`: a list price that may change."""

    def __init__(self) -> None:
        self.hour = "15.00"

    def training(self, region: str, now: datetime) -> Price | None:
        return price(self.hour)

    def hosting(self, region: str, now: datetime) -> Price | None:
        return price("0.60")

    def synthesis(self, region: str, now: datetime) -> Price | None:
        return price("2.00")


class Usages:
    """Implements `UsageWatch`: one verdict for everything."""

    def __init__(self) -> None:
        self.verdict: Verdict = "idle"

    def read_on(self, resource: Resource) -> None:
        return

    def look(
        self, resource: Resource, deployments: Sequence[Deployment], now: datetime, trials: Sequence[Trial], *,
        alone: bool,
    ) -> dict[str, Usage]:  # fmt: skip
        last = now if self.verdict == "in_use" else None
        seen = Usage(verdict=self.verdict, confidence="high", last_used=last, lines=("x",), looked=now)
        return {deployment.id: seen for deployment in deployments}


class Synthesizer:
    """Implements `Synthesis`: done at the second look."""

    def __init__(self) -> None:
        self.jobs: dict[str, int] = {}

    def start(self, resource: Resource, trial: Trial) -> None:
        self.jobs.setdefault(trial.id, 0)

    def look(self, resource: Resource, trial: Trial) -> Video | None:
        if trial.id not in self.jobs:
            raise Refused("NotFound", "no such job")
        self.jobs[trial.id] += 1
        return Video(succeeded=True) if self.jobs[trial.id] > 1 else None

    def video(self, resource: Resource, trial: Trial) -> bytes:
        return b"video"


class Container:
    """Implements `Clips` as far as records follow it; the content of a blob is its size."""

    def __init__(self) -> None:
        self.blobs: dict[str, BlobInfo] = {}
        self._writes = 0

    def put(self, name: str, size: int) -> BlobInfo:
        self._writes += 1
        self.blobs[name] = BlobInfo(name, f"e{self._writes}", size)
        return self.blobs[name]

    def list(self, folder: str = "") -> Iterable[BlobInfo]:
        return [blob for name, blob in sorted(self.blobs.items()) if name.startswith(f"{folder}/" if folder else "")]

    def info(self, blob: str) -> BlobInfo | None:
        return self.blobs.get(blob)

    def delete(self, blob: str) -> None:
        self.blobs.pop(blob, None)

    def open(self, blob: str, etag: str) -> Any:
        raise AssertionError("clips are not opened here")

    def link(self, blob: str) -> str:
        return f"http://127.0.0.1/clips/{blob}?sig=x"


class NoPager:
    """Implements `Pager`: nothing but Slack is configured."""

    def reaches(self, route: str) -> bool:
        return not route

    def send(self, route: str, action: str, key: str, summary: str, about: Mapping[str, str]) -> None:
        raise AssertionError((route, action, key, summary, about))


class NoPictures:
    """Implements `Pictures`: there are none."""

    def put(self, name: str, picture: bytes) -> None:
        raise AssertionError("nothing is drawn here")

    def get(self, name: str) -> bytes | None:
        return None

    def drop(self, folder: str, but: str = "") -> None:
        return


class Queue:
    """Implements `Queues`: at least once, in any order. A body stays until whoever took it deletes it."""

    def __init__(self) -> None:
        self._number = 0
        self.waiting: dict[int, str] = {}
        self.unchecked: dict[int, str] = {}
        self.wanted: set[str] = set()

    def events(self, body: str, delay: float = 0) -> int:
        self._number += 1
        self.waiting[self._number] = body
        return self._number

    def check(self) -> str:
        return "0 in events"

    def checks(self, body: str) -> None:
        self._number += 1
        self.unchecked[self._number] = body
        self.wanted.add(body)
