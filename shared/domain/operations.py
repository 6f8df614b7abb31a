"""An operation: a gated step, what was asked and approved (never changes) and where it stands."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.domain.base import Frozen, Utc, digest
from shared.domain.clips import ClipVersion
from shared.domain.money import HOURS_A_MONTH, Amount, Money
from shared.domain.names import Kind
from shared.domain.office import OfficeHours
from shared.domain.policy import Rule, Step
from shared.domain.resources import Assurance

OFFICE = "office-hours"  # who asks for what the office hours of a deployment do
HOURS_RULE = "office hours, as approved"
STAY_RULE = "live past its office hours"
SILENT = timedelta(hours=24)
# How often the service is asked: by how long it ran at the last look. A deployment takes minutes, a training days.
LOOKS = ((timedelta(hours=2), timedelta(minutes=5)), (timedelta(hours=12), timedelta(minutes=10)))
SELDOM = timedelta(minutes=15)


class Ask(Frozen):
    """What was asked for. Approvals are bound to its digest."""

    id: str
    step: Step
    avatar: str
    by: str
    at: Utc
    why: str | None = None  # reference of Words
    model: str
    resource: str
    target: str | None = None  # copy: the resource it goes to
    deployment: str | None = None  # remove: which one; deploy: which one is deployed again, or gets other hours
    # deploy: the day on which its removal is asked for, and when it is live. None is not written: versions before these fields
    # know nothing of them.
    ends: Utc | None = Field(default=None, exclude_if=lambda value: value is None)
    hours: OfficeHours | None = Field(default=None, exclude_if=lambda value: value is None)
    # remove: asked for since its planned day came
    planned: bool = Field(default=False, exclude_if=lambda value: not value)
    clips: tuple[ClipVersion, ...] = ()
    consent: str = ""
    minutes: float = 0
    warnings: tuple[str, ...] = ()
    amount: Amount | None
    budget: str = ""  # what this leaves of the month's budgets, as the card shows it
    rule: Rule
    assurance: Assurance
    expires: Utc

    @property
    def asker(self) -> str:
        """Who asked, as Slack shows it."""
        if self.by == OFFICE:
            return "its office hours"
        return f"<@{self.by}>" if self.of_person else "the policy"

    @property
    def of_person(self) -> bool:
        """Whether a person asked for it, not one of our timers."""
        return self.by.startswith(("U", "W"))

    @property
    def hour(self) -> Money | None:
        """What an hour of this deployment costs, as its amount has it."""
        if self.amount is None or self.step != "deploy":
            return None
        hours = self.hours.month if self.hours else HOURS_A_MONTH
        price = (self.amount.high.value / hours).quantize(Decimal("0.00000001")).normalize()
        return Money(value=price, currency=self.amount.high.currency)

    @property
    def digest(self) -> str:
        """Over content, the amount shown and the rule; not over who asked, when, or the price's date."""
        amount = self.amount.model_dump(mode="json", exclude={"basis"}) if self.amount else None
        inputs = [clip.model_dump() for clip in self.clips]
        where = [self.step, self.avatar, self.model, self.resource, self.target, self.deployment]
        where += [self.ends.isoformat()] if self.ends else []
        where += [self.hours.model_dump()] if self.hours else []
        rule = self.rule.model_dump(exclude=None if self.rule.extra else {"extra"})  # as before there were budgets
        return digest([where, inputs, self.consent, amount, rule])


class Approval(Frozen):
    """One person's yes, to one digest."""

    by: str
    at: Utc
    digest: str


class Review(Frozen):
    """Somebody broke the glass: it started without the approvals of its rule. Open until somebody else closes it."""

    by: str
    at: Utc
    why: str  # reference of Words
    closed_by: str | None = None
    closed: Utc | None = None
    finding: str | None = None  # reference of Words


class Evidence(Frozen):
    """What the last look at the service showed. It gives no percent and no finish time."""

    service_status: str | None = None  # NotStarted, Running, Succeeded, Failed; None where nobody can ask
    metered_hours: Decimal | None = None
    failure: str | None = None
    looked: Utc


class Proposed(Frozen):
    status: Literal["proposed"] = "proposed"


class Rejected(Frozen):
    status: Literal["rejected"] = "rejected"
    by: str
    at: Utc
    why: str


class Expired(Frozen):
    status: Literal["expired"] = "expired"
    at: Utc


class Stale(Frozen):
    """Changed since it was approved: never started."""

    status: Literal["stale"] = "stale"
    at: Utc
    changes: tuple[str, ...]


class Cancelled(Frozen):
    status: Literal["cancelled"] = "cancelled"
    by: str
    at: Utc
    why: str | None


class Approved(Frozen):
    """Enough approvals; the start is owed."""

    status: Literal["approved"] = "approved"
    at: Utc
    attempt: int = 1


class Starting(Frozen):
    """Claimed: what follows uses ids made of the operation and this attempt, so that a repeat finds the first."""

    status: Literal["starting"] = "starting"
    at: Utc
    attempt: int


class Waiting(Frozen):
    """For a person in the portal."""

    status: Literal["waiting"] = "waiting"
    since: Utc
    attempt: int
    taken_by: str | None = None
    taken: Utc | None = None
    handed_by: str | None = None  # who had it and could not do it
    handed_why: str | None = None  # reference of Words
    heard: Utc | None = None  # when whoever has it last said something about it
    parts: tuple[str, ...] = ()  # those that the operators say are done
    differs: str = ""  # what the portal showed that was not approved, at the last comparison

    def silent(self, now: datetime) -> bool:
        """Whoever took it has said nothing about it for so long that another operator may take it over."""
        last = self.heard or self.taken
        return last is not None and now - last >= SILENT


class Running(Frozen):
    status: Literal["running"] = "running"
    since: Utc
    attempt: int
    started_by: str | None = None  # portal: who said so
    changed: str = ""  # portal: what changed between the approval and the operator's word
    model: str = ""  # portal: the model's name there, where it is not the one that was asked for
    evidence: Evidence | None = None

    @property
    def next_look(self) -> datetime | None:
        """When the service is asked again: what has run for long is asked less often. None: nobody looked yet."""
        if self.evidence is None:
            return None
        ran = self.evidence.looked - self.since
        wait = next((minutes for most, minutes in LOOKS if ran < most), SELDOM)
        return self.evidence.looked + wait


class Succeeded(Frozen):
    status: Literal["succeeded"] = "succeeded"
    since: Utc
    at: Utc
    said_by: str | None = None
    model: str = ""  # portal: the model's name there, where it is not the one that was asked for
    evidence: Evidence | None = None


class Failed(Frozen):
    status: Literal["failed"] = "failed"
    at: Utc
    code: str
    why: str  # reference of Words: the service's or the operator's text
    evidence: Evidence | None = Field(
        default=None, exclude_if=lambda value: value is None
    )  # the last that was seen of it


OperationState = Annotated[
    Proposed | Rejected | Expired | Stale | Cancelled | Approved | Starting | Waiting | Running | Succeeded | Failed,
    Field(discriminator="status"),
]

OPEN = (Proposed, Approved, Starting, Waiting, Running)


class Operation(Frozen):
    """The ask, the approvals it has, and its state; `revision` counts the transitions."""

    record: Literal["operation"] = "operation"
    ask: Ask
    approvals: tuple[Approval, ...] = ()
    state: OperationState = Proposed()
    revision: int = 1
    reminded: int = 0  # how often people were reminded of this state
    review: Review | None = None
    uploaded: tuple[
        Kind, ...
    ] = ()  # portal: the kinds whose clips somebody said are in the workspace, whatever became of it

    @property
    def id(self) -> str:
        return self.ask.id

    @property
    def key(self) -> str:
        return f"op:{self.ask.id}"

    @property
    def open(self) -> bool:
        return isinstance(self.state, OPEN)

    @property
    def in_review(self) -> bool:
        return self.review is not None and self.review.closed is None

    @property
    def watched(self) -> bool:
        """Whether the timers still have something to do with it."""
        return self.open or self.in_review

    @property
    def card(self) -> str:
        return f"op:{self.ask.id}"

    def with_uploaded(self, *kinds: Kind) -> "Operation":
        """The clips of these kinds are in the portal's workspace, as somebody says."""
        return self.model_copy(update={"uploaded": tuple(dict.fromkeys((*self.uploaded, *kinds)))})

    def seen(self, state: OperationState) -> "Operation":
        """The same revision with newer evidence: buttons that were shown stay good."""
        return self.model_copy(update={"state": state})

    def after_reminder(self) -> "Operation":
        return self.model_copy(update={"reminded": self.reminded + 1})

    def to(self, state: OperationState, *approvals: Approval) -> "Operation":
        """The next revision, in that state, with further approvals."""
        return self.model_copy(
            update={
                "approvals": (*self.approvals, *approvals), "state": state, "revision": self.revision + 1, "reminded": 0,
            }
        )  # fmt: skip
