"""The month as a table: a line for each time of hosting at one price, and for each training; for a spreadsheet."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from shared.clock import iso
from shared.domain.book import Book
from shared.domain.budgeting import month
from shared.domain.deployments import Deployment, hours_between
from shared.domain.money import TRAINING_HOURS, Money
from shared.domain.operations import Operation, Running, Succeeded

HEAD = (
    "avatar",
    "owner",
    "what",
    "model",
    "resource",
    "from",
    "until",
    "hours",
    "price_per_hour",
    "amount",
    "currency",
    "rests_on",
)
Line = tuple[str, ...]


def statement(books: Mapping[str, Book], now: datetime) -> str:
    """CSV with a head, from the month's first moment (UTC) until now; amounts are what the app reckons, not the bill."""
    start, _ = month(now)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    for name in sorted(books):
        book = books[name]
        if book.avatar is None:
            continue
        who = (name, book.avatar.owner)
        for deployment in book.deployments.values():
            writer.writerows((*who, *line) for line in _hosting(deployment, start, now))
        for operation in book.operations.values():
            writer.writerows((*who, *line) for line in _training(operation, start))
    return out.getvalue()


def _hosting(deployment: Deployment, start: datetime, now: datetime) -> Iterator[Line]:
    for begin, end, price in deployment.priced(start, now):
        hours, rests = hours_between(begin, end), "hours live at the list price"
        yield _line("hosting", deployment.model, deployment.resource, begin, end, hours, price, rests)


def _training(operation: Operation, start: datetime) -> Iterator[Line]:
    ask, state = operation.ask, operation.state
    if ask.step != "train" or ask.amount is None or not isinstance(state, Running | Succeeded):
        return
    end = state.at if isinstance(state, Succeeded) else state.evidence.looked if state.evidence else state.since
    if end < start:
        return
    metered = state.evidence.metered_hours if state.evidence else None
    price = Money(value=ask.amount.high.value / TRAINING_HOURS[1], currency=ask.amount.high.currency)
    rests = "metered hours" if metered is not None else "the most that was approved"
    hours = metered if metered is not None else Decimal(TRAINING_HOURS[1])
    yield _line("training", ask.model, ask.resource, state.since, end, hours, price, rests)


def _line(
    what: str, model: str, resource: str, begin: datetime, end: datetime, hours: Decimal, price: Money, rests: str
) -> Line:
    amount = (hours * price.value).quantize(Decimal("0.01"))
    shown = price.value.quantize(Decimal("0.0001")).normalize()
    return (what, model, resource, iso(begin), iso(end), str(hours), f"{shown:f}", str(amount), price.currency, rests)
