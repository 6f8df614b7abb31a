"""Time zones and times of day, as the policy and people name them."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import StringConstraints

HOUR = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Hour = Annotated[str, StringConstraints(pattern=HOUR)]


def known_zone(zone: str) -> str:
    """The name of a time zone.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "this is not a time zone; write it like Europe/Berlin"
        raise ValueError(message) from None
    return zone
