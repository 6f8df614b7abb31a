"""Business time for the local stack: it can be sped up and moved forward, for every process at once."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any


class LocalClock:
    """Real time until somebody changes the speed; never goes back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._real = self._calendar = datetime.now(UTC)
        self.speed = 1.0

    def now(self) -> datetime:
        with self._lock:
            return self._at(datetime.now(UTC))

    def move(self, speed: float | None = None, jump_seconds: float = 0) -> None:
        """Change the speed (1 to 1,000,000) and jump forward."""
        with self._lock:
            real = datetime.now(UTC)
            self._calendar = self._at(real) + timedelta(seconds=max(0.0, jump_seconds))
            self._real = real
            if speed is not None:
                self.speed = min(max(float(speed), 1.0), 1_000_000.0)

    def reading(self) -> dict[str, Any]:
        """What other processes are told."""
        with self._lock:
            real = datetime.now(UTC)
            return {"real": real.isoformat(), "calendar": self._at(real).isoformat(), "speed": self.speed}

    def _at(self, real: datetime) -> datetime:
        return self._calendar + (real - self._real) * self.speed
