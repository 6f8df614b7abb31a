"""Office hours in words: how a deployment stands by them, what they save, and the buttons to live late or to end them."""

from datetime import datetime

from shared.domain.book import Book
from shared.domain.budgeting import month
from shared.domain.deployments import Deployment, Removed, Removing, hours_between
from shared.domain.money import HOURS_A_MONTH, Money
from shared.domain.operations import OFFICE, Ask, Failed, Stale
from shared.slack.blocks import Json, actions, button, confirm, when


def saving(ask: Ask) -> str:
    """What an approver reads of the price: the hours of a month, and what they save."""
    if ask.hours is None or ask.amount is None or ask.hour is None:
        return ""
    whole = ask.hour.times(HOURS_A_MONTH)
    less = Money(value=whole.value - ask.amount.high.value, currency=whole.currency)
    return f"about {ask.hours.month:.0f} hours a month instead of {HOURS_A_MONTH} ({whole}): *saves {less} a month*"


def hours_line(deployment: Deployment, now: datetime | None = None, book: Book | None = None) -> str:
    """How it stands by its office hours; empty where it has none.

    With `now` and its book: until when, and what did not come about (a card is not drawn anew with the time).
    """
    hours, state = deployment.hours, deployment.state
    if hours is None:
        return ""
    late = overdue(deployment, now, book) if now and book else ""
    if late:
        return f":warning: {late}"
    if isinstance(state, Removed):
        return (
            f":crescent_moon: Rests, as its office hours are {hours}: {_again(deployment)} {when(state.until)}"
            if state.until
            else ""
        )
    head = f":office: Office hours {hours}"
    if isinstance(state, Removing):
        return f"{head}: it is being removed"
    if deployment.stays and (now is None or deployment.stays > now):
        return f"{head}; somebody works late, so it stays live until {when(deployment.stays)} at least"
    if now and not hours.open(now):
        again = "" if deployment.last_day else f", and deployed again {when(hours.next(now, begins=True))}"
        return f"{head}: it is outside of them now, so it is removed within minutes{again}"
    then = "removed when they end, and not deployed again" if deployment.last_day else "rests when they end"
    end = f" ({when(hours.next(now, begins=False))})" if now else ""
    return f"{head}: live, and {then}{end}"


def _again(deployment: Deployment) -> str:
    """What was approved outside of its hours was never live before its first morning."""
    state = deployment.state
    first = isinstance(state, Removed) and not deployment.rests and state.at <= deployment.live_since
    return "first deployed" if first else "deployed again"


def overdue(deployment: Deployment, now: datetime, book: Book) -> str:
    """What its office hours should have done, and failed to do; empty where they are kept."""
    hours, step = deployment.hours, "deploy" if deployment.resting else "remove"
    if hours is None or not (deployment.billed or deployment.resting) or isinstance(deployment.state, Removing):
        return ""
    if deployment.stays and deployment.stays > now:
        return ""
    at, begins = hours.last_change(now)
    tried = [
        op
        for op in book.operations.values()
        if (op.ask.step, op.ask.deployment) == (step, deployment.id) and op.ask.at >= at
    ]
    failed = [op for op in tried if op.ask.by == OFFICE and isinstance(op.state, Failed | Stale)]
    if not failed or any(op.open for op in tried) or begins != (step == "deploy"):
        return ""
    retry = f"`/avatar retry {deployment.avatar} {failed[-1].id}` tries it again"
    if step == "deploy":
        return f"Its office hours ({hours}) have begun, and it could not be deployed: {retry}"
    begin = hours.next(now, begins=True)
    more = deployment.price_per_hour.times(hours_between(now, begin))
    return f"Its office hours ({hours}) are over, and it could not be removed: until they begin ({when(begin)}) it costs {more} more. {retry}"


def ends_text(deployment: Deployment) -> str:
    """What comes on its planned day, behind a semicolon; empty where there is none."""
    if deployment.ends is None:
        return ""
    return f"; its {'office hours end' if deployment.hours else 'removal is asked for'} on {deployment.ends.date()}"


def hours_text(book: Book, now: datetime) -> str:
    """The answer to `/avatar hours`."""
    name = book.known_avatar().name
    found = [d for d in book.deployments.values() if d.hours and (d.billed or d.resting)]
    if not found:
        return (
            f"Nothing of *{name}* has office hours. Where a resource is driven by API, they are asked for with the deployment, or for what is "
            f'live: `/avatar deploy {name} hours="Mon-Fri 08:00-19:00 Europe/Berlin"`.'
        )
    lines: list[str] = []
    start, _ = month(now)
    for d in found:
        saved = Money(value=d.rested(start, now), currency=d.price_per_hour.currency)
        lines.append(f"`{d.model}` in `{d.resource}`: {hours_line(d, now, book)}. Saved this month: {saved}.")
    if any(not d.last_day for d in found) and not book.withdrawal:
        lines.append(
            f"To work late or at night: `/avatar hours {name} stay` (approvers and on-call, since it costs more than was approved). To end "
            f"them: `/avatar hours {name} off`. Around the clock: `/avatar deploy {name}`."
        )
    return "\n".join(lines)


def hours_buttons(deployment: Deployment) -> list[Json]:
    """Live late, or end them."""
    if deployment.hours is None or deployment.last_day or isinstance(deployment.state, Removing):
        return []
    value = f"{deployment.avatar}|{deployment.id}|0"
    late, until = (
        ("Deploy it now", "its next office hours are over")
        if deployment.resting
        else ("Stay live tonight", "its next office hours begin")
    )
    price = f"Live until {until}, at {deployment.price_per_hour} an hour: more than was approved."
    return [
        actions(
            f"hours-{deployment.id}",
            button(late, "hours_stay", value, spoken=f"{late}: {deployment.model}", confirm=confirm(f"{late}?", price, late)),
            button(
                "End its office hours", "hours_off", value, spoken=f"End the office hours of {deployment.model}",
                confirm=confirm("End its office hours?", "It is removed when they end, and not deployed again.", "End them", danger=True),
            ),
        )
    ]  # fmt: skip
