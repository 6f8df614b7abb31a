"""Queue: one message is one event for one avatar (or a question, or a reminder of what is still owed)."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.answering import answer
from shared.domain.events import MESSAGE, Drain, Question
from shared.errors import LostRace
from shared.handling import Handling


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.queue_trigger(arg_name="message", queue_name="events", connection="STATE")
    def events(message: func.QueueMessage) -> None:
        """Handle one message; an exception means: deliver it again."""
        body = message.get_body().decode("utf-8")
        event = MESSAGE.validate_json(body)
        if isinstance(event, Question):
            answer(handling().services, event)
        elif isinstance(event, Drain):
            handling().drain(event.avatar)
        else:
            try:
                handling().handle(event)
            except LostRace:  # other workers kept winning: not this message's fault, so it must not become poison
                handling().services.queues.events(body, 5)

    return made
