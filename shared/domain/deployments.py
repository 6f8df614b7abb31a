"""A deployment: billed around the clock from the moment it is live, used or not."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.domain.base import Frozen, Utc
from shared.domain.money import Money
from shared.domain.resources import Assurance

Verdict = Literal["in_use", "idle", "unknown"]
BLIND = timedelta(
    hours=36
)  # meters may be a day late; what is later than this, or unreadable for so long, is not waited for


class Usage(Frozen):
    """A verdict on use, with the evidence it rests on. `last_used` is None when no use was ever seen.

    `looked`: until when the evidence speaks. A late meter says nothing of the last hours, and nothing that was read says nothing.
    """

    verdict: Verdict
    confidence: Literal["high", "low"]
    last_used: Utc | None
    lines: tuple[str, ...]
    looked: Utc


class Live(Frozen):
    status: Literal["live"] = "live"


class Idle(Frozen):
    """Flagged to on-call."""

    status: Literal["idle"] = "idle"
    flagged: Utc
    assigned: str = ""  # who is to look at it
    assigned_by: str = ""
    escalated: Utc | None = None  # since nobody answered, those who approve removals were told


class Snoozed(Frozen):
    status: Literal["snoozed"] = "snoozed"
    by: str
    until: Utc


class Kept(Frozen):
    status: Literal["kept"] = "kept"
    by: str
    until: Utc
    why: str


class Removing(Frozen):
    """A removal was approved and is under way."""

    status: Literal["removing"] = "removing"
    operation: str


class Removed(Frozen):
    status: Literal["removed"] = "removed"
    at: Utc
    operation: str


DeploymentState = Annotated[Live | Idle | Snoozed | Kept | Removing | Removed, Field(discriminator="status")]


class PastPrice(Frozen):
    """What an hour cost until then."""

    until: Utc
    per_hour: Money


class Deployment(Frozen):
    """A model hosted at an endpoint. `id` is the endpoint's id (a UUID that we chose)."""

    record: Literal["deployment"] = "deployment"
    id: str
    avatar: str
    model: str
    resource: str
    region: str
    price_per_hour: Money
    # The oldest first. None, not empty, and then not written: lines of the audit and versions before this one know no such field.
    past_prices: tuple[PastPrice, ...] | None = Field(default=None, exclude_if=lambda value: value is None)
    live_since: Utc
    made_by: str
    assurance: Assurance
    usage: Usage | None = None
    missing: Utc | None = None  # since when Azure does not have it, while our records do
    asked: Utc | None = None  # since when its owner is asked whether it is still needed, as nobody can tell from here
    ends: Utc | None = None  # the day on which somebody wants its removal asked for
    ends_by: str = ""
    alerts: int = 0  # how often it was flagged: each time is a message of its own
    state: DeploymentState = Live()
    revision: int = 1

    @property
    def key(self) -> str:
        return f"deployment:{self.id}"

    @property
    def card(self) -> str:
        return f"alert:{self.id}:{self.alerts}"

    @property
    def missing_card(self) -> str:
        return f"missing:{self.id}:{self.missing:%Y%m%d%H%M%S}"

    @property
    def question_card(self) -> str:
        return f"question:{self.id}:{self.asked:%Y%m%d%H%M%S}" if self.asked else ""

    @property
    def billed(self) -> bool:
        return not isinstance(self.state, Removed)

    def idle_since(self) -> datetime:
        """The last use seen, or the moment it went live."""
        return self.usage.last_used if self.usage and self.usage.last_used else self.live_since

    def spent_since_use(self, now: datetime) -> Money:
        return Money(value=self.cost(self.idle_since(), now), currency=self.price_per_hour.currency)

    def priced(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime, Money]]:
        """The times between two moments in which it is live, each at one price."""
        start = max(start, self.live_since)
        if isinstance(self.state, Removed):
            end = min(end, self.state.at)
        found: list[tuple[datetime, datetime, Money]] = []
        for until, price in [
            *((past.until, past.per_hour) for past in self.past_prices or ()),
            (end, self.price_per_hour),
        ]:
            if min(until, end) > start:
                found.append((start, min(until, end), price))
                start = min(until, end)
        return found

    def cost(self, start: datetime, end: datetime) -> Decimal:
        """What hosting costs between two moments, each hour at the price of its time."""
        return sum((price.value * hours_between(*time) for *time, price in self.priced(start, end)), Decimal(0))

    def costs_other(self, price: Money) -> bool:
        """Whether this is another price of an hour; the one on record may have come from one of a month."""
        return abs(price.value - self.price_per_hour.value) >= Decimal("0.0001")

    def repriced(self, price: Money, since: datetime) -> "Deployment":
        """The next revision, at another price from then on."""
        past = (*(self.past_prices or ()), PastPrice(until=since, per_hour=self.price_per_hour))
        update = {"price_per_hour": price, "past_prices": past, "revision": self.revision + 1}
        return self.model_copy(update=update)

    def to(self, state: DeploymentState, usage: Usage | None = None) -> "Deployment":
        """The next revision in that state; being flagged anew is counted."""
        data = self.model_dump(exclude={"state", "usage", "revision", "alerts", "asked"})
        asked = None if isinstance(state, Live) else self.asked  # a later question is one of its own
        flagged = isinstance(state, Idle) and not isinstance(self.state, Idle)
        return Deployment(
            **data,
            state=state,
            asked=asked,
            usage=usage or self.usage,
            revision=self.revision + 1,
            alerts=self.alerts + flagged,
        )

    def missed(self, since: datetime | None) -> "Deployment":
        """The next revision, with or without being missed in Azure."""
        return self.model_copy(update={"missing": since, "revision": self.revision + 1})

    def asking(self, since: datetime, usage: Usage) -> "Deployment":
        """The next revision, with its owner asked."""
        return self.model_copy(update={"asked": since, "usage": usage, "revision": self.revision + 1})

    def ending(self, on: datetime | None, by: str = "") -> "Deployment":
        """The next revision, with or without a planned end."""
        return self.model_copy(update={"ends": on, "ends_by": by, "revision": self.revision + 1})

    def seen(self, usage: Usage) -> "Deployment":
        """The same revision with newer evidence."""
        data = self.model_dump(exclude={"usage"})
        return Deployment(**data, usage=usage)


def hours_between(start: datetime, end: datetime) -> Decimal:
    """Hours as a decimal with one place, never negative."""
    seconds = max(0.0, (end - start).total_seconds())
    return Decimal(round(seconds / 360)) / 10
