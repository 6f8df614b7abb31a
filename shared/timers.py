"""What the timers do: follow what runs, watch what is live, finish what was left owing."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from shared.clock import iso
from shared.comparison import compare_all
from shared.domain.book import Book
from shared.domain.deployments import Deployment, Idle
from shared.domain.events import (
    Event,
    HoursDue,
    Observed,
    PolicySeen,
    PriceSeen,
    RemoveAsked,
    TimePassed,
    TrialSeen,
    UsageSeen,
)
from shared.domain.moving import concerns
from shared.domain.operations import Approved, Operation, Proposed, Running, Starting
from shared.domain.records import POLICY, Trial
from shared.domain.reminding import due as reminder_due
from shared.domain.resting import due
from shared.domain.watching import overdue
from shared.erasing import erase
from shared.errors import AppError, Refused
from shared.handling import Handling
from shared.log import note, warn
from shared.ports import Entry, Video
from shared.services import Services
from shared.starting import job_for
from shared.telemetry import count, level
from shared.uploads import find_missed

EARLY = timedelta(minutes=1)  # the timer's own minutes are not exact
TRIAL_LASTS = timedelta(hours=2)
SETTLED = timedelta(minutes=2)  # a decision that is older than this in real time is no longer being committed
Item = TypeVar("Item")


def each(what: str, items: Iterable[Item], act: Callable[[Item], object]) -> None:
    """Do it for each; one that goes wrong must not keep the others waiting.

    Raises:
        ExceptionGroup: after all were tried, what was no error of ours, so that the host sees the run fail.
    """
    surprises: list[Exception] = []
    for item in items:
        try:
            act(item)
        except AppError as error:
            warn("timer_item_failed", timer=what, code=error.code)
        except Exception as error:  # noqa: BLE001 - kept, and raised when every item had its turn
            surprises.append(error)
    if surprises:
        raise ExceptionGroup(f"{what}: {len(surprises)} items failed", surprises)


def all_of(what: str, *parts: Callable[[], object]) -> None:
    """The parts of a timer's run, as `each`: one that goes wrong must not keep the others waiting."""
    each(what, parts, lambda part: part())


def follow_running(handling: Handling) -> None:
    """One look at everything open."""
    services, name = handling.services, "training_poll"
    all_of(
        name,
        lambda: each(name, services.lists.entries("open"), lambda entry: _follow(handling, entry)),
        lambda: each(name, services.lists.entries("trials"), lambda entry: _follow_trial(handling, entry)),
        lambda: each(name, services.lists.entries("hours"), lambda entry: _keep_hours(handling, entry)),
        lambda: each(name, services.resources.values(), services.usage.read_on),
        handling.performer.idle_list.tell,  # what a watch that died over it has left
    )
    _ran(services, name)


def _follow(handling: Handling, entry: Entry) -> None:
    services = handling.services
    book = Book.of(services.records.load(entry.avatar).records)
    operation = book.operations.get(entry.item)
    if operation is None or not operation.watched:
        _drop_settled(handling, "open", entry)
        return
    now = services.calendar.now()
    reminder = reminder_due(operation)
    if isinstance(operation.state, Proposed) and now >= operation.ask.expires:
        _tell(handling, operation, TimePassed(operation=operation.id), "expiry")
    elif reminder and now >= reminder:
        what = f"reminder-{operation.revision}-{operation.reminded}"
        _tell(handling, operation, TimePassed(operation=operation.id), what)
    match operation.state:
        case Approved() | Starting():
            handling.performer.starter.start(entry.avatar, operation.id)
        case Running() as state if state.next_look and now < state.next_look - EARLY:
            return
        case Running(since=since):
            job = job_for(services, book, operation, ())
            place = job.target if operation.ask.step == "copy" and job.target else job.resource
            evidence = services.drivers.of(place).observe(job, since, now)
            _tell(handling, operation, Observed(operation=operation.id, evidence=evidence), f"look-{iso(now)}")
        case _:
            return  # a person's turn


def _follow_trial(handling: Handling, entry: Entry) -> None:
    services = handling.services
    trial = Book.of(services.records.load(entry.avatar).records).trials.get(entry.item)
    if trial is None or trial.status != "running":
        _drop_settled(handling, "trials", entry)
        return
    place = services.resources.get(trial.resource)
    try:
        seen = (
            services.synthesis.look(place, trial)
            if place
            else Video(succeeded=False, text="Its resource is no longer configured.")
        )
    except Refused as refusal:  # not there: its call may still be owed, but not for hours
        late = services.calendar.now() - trial.at > TRIAL_LASTS
        seen = Video(succeeded=False, text=refusal.sentence) if late else None
    if seen:
        event = TrialSeen(trial=trial.id, status="succeeded" if seen.succeeded else "failed", text=seen.text)
        handling.handle(services.said(f"{trial.id}-seen", entry.avatar, "training-poll", event))


def _keep_hours(handling: Handling, entry: Entry) -> None:
    """Remove what rests from now on, and deploy what begins its day."""
    services = handling.services
    book = Book.of(services.records.load(entry.avatar).records)
    deployment, now = book.deployments.get(entry.item), services.calendar.now()
    if deployment is None or deployment.hours is None or not (deployment.billed or deployment.resting):
        _drop_settled(handling, "hours", entry)
        return
    what = due(book, deployment, now)
    if what:
        at, _ = deployment.hours.last_change(now)
        name = f"hours-{what}-{deployment.id}-{iso(at)}"  # each change of theirs once, whatever came of it
        handling.handle(services.said(name, entry.avatar, "training-poll", HoursDue(deployment=deployment.id)))


def watch_live(handling: Handling) -> None:
    """One look at the use of everything that is live, a listing a resource."""
    services = handling.services
    by_resource: dict[str, list[Deployment]] = {}
    trials: dict[str, list[Trial]] = {}
    busy: set[str] = set()  # something is asked for or under way

    def find(entry: Entry) -> None:
        book = Book.of(services.records.load(entry.avatar).records)
        deployment = book.deployments.get(entry.item)
        if deployment is None or not deployment.billed:
            _drop_settled(handling, "live", entry)
            return
        by_resource.setdefault(deployment.resource, []).append(deployment)
        trials.setdefault(deployment.resource, []).extend(
            t for t in book.trials.values() if t.deployment == deployment.id
        )
        if any(operation.open and concerns(operation, deployment) for operation in book.operations.values()):
            busy.add(deployment.id)
        elif deployment.ends and deployment.ends <= services.calendar.now():
            event, name = (
                RemoveAsked(deployment=deployment.id, planned=True),
                f"planned-{deployment.id}-{deployment.revision}",
            )
            handling.handle(services.said(name, entry.avatar, "idle-watch", event))

    def look(name: str) -> None:
        now, live = services.calendar.now(), by_resource[name]
        if name not in services.resources:
            warn("resource_gone", resource=name)
            return
        price = services.prices.hosting(services.resources[name].region, now)
        for deployment in live:
            if price and price.as_of >= deployment.live_since and deployment.costs_other(price.money):
                event = PriceSeen(deployment=deployment.id, price=price)
                handling.handle(
                    services.said(
                        f"price-{deployment.id}-{price.money.value}-{iso(price.as_of)}",
                        deployment.avatar,
                        "idle-watch",
                        event,
                    )
                )
        found = services.usage.look(services.resources[name], live, now, trials[name], alone=len(live) == 1)
        for deployment in live:
            event = UsageSeen(deployment=deployment.id, usage=found[deployment.id])
            name = f"usage-{deployment.id}-{iso(now)}"
            handling.handle(services.said(name, deployment.avatar, "idle-watch", event))

    def watch() -> None:
        with handling.performer.idle_list.together():
            all_of(
                "idle_watch",
                lambda: each("idle_watch", services.lists.entries("live"), find),
                lambda: each("idle_watch", sorted(by_resource), look),
                lambda: _remove_overdue(handling, [d for d in known() if d.id not in busy]),
            )

    def known() -> list[Deployment]:
        return [deployment for found in by_resource.values() for deployment in found]

    def measure() -> None:
        level("spend", float(sum(deployment.price_per_hour.value for deployment in known())))
        level("idle", sum(1 for deployment in known() if isinstance(deployment.state, Idle)))

    all_of("idle_watch", watch, measure, handling.performer.idle_list.tell)
    _ran(services, "idle_watch")


def _remove_overdue(handling: Handling, known: list[Deployment]) -> None:
    """Where the policy says so: what nobody answered for is removed, the longest idle first, a few a run."""
    services = handling.services
    rule, now = services.policy.idle, services.calendar.now()
    late = [deployment for deployment in known if overdue(deployment, rule, now)]
    late.sort(key=lambda deployment: deployment.idle_since())

    def remove(deployment: Deployment) -> None:
        event, name = (
            RemoveAsked(deployment=deployment.id, automatic=True),
            f"auto-{deployment.id}-{deployment.revision}-{iso(now)}",  # what was refused once may be due later
        )
        handling.handle(services.said(name, deployment.avatar, "idle-watch", event))

    each("idle_watch", late[: rule.removals_per_run], remove)
    if len(late) > rule.removals_per_run:
        note("removals_put_off", left=len(late) - rule.removals_per_run)


def reconcile(handling: Handling) -> None:
    """Perform what a crash left owing, and find uploads whose event never came."""
    services = handling.services
    before = services.stopwatch.now() - SETTLED
    owing: dict[str, list[Entry]] = {}
    owed = services.lists.entries("owes")
    since = min((datetime.fromisoformat(entry.data["since"]) for entry in owed), default=None)
    level("oldest_owed", (services.stopwatch.now() - since).total_seconds() if since else 0)
    level("undelivered", sum(len(services.lists.entries(name)) for name in ("stuck", "poison")))
    for entry in owed:
        if datetime.fromisoformat(entry.data["since"]) <= before:
            owing.setdefault(entry.avatar, []).append(entry)

    def drain(avatar: str) -> None:
        if handling.drain(avatar, again=False):
            for entry in owing[avatar]:
                services.lists.drop("owes", entry)

    all_of(
        "reconcile",
        lambda: each("reconcile", sorted(owing), drain),
        lambda: _keep_policy(handling),
        lambda: compare_all(handling),
        lambda: each("reconcile", services.lists.entries("erasures"), lambda entry: erase(handling, entry)),
        lambda: note("reconciled", owing=len(owing), missed_uploads=find_missed(handling)),
    )
    _ran(services, "reconcile")


def _ran(services: Services, name: str) -> None:
    """So that others can say when a timer has stopped."""
    count("timers", timer=name)
    services.lists.put("ran", Entry(avatar=name, data={"at": iso(services.calendar.now())}))


def _keep_policy(handling: Handling) -> None:
    """Have it on record when the app runs with another policy than before."""
    services = handling.services
    seen = PolicySeen(policy=services.policy.model_dump(mode="json"))
    handling.handle(services.said(f"policy-{iso(services.calendar.now())}", POLICY, "reconcile", seen))


def _drop_settled(handling: Handling, name: str, entry: Entry) -> None:
    """Drop an entry without its record, unless the commit that makes the record may still be under way."""
    since = datetime.fromisoformat(entry.data["since"])
    if since <= handling.services.stopwatch.now() - SETTLED:
        handling.services.lists.drop(name, entry)


def _tell(handling: Handling, operation: Operation, event: Event, what: str) -> None:
    message = handling.services.said(f"{operation.id}-{what}", operation.ask.avatar, "training-poll", event)
    handling.handle(message)
