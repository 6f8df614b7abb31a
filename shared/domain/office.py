"""Office hours: when a deployment is live, in its team's zone; outside of them it rests and costs nothing."""

import re
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from shared.domain.base import Frozen
from shared.domain.money import HOURS_A_MONTH
from shared.domain.zones import Hour, known_zone
from shared.errors import Refused

Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
DAYS: tuple[Day, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "Mon-Fri 08:00-19:00 Europe/Berlin"
SAID = re.compile(
    r"(?:(?P<days>[A-Za-z,-]+)\s+)?(?P<start>[0-9]{1,2}(?::[0-9]{2})?)\s*-\s*(?P<end>[0-9]{1,2}(?::[0-9]{2})?)(?:\s+(?P<zone>\S+))?"
)
HOURS_A_WEEK = 168


class OfficeHours(Frozen):
    """From `start` to `end` on these days; times and days are those of the zone, whatever its daylight saving does."""

    days: tuple[Day, ...] = Field(default=("Mon", "Tue", "Wed", "Thu", "Fri"), min_length=1)
    start: Hour
    end: Hour
    zone: str

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return known_zone(zone)

    @model_validator(mode="after")
    def _not_over_midnight(self) -> "OfficeHours":
        if self.start >= self.end:
            message = "they begin before they end, on the same day"
            raise ValueError(message)
        return self

    @property
    def month(self) -> Decimal:
        """Hours of an average month."""
        start, end = (timedelta(hours=clock.hour, minutes=clock.minute) for clock in self._clocks)
        week = Decimal((end - start) / timedelta(minutes=1)) / 60 * len(self.days)
        return HOURS_A_MONTH * week / HOURS_A_WEEK

    def open(self, now: datetime) -> bool:
        """Whether it is to be live at this moment."""
        return self.last_change(now)[1]

    def next(self, now: datetime, *, begins: bool) -> datetime:
        """The next begin, or the next end, after now."""
        return min(at for at, kind in self._changes(now, -1, 16) if at > now and kind == begins)

    @property
    def said(self) -> str:
        """As `office_hours` reads it."""
        return f"{','.join(self.days)} {self.start}-{self.end} {self.zone}"

    def last_change(self, now: datetime) -> tuple[datetime, bool]:
        """The latest begin or end until now, and whether it was a begin."""
        return max(change for change in self._changes(now, -15, 1) if change[0] <= now)

    def _changes(self, now: datetime, first: int, last: int) -> list[tuple[datetime, bool]]:
        zone, today = ZoneInfo(self.zone), now.astimezone(ZoneInfo(self.zone)).date()
        found: list[tuple[datetime, bool]] = []
        for day in (today + timedelta(days=number) for number in range(first, last)):
            begin, end = (datetime.combine(day, clock, zone).astimezone(now.tzinfo) for clock in self._clocks)
            if DAYS[day.weekday()] in self.days and begin < end:  # the clock may skip all of them
                found += [(begin, True), (end, False)]
        return found

    @property
    def _clocks(self) -> tuple[time, time]:
        return time.fromisoformat(self.start), time.fromisoformat(self.end)

    def __str__(self) -> str:
        places = [DAYS.index(day) for day in self.days]
        in_a_row = len(places) > 2 and places == list(range(places[0], places[-1] + 1))
        days = f"{self.days[0]} to {self.days[-1]}" if in_a_row else ", ".join(self.days)
        days = "every day" if len(places) == len(DAYS) else days
        return f"{days}, {self.start} to {self.end} ({self.zone})"


def office_hours(text: str, default: OfficeHours | None) -> OfficeHours:
    """What somebody typed: `office` for the policy's, or days, hours and a zone; without a zone the policy's counts.

    Raises:
        Refused: it can't be read so; the sentence shows how it looks.
    """
    example = f'Write them like `hours="{EXAMPLE}"`'
    if text.lower() == "office":
        if default is None:
            raise Refused("no_office_hours", f"The policy names no office hours. {example}.")
        return default
    said = SAID.fullmatch(text.strip().replace("\u2013", "-"))
    if not said:
        raise Refused("wrong_hours", f"These are not valid office hours. {example}; `daily` stands for every day.")
    where = said["zone"] or (default.zone if default else "")
    if not where:
        raise Refused("no_zone", f"Say in which time zone. {example}.")
    start, end = (_clock(said[name]) for name in ("start", "end"))
    try:
        return OfficeHours(days=_days(said["days"] or "Mon-Fri"), start=start, end=end, zone=where)
    except ValueError:
        raise Refused(
            "wrong_hours",
            f"These are not valid office hours: they begin before they end, on the same day, in a zone like Europe/Berlin. {example}.",
        ) from None


def _clock(text: str) -> str:
    hour, _, minute = text.partition(":")
    return f"{int(hour):02}:{minute or '00'}"


def _days(text: str) -> tuple[Day, ...]:
    if text.lower() == "daily":
        return DAYS
    found: set[int] = set()
    known = {day.lower(): place for place, day in enumerate(DAYS)}
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        ends = [known[one[:3]] for one in (first, last or first) if one[:3] in known]
        if len(ends) < 2 or ends[0] > ends[1]:
            raise Refused(
                "wrong_hours", f'Days are named like Mon-Fri or Mon,Wed,Fri. Write them like `hours="{EXAMPLE}"`.'
            )
        found |= set(range(ends[0], ends[1] + 1))
    return tuple(DAYS[place] for place in sorted(found))
