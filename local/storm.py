"""Bad weather for the stand-ins: a seed decides which of their calls meet which fault, call by call."""

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["status", "drop_after", "delay"]


@dataclass(frozen=True)
class Gust:
    """One fault: a status instead of the work, an answer dropped after the work, or a pause in seconds before it."""

    kind: Kind
    status: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Odds:
    """How often, of all calls that write and of all that only read; and what then comes, by weight."""

    write: float
    read: float
    drop: float  # the share of a write's faults that drop the answer after the work was done
    timeout_s: float = 31.0  # longer than any client of ours waits
    pause_s: float = 1.5


REFUSALS: tuple[tuple[Gust, float], ...] = (
    (Gust("status", 429, 1), 4), (Gust("status", 429, 2), 2), (Gust("status", 500), 3), (Gust("status", 502), 2),
    (Gust("status", 503, 1), 3), (Gust("status", 504), 2),
)  # fmt: skip


class Storm:
    """The fault of the n-th call of one stand-in depends on the seed and on n alone. Used by one event loop."""

    def __init__(self, seed: str, odds: Odds) -> None:
        self._seed, self._odds = seed, odds
        self._calls = {True: 0, False: 0}
        self.over = False

    def gust(self, *, writes: bool) -> Gust | None:
        """What this call meets; most calls meet nothing."""
        if self.over:
            return None
        self._calls[writes] += 1
        dice = random.Random(f"{self._seed}/{writes}/{self._calls[writes]}")  # noqa: S311 - weather, no secret
        if dice.random() >= (self._odds.write if writes else self._odds.read):
            return None
        if writes and dice.random() < self._odds.drop:
            return Gust("drop_after")
        if dice.random() < 0.15:
            return Gust("delay", seconds=self._odds.timeout_s if dice.random() < 0.15 else self._odds.pause_s)
        return dice.choices([gust for gust, _ in REFUSALS], [weight for _, weight in REFUSALS])[0]
