"""What was and is spent: days of hosting by avatar, what removals of idle deployments saved, and what idleness costs on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shared.domain.book import Book
from shared.domain.budgeting import committed, month
from shared.domain.deployments import Deployment, Idle, Removed, hours_between
from shared.domain.operations import OFFICE

NONE = Decimal(0)


@dataclass(frozen=True)
class Ledger:
    """The month so far; amounts in the currency of the prices."""

    a_day: Decimal  # what is live now costs; with office hours, on an average day
    month: dict[str, Decimal]  # by avatar: done, under way, asked for, and live until the month's end
    owners: dict[str, Decimal]  # the same by owner
    resources: dict[str, Decimal]  # hosting a day by resource
    saved: Decimal  # by removals that people asked for after an alert, until now
    removed: int
    rested: Decimal  # by office hours, until now
    missed: Decimal  # spent since they were flagged, by what is idle still
    idle: int


def ledger(books: Mapping[str, Book], now: datetime) -> Ledger:
    """The ledger of these avatars."""
    known = {name: book for name, book in books.items() if book.avatar}
    deployments = [d for book in known.values() for d in book.deployments.values()]
    live = [d for d in deployments if d.billed]
    kept = [d for d in deployments if d.billed or d.resting]
    start, _ = month(now)
    spent = {name: committed(book, now) for name, book in known.items()}
    owners: dict[str, Decimal] = {}
    for name, book in known.items():
        owner = book.known_avatar().owner
        owners[owner] = owners.get(owner, NONE) + spent[name]
    resources: dict[str, Decimal] = {}
    for d in kept:
        resources[d.resource] = resources.get(d.resource, NONE) + d.a_day.value
    gone = [
        (d, d.state.at, _until(d, d.state.at, deployments, now))
        for d in deployments
        if isinstance(d.state, Removed) and d.alerts and not _by_hours(known[d.avatar], d.state)
    ]
    flagged = [(d, d.state.flagged) for d in live if isinstance(d.state, Idle)]
    return Ledger(
        a_day=sum((d.a_day.value for d in kept), NONE),
        month={name: value for name, value in spent.items() if value},
        owners={owner: value for owner, value in owners.items() if value},
        resources=resources,
        saved=sum((d.price_per_hour.value * hours_between(max(at, start), until) for d, at, until in gone), NONE),
        removed=len([at for _, at, _ in gone if at >= start]),
        rested=sum((d.rested(start, now) for d in deployments), NONE),
        missed=sum((d.cost(at, now) for d, at in flagged), NONE),
        idle=len(flagged),
    )


def _by_hours(book: Book, gone: Removed) -> bool:
    operation = book.operations.get(gone.operation)
    return operation is not None and operation.ask.by == OFFICE


def _until(gone: Deployment, at: datetime, known: list[Deployment], now: datetime) -> datetime:
    """How long a removal saves money: until the model is deployed there again."""
    place = (gone.model, gone.resource)
    again = [d.live_since for d in known if (d.model, d.resource) == place and d.live_since >= at and d.id != gone.id]
    return min(again, default=now)


def hosting_days(books: Mapping[str, Book], now: datetime, days: int) -> list[tuple[datetime, dict[str, Decimal]]]:
    """Hosting of each of the last days (UTC) by avatar; today as far as it has come."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    told: list[tuple[datetime, dict[str, Decimal]]] = []
    for number in range(days):
        start = first + timedelta(days=number)
        end = min(start + timedelta(days=1), now)
        costs = {
            name: sum((d.cost(start, end) for d in book.deployments.values()), NONE)
            for name, book in books.items()
            if book.avatar
        }
        told.append((start, {name: cost for name, cost in costs.items() if cost}))
    return told
