"""Quiet hours: when people are left alone."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from shared.domain.policy import QuietHours


def quiet(hours: QuietHours | None, now: datetime) -> bool:
    """Whether this moment is in the quiet hours of the team's zone, whatever its daylight saving does."""
    if hours is None:
        return False
    local = now.astimezone(ZoneInfo(hours.zone)).time()
    start, end = time.fromisoformat(hours.start), time.fromisoformat(hours.end)
    return start <= local < end if start <= end else local >= start or local < end
