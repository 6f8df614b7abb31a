"""Timer: the digest at the team's local time, and budgets as they fill."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.digesting import tell_due
from shared.handling import Handling
from shared.telemetry import span


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.timer_trigger(arg_name="timer", schedule="0 */15 * * * *")
    def digest(timer: func.TimerRequest) -> None:
        """One run; a digest is sent once a day, whoever comes first."""
        _ = timer
        with span("digest"):
            tell_due(handling().services)

    return made
