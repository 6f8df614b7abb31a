"""Ours, as the functions run it: the shell over the real tables; what is beyond Table storage is in memory.

Reads commands from stdin, one JSON object a line, and answers each with one.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from azure.data.tables import TableServiceClient

from shared.clock import SystemStopwatch, iso
from shared.domain.book import AuditLine, Decision, Record
from shared.domain.clips import Checking, Facts, clip_id
from shared.domain.events import ApproveClicked, ClipChecked, Envelope, Event, Observed, RejectClicked, Reply
from shared.domain.operations import Evidence, Operation, Running, Succeeded
from shared.domain.records import Words
from shared.errors import Temporary
from shared.groups import Groups
from shared.handling import Handling
from shared.ports import Entry, Job, Owed
from shared.services import DriversByName, Services
from shared.speech.portal_driver import PortalDriver
from shared.storage.lists import TableLists
from shared.storage.sdk import Table
from shared.storage.tables import TableRecords
from shared.timers import follow_running
from tests import builders as make
from tests.fakes.cloud import Container, Meter, NoPager, NoPictures, Prices, Queue, Service, Slack, Synthesizer, Usages
from tests.properties.world import SETTINGS, NoStatements, NoTranscriber

KINDS = ("approve", "reject", "refused", "verdict", "progress")
LINE = AuditLine(action="made", by="bench")


class Days:
    """Business time that moves only when told, so that two runs write rows of the same length."""

    def __init__(self) -> None:
        self.at = make.NOW

    def now(self) -> datetime:
        return self.at


class Nothing:
    """Performs no effect, as if all of them were done at once."""

    def perform_all(self, _owed: list[Owed]) -> tuple[bool, float]:
        return True, 0.0


class Everything(Service):
    """Whatever it is asked about runs."""

    def observe(self, _job: Job, _since: datetime, now: datetime) -> Evidence:
        return Evidence(service_status="Running", looked=now)


class Ours:
    """The commands."""

    def __init__(self) -> None:
        tables = TableServiceClient.from_connection_string(os.environ["STATE"])
        for name in ("avatars", "worklists"):
            tables.create_table_if_not_exists(name)
        records = TableRecords(Table(tables.get_table_client("avatars")))
        lists = TableLists(Table(tables.get_table_client("worklists")))
        slack, watch, self.days = Slack(), SystemStopwatch(), Days()
        service = Everything(lambda _: None)
        self.services = Services(
            settings=SETTINGS.model_copy(update={"slack_pace": 1e6}), policy=make.POLICY, resources=make.RESOURCES,
            calendar=self.days, stopwatch=watch, records=records, lists=lists, cards=lists, queues=Queue(),
            clips=Container(), pictures=NoPictures(), messenger=slack, groups=Groups(slack, watch),
            drivers=DriversByName(rest=service, portal=PortalDriver(Meter())), prices=Prices(),  # pyright: ignore[reportArgumentType]
            usage=Usages(), synthesis=Synthesizer(), statements=NoStatements(), transcriber=NoTranscriber(), pager=NoPager(), close=lambda: None,
        )  # fmt: skip

    def handling(self, *, performs: bool) -> Handling:
        made = Handling(self.services)
        if not performs:
            made.performer = Nothing()  # pyright: ignore[reportAttributeAccessIssue]
        return made

    def prepare(self, kind: str, first: int, count: int, threads: int) -> None:
        """Avatars that are one event away from the transition of that kind."""
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda number: self._avatar(f"{kind}-{number}", kind), range(first, first + count)))

    def _avatar(self, name: str, kind: str) -> None:
        records = self.services.records
        clips = tuple(self._clip(name, clip) for clip in make.full_set())
        basis: list[Record] = [
            make.avatar().model_copy(update={"name": name}), make.consent(), Words(ref="w-t", text="Ada"),
            Words(ref="w-c", text="Contoso"), self._operation(name, kind),
        ]  # fmt: skip
        records.commit(records.load(name), Decision(tuple(basis), (LINE,), ()), "made", make.NOW)
        self.services.lists.put("open", Entry(name, f"{name}-op", data={"since": iso(make.NOW)}))
        if kind in ("approve", "verdict"):
            for clip in clips:
                fresh = kind == "verdict" and clip.path.kind == "natural"
                known = clip.model_copy(update={"state": Checking()}) if fresh else clip
                records.commit(records.load(name, clip.id), Decision((known,), (LINE,), ()), f"c-{clip.id}", make.NOW)

    def _clip(self, name: str, clip: Any) -> Any:
        return clip.model_copy(update={"path": clip.path.model_copy(update={"avatar": name})})

    def _operation(self, name: str, kind: str) -> Operation:
        running = kind in ("progress", "running", "finished")
        made = make.operation(state=Running(since=make.NOW, attempt=1) if running else None)
        if kind == "finished":
            made = make.operation(state=Succeeded(since=make.NOW, at=make.NOW), approvals=(make.BEN,))
        return made.model_copy(update={"ask": made.ask.model_copy(update={"id": f"{name}-op", "avatar": name})})

    def event(self, kind: str, name: str) -> Envelope:
        operation = f"{name}-op"
        natural = clip_id(make.clip("natural").path.model_copy(update={"avatar": name}))
        events: dict[str, tuple[str, Event]] = {
            "approve": (make.BEN, ApproveClicked(operation=operation, revision=1)),
            "reject": (make.BEN, RejectClicked(operation=operation, revision=1, why="The light is wrong.")),
            "refused": (make.MAYA, ApproveClicked(operation=operation, revision=1)),
            "verdict": ("uploads", ClipChecked(clip=natural, etag="1", fingerprint="f" * 64, facts=Facts(size=10), findings=())),
            "progress": ("training-poll", Observed(operation=operation, evidence=Evidence(service_status="Running", looked=self.days.now()))),
        }  # fmt: skip
        by, event = events[kind]
        return Envelope(
            id=f"{name}-event", team="T0", avatar=name, by=by, event=event, clip=natural if kind == "verdict" else None,
            reply=Reply(user=by, channel="C0AVATARS") if by.startswith("U") else None,
        )  # fmt: skip

    def decide(self, kinds: list[str], first: int, count: int, threads: int) -> dict[str, float]:
        """One event of every kind on each of so many avatars, without performing effects."""
        handling = self.handling(performs=False)
        messages = [self.event(kind, f"{kind}-{number}") for number in range(first, first + count) for kind in kinds]
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda message: _delivered(handling, message), messages))
        return {"seconds": time.perf_counter() - started, "transitions": len(messages)}

    def timer(self) -> dict[str, float]:
        """One run of the timer that follows what runs, effects and all."""
        self.days.at += timedelta(minutes=5)
        started = time.perf_counter()
        follow_running(self.handling(performs=True))
        return {"seconds": time.perf_counter() - started}


def _delivered(handling: Handling, message: Envelope) -> None:
    """As the queue does it: again, when the store had closed an idle connection."""
    for _ in range(5):
        try:
            return handling.handle(message)
        except Temporary as error:
            print(f"delivered again: {error}", file=sys.stderr)
    raise AssertionError


def main() -> None:
    logging.disable(logging.WARNING)
    ours = Ours()
    commands: dict[str, Callable[..., Any]] = {"prepare": ours.prepare, "decide": ours.decide, "timer": ours.timer}
    for line in sys.stdin:
        command = json.loads(line)
        answer = commands[command.pop("do")](**command)
        print(json.dumps(answer or {}), flush=True)


if __name__ == "__main__":
    main()
