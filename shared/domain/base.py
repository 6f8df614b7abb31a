"""What every record, event and effect shares: frozen, strict, UTC, and a digest over content."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

# What was read may be a name or a reason, and an error's text goes to the log.
SILENT = ConfigDict(hide_input_in_errors=True)


class Frozen(BaseModel):
    """A value: never changed, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        message = "a time needs its zone"
        raise ValueError(message)
    return value.astimezone(UTC)


Utc = Annotated[datetime, AfterValidator(_utc)]


def digest(content: Any) -> str:
    """SHA-256 over canonical JSON, in hex: equal content gives equal digests, whatever the order of keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def short_id(prefix: str, *parts: str) -> str:
    """An id that is the same for the same parts, so that a repeat finds what the first one made."""
    return f"{prefix}-{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:10]}"
