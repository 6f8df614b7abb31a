"""Reads business time from the local clock process, or takes real time for it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from pydantic import AwareDatetime, BaseModel


def real_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class Reading(BaseModel):
    """At the moment `real`, business time was `calendar` and ran `speed` times as fast."""

    real: AwareDatetime
    calendar: AwareDatetime
    speed: float

    def at(self, real: datetime) -> datetime:
        return (self.calendar + (real - self.real) * self.speed).astimezone(UTC)


class ClockReader:
    """Asks the clock at every call, so that a jump is seen at once; while it is away its last word counts."""

    def __init__(self, url: str, client: httpx.Client | None = None, real: Callable[[], datetime] = real_now) -> None:
        self._url = url
        self._client = client or httpx.Client(timeout=2)
        self._real = real
        self._last: Reading | None = None

    def __call__(self) -> datetime:
        """Business time now, in UTC.

        Raises:
            httpx.HTTPError: the clock has never answered.
        """
        try:
            response = self._client.get(self._url).raise_for_status()
            self._last = Reading.model_validate_json(response.content)
        except httpx.HTTPError:
            if self._last is None:
                raise
        return self._last.at(self._real())
