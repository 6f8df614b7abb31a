"""Timer: follow everything open (training, copy, deploy, remove, approvals that expire)."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.handling import Handling
from shared.telemetry import span
from shared.timers import follow_running


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
    def training_poll(timer: func.TimerRequest) -> None:
        """One run; late runs do the same, since all that is due is in the work lists."""
        _ = timer
        with span("training_poll"):
            follow_running(handling())

    return made
