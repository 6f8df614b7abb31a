"""Poison queues: what could not be handled five times is told to the maintainers, never dropped in silence."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.handling import Handling
from shared.poison import tell_maintainers


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.queue_trigger(arg_name="message", queue_name="events-poison", connection="STATE")
    def events_poison(message: func.QueueMessage) -> None:
        """An event, a question or a reminder that failed again and again."""
        tell_maintainers(handling(), "events", str(message.id), message.get_body())

    @door.queue_trigger(arg_name="message", queue_name="clip-checks-poison", connection="STATE")
    def clip_checks_poison(message: func.QueueMessage) -> None:
        """A check that failed again and again."""
        tell_maintainers(handling(), "clip-checks", str(message.id), message.get_body())

    return made
