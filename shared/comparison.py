"""Compare Azure with the records: what nobody recorded, and what Azure no longer has. Nothing is removed by itself."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shared.clock import iso
from shared.domain.asking import endpoint_id
from shared.domain.base import short_id
from shared.domain.book import Book
from shared.domain.deployments import Deployment, Removed, Removing, hours_between
from shared.domain.events import Compared, Event, MissingSeen
from shared.domain.operations import Running, Succeeded, Waiting
from shared.domain.records import CLOUD, Stray
from shared.domain.resources import Resource
from shared.errors import AppError
from shared.handling import Handling
from shared.log import note, warn
from shared.ports import Entry, Inventory
from shared.services import Services

EVERY = timedelta(hours=1)
JUST = timedelta(days=3)  # a removal so recent may be what the meter contradicts
FRESH = timedelta(minutes=10)  # a deployment so young may be missing in a listing
# Meters come late and in lumps: a day is compared two hours after its end, and a quarter of difference is none.
METER_DAY, METER_LATE = timedelta(hours=24), timedelta(hours=2)
TOLERATED = (Decimal("1.25"), Decimal(2))


@dataclass(frozen=True)
class Difference:
    """What one comparison of one resource found."""

    resource: str
    strays: tuple[Stray, ...]
    missing: tuple[Deployment, ...]
    there: tuple[Deployment, ...]
    listed: bool


def compare(services: Services, resource: Resource) -> Difference:
    """Azure is read first and the records after it, so that what was made meanwhile is on record.

    Raises:
        Refused, Temporary: the service can't be asked.
    """
    listing = services.drivers.of(resource).inventory(resource)
    return _difference(services, resource, listing, list(services.books().values()))


def _difference(services: Services, resource: Resource, listing: Inventory | None, books: list[Book]) -> Difference:
    now = services.calendar.now()
    deployments = [d for book in books for d in book.deployments.values() if d.resource == resource.name]
    if listing is None:
        return Difference(resource.name, _metered(services, resource, books, deployments, now), (), (), listed=False)
    # The listing was read before the records: what they say was removed a moment ago was still in it.
    ours = {d.id for d in deployments if not isinstance(d.state, Removed) or now - d.state.at <= FRESH} | _started(
        books
    )
    models = {(m.resource, m.name.lower()) for book in books for m in book.models} | _expected(books)
    strays = [
        Stray(
            id=short_id("stray", resource.name, "deployment", found.id), what="deployment", resource=resource.name,
            name=found.model, endpoint=found.id, since=found.created, found=now,
        )
        for found in listing.endpoints
        if found.id not in ours
    ]  # fmt: skip
    deployed = {stray.name.lower() for stray in strays}  # adopting a deployment adopts its model
    strays += [
        Stray(id=short_id("stray", resource.name, "model", name), what="model", resource=resource.name, name=name,
              since=created, found=now)
        for name, created in sorted(listing.models.items())
        if (resource.name, name.lower()) not in models and name.lower() not in deployed
    ]  # fmt: skip
    there = {found.id for found in listing.endpoints}
    live = [d for d in deployments if not isinstance(d.state, Removed | Removing) and now - d.live_from > FRESH]
    return Difference(
        resource.name, tuple(strays), tuple(d for d in live if d.id not in there),
        tuple(d for d in live if d.id in there), listed=True,
    )  # fmt: skip


def compare_all(handling: Handling) -> None:
    """Compare each resource once an hour, and have the differences told."""
    services = handling.services
    now = services.calendar.now()
    looked = {entry.avatar: entry.data["at"] for entry in services.lists.entries("compared")}
    listings: dict[str, Inventory | None] = {}
    for name, resource in sorted(services.resources.items()):
        if name in looked and now - datetime.fromisoformat(looked[name]) < EVERY:
            continue
        with _unless_it_fails(name):
            listings[name] = services.drivers.of(resource).inventory(resource)
    books = list(services.books().values()) if listings else []  # once for all of them, and after all of Azure
    for name, listing in listings.items():
        with _unless_it_fails(name):
            take_in(handling, _difference(services, services.resources[name], listing, books), now)
            services.lists.put("compared", Entry(avatar=name, data={"at": iso(now)}))


@contextmanager
def _unless_it_fails(resource: str) -> Generator[None]:
    """The others have their turn; this one has its own in ten minutes."""
    try:
        yield
    except AppError as error:
        warn("not_compared", resource=resource, code=error.code)


def take_in(handling: Handling, difference: Difference, now: datetime) -> None:
    """Have what was found on record, with a card for each."""

    def tell(avatar: str, what: str, event: Event) -> None:
        handling.handle(handling.services.said(f"compare-{what}-{iso(now)}", avatar, "reconcile", event))

    tell(CLOUD, difference.resource, Compared(resource=difference.resource, found=difference.strays))
    for found, missing in [*((d, True) for d in difference.missing), *((d, False) for d in difference.there)]:
        if missing != bool(found.missing):
            tell(found.avatar, found.id, MissingSeen(deployment=found.id, missing=missing))
    note("compared", resource=difference.resource, strays=len(difference.strays), missing=len(difference.missing))


def _started(books: list[Book]) -> set[str]:
    """Endpoints that our own operations are making."""
    return {
        operation.ask.deployment or endpoint_id(operation.id, getattr(operation.state, "attempt", 1))
        for book in books
        for operation in book.operations.values()
        if operation.ask.step == "deploy" and operation.open
    }


def _expected(books: list[Book]) -> set[tuple[str, str]]:
    """Models that our own operations are making or have made."""
    return {
        (operation.ask.target or operation.ask.resource, operation.ask.model.lower())
        for book in books
        for operation in book.operations.values()
        if operation.ask.step in {"train", "copy"} and (operation.open or isinstance(operation.state, Succeeded))
    }


def _metered(
    services: Services, resource: Resource, books: list[Book], deployments: list[Deployment], now: datetime
) -> tuple[Stray, ...]:
    """Where nothing can be listed, the meters say whether more is hosted or trained than is on record."""
    start, end = now - METER_LATE - METER_DAY, now - METER_LATE
    driver = services.drivers.of(resource)
    strays: list[Stray] = []
    hosted = driver.metered(resource, "hosting", start, end)
    known = sum((_live_hours(deployment, start, end) for deployment in deployments), Decimal(0))
    if hosted is not None and hosted > known * TOLERATED[0] + TOLERATED[1]:
        detail = f"{hosted} hours of hosting were metered in a day; on record are {known}"
        said = [d for d in deployments if isinstance(d.state, Removed) and now - d.state.at < JUST]
        if said:
            detail += f", and you said that these are removed: {', '.join(f'`{d.model}`' for d in said)}"
        strays.append(_meter_stray(resource, "hosting", detail, now))
    whole = [d for d in deployments if not isinstance(d.state, Removed) and d.live_since < start]
    if hosted is not None and whole and hosted < known / TOLERATED[0] / 2:
        names = ", ".join(f"`{d.model}`" for d in whole)
        detail = f"{hosted} hours of hosting were metered in a day; on record are {known}: {names}"
        strays.append(_meter_stray(resource, "not hosted", detail, now))
    trained = driver.metered(resource, "training", start, end)
    if trained and not _training(books, resource, start):
        detail = f"{trained} hours of training were metered in a day; on record is none"
        strays.append(_meter_stray(resource, "training", detail, now))
    return tuple(strays)


def _live_hours(deployment: Deployment, start: datetime, end: datetime) -> Decimal:
    return sum((hours_between(*span) for span in deployment.live(start, end)), Decimal(0))


def _training(books: list[Book], resource: Resource, start: datetime) -> bool:
    """Whether a training of ours was under way or waiting for its operator since then."""
    return any(
        operation.ask.step == "train"
        and operation.ask.resource == resource.name
        and (
            isinstance(operation.state, Waiting | Running)
            or (getattr(operation.state, "at", start) >= start and bool(operation.approvals))
        )
        for book in books
        for operation in book.operations.values()
    )


def _meter_stray(resource: Resource, what: str, detail: str, now: datetime) -> Stray:
    return Stray.model_validate(
        {
            "id": short_id("stray", resource.name, what), "what": what, "resource": resource.name, "detail": detail,
            "found": now,
        }
    )  # fmt: skip
