"""What earlier trainings took, and what that says of the next one: only from enough of our own, and always labelled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from shared.domain.base import Frozen, Utc
from shared.domain.operations import Operation, Succeeded
from shared.domain.resources import Assurance

ENOUGH = 5  # fewer say nothing about the next one
LAST = 20


class Trained(Frozen):
    """One finished training. `hours`: as metered, where that was known; `seconds`: from its start to its end."""

    operation: str
    hours: Decimal | None
    seconds: int
    assurance: Assurance
    at: Utc


class Spread(Frozen):
    """The least, the middle and the most of the last `count` trainings."""

    least: Decimal
    middle: Decimal
    most: Decimal
    count: int


def trained(operation: Operation) -> Trained | None:
    """What a finished training tells; None for everything else."""
    state = operation.state
    if operation.ask.step != "train" or not isinstance(state, Succeeded):
        return None
    return Trained(
        operation=operation.id,
        hours=state.evidence.metered_hours if state.evidence else None,
        seconds=int((state.at - state.since).total_seconds()),
        assurance=operation.ask.assurance,
        at=state.at,
    )


def hours_of(past: Sequence[Trained]) -> Spread | None:
    """Compute hours of the last trainings whose meter is known; None when those are too few."""
    return _spread([one.hours for one in _last(past) if one.hours])


def end_of(since: datetime, past: Sequence[Trained], assurance: Assurance) -> tuple[datetime, datetime, int] | None:
    """When a training that began at `since` would end if it took as long as those before; and how many these are.

    Only trainings of the same kind count: what a person reports ends when somebody says so.
    """
    took = _spread([Decimal(one.seconds) for one in _last(past) if one.assurance == assurance])
    if took is None:
        return None
    return since + timedelta(seconds=int(took.least)), since + timedelta(seconds=int(took.most)), took.count


def _last(past: Sequence[Trained]) -> list[Trained]:
    return sorted(past, key=lambda one: one.at)[-LAST:]


def _spread(values: Sequence[Decimal]) -> Spread | None:
    if len(values) < ENOUGH:
        return None
    return Spread(least=min(values), middle=median(values), most=max(values), count=len(values))
