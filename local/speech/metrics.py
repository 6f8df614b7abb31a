"""Azure Monitor's metrics of a resource, worked out from what trained, was hosted and was synthesized."""

import hmac
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request

from local.speech.answers import RefusedError
from local.speech.world import ResourceState, World

VERSION = "2023-10-01"
NAMESPACE = "Microsoft.CognitiveServices/accounts"
NAMES = {
    "AvatarModelTrainingSeconds": "Avatar Model Training Seconds",
    "AvatarModelHostingSeconds": "Avatar Model Hosting Seconds",
    "VideoSecondsSynthesized": "Video Seconds Synthesized",
}
STEPS = {"PT1M": 60, "PT1H": 3600, "P1D": 86400}
KNOWN = frozenset({"api-version", "metricnames", "timespan", "interval", "aggregation", "metricnamespace", "$filter"})
FILTER = "FeatureName eq '*'"
RETENTION = timedelta(days=93)


@dataclass(frozen=True)
class Window:
    """Seconds since the epoch: what is asked for, and the moment from which points are still missing."""

    start: float
    end: float
    step: int

    @property
    def first(self) -> int:
        return int(self.start // self.step)

    @property
    def buckets(self) -> range:
        """The points there are; the last one is partial while the end is still missing."""
        return range(self.first, math.ceil(self.end / self.step)) if self.start < self.end else range(0)


def refuse(status: int, code: str, message: str, *, violation: bool = True) -> RefusedError:
    return RefusedError(status, message, code=code, violation=violation)


def serve(world: World, request: Request, state: ResourceState | None) -> dict[str, Any]:
    """The answer of the metrics list operation.

    Raises:
        RefusedError: no management token, an unknown resource, or a query the API does not have.
    """
    token = request.headers.get("authorization", "")
    if not hmac.compare_digest(token.encode(), b"Bearer local-management"):
        raise refuse(401, "InvalidAuthenticationToken", "The access token is missing or invalid.", violation=False)
    if state is None:
        raise refuse(404, "ResourceNotFound", "The resource was not found.")
    query = _query(request)
    timespan, interval = query["timespan"], query.get("interval", "PT1M")
    window = _window(world, timespan, interval)
    names = query["metricnames"].split(",")
    return {
        "cost": max(0, int((window.end - window.start) / 60)) * len(names),
        "timespan": timespan,
        "interval": interval,
        "value": [_metric(state, name, window, split="$filter" in query) for name in names],
        "namespace": NAMESPACE,
        "resourceregion": state.spec.region,
    }


def _query(request: Request) -> Mapping[str, str]:
    query = dict(request.query_params)
    for name in query:
        if name not in KNOWN:
            raise refuse(400, "BadRequest", f"The query parameter '{name}' is not known here.")
    if query.get("api-version") != VERSION:
        raise refuse(400, "InvalidApiVersionParameter", f"The api-version must be '{VERSION}'.")
    for name in ("metricnames", "timespan"):
        if not query.get(name):
            raise refuse(400, "BadRequest", f"The query parameter '{name}' is missing.")
    for name in query["metricnames"].split(","):
        if name not in NAMES:
            raise refuse(400, "BadRequest", f"Failed to find metric configuration for metric '{name}'.")
    if query.get("aggregation", "total").lower() != "total":
        raise refuse(400, "BadRequest", "The only aggregation of these metrics is Total.")
    if query.get("metricnamespace", NAMESPACE).casefold() != NAMESPACE.casefold():
        raise refuse(400, "BadRequest", f"The metric namespace must be '{NAMESPACE}'.")
    if query.get("$filter", FILTER) != FILTER:
        raise refuse(400, "BadRequest", f"The only filter here is: {FILTER}.")
    return query


def _window(world: World, timespan: str, interval: str) -> Window:
    step = STEPS.get(interval)
    if step is None:
        raise refuse(400, "BadRequest", f"The interval must be one of {', '.join(STEPS)}.")
    try:
        start, end = (_moment(part) for part in timespan.split("/"))
    except (ValueError, OverflowError):
        message = "The timespan must be two UTC times in ISO 8601, joined by a slash."
        raise refuse(400, "BadRequest", message) from None
    if start >= end or end - start > RETENTION:
        raise refuse(400, "BadRequest", "The timespan must run forward, over at most 93 days.")
    complete = world.now() - timedelta(minutes=world.metric_delay_minutes)
    return Window(start.timestamp(), max(start, min(end, complete)).timestamp(), step)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _metric(state: ResourceState, name: str, window: Window, *, split: bool) -> dict[str, Any]:
    totals = dict.fromkeys(window.buckets, 0.0)
    for bucket, seconds in _amounts(state, name, window):
        totals[bucket] += seconds
    label = {"value": "featurename", "localizedValue": "featurename"}
    series: dict[str, Any] = {
        "metadatavalues": [{"name": label, "value": "CustomAvatar"}] if split else [],
        "data": [{"timeStamp": _stamp(bucket * window.step), "total": totals[bucket]} for bucket in window.buckets],
    }
    return {
        "id": f"{state.spec.arm_id}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": NAMES[name]},
        "unit": "Count",
        "timeseries": [series] if _ever(state, name) else [],
        "errorCode": "Success",
    }


def _amounts(state: ResourceState, name: str, window: Window) -> Iterator[tuple[int, float]]:
    if name == "VideoSecondsSynthesized":
        for at, seconds in state.videos:
            if window.start <= at.timestamp() < window.end:
                yield int(at.timestamp() // window.step), seconds
        return
    for span_start, span_end in _spans(state, name):
        start, end = max(span_start, window.start), min(span_end, window.end)
        while start < end:
            bucket = int(start // window.step)
            stop = min(end, (bucket + 1) * window.step)
            yield bucket, stop - start
            start = stop


def _spans(state: ResourceState, name: str) -> Iterator[tuple[float, float]]:
    if name == "AvatarModelTrainingSeconds":
        for job in state.trainings:
            yield job.starts.timestamp(), job.ends.timestamp()
    else:
        for hosting in state.hostings:
            yield hosting.start.timestamp(), hosting.end.timestamp() if hosting.end else math.inf


def _ever(state: ResourceState, name: str) -> bool:
    """A metric that was never emitted has no series; whether the cloud would say zero instead is not documented."""
    return bool(state.videos) if name == "VideoSecondsSynthesized" else any(_spans(state, name))


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
