"""The portal driver: an operator does what there is no public API for, and only the meters can be asked."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from shared.domain.operations import Evidence
from shared.domain.resources import Resource
from shared.ports import Inventory, Job, NeedsPerson, StartAnswer
from shared.speech.monitor import Monitor, metered


class PortalDriver:
    """Implements `Driver`: what it can see by itself are the documented meters."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def start(self, job: Job) -> StartAnswer:
        _ = job
        return NeedsPerson()

    def begun(self, job: Job) -> bool:
        _ = job
        return False  # a person says so, when the operation waits for one

    def observe(self, job: Job, since: datetime, now: datetime) -> Evidence:
        hours = metered(self._monitor, job.resource, "training", since, now) if job.ask.step == "train" else None
        return Evidence(metered_hours=hours, looked=now)

    def names(self, resource: Resource) -> frozenset[str]:
        _ = resource  # nobody can list them; the operator sees it when a name is taken, and says so
        return frozenset()

    def inventory(self, resource: Resource) -> Inventory | None:
        _ = resource
        return None

    def metered(
        self, resource: Resource, what: Literal["training", "hosting"], start: datetime, end: datetime
    ) -> Decimal | None:
        return metered(self._monitor, resource, what, start, end)

    def check(self, resource: Resource) -> None:
        _ = resource
