"""Evidence of use, per deployment: batch jobs that name the model, and the resource's meter."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from shared.beacons import heard
from shared.cost.verdict import Seen, verdict
from shared.domain.deployments import BLIND, Deployment, Usage
from shared.domain.records import Trial
from shared.domain.resources import Resource
from shared.errors import AppError
from shared.log import warn
from shared.ports import WorkLists
from shared.speech.http import Service
from shared.speech.jobs import JobList, KnownJob, Listed
from shared.speech.monitor import HOSTING, SYNTHESIZED, Monitor, Point

HOUR = timedelta(hours=1)
TRIAL_MOST = 5  # seconds that one trial makes, at most
LOOK_BACK = timedelta(days=30)  # what jobs are remembered for, about
HOSTED = timedelta(days=7)
ROUNDED = 1  # second a job: meters may round up


class ServiceUsage:
    """Implements `UsageWatch`: one shared listing a resource, whatever the number of its deployments."""

    def __init__(self, batch: Callable[[Resource], Service], monitor: Monitor, lists: WorkLists) -> None:
        self._jobs = JobList(batch, lists)
        self._monitor = monitor
        self._lists = lists

    def read_on(self, resource: Resource) -> None:
        self._jobs.read_on(resource)

    def look(
        self, resource: Resource, deployments: Sequence[Deployment], now: datetime, trials: Sequence[Trial], *,
        alone: bool,
    ) -> dict[str, Usage]:  # fmt: skip
        listed, beacons = self._jobs.read(resource, now), heard(self._lists)
        if listed.until and now - listed.until > BLIND:
            listed = Listed(listed.jobs, None)
        meter, rounded, reach = self._meter(resource, now, trials, listed)
        return {
            deployment.id: verdict(
                Seen(
                    batch=_last_job(listed.jobs, deployment),
                    batch_read=listed.until is not None,
                    meter=meter,
                    rounded=rounded,
                    alone=alone,
                    live_since=deployment.live_since,
                    reach=reach,
                    beacon=beacons.get(deployment.id),
                ),
                now,
            )
            for deployment in deployments
        }

    def _meter(
        self, resource: Resource, now: datetime, trials: Sequence[Trial], listed: Listed
    ) -> tuple[tuple[datetime, ...] | None, tuple[datetime, ...], datetime | None]:
        """Hours with more synthesis than jobs explain, None where the meter can't be read; those where only rounding would
        explain it; and until when the meters speak.

        Hosting is metered for as long as anything is live: where its meter ends, silence of the other proves nothing.
        Nor do they speak for a time whose jobs may not have been listed yet.
        """
        try:
            points = self._monitor.points(resource, SYNTHESIZED, now - LOOK_BACK, now)
            hosted = self._monitor.points(resource, HOSTING, now - HOSTED, now)
        except AppError as error:
            warn("meter_unreadable", resource=resource.name, code=error.code)
            return None, (), None
        reach = max((point.at + HOUR for point in hosted), default=None)
        if listed.until and now - listed.until > HOUR:  # the list takes several looks
            points = [point for point in points if point.at + HOUR <= listed.until]
            reach = min(reach or listed.until, listed.until)
        sure = _unexplained(points, trials, listed.jobs, ROUNDED)
        rounded = set(_unexplained(points, trials, listed.jobs, 0)) - set(sure)
        return sure, tuple(sorted(rounded)), reach


def _unexplained(
    points: Sequence[Point], trials: Sequence[Trial], jobs: Sequence[KnownJob], rounded: int
) -> tuple[datetime, ...]:
    """Ends of the hours with more synthesis than our trials and the listed jobs made in them or in the hour before.

    Each second of a job explains one metered second, so that real-time use in a busy hour still stands out; `rounded`: how
    many more the meter may have made of each job.
    """
    left: dict[datetime, Decimal] = {}
    for job in jobs:
        if job.seconds:
            hour = job.at.replace(minute=0, second=0, microsecond=0)
            left[hour] = left.get(hour, Decimal(0)) + job.seconds + rounded
    found: list[datetime] = []
    for point in sorted(points, key=lambda point: point.at):
        rest = point.seconds - _ours(point.at, trials)
        for hour in (point.at - HOUR, point.at):
            explained = max(Decimal(0), min(rest, left.get(hour, Decimal(0))))
            rest -= explained
            left[hour] = left.get(hour, Decimal(0)) - explained
        if rest > 0:
            found.append(point.at + HOUR)
    return tuple(found)


def _ours(hour: datetime, trials: Sequence[Trial]) -> int:
    """Seconds of video that our own trials may have made in an hour; a job can end an hour after it was asked for."""
    return sum(TRIAL_MOST for trial in trials if hour - HOUR <= trial.at < hour + HOUR)


def _last_job(jobs: Sequence[KnownJob], deployment: Deployment) -> datetime | None:
    """The newest batch job that names this model; before it went live the name meant an earlier deployment."""
    times = (job.at for job in jobs if job.model == deployment.model)
    return max((when for when in times if when >= deployment.live_since), default=None)
