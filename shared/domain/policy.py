"""The policy: who may ask, who may approve, how many, how long. Read from one file, checked at start."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from shared.domain.base import Frozen
from shared.domain.money import Amount
from shared.domain.office import OfficeHours
from shared.domain.rules import Rule as ClipRule
from shared.domain.rules import Tuning, tuned, untunable
from shared.domain.zones import Hour, known_zone

Step = Literal["train", "copy", "deploy", "remove"]

MEMBER = r"^(\*|[UW][A-Z0-9]{2,}|S[A-Z0-9]{2,})$"
CHANNEL = r"^[CDG][A-Z0-9]{2,}$"
Member = Annotated[str, StringConstraints(pattern=MEMBER)]
Channel = Annotated[str, StringConstraints(pattern=CHANNEL)]


class Above(Frozen):
    """From this amount on (the high end of what the card shows, in the price's currency) more people must approve."""

    amount: Decimal = Field(gt=0)
    approvers: int = Field(ge=2, le=5)


class StepRule(Frozen):
    """One gated step. Members are Slack user ids (`U...`), user groups (`S...`) or `*` for everybody."""

    ask: tuple[Member, ...] = ("*",)
    approve: tuple[Member, ...]
    approvers: int = Field(default=1, ge=1, le=5)
    above: tuple[Above, ...] = ()
    expires_hours: int = Field(default=72, ge=1, le=720)

    def needed(self, amount: Amount | None) -> int:
        """How many must approve what costs so much."""
        reached = [above.approvers for above in self.above if amount and amount.high.value >= above.amount]
        return max([self.approvers, *reached])


class IdleRule(Frozen):
    """When a deployment is called idle. There is no default of zero hours: forgetting a line removes nothing."""

    grace_hours: int = Field(ge=1)
    remove_after_hours: int | None = Field(
        default=None, ge=1
    )  # after it was flagged; without it nothing goes by itself
    escalate_hours: int = Field(default=48, ge=1, le=720)  # without an answer: those who approve removals are told
    removals_per_run: int = Field(default=3, ge=1, le=20)
    snooze_hours: int = Field(default=24, ge=1, le=168)
    keep_days: int = Field(default=14, ge=1, le=90)


class Budgets(Frozen):
    """Of a calendar month (UTC), in the currency of the prices. What goes over needs one more approver, or is refused."""

    overall: Decimal | None = Field(default=None, gt=0)
    each: Decimal | None = Field(default=None, gt=0)  # of every avatar that is not named
    avatars: dict[str, Annotated[Decimal, Field(gt=0)]] = {}
    over: Literal["one more approver", "refuse"] = "one more approver"

    def of(self, avatar: str) -> Decimal | None:
        return self.avatars.get(avatar, self.each)


class QuietHours(Frozen):
    """When nobody is reminded, and no deployment is flagged as idle unless it costs more an hour than `except_above`."""

    start: Hour
    end: Hour
    zone: str
    except_above: Decimal | None = Field(default=None, gt=0)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return known_zone(zone)


class Digest(Frozen):
    """When and where the team reads what runs and what it costs; on the `weekly` day that of the week."""

    channel: Channel
    zone: str
    at: Hour = "09:00"
    daily: bool = True
    weekly: Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] | None = "Mon"

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return known_zone(zone)


class ConsentRule(Frozen):
    """`transcribe`: the consent video's sound is sent to the resource's speech to text, and compared with the statement."""

    transcribe: bool = False


class Policy(Frozen):
    """The whole file."""

    operators: tuple[Member, ...]
    on_call: tuple[Member, ...]
    operators_channel: Channel
    on_call_channel: Channel
    maintainers_channel: Channel
    steps: dict[Step, StepRule]
    idle: IdleRule
    on_call_may_remove_idle: bool = True
    break_glass: tuple[
        Member, ...
    ] = ()  # may start something without its approvals, with a reason; reviewed afterwards
    redeploy_hours: int = Field(default=24, ge=0, le=168)
    planned_end_days: int | None = Field(default=None, ge=1, le=3650)  # of a deployment, unless who asks says otherwise
    office_hours: OfficeHours | None = None  # what `hours=office` means
    clips: dict[str, Tuning] = {}
    budgets: Budgets = Budgets()
    quiet: QuietHours | None = None
    digest: Digest | None = None
    consent: ConsentRule = ConsentRule()
    erase_after_hours: int = Field(default=72, ge=1, le=720)  # after a withdrawal: time to notice a mistake

    @model_validator(mode="after")
    def _every_step_has_a_rule(self) -> "Policy":
        missing = {"train", "copy", "deploy", "remove"} - set(self.steps)
        if missing:
            message = f"steps.{min(missing)} is missing: say who may approve it"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _only_reasoned_rules_are_tuned(self) -> "Policy":
        wrong = untunable(self.clips)
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def rules(self) -> dict[str, ClipRule]:
        """The rules for clips as this policy has them."""
        return tuned(self.clips)


class Rule(Frozen):
    """The rule that applied when a step was asked for; part of what is approved."""

    name: str
    needed: int
    approve: tuple[str, ...]
    extra: int = 0  # how many of those needed are so since a budget is exceeded


class Members(Frozen):
    """User groups as they are now, read anew for every decision: group id -> user ids."""

    groups: dict[str, tuple[str, ...]] = {}

    def includes(self, listed: tuple[str, ...], user: str) -> bool:
        return "*" in listed or user in listed or any(user in self.groups.get(entry, ()) for entry in listed)

    def people(self, listed: tuple[str, ...]) -> tuple[str, ...]:
        """Everybody named, groups opened; `*` names nobody in particular."""
        named = [e for e in listed if e != "*" and not e.startswith("S")]
        grouped = [user for e in listed for user in self.groups.get(e, ())]
        return tuple(dict.fromkeys([*named, *grouped]))
