"""Queue: check one version of one clip."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.domain.events import CheckWanted
from shared.handling import Handling
from shared.telemetry import span
from shared.uploads import check_clip


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.queue_trigger(arg_name="message", queue_name="clip-checks", connection="STATE")
    def clip_check(message: func.QueueMessage) -> None:
        """Read what the check needs, and record the verdict."""
        wanted = CheckWanted.model_validate_json(message.get_body())
        with span("clip_check", wanted.trace, avatar=wanted.avatar, clip=wanted.clip):
            check_clip(handling(), wanted)

    return made
