"""A small world for the shell: real adapters over tables in memory, and processes that may die at every call to a port."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from shared.domain.book import Book
from shared.domain.clips import Facts, Finding
from shared.domain.events import MESSAGE, CheckWanted, ClipChecked, Drain, Envelope, Event, Question, Reply
from shared.domain.policy import Policy
from shared.domain.resources import Resource
from shared.errors import Temporary
from shared.groups import Groups
from shared.handling import Handling
from shared.ports import Job, Owed
from shared.requeueing import queue_anew
from shared.services import DriversByName, Services
from shared.settings import read_settings
from shared.speech.portal_driver import PortalDriver
from shared.storage.lists import TableLists
from shared.storage.sdk import Row
from shared.storage.tables import EFFECT, TableRecords
from tests.builders import POLICY, RESOURCES
from tests.fakes.cloud import (
    Clocks,
    Container,
    Meter,
    NoPager,
    NoPictures,
    Prices,
    Queue,
    Service,
    Slack,
    Synthesizer,
    Usages,
    Watch,
)
from tests.fakes.rows import MemoryTable

SETTINGS = read_settings(
    {
        "STATE": "none", "SLACK_SIGNING_SECRET": "0" * 32, "SLACK_BOT_TOKEN": "xoxb-none", "SLACK_BOT_USER_ID": "U0BOT",
        "SLACK_TEAM_ID": "T0", "SLACK_PACE": "20",
    }
)  # fmt: skip
TWO_APPROVERS = POLICY.steps["train"].model_copy(update={"approvers": 2})
RULES = POLICY.model_copy(update={"steps": {**POLICY.steps, "train": TWO_APPROVERS}})
Kind = Literal["die_before", "die_after", "fail_before", "fail_after"]


class Died(BaseException):
    """The process was killed here; no `except Exception` of ours may catch that."""


@dataclass(frozen=True)
class Fault:
    """What happens at the n-th call to a port: the process dies, or the call fails; before or after it took effect."""

    at: int
    kind: Kind


class Process:
    """One process: its calls are counted, may be interrupted by rivals, and fail where a fault says so."""

    def __init__(self, fault: Fault | None = None, rivals: dict[int, Callable[[], None]] | None = None) -> None:
        self._fault = fault
        self._rivals = rivals or {}
        self.calls = 0
        self._dead = False
        self.met_rival = False
        self.met_fault = False

    def through(self, port: Any) -> Any:
        return _Fragile(port, self)

    def call(self, act: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        number = self.calls
        self.calls += 1
        rival = self._rivals.pop(number, None)
        if rival and not self._dead:
            self.met_rival = True
            rival()
        self._meet(number, "before")
        answer = act(*given, **named)
        self._meet(number, "after")
        return answer

    def _meet(self, number: int, when: str) -> None:
        fault = self._fault
        if fault and fault.at == number and fault.kind.endswith(when):
            self.met_fault = True
            if fault.kind.startswith("fail"):
                raise Temporary("unreachable", "a call that failed")
            self._dead = True
        if self._dead:
            raise Died  # also from what would clean up: a killed process does nothing any more


class _Fragile:
    """A port as one process sees it."""

    def __init__(self, port: Any, process: Process) -> None:
        self._port, self._process = port, process

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):  # asked for by what copies a world
            raise AttributeError(name)
        act = getattr(self._port, name)
        return lambda *given, **named: self._process.call(act, given, named)


class WatchedTable(MemoryTable):
    """Tells when an effect that was owed is struck off; nobody writes over the audit."""

    def __init__(self, struck: Callable[[Owed], None]) -> None:
        super().__init__()
        self._struck = struck

    def _put(self, row: Row) -> str:
        audit = str(row["RowKey"]).startswith("audit:")
        assert not (audit and self.get(row["PartitionKey"], row["RowKey"])), "a line of the audit was written over"
        return super()._put(row)

    def delete(self, partition: str, key: str, etag: str = "") -> None:
        found = self.get(partition, key)
        super().delete(partition, key, etag)
        if found and key.startswith("owe:"):
            self._struck(Owed(partition, key, EFFECT.validate_json(found.text("json")), found.number("tries")))


class NoStatements:
    """Implements `Statements`: nothing here asks for them."""

    def text(self, *, voice_sync: bool) -> str:
        raise NotImplementedError(voice_sync)


class NoTranscriber:
    """Implements `Transcriber`: no recording is sent anywhere."""

    def transcribe(self, resource: Resource, recording: bytes, locale: str) -> str:
        raise NotImplementedError(locale)


class World:
    """What outlives every process."""

    def __init__(self, paid: Callable[[Job], None], struck: Callable[[Owed], None]) -> None:
        self.clocks = Clocks()
        self.watch = Watch(self.clocks)
        self.rows, self.list_rows = WatchedTable(struck), MemoryTable()
        self.slack, self.queue, self.container = Slack(), Queue(), Container()
        self.service, self.prices, self.usages = Service(paid), Prices(), Usages()
        self.synthesizer = Synthesizer()
        self.policy: Policy = RULES
        self.quiet = self.handling(Process())

    def handling(self, process: Process) -> Handling:
        """The shell of a new process; nothing but the stores is shared with those before it."""
        return Handling(self.services(process))

    def services(self, process: Process) -> Services:
        """What a new process is made of."""
        records = TableRecords(process.through(self.rows))
        lists = TableLists(process.through(self.list_rows))
        slack = process.through(self.slack)
        return Services(
            settings=SETTINGS, policy=self.policy, resources=RESOURCES, calendar=self.clocks, stopwatch=self.watch,
            records=records, lists=lists, cards=lists, queues=process.through(self.queue),
            clips=process.through(self.container), pictures=NoPictures(), messenger=slack,
            groups=Groups(slack, self.watch),
            drivers=DriversByName(
                rest=process.through(self.service), portal=PortalDriver(process.through(Meter()))
            ),
            prices=process.through(self.prices), usage=process.through(self.usages),
            synthesis=process.through(self.synthesizer), statements=NoStatements(), transcriber=NoTranscriber(), pager=NoPager(), close=lambda: None,
        )  # fmt: skip

    def book(self, avatar: str) -> Book:
        return Book.of(self.quiet.services.records.load(avatar).records)


def deliver(handling: Handling, body: str) -> None:
    """As `functions/events.py` does it."""
    message = MESSAGE.validate_json(body)
    assert not isinstance(message, Question)
    try:
        if isinstance(message, Drain):
            handling.drain(message.avatar)
        else:
            handling.handle(message)
    except Temporary as error:
        queue_anew(handling, message, error)


def envelope(name: str, avatar: str, by: str, event: Event, clip: str | None = None) -> Envelope:
    reply = Reply(user=by, channel="C0AVATARS") if by.startswith("U") else None
    return Envelope(id=name, team="T0", avatar=avatar, by=by, event=event, reply=reply, clip=clip)


def verdict(handling: Handling, body: str, sizes: dict[str, int]) -> None:
    """As `check_clip` ends; what a clip holds is told by its size: an odd one is faulty."""
    wanted = CheckWanted.model_validate_json(body)
    size = sizes.get(wanted.etag, 0)
    finding = Finding(rule="VID-RES", severity="error", measured="1", required="2", message="m", fix="f", source="s")
    facts = Facts(size=size, duration_s=310, width=1920, height=1080, fps=25)
    event = ClipChecked(
        clip=wanted.clip, etag=wanted.etag, fingerprint=f"{wanted.clip}-{size}", facts=facts,
        findings=(finding,) if size % 2 else (),
    )  # fmt: skip
    name = f"checked-{wanted.clip}-{wanted.etag}"
    handling.handle(envelope(name, wanted.avatar, "uploads", event, wanted.clip))
