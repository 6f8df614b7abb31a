"""One JSON line per event: ids and codes only; never names, free text, links or tokens."""

import json
import logging

_LOGGER = logging.getLogger("avatar_ops")


def note(event: str, **fields: str | float | None) -> None:
    """Write one line at level info."""
    _LOGGER.info(json.dumps({"event": event, **{k: v for k, v in fields.items() if v is not None}}))


def trace(event: str, **fields: str | float | None) -> None:
    """Write one line at level debug: steps that only a close look at a host needs."""
    if _LOGGER.isEnabledFor(logging.DEBUG):
        _LOGGER.debug(json.dumps({"event": event, **{k: v for k, v in fields.items() if v is not None}}))


def warn(event: str, **fields: str | float | None) -> None:
    """Write one line at level warning."""
    _LOGGER.warning(json.dumps({"event": event, **{k: v for k, v in fields.items() if v is not None}}))
