"""A deployment: billed around the clock from the moment it is live, used or not."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.domain.base import Frozen, Utc
from shared.domain.money import HOURS_A_MONTH, Money
from shared.domain.office import OfficeHours
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


Settling = Annotated[Idle | Snoozed | Kept, Field(discriminator="status")] | None


class Removing(Frozen):
    """A removal was approved and is under way. `was`: for the night, and how it stood."""

    status: Literal["removing"] = "removing"
    operation: str
    was: Settling = Field(default=None, exclude_if=lambda value: value is None)


class Removed(Frozen):
    """`until`: it rests until its office hours begin; `was`: how it stood, so that its alert goes on then."""

    status: Literal["removed"] = "removed"
    at: Utc
    operation: str
    until: Utc | None = Field(default=None, exclude_if=lambda value: value is None)
    was: Settling = Field(default=None, exclude_if=lambda value: value is None)


DeploymentState = Annotated[Live | Idle | Snoozed | Kept | Removing | Removed, Field(discriminator="status")]


class PastPrice(Frozen):
    """What an hour cost until then."""

    until: Utc
    per_hour: Money


class Rest(Frozen):
    """A time in which it was not deployed, since its office hours were over; `gone`: since it was removed, and came back past us."""

    since: Utc
    until: Utc
    gone: bool = Field(default=False, exclude_if=lambda value: not value)


MOST_RESTS = 60  # those before are put together; two months are told day by day


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
    hours: OfficeHours | None = Field(default=None, exclude_if=lambda value: value is None)
    hours_by: str = Field(default="", exclude_if=lambda value: not value)  # the operation that these were approved with
    last_day: bool = Field(
        default=False, exclude_if=lambda value: not value
    )  # removed when its hours end, and not deployed again
    stays: Utc | None = Field(
        default=None, exclude_if=lambda value: value is None
    )  # somebody works late: live until then at least
    rests: tuple[Rest, ...] | None = Field(
        default=None, exclude_if=lambda value: value is None
    )  # those before; the oldest first
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
    def alert_cards(self) -> tuple[str, ...]:
        """Of every alert that there was; what was written on one stays in Slack until it is drawn anew."""
        return tuple(f"alert:{self.id}:{number}" for number in range(1, self.alerts + 1))

    @property
    def missing_card(self) -> str:
        return f"missing:{self.id}:{self.missing:%Y%m%d%H%M%S}"

    @property
    def question_card(self) -> str:
        return f"question:{self.id}:{self.asked:%Y%m%d%H%M%S}" if self.asked else ""

    @property
    def billed(self) -> bool:
        return not isinstance(self.state, Removed)

    @property
    def resting(self) -> bool:
        """Not deployed now, and to be deployed again when its office hours begin."""
        return isinstance(self.state, Removed) and self.state.until is not None

    @property
    def stands(self) -> str:
        """How it stands, as a sentence goes on after “it is”."""
        return "being removed" if isinstance(self.state, Removing) else "resting" if self.resting else self.state.status

    @property
    def alert(self) -> Idle | None:
        """The open one, also over a night's rest."""
        state = self.state.was if isinstance(self.state, Removing | Removed) else self.state
        return state if isinstance(state, Idle) else None

    @property
    def live_from(self) -> datetime:
        """Since when it is deployed without a rest."""
        return self.rests[-1].until if self.rests else self.live_since

    @property
    def a_day(self) -> Money:
        """What an average day of it costs."""
        hours = self.hours.month / HOURS_A_MONTH * 24 if self.hours else Decimal(24)
        return self.price_per_hour.times(hours if self.billed or self.resting else 0)

    def idle_since(self) -> datetime:
        """The last use seen, or the moment it went live."""
        return self.usage.last_used if self.usage and self.usage.last_used else self.live_since

    def spent_since_use(self, now: datetime) -> Money:
        return Money(value=self.cost(self.idle_since(), now), currency=self.price_per_hour.currency)

    def unused(self, until: datetime) -> timedelta:
        """For how long it was live without a use being seen."""
        return sum((end - start for start, end in self.live(self.idle_since(), until)), timedelta())

    def live(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The times between two moments in which it is live."""
        start = max(start, self.live_since)
        if isinstance(self.state, Removed):
            end = min(end, self.state.at)
        found: list[tuple[datetime, datetime]] = []
        for rest in self.rests or ():
            found.append((start, min(rest.since, end)))
            start = max(start, rest.until)
        return [(begin, over) for begin, over in (*found, (start, end)) if over > begin]

    def priced(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime, Money]]:
        """The times between two moments in which it is live, each at one price."""
        found: list[tuple[datetime, datetime, Money]] = []
        for begin, over in self.live(start, end):
            since = begin
            for until, price in [
                *((past.until, past.per_hour) for past in self.past_prices or ()),
                (over, self.price_per_hour),
            ]:
                if min(until, over) > since:
                    found.append((since, min(until, over), price))
                    since = min(until, over)
        return found

    def rested(self, start: datetime, end: datetime) -> Decimal:
        """What its office hours saved between two moments."""
        rests = [rest for rest in self.rests or () if not rest.gone]
        if self.resting and isinstance(self.state, Removed):
            rests.append(Rest(since=self.state.at, until=max(end, self.state.at)))
        hours = sum((hours_between(max(rest.since, start), min(rest.until, end)) for rest in rests), Decimal(0))
        return self.price_per_hour.value * hours

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

    def again(self, state: DeploymentState) -> "Deployment":
        """The next revision in a state that it had before: an alert that was open is no new one."""
        return self.model_copy(update={"state": state, "revision": self.revision + 1})

    def woken(self, now: datetime) -> "Deployment":
        """The next revision, deployed again after a rest."""
        state = self.state
        if not isinstance(state, Removed):
            return self
        rests = (*(self.rests or ()), Rest(since=state.at, until=now))
        if len(rests) > MOST_RESTS:
            first, second = rests[:2]
            rests = (Rest(since=second.since - (first.until - first.since), until=second.until), *rests[2:])
        return self.again(state.was or Live()).model_copy(update={"rests": rests, "missing": None, "stays": None})

    def back(self, found: "Deployment") -> "Deployment":
        """What was removed is there again, as it was found: what it cost before, and its alerts, stay on record."""
        state = self.state
        if not isinstance(state, Removed):
            return self
        gone = (Rest(since=state.at, until=found.live_since, gone=True),) if found.live_since > state.at else ()
        priced = (
            self.repriced(found.price_per_hour, found.live_since) if self.costs_other(found.price_per_hour) else self
        )
        kept = {
            "live_since": self.live_since, "rests": (*(self.rests or ()), *gone) or None, "past_prices": priced.past_prices,
            "alerts": self.alerts, "revision": self.revision + 1,
        }  # fmt: skip
        return found.model_copy(update=kept)

    def with_hours(self, hours: OfficeHours | None, by: str) -> "Deployment":
        """The next revision, with office hours or live around the clock; `by`: the operation that this was approved with."""
        update = {"hours": hours, "hours_by": by, "last_day": False, "stays": None, "revision": self.revision + 1}
        return self.model_copy(update=update)

    def staying(self, until: datetime) -> "Deployment":
        """The next revision, live until then whatever its office hours say."""
        return self.model_copy(update={"stays": until, "revision": self.revision + 1})

    def on_its_last_day(self, *, coming: bool = False) -> "Deployment":
        """The next revision, not to be deployed again; `coming`: but for what is under way."""
        state = self.state
        if isinstance(state, Removed) and not coming:
            state = state.model_copy(update={"until": None, "was": None})
        return self.again(state).model_copy(update={"last_day": True, "stays": None})

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
