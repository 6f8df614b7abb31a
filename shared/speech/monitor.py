"""Azure Monitor's meters of one resource. They come late and in lumps, and know no model: evidence, never proof."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from shared.domain.resources import Resource
from shared.errors import AppError
from shared.log import warn
from shared.speech.http import Service
from shared.speech.wire import Metrics, parsed

TRAINING = "AvatarModelTrainingSeconds"
HOSTING = "AvatarModelHostingSeconds"
SYNTHESIZED = "VideoSecondsSynthesized"


@dataclass(frozen=True)
class Point:
    """Seconds metered in the hour that begins at `at`."""

    at: datetime
    seconds: Decimal


class Monitor:
    """Reads metrics by the documented call (api-version 2023-10-01)."""

    def __init__(self, management: Service) -> None:
        self._management = management

    def points(self, resource: Resource, metric: str, start: datetime, end: datetime) -> list[Point]:
        """Hourly totals that are not zero.

        Raises:
            Refused, Temporary: as the service says.
        """
        if end - start < timedelta(minutes=1):
            return []  # the service refuses an empty span, and no meter is that quick
        answer = self._management.get(
            f"{resource.arm_id}/providers/Microsoft.Insights/metrics",
            **{
                "api-version": "2023-10-01", "metricnames": metric, "interval": "PT1H", "aggregation": "total",
                "timespan": f"{_stamp(start)}/{_stamp(end)}",
                "metricnamespace": "Microsoft.CognitiveServices/accounts",
            },
        )  # fmt: skip
        return [
            Point(at=point.at, seconds=point.total)
            for metric_value in parsed(Metrics, answer).value
            for series in metric_value.timeseries
            for point in series.data
            if point.total
        ]

    def hours(self, resource: Resource, metric: str, start: datetime, end: datetime) -> Decimal:
        seconds = sum((point.seconds for point in self.points(resource, metric, start, end)), Decimal(0))
        return (seconds / 3600).quantize(Decimal("0.1"))


def metered(
    monitor: Monitor, resource: Resource, what: Literal["training", "hosting"], start: datetime, end: datetime
) -> Decimal | None:
    """Hours metered on the resource, or None while the meter can't be read."""
    try:
        return monitor.hours(resource, TRAINING if what == "training" else HOSTING, start, end)
    except AppError as error:
        warn("meter_unreadable", resource=resource.name, code=error.code)
        return None


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
