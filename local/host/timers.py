"""Timer triggers: NCRONTAB in UTC, one run at a time over all hosts by a blob lease."""

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.blob import BlobServiceClient
from croniter import croniter

LOG = logging.getLogger("local.host")
LOCKS = "azure-webjobs-hosts"


class TimerRequest:
    """What a timer function is given."""

    def __init__(self, *, past_due: bool) -> None:
        self.past_due = past_due
        self.schedule_status: dict[str, Any] = {}
        self.schedule: dict[str, Any] = {}


class Timer(threading.Thread):
    """Runs one function by its schedule; a missed series gives one late run."""

    def __init__(
        self, name: str, schedule: str, call: Callable[[TimerRequest], None], now: Callable[[], datetime],
        storage: str, stop: threading.Event, lease_s: int = 60,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True, name=f"timer {name}")
        self._name, self._schedule, self._call, self._now, self._stop_asked = name, schedule, call, now, stop
        self._lease_s = lease_s
        self._known = datetime.fromtimestamp(0, UTC)  # the last run that we know of; another host's may be later
        container = BlobServiceClient.from_connection_string(storage).get_container_client(LOCKS)
        _quietly(container.create_container)
        self._blob = container.get_blob_client(f"timers/{name}")

    def run(self) -> None:
        _quietly(lambda: self._blob.upload_blob(json.dumps({"last": self._now().isoformat()})))
        ran = 0.0
        while not self._stop_asked.wait(0.2):
            if time.monotonic() - ran < 1.0:
                continue
            try:
                if self._due(self._known) and self._due(self._last()):
                    ran = time.monotonic()
                    self._once()
            except (AzureError, ValueError, KeyError) as error:
                LOG.warning("timer %s: %s", self._name, type(error).__name__)

    def _due(self, last: datetime) -> bool:
        following: datetime = croniter(self._schedule, last, second_at_beginning=True).get_next(datetime)
        return following <= self._now()

    def _last(self) -> datetime:
        data = json.loads(self._blob.download_blob().readall())
        self._known = datetime.fromisoformat(data["last"]).astimezone(UTC)
        return self._known

    def _once(self) -> None:
        """Run under the lease; another host that has it is running, or has just run."""
        try:
            lease = self._blob.acquire_lease(self._lease_s)
        except HttpResponseError:
            return
        try:
            last = self._last()
            if not self._due(last):
                return
            started = self._now()
            self._run(started, last)
            self._blob.upload_blob(json.dumps({"last": started.isoformat()}), overwrite=True, lease=lease)
        finally:
            _quietly(lease.release)

    def _run(self, started: datetime, last: datetime) -> None:
        late = croniter(self._schedule, last, second_at_beginning=True)
        late.get_next(datetime)
        try:
            self._call(TimerRequest(past_due=late.get_next(datetime) <= started))
        except Exception as error:  # noqa: BLE001 - the outermost line of a function call, as in the real host
            LOG.warning("timer %s failed: %s: %s", self._name, type(error).__name__, error)


def _quietly(act: Callable[[], Any]) -> None:
    try:
        act()
    except HttpResponseError:  # it is there already, or the lease is over
        return
