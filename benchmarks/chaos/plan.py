"""What a run is to do, and the schedule of its kills: made from the seed alone."""

import hashlib
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """`seconds` of real time bound the storm; it ends sooner once every target is met. `speed` is of business time,
    and Slack's quotas are scaled by it."""

    seed: int
    seconds: float
    avatars: int
    hosts: int
    speed: float
    per_kind: int
    kills: int
    mid_effect: int
    faults: int
    dropped: int
    root: Path  # the tree that the hosts serve
    folder: Path  # where the run keeps its files
    stagger_s: float = 2.5  # between the beginnings of two producers
    second_thoughts: float = 0.12  # how often a clip is added to what was just approved
    training_hours: float = 0.05  # 20 compute hours, as is usual, would take 20 minutes of the run
    passers: int = 1  # people who look, ask and press what is not theirs
    pause_s: tuple[float, float] = (0.5, 2.5)  # between two things that one of them does
    settling_s: float = 200.0  # what a crash left is finished by reconcile after two minutes


@dataclass(frozen=True)
class Kill:
    """A `kill -9`, `at` seconds after the start. An aimed one waits until a host has claimed an operation whose effect is not
    struck off, and then `after` seconds more; the others hit this host whatever it does."""

    at: float
    host: int
    aimed: bool
    after: float


def kills(plan: Plan) -> list[Kill]:
    """A few more than wanted, evenly spread with jitter; three of four are aimed."""
    dice = random.Random(f"{plan.seed}/kills")  # noqa: S311 - a schedule, no secret
    count = plan.kills + max(1, plan.kills // 6)
    step = plan.seconds * 0.7 / count  # while there is work: by then most of what is wanted was paid for
    return [
        Kill(
            at=round(step * number + dice.uniform(0.2, 0.8) * step, 2), host=dice.randrange(plan.hosts),
            aimed=number % 4 != 3, after=round(dice.choice((0.0, 0.01, 0.03, 0.06, 0.12)), 3),
        )
        for number in range(count)
    ]  # fmt: skip


def fingerprint(plan: Plan) -> str:
    """The same for the same schedule."""
    shape = {key: value for key, value in asdict(plan).items() if key not in {"root", "folder"}}
    text = json.dumps([shape, [asdict(kill) for kill in kills(plan)]])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
