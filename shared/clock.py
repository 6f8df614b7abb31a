"""The two clocks: the machine's own, and the served one that a local stack can speed up."""

import time
from datetime import UTC, datetime, timedelta

import httpx

from shared.errors import Temporary


class SystemStopwatch:
    """Real time, UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


class SystemCalendar:
    """Business time is real time in production."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ServedCalendar:
    """Business time as one clock process tells it, so that a change of speed reaches every process.

    The answer is `{"real": ISO, "calendar": ISO, "speed": n}`. It is kept for a quarter of a second at normal speed, and
    asked for every time while time is sped up: a slow-down that is noticed late would make time go back.
    """

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self._url = url
        self._client = client or httpx.Client()  # one for all calls: making a client costs more than asking
        self._asked = 0.0
        self._real = self._calendar = datetime.fromtimestamp(0, UTC)
        self._speed = 1.0

    def now(self) -> datetime:
        if self._speed != 1.0 or time.monotonic() - self._asked > 0.25:
            self._ask()
        return self._calendar + (datetime.now(UTC) - self._real) * self._speed

    def _ask(self) -> None:
        try:
            answer = self._client.get(self._url, timeout=5).raise_for_status().json()
        except httpx.HTTPError as error:
            raise Temporary("clock", "asking the clock for the time", 1.0) from error
        self._real = datetime.fromisoformat(answer["real"])
        self._calendar = datetime.fromisoformat(answer["calendar"])
        self._speed = float(answer["speed"])
        self._asked = time.monotonic()


def iso(when: datetime) -> str:
    """The one way in which times are stored."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def in_seconds(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
