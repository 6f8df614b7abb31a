"""A Speech resource's quotas, kept in rows that all processes share, so that nobody runs into the service's 429."""

from typing import Literal

from shared.domain.resources import Resource
from shared.errors import Temporary
from shared.ports import Stopwatch, WorkLists

Api = Literal["voice", "batch"]
PATIENCE_S = 20.0  # a step makes several calls; waiting for each turn costs less than beginning it anew
KEPT = "quota_kept"


class Turns:
    """Whoever calls a resource takes a turn first, and waits for it where it comes soon."""

    def __init__(self, lists: WorkLists, stopwatch: Stopwatch) -> None:
        self._lists = lists
        self._stopwatch = stopwatch

    def take(self, resource: Resource, api: Api, patience: float = PATIENCE_S) -> None:
        """Wait for a turn.

        Raises:
            Temporary: it comes later than in `patience` seconds; `retry_after` says when.
        """
        rate, burst = bucket(resource.quotas.calls if api == "voice" else resource.quotas.batch_calls)
        key = f"speech-{api}-{resource.name}"
        try:
            wait = self._lists.reserve(key, rate, burst, self._stopwatch.now(), patience)
        except Temporary as error:
            raise Temporary(KEPT, f"the quota of {resource.name} is kept", error.retry_after) from error
        if wait > 0:
            self._stopwatch.pause(wait)


def bucket(a_minute: int) -> tuple[float, int]:
    """Uses a second and burst, so that no minute, wherever it begins, sees more than `a_minute` uses."""
    burst = max(1, a_minute // 4)
    return (a_minute - burst + 0.9) / 60, burst
