"""Timer: look at the use of every live deployment, and flag what is idle."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.handling import Handling
from shared.telemetry import span
from shared.timers import watch_live


def blueprint(handling: Callable[[], Handling]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.timer_trigger(arg_name="timer", schedule="0 30 * * * *")
    def idle_watch(timer: func.TimerRequest) -> None:
        """One run; late runs do the same, since all that is due is in the work lists."""
        _ = timer
        with span("idle_watch"):
            watch_live(handling())

    return made
