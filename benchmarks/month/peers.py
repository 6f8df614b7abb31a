"""Two plain rules over the same evidence, with the same people: 24 hours of silent meter, 72 hours without a batch job."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.month.generator import END, KEPT, START, Deployment, Month, reacted

EVERY = timedelta(hours=6)  # between two looks, of the rules as of the watch


@dataclass(frozen=True)
class Rule:
    """What a rule came to: US dollars wasted, and how many it flagged while they were in use."""

    wasted: float
    false_flags: int


def by_meter(month: Month) -> Rule:
    """No use for 24 hours on the resource's meter."""
    metered: dict[str, list[datetime]] = {}
    for d in month.deployments:
        metered.setdefault(d.resource, []).extend(use.at for use in d.uses if use.metered)
    for found in metered.values():
        found.sort()

    def silent(deployment: Deployment, now: datetime) -> bool:
        seen = now - timedelta(minutes=month.late(now))
        newest = _newest(metered[deployment.resource], seen, deployment)
        return not month.down("meter", deployment.resource, now) and _long(deployment, newest, now, 24)

    return _followed(month, silent)


def by_jobs(month: Month) -> Rule:
    """No batch job naming the model for 72 hours."""

    jobs = {d.id: [] if d.real_time else [use.at for use in d.uses] for d in month.deployments}

    def silent(deployment: Deployment, now: datetime) -> bool:
        newest = _newest(jobs[deployment.id], now, deployment)
        return not month.down("jobs", deployment.resource, now) and _long(deployment, newest, now, 72)

    return _followed(month, silent)


def _newest(times: list[datetime], now: datetime, deployment: Deployment) -> datetime:
    """The last of these moments before now, or going live."""
    found = bisect_left(times, now)
    return times[found - 1] if found else deployment.live


def _long(deployment: Deployment, newest: datetime, now: datetime, hours: float) -> bool:
    return now - max(newest, deployment.live) >= timedelta(hours=hours)


def _followed(month: Month, silent: Callable[[Deployment, datetime], bool]) -> Rule:
    """Each flag goes to on-call, who removes what is abandoned and keeps the rest, with our alerts' habits."""
    wasted, false = 0.0, 0
    for deployment in month.deployments:
        gone, kept, wrong = END, deployment.live, False
        for now in _looks(deployment):
            if now < kept or not silent(deployment, now):
                continue
            wrong |= deployment.in_use_at(now)
            done = reacted(deployment, now)
            if deployment.in_use_at(done):
                kept = done + KEPT
                continue
            gone = {"reported": END, "undone": END, "left": done + timedelta(hours=72)}.get(deployment.slip, done)
            break
        false += wrong
        if deployment.stopped:
            wasted += month.cost(deployment.stopped, gone)
    return Rule(round(wasted, 2), false)


def _looks(deployment: Deployment) -> Iterator[datetime]:
    at = START + timedelta(minutes=30)
    while at < END:
        if at > deployment.live:
            yield at
        at += EVERY
