"""What the core needs from the world, as narrow interfaces; adapters and fakes follow the same contract tests."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from shared.domain.audit import AuditRow, Head
from shared.domain.book import Decision, Record
from shared.domain.clips import Clip
from shared.domain.deployments import Deployment, Usage
from shared.domain.effects import Effect
from shared.domain.money import Price
from shared.domain.names import Kind
from shared.domain.operations import Ask, Evidence
from shared.domain.records import Avatar, Trial
from shared.domain.resources import Resource

Blocks = list[dict[str, Any]]


class Calendar(Protocol):
    """Business time, UTC: expiry, idle hours, training. Locally it can be sped up."""

    def now(self) -> datetime: ...


class Stopwatch(Protocol):
    """Real time, UTC: signatures, links, leases, pacing."""

    def now(self) -> datetime: ...

    def pause(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Loaded:
    """The rows of one aggregate with their ETags; `seq` and `head` are those of its audit chain."""

    avatar: str
    chain: str
    root: str
    rows: dict[str, tuple[str, Record]]
    seq: int = 0
    head: str = ""

    @property
    def records(self) -> Iterable[Record]:
        return [record for _, record in self.rows.values()]


@dataclass(frozen=True)
class Owed:
    """An effect that a committed decision still owes."""

    avatar: str
    key: str
    effect: Effect
    tries: int = 0


class AlreadyDoneError(Exception):
    """This very event was committed before."""


class Records(Protocol):
    """One avatar is one partition; one decision is one transaction."""

    def load(self, avatar: str, clip: str | None = None) -> Loaded: ...

    def commit(self, loaded: Loaded, decision: Decision, message_id: str, now: datetime) -> list[Owed]:
        """Write everything or nothing.

        Raises:
            AlreadyDoneError: the event was committed before.
            LostRace: a row changed since it was loaded.
        """
        ...

    def owed(self, avatar: str) -> list[Owed]: ...

    def strike(self, owed: Owed) -> None: ...

    def postpone(self, owed: Owed, code: str) -> None:
        """Count a try that did not work, and say why."""
        ...

    def clips(self, avatar: str) -> tuple[Clip, ...]: ...

    def history(self, avatar: str) -> list[AuditRow]: ...

    def heads(self, avatar: str) -> dict[str, Head]:
        """The number and hash of the last line of every chain, as the records say."""
        ...

    def join_burst(self, avatar: str, now: datetime) -> str:
        """The id of the burst that an upload at this real time belongs to."""
        ...


@dataclass(frozen=True)
class Card:
    """What we know of one message in Slack: where it is and which content it shows."""

    avatar: str
    key: str
    channel: str = ""
    ts: str = ""
    shown: str = ""
    version: str = ""


class Cards(Protocol):
    """Messages that live: posted once, then updated, by one worker at a time."""

    def lease(self, avatar: str, key: str, now: datetime) -> Card:
        """Take the card for a short while.

        Raises:
            Temporary: another worker has it.
        """
        ...

    def renew(self, card: Card, now: datetime) -> Card:
        """Keep a card that was taken for as long again.

        Raises:
            Temporary: the lease had lapsed, and another worker has it.
        """
        ...

    def release(self, card: Card, channel: str, ts: str, shown: str) -> None: ...

    def peek(self, avatar: str, key: str) -> Card: ...

    def known(self, avatar: str, start: str) -> list[Card]:
        """All whose key begins so."""
        ...

    def forget(self, card: Card) -> None: ...


@dataclass(frozen=True)
class Entry:
    """A line of a work list: whose, which, and a version to remove exactly this one."""

    avatar: str
    item: str = ""
    version: str = ""
    data: dict[str, str] = field(default_factory=dict[str, str])


class WorkLists(Protocol):
    """Small lists that timers and overviews read instead of the history."""

    def put(self, name: str, entry: Entry) -> Entry: ...

    def drop(self, name: str, entry: Entry) -> None:
        """Remove it; with a version only if nobody wrote it since."""
        ...

    def entries(self, name: str) -> list[Entry]: ...

    def pace(self, key: str, per_second: float, burst: int, now: datetime) -> float:
        """Take one use of a shared rate; the answer is how many seconds to wait before trying again (0: go)."""
        ...

    def reserve(self, key: str, per_second: float, burst: int, now: datetime, patience: float) -> float:
        """Reserve a use of a shared rate, first come, first served: the seconds until the turn that is then the caller's.

        Raises:
            Temporary: it would come later than in `patience` seconds; nothing was reserved.
        """
        ...


class Queues(Protocol):
    """Outgoing messages of ours."""

    def events(self, body: str, delay: float = 0) -> None: ...

    def checks(self, body: str) -> None: ...

    def check(self) -> str:
        """How much waits, in words.

        Raises:
            Temporary, Broken: a queue can't be reached.
        """
        ...


class Reader(Protocol):
    """Ranges of one version of one blob."""

    size: int

    def read(self, offset: int, length: int) -> bytes: ...

    def read_all(self, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        """The bytes of each span (offset, length), in this order; several may be under way at once."""
        ...


@dataclass(frozen=True)
class BlobInfo:
    """A blob in the clips container."""

    name: str
    etag: str
    size: int


class Clips(Protocol):
    """The clips container."""

    def list(self, folder: str = "") -> Iterable[BlobInfo]: ...

    def info(self, blob: str) -> BlobInfo | None: ...

    def open(self, blob: str, etag: str) -> Reader: ...

    def delete(self, blob: str) -> None:
        """Remove it, whatever its version; nothing happens if it is gone."""
        ...

    def link(self, blob: str) -> str:
        """A read-only link to this one file for at most an hour; never logged, never in a channel."""
        ...

    def upload_link(self, blob: str) -> str:
        """A link that can create and write this one file, and nothing else, for at most an hour."""
        ...

    @property
    def address(self) -> str:
        """Scheme and host of the storage account, which the upload page sends to."""
        ...


class Pictures(Protocol):
    """Pictures of clips that we drew (JPEG), by name."""

    def put(self, name: str, picture: bytes) -> None: ...

    def get(self, name: str) -> bytes | None: ...

    def drop(self, folder: str, but: str = "") -> None:
        """Remove everything in a folder, except what lies in the folder `but`."""
        ...


@dataclass(frozen=True)
class Room:
    """A channel: whether the app is in it, and whether only invited people see what is said there."""

    member: bool
    private: bool


class Messenger(Protocol):
    """Slack, outbound. Every call may raise `Temporary` (a rate limit, an outage) or `Broken` (Slack refuses it for good)."""

    def post(self, channel: str, text: str, blocks: Blocks | None = None, thread: str | None = None) -> str:
        """Post a message, or a reply in a thread; the answer is its `ts`, by which it is updated."""
        ...

    def update(self, channel: str, ts: str, text: str, blocks: Blocks | None = None) -> None: ...

    def whisper(self, channel: str, user: str, text: str) -> None: ...

    def respond(self, response_url: str, text: str, blocks: Blocks | None = None) -> None: ...

    def link(self, channel: str, ts: str) -> str:
        """The address of one message."""
        ...

    def upload(self, name: str, picture: bytes, alt: str) -> str:
        """Upload a picture that only messages of ours show; the answer is its file id."""
        ...

    def share(self, channel: str, thread: str, name: str, content: bytes, alt: str) -> str:
        """Upload a file into a thread; the answer is its file id."""
        ...

    def delete_file(self, file: str) -> None:
        """Delete an uploaded file; nothing happens if it is gone."""
        ...

    def fill(self, view: str, filled: dict[str, Any]) -> None:
        """Show another content in an open form; nothing happens if it was closed meanwhile."""
        ...

    def publish_home(self, user: str, view: dict[str, Any]) -> None: ...

    def group(self, group: str) -> tuple[str, ...]:
        """Ids of the people in a user group."""
        ...

    def scopes(self) -> frozenset[str]:
        """What the bot's token may do."""
        ...

    def room(self, channel: str) -> Room:
        """What the app sees of a channel; one that it can't see at all is private, and it is not in there."""
        ...

    def check(self) -> None: ...


@dataclass(frozen=True)
class Job:
    """What a driver must know to do one operation; its ids are made of the operation and its attempt."""

    ask: Ask
    attempt: int
    avatar: Avatar
    resource: Resource
    target: Resource | None = None
    files: tuple[tuple[Kind, str], ...] = ()  # kind and blob
    there: frozenset[str] = frozenset()  # blobs that the workspace has already, of an earlier training
    stale_there: tuple[
        tuple[Kind, str], ...
    ] = ()  # kind and file that it has, and that are no part of the data set now
    talent: str = ""
    company: str = ""
    locale: str = ""
    endpoint: str = ""
    link: Callable[[str], str] = str
    hold: Callable[[], None] = lambda: None  # right before what is paid: no other worker may have begun meanwhile

    @property
    def id(self) -> str:
        return f"{self.ask.id}-{self.attempt}"


class NeedsPerson:
    """A driver's answer: a person must do this in the portal."""


class NotYet:
    """A driver's answer: what must be there first is still being made; ask again at the next look."""


class Underway:
    """A driver's answer: the service has it."""


@dataclass(frozen=True)
class Endpoint:
    """A deployment as the service lists it."""

    id: str
    model: str
    created: datetime | None


@dataclass(frozen=True)
class Inventory:
    """What a resource has: endpoints, and models with the moment they were made."""

    endpoints: tuple[Endpoint, ...]
    models: dict[str, datetime | None]


StartAnswer = NeedsPerson | NotYet | Underway


class Driver(Protocol):
    """The control plane of one resource. Every call but `metered` may raise `Temporary`, `Refused` (the service's own no) or
    `Broken` (its endpoint or key is wrong)."""

    def start(self, job: Job) -> StartAnswer:
        """Start it, or find what an earlier call with the same ids started.

        Raises:
            Refused: the service said no; the sentence says why.
            Temporary: a retry may help.
        """
        ...

    def begun(self, job: Job) -> bool:
        """Whether the service has it already: an earlier call with the same ids was accepted, and its answer lost."""
        ...

    def observe(self, job: Job, since: datetime, now: datetime) -> Evidence:
        """How it stands there; `since`: when it was started, for the meter."""
        ...

    def names(self, resource: Resource) -> frozenset[str]:
        """Model names that are taken in the resource, as far as it can be known."""
        ...

    def inventory(self, resource: Resource) -> Inventory | None:
        """Everything the resource has; None where nobody can list it."""
        ...

    def metered(
        self, resource: Resource, what: Literal["training", "hosting"], start: datetime, end: datetime
    ) -> Decimal | None:
        """Metered hours; None while the meter can't be read."""
        ...

    def check(self, resource: Resource) -> None:
        """Whether it answers as a resource that holds avatars."""
        ...


class Drivers(Protocol):
    """Which driver a resource has."""

    def of(self, resource: Resource) -> Driver: ...


class Prices(Protocol):
    """List prices by region; None where none is known. An outage of the price list is bridged."""

    def training(self, region: str, now: datetime) -> Price | None:
        """A compute hour of a training."""
        ...

    def hosting(self, region: str, now: datetime) -> Price | None:
        """An hour of hosting."""
        ...

    def synthesis(self, region: str, now: datetime) -> Price | None:
        """A minute of batch synthesis by a custom avatar."""
        ...


@dataclass(frozen=True)
class Video:
    """How a trial's batch job ended; `text`: the service's reason, where it failed."""

    succeeded: bool
    text: str = ""


class Synthesis(Protocol):
    """Batch synthesis: the one thing that every live avatar can be asked by API, portal or not."""

    def start(self, resource: Resource, trial: Trial) -> None:
        """Ask for the video, or find what an earlier call with the same id asked for.

        Raises:
            Refused: the service said no.
            Temporary: a retry may help.
        """
        ...

    def look(self, resource: Resource, trial: Trial) -> Video | None:
        """How it ended; None while it runs.

        Raises:
            Refused: the service does not have it.
        """
        ...

    def video(self, resource: Resource, trial: Trial) -> bytes:
        """The video (MP4).

        Raises:
            Refused: it is gone, or larger than a trial can be.
        """
        ...


class Statements(Protocol):
    """The consent statements as they are published."""

    def text(self, *, voice_sync: bool) -> str:
        """The file for avatars with or without voice sync.

        Raises:
            Temporary: it can't be read now.
        """
        ...


class Transcriber(Protocol):
    """Speech to text: a further service that a recording is sent to, only where the policy says so."""

    def transcribe(self, resource: Resource, recording: bytes, locale: str) -> str:
        """What is said in a WAV file.

        Raises:
            Refused: the service does not take it.
            Temporary: a retry may help.
        """
        ...


class Pager(Protocol):
    """Routes to on-call beside Slack."""

    def reaches(self, route: str) -> bool:
        """Whether this route is configured."""
        ...

    def send(self, route: str, action: str, key: str, summary: str, about: Mapping[str, str]) -> None:
        """`key`: the same for everything about one alert. Repeating it changes nothing there.

        Raises:
            Temporary, Broken: as for every adapter.
        """
        ...


class UsageWatch(Protocol):
    """Evidence of use for live deployments of one resource."""

    def read_on(self, resource: Resource) -> None:
        """Go on with what one look could not finish, between the looks."""
        ...

    def look(
        self,
        resource: Resource,
        deployments: Sequence[Deployment],
        now: datetime,
        trials: Sequence[Trial],
        *,
        alone: bool,
    ) -> dict[str, Usage]:
        """`trials`: our own, which are no use. `alone`: there is but one live deployment on the resource, so that its meter speaks for it."""
        ...
