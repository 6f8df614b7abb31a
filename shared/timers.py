"""What the timers do: follow what runs, watch what is live, finish what was left owing."""

from datetime import datetime, timedelta

from shared.clock import iso
from shared.domain.book import Book
from shared.domain.deployments import Deployment
from shared.domain.events import Envelope, Event, Observed, TimePassed, UsageSeen
from shared.domain.operations import Approved, Operation, Proposed, Running, Starting
from shared.errors import Broken, Refused, Temporary
from shared.handling import Handling
from shared.log import note, warn
from shared.ports import Entry
from shared.starting import job_for
from shared.uploads import find_missed

SETTLED = timedelta(minutes=2)  # a decision that is older than this in real time is no longer being performed


def follow_running(handling: Handling) -> int:
    """One look at everything open; the number of operations looked at."""
    entries = handling.services.lists.entries("open")
    for entry in entries:
        try:
            _follow(handling, entry)
        except (Temporary, Broken, Refused) as error:
            # One operation that can't be looked at must not keep the others from being followed.
            warn("follow_failed", avatar=entry.avatar, operation=entry.item, code=error.code)
    return len(entries)


def _follow(handling: Handling, entry: Entry) -> None:
    services = handling.services
    book = Book.of(services.records.load(entry.avatar).records)
    operation = book.operations.get(entry.item)
    if operation is None or not operation.open:
        services.lists.drop("open", entry)
        return
    now = services.calendar.now()
    match operation.state:
        case Proposed():
            if now >= operation.ask.expires:
                _tell(handling, operation, TimePassed(operation=operation.id), "expiry")
        case Approved() | Starting():
            handling.performer.starter.start(entry.avatar, operation.id)
        case Running(since=since):
            job = job_for(services, book, operation, ())
            place = job.target if operation.ask.step == "copy" and job.target else job.resource
            evidence = services.drivers.of(place).observe(job, since, now)
            _tell(handling, operation, Observed(operation=operation.id, evidence=evidence), f"look-{iso(now)}")
        case _:
            return  # a person's turn


def watch_live(handling: Handling) -> int:
    """One look at the use of everything that is live; the number of deployments looked at."""
    services = handling.services
    by_resource: dict[str, list[Deployment]] = {}
    for entry in services.lists.entries("live"):
        deployment = Book.of(services.records.load(entry.avatar).records).deployments.get(entry.item)
        if deployment is None or not deployment.billed:
            services.lists.drop("live", entry)
            continue
        by_resource.setdefault(deployment.resource, []).append(deployment)
    now = services.calendar.now()
    for name, deployments in by_resource.items():
        if name not in services.resources:
            warn("resource_gone", resource=name)
            continue
        for deployment_id, usage in services.usage.look(services.resources[name], deployments, now).items():
            deployment = next(d for d in deployments if d.id == deployment_id)
            event = UsageSeen(deployment=deployment_id, usage=usage)
            message = Envelope(
                id=f"usage-{deployment_id}-{iso(now)}", team=services.settings.slack_team_id,
                avatar=deployment.avatar, by="idle-watch", event=event, at=now,
            )  # fmt: skip
            handling.handle(message)
    return sum(map(len, by_resource.values()))


def reconcile(handling: Handling) -> None:
    """Perform what a crash left owing, and find uploads whose event never came."""
    services = handling.services
    before = services.stopwatch.now() - SETTLED
    drained = 0
    for entry in services.lists.entries("owes"):
        since = datetime.fromisoformat(entry.data["since"])
        if since <= before and handling.drain(entry.avatar):
            services.lists.drop("owes", entry)
            drained += 1
    note("reconciled", drained=drained, missed_uploads=find_missed(handling))


def _tell(handling: Handling, operation: Operation, event: Event, what: str) -> None:
    services = handling.services
    handling.handle(
        Envelope(
            id=f"{operation.id}-{what}",
            team=services.settings.slack_team_id,
            avatar=operation.ask.avatar,
            by="training-poll",
            event=event,
            at=services.calendar.now(),
        )
    )
