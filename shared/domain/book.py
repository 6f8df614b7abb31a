"""What a decision is made from (the book and the terms) and what it gives."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, TypeAdapter

from shared.domain.base import SILENT, Frozen
from shared.domain.clips import Clip
from shared.domain.deployments import Deployment
from shared.domain.effects import Effect
from shared.domain.events import Envelope
from shared.domain.money import Price
from shared.domain.operations import Operation
from shared.domain.policy import Members, Policy
from shared.domain.records import Avatar, Cloud, Consent, Lost, Model, PolicyKept, Stray, Trial, Withdrawal, Words
from shared.domain.resources import Resource
from shared.errors import Refused

Record = Annotated[
    Avatar
    | Consent
    | Withdrawal
    | Model
    | Words
    | Lost
    | PolicyKept
    | Cloud
    | Stray
    | Clip
    | Operation
    | Deployment
    | Trial,
    Field(discriminator="record"),
]
RECORD: TypeAdapter[Record] = TypeAdapter(Record, config=SILENT)


@dataclass(frozen=True)
class Book:
    """All records of one avatar that decisions are made from; clips only where a clip is decided on."""

    avatar: Avatar | None = None
    consent: Consent | None = None
    withdrawal: Withdrawal | None = None
    clip: Clip | None = None
    policy: PolicyKept | None = None
    cloud: Cloud | None = None
    strays: tuple[Stray, ...] = ()
    models: tuple[Model, ...] = ()
    operations: dict[str, Operation] = field(default_factory=dict[str, Operation])
    deployments: dict[str, Deployment] = field(default_factory=dict[str, Deployment])
    trials: dict[str, Trial] = field(default_factory=dict[str, Trial])
    words: dict[str, str] = field(default_factory=dict[str, str])

    @staticmethod
    def of(records: Iterable[Record]) -> "Book":
        rows = list(records)
        return Book(
            avatar=next((row for row in rows if isinstance(row, Avatar)), None),
            consent=next((row for row in rows if isinstance(row, Consent)), None),
            withdrawal=next((row for row in rows if isinstance(row, Withdrawal)), None),
            clip=next((row for row in rows if isinstance(row, Clip)), None),
            policy=next((row for row in rows if isinstance(row, PolicyKept)), None),
            cloud=next((row for row in rows if isinstance(row, Cloud)), None),
            strays=tuple(row for row in rows if isinstance(row, Stray)),
            models=tuple(sorted((row for row in rows if isinstance(row, Model)), key=lambda model: model.made)),
            operations={row.id: row for row in rows if isinstance(row, Operation)},
            deployments={row.id: row for row in rows if isinstance(row, Deployment)},
            trials={row.id: row for row in rows if isinstance(row, Trial)},
            words={row.ref: row.text for row in rows if isinstance(row, Words)},
        )

    def known_avatar(self) -> Avatar:
        if self.avatar is None:
            raise Refused("unknown_avatar", "There is no such avatar. `/avatar list` shows those there are.")
        return self.avatar

    def operation(self, operation_id: str) -> Operation:
        found = self.operations.get(operation_id)
        if found is None:
            open_here = ", ".join(f"`{known.id}`" for known in list(self.operations.values())[-20:] if known.open)
            hint = f" Open here: {open_here}." if open_here else ""
            raise Refused(
                "unknown_operation", f"No request of that name is on record here; its card shows the name.{hint}"
            )
        return found

    def deployment(self, deployment_id: str) -> Deployment:
        found = self.deployments.get(deployment_id)
        if found is None:
            raise Refused("unknown_deployment", "This deployment is no longer on record.")
        return found


class Terms(Frozen):
    """What a decision needs to know beyond the records: read anew for every decision."""

    policy: Policy
    resources: dict[str, Resource]
    members: Members = Members()
    clips: tuple[Clip, ...] = ()
    unseen: frozenset[str] = frozenset()  # clips whose blob is another version, or gone: its event is still on the way
    taken: dict[str, frozenset[str]] = {}
    training_price: dict[str, Price] = {}
    hosting_price: dict[str, Price] = {}
    synthesis_price: dict[str, Price] = {}  # of batch synthesis, where something is tried
    recorded: dict[
        str, str
    ] = {}  # models on record, `resource|name` in lower case -> avatar; where something is adopted
    hosted: dict[str, int] = {}  # live deployments on record by resource, where its quota is known
    private: bool = True  # the channel that a new avatar reports to is not open to everybody
    present: bool = True  # and the app is in it
    elsewhere: Decimal = Decimal(0)  # what the other avatars cost this month, where a budget for all is set

    def resource(self, name: str) -> Resource:
        found = self.resources.get(name)
        if found is None:
            listed = ", ".join(f"`{known}`" for known in sorted(self.resources))
            raise Refused("unknown_resource", f"There is no resource of that name. The configured ones are {listed}.")
        return found


class AuditLine(Frozen):
    """One line of the record: ids, codes and amounts, never names or free text."""

    action: str
    by: str
    outcome: str = "done"
    subject: str = ""
    data: dict[str, str] = {}


@dataclass(frozen=True)
class Case:
    """What is before the decision: the records, the message, the moment, and the terms."""

    book: Book
    message: Envelope
    now: datetime
    terms: Terms

    @property
    def by(self) -> str:
        return self.message.by


@dataclass(frozen=True)
class Decision:
    """Changed records, lines for the audit, effects owed; all of them are committed together or not at all."""

    puts: tuple[Record, ...] = ()
    audit: tuple[AuditLine, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.puts or self.audit or self.effects)

    def and_then(self, other: "Decision") -> "Decision":
        """Both, in this order."""
        return Decision(
            puts=(*self.puts, *other.puts),
            audit=(*self.audit, *other.audit),
            effects=(*self.effects, *other.effects),
        )


NOTHING = Decision()


def minute(when: datetime) -> str:
    """A time in the reader's zone, with UTC for clients that cannot show it."""
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} at {{time}}|{when:%Y-%m-%d %H:%M} UTC>"
