"""The two clocks, real time both; a local stack's own calendar is in `served_calendar.py`."""

import time
from datetime import UTC, datetime


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


def iso(when: datetime) -> str:
    """The one way in which times are stored."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")
