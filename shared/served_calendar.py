"""Business time of a local stack, as one clock process serves it; in Azure nothing imports this, nor httpx with it."""

import time
from datetime import UTC, datetime

import httpx

from shared.errors import Temporary


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
