"""Timer: perform what a crash left owing, and find uploads whose event never came."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.handling import Handling
from shared.telemetry import span
from shared.timers import reconcile as finish


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.timer_trigger(arg_name="timer", schedule="15 */10 * * * *")
    def reconcile(timer: func.TimerRequest) -> None:
        """One run; late runs do the same, since all that is due is in the work lists."""
        _ = timer
        with span("reconcile"):
            finish(handling())

    return made
