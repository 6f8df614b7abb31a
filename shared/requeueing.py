"""A message that met an outage is queued anew with its own wait, until it is too old to be worth it."""

from shared.domain.events import Message
from shared.errors import Temporary
from shared.handling import Handling
from shared.log import warn
from shared.telemetry import count

MOST = 60  # with growing waits about four hours; then the host's own tries and the poison queue follow


def queue_anew(handling: Handling, message: Message, error: Temporary) -> None:
    """Queue it once more.

    Raises:
        Temporary: the same error, when it was tried often enough.
    """
    if message.tries >= MOST:
        raise error
    wait = min(error.retry_after * 1.3 ** min(message.tries, 20), 300.0)
    warn("message_postponed", code=error.code, tries=message.tries)
    count("retries", what="message", code=error.code)
    later = type(message).model_validate({**message.model_dump(), "tries": message.tries + 1})
    handling.services.queues.events(later.model_dump_json(), wait)
