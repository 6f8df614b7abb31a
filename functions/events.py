"""Queue: one message is one event for one avatar (or a question, or a reminder of what is still owed)."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.answering import answer
from shared.domain.events import MESSAGE, Drain, Question
from shared.errors import Temporary
from shared.handling import Handling
from shared.requeueing import queue_anew
from shared.telemetry import span


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.queue_trigger(arg_name="message", queue_name="events", connection="STATE")
    def events(message: func.QueueMessage) -> None:
        """Handle one message; an exception means: deliver it again, five times at the most."""
        event = MESSAGE.validate_json(message.get_body())
        with span("message", event.trace, kind=event.message):
            try:
                if isinstance(event, Question):
                    answer(handling().services, event)
                elif isinstance(event, Drain):
                    handling().drain(event.avatar)
                else:
                    handling().handle(event)
            except Temporary as error:
                # An outage or a lost race is not this message's fault: it must not become poison.
                queue_anew(handling(), event, error)

    return made
