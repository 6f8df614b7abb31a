"""One JSON line per event: ids and codes only; never names, free text, links or tokens."""

import json
import logging

from shared.telemetry import ids

_LOGGER = logging.getLogger("avatar_ops")


def note(event: str, **fields: str | float | None) -> None:
    """Write one line at level info."""
    _LOGGER.info(_line(event, fields))


def trace(event: str, **fields: str | float | None) -> None:
    """Write one line at level debug: steps that only a close look at a host needs."""
    if _LOGGER.isEnabledFor(logging.DEBUG):
        _LOGGER.debug(_line(event, fields))


def warn(event: str, **fields: str | float | None) -> None:
    """Write one line at level warning."""
    _LOGGER.warning(_line(event, fields))


def _line(event: str, fields: dict[str, str | float | None]) -> str:
    return json.dumps({"event": event, **{k: v for k, v in fields.items() if v is not None}, **ids()})
