"""Budgets of a month: what is spent, under way or asked for, and what one more step makes of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared.domain.base import Frozen
from shared.domain.book import Book, Case
from shared.domain.deployments import Deployment, hours_between
from shared.domain.money import HOURS_A_MONTH, TRAINING_HOURS, Amount, Money
from shared.domain.operations import Failed, Operation, Running, Succeeded
from shared.domain.policy import Step
from shared.errors import Refused

NONE = Decimal(0)


class Budgeted(Frozen):
    """`line`: what the card says of the budget; `over`: which budget the step would go over, in words; empty: none."""

    line: str = ""
    over: str = ""


def month(now: datetime) -> tuple[datetime, datetime]:
    """The first moment of this month and of the next, UTC: the service bills by these."""
    start = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, (start + timedelta(days=32)).replace(day=1)


def committed(book: Book, now: datetime, without: str = "", itself: str = "") -> Decimal:
    """What an avatar costs in this month as far as it is known: done, under way, asked for, and live until its end.

    `without`: a deployment that is to be live in another way from now on; only what it has cost counts. `itself`: an
    operation that does not count.
    """
    start, end = month(now)
    others = [operation for operation in book.operations.values() if operation.id != itself]
    trainings = sum((_training(operation, start) for operation in others), NONE)
    planned = sum(
        (
            _planned(book, operation, now, end)
            for operation in others
            if operation.ask.step == "deploy" and operation.open
        ),
        NONE,
    )
    live = sum((_live(d, start, now, now if d.id == without else end) for d in book.deployments.values()), NONE)
    return trainings + planned + live


def _planned(book: Book, operation: Operation, now: datetime, end: datetime) -> Decimal:
    """What it adds to the month; of what is live, or rests, in another way: what that costs more."""
    cost = _hosting(operation.ask.amount, now, end)
    known = book.deployments.get(operation.ask.deployment or "")
    return max(NONE, cost - _live(known, now, now, end)) if known else cost


def _live(deployment: Deployment, start: datetime, now: datetime, end: datetime) -> Decimal:
    """Until now, and to the month's end as an average day of it has it."""
    if deployment.hours is None:
        return deployment.cost(start, end)
    ahead = deployment.a_day.value / 24 * hours_between(now, end)
    return deployment.cost(start, now) + ahead


def budgeted(case: Case, step: Step, amount: Amount | None, deployment: str = "", itself: str = "") -> Budgeted:
    """What this step does to the budgets of the month; `deployment`: which one is to be live in another way.

    `itself`: the operation that asks for it, where it is on record.

    Raises:
        Refused: it goes over one, and the policy refuses that.
    """
    budgets = case.terms.policy.budgets
    avatar = case.book.known_avatar().name
    own = budgets.of(avatar)
    if amount is None:
        return Budgeted()
    _, end = month(case.now)
    more = amount.high.value if step == "train" else _hosting(amount, case.now, end)
    mine = committed(case.book, case.now, deployment, itself)
    today = committed(case.book, case.now, itself=itself)
    without, with_it = (Money(value=value, currency=amount.high.currency) for value in (today, mine + more))
    projected = f"*{avatar}* this month: {without} without this, {with_it} with it"
    told = [(f"*{avatar}*", own, mine), ("all avatars", budgets.overall, mine + case.terms.elsewhere)]
    lines: list[str] = []
    over: list[str] = []
    for whose, budget, before in told:
        if budget is None:
            continue
        shown = [str(Money(value=value, currency=amount.high.currency)) for value in (budget - before - more, budget)]
        lines.append(f"{whose}: {shown[0]} of {shown[1]} left this month after this")
        if before + more > budget:
            over.append(f"{whose} ({shown[1]} a month)")
    if over and budgets.over == "refuse":
        raise Refused(
            "over_budget",
            f"This would go over the budget of {' and of '.join(over)}: {'; '.join(lines)}. The policy refuses that. Remove what is "
            "not needed, or ask a maintainer for a larger budget.",
        )
    return Budgeted(line="\n".join([projected, *lines]), over=" and of ".join(over))


def _training(operation: Operation, start: datetime) -> Decimal:
    """Metered hours where they are known at the end, otherwise the high end of what the card showed."""
    ask, state = operation.ask, operation.state
    if ask.step != "train" or ask.amount is None:
        return NONE
    if isinstance(state, Failed):  # whether Azure takes money for it is not known: what was metered counts
        hours = state.evidence.metered_hours if state.evidence and state.at >= start else None
        return ask.amount.high.value / TRAINING_HOURS[1] * (hours or 0)
    if isinstance(state, Succeeded):
        if state.at < start:
            return NONE
        hours = state.evidence.metered_hours if state.evidence else None
        return ask.amount.high.value if hours is None else ask.amount.high.value / TRAINING_HOURS[1] * hours
    if not operation.open:
        return NONE
    if isinstance(state, Running) and state.evidence and state.evidence.metered_hours:
        return max(ask.amount.high.value, ask.amount.high.value / TRAINING_HOURS[1] * state.evidence.metered_hours)
    return ask.amount.high.value


def _hosting(amount: Amount | None, now: datetime, end: datetime) -> Decimal:
    return amount.high.value / HOURS_A_MONTH * hours_between(now, end) if amount else NONE
