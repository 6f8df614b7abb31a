"""The truth of one month, from its seed alone: who uses what and when, who stopped, how the meters fail. Knows none of our code."""

import hashlib
import itertools
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

START = datetime(2026, 11, 2, tzinfo=UTC)  # a Monday
DAYS = 30
END = START + timedelta(days=DAYS)
LONGEST_GAP = timedelta(hours=119.5)
KEPT = timedelta(days=14)  # how long a person's "it stays" holds, whether an alert, a question or a rule had asked
BATCH_ONLY, MIXED, LONE = ("one", "two", "three"), ("four", "five"), "six"
PORTAL = "three"  # a person removes what is there
PATTERNS = ("steady", "bursty", "office days", "weekends", "long gaps")

Slip = Literal["", "reported", "left", "undone"]


@dataclass(frozen=True)
class Use:
    """Seconds of video; the meter may never show it."""

    at: datetime
    seconds: int
    metered: bool


@dataclass(frozen=True)
class Deployment:
    """`stopped`: its last use ever, or going live where there was none. `answer_hours` None: its owner never answers.

    `slip`: what becomes of its removal: reported and not done; left undone for three days; done, and there again hours later.
    """

    id: str
    model: str
    resource: str
    live: datetime
    pattern: str
    real_time: bool
    beacon: bool
    jobs_kept_hours: int
    uses: tuple[Use, ...]
    stopped: datetime | None
    undecidable: bool
    answer_hours: float | None
    reaction_hours: float
    slip: Slip

    def in_use_at(self, when: datetime) -> bool:
        return self.stopped is None or when < self.stopped


@dataclass(frozen=True)
class Spell:
    """`late`: the meters of all resources are so many minutes behind. `meter`, `jobs`: unreadable on one resource."""

    kind: Literal["late", "meter", "jobs"]
    resource: str
    start: datetime
    end: datetime
    minutes: int = 0


@dataclass(frozen=True)
class Month:
    seed: int
    deployments: tuple[Deployment, ...]
    spells: tuple[Spell, ...]
    prices: tuple[tuple[datetime, float], ...]  # an hour, from then on

    def late(self, now: datetime) -> int:
        """Minutes that the meters are behind."""
        return max((s.minutes for s in self.spells if s.kind == "late" and s.start <= now < s.end), default=5)

    def down(self, kind: str, resource: str, now: datetime) -> bool:
        return any(s.kind == kind and s.resource == resource and s.start <= now < s.end for s in self.spells)

    def cost(self, start: datetime, end: datetime) -> float:
        """Of one hosted deployment between two moments, at the prices of their days, within the month."""
        start, end = max(start, START), min(end, END)
        steps = [*self.prices, (END + timedelta(days=99), 0.0)]
        return sum(
            max(0.0, (min(end, until) - max(start, since)).total_seconds()) / 3600 * price
            for (since, price), (until, _) in itertools.pairwise(steps)
        )


def month(seed: int) -> Month:
    """200 deployments: 139 of batch jobs on three resources, 30 with real-time use only among 30 others on two (8 of these send beacons), one alone."""
    dice = random.Random(f"{seed}/month")  # noqa: S311 - a schedule, no secret
    places = [(BATCH_ONLY[n % 3], False, False) for n in range(139)]
    places += [(MIXED[n % 2], n < 38, 30 <= n < 38) for n in range(60)]
    places.append((LONE, True, False))
    batch = [n for n, (_, real_time, _) in enumerate(places) if not real_time]
    live_only = [n for n, (place, real_time, beacon) in enumerate(places) if real_time and place != LONE and not beacon]
    over = set(dice.sample(batch, 42)) | set(dice.sample(live_only, 8))
    never = set(dice.sample(sorted(over), 6))
    found = [_deployment(dice, n, place, over=n in over, never=n in never) for n, place in enumerate(places)]
    return Month(
        seed=seed, deployments=_slipping(dice, found), spells=_weather(dice),
        prices=((START - timedelta(days=60), 0.60), (START + timedelta(days=dice.randint(12, 18)), 0.66)),
    )  # fmt: skip


def _deployment(
    dice: random.Random, number: int, place: tuple[str, bool, bool], *, over: bool, never: bool
) -> Deployment:
    resource, real_time, beacon = place
    fresh = dice.random() < 0.2
    live = START + timedelta(days=dice.uniform(0, 8) if fresh else -dice.uniform(1, 6))
    pattern = dice.choice(PATTERNS)
    times = _times(dice, pattern, live)
    end = START + timedelta(days=dice.uniform(2, 21))
    if over:
        times = [] if never else [at for at in times if at < max(end, live + timedelta(hours=12))]
    seconds = [dice.randint(10, 240) for _ in times]
    metered = [dice.random() > 0.02 for _ in times]
    stopped = (times[-1] if times else live) if over else None
    return Deployment(
        id=f"{dice.getrandbits(32):08x}-0000-4000-8000-{number:012d}", model=f"model-{number:03d}", resource=resource,
        live=live, pattern="never used" if never else pattern, real_time=real_time, beacon=beacon,
        jobs_kept_hours=dice.choice((240, 744, 744)),
        uses=tuple(Use(*found) for found in zip(times, seconds, metered, strict=True)), stopped=stopped,
        undecidable=real_time and resource != LONE and not beacon,
        answer_hours=dice.uniform(0, 48) if dice.random() < 0.8 else None,
        reaction_hours=dice.uniform(0.5, 6), slip="",
    )  # fmt: skip


def _times(dice: random.Random, pattern: str, live: datetime) -> list[datetime]:
    """Moments of use until a week after the month; no two are further apart than the longest gap."""
    at, found = live + timedelta(hours=dice.uniform(0.5, 20)), list[datetime]()
    while at < END + timedelta(days=7):
        if pattern == "bursty":
            found += [at + timedelta(minutes=20 * n) for n in range(dice.randint(2, 4))]
        elif not (pattern == "office days" and at.weekday() >= 5) and not (pattern == "weekends" and _workday(at)):
            found.append(at)
        hours = {"bursty": (40, 110), "weekends": (5, 11), "long gaps": (15, 60)}.get(pattern, (20, 55))
        step = timedelta(hours=dice.uniform(*hours))
        if pattern == "long gaps" and dice.random() < 0.15:
            step = timedelta(hours=dice.uniform(72, 119))
        at += step
    return _closed(dice, [live, *found])[1:]


def _workday(at: datetime) -> bool:
    return at.weekday() < 4 or (at.weekday() == 4 and at.hour < 17)


def _closed(dice: random.Random, times: list[datetime]) -> list[datetime]:
    """With a use in whatever gap is too long."""
    kept = [times[0]]
    for at in times[1:]:
        while at - kept[-1] > LONGEST_GAP:
            kept.append(kept[-1] + LONGEST_GAP - timedelta(hours=dice.uniform(0, 8)))
        kept.append(at)
    return kept


def _slipping(dice: random.Random, found: list[Deployment]) -> tuple[Deployment, ...]:
    """Some removals do not happen: two of each kind."""
    by_hand = [d.id for d in found if d.stopped and d.resource == PORTAL]
    by_call = [d.id for d in found if d.stopped and d.resource in BATCH_ONLY and d.resource != PORTAL]
    hand, call = dice.sample(by_hand, 4), dice.sample(by_call, 2)
    slips: dict[str, Slip] = {**dict.fromkeys(hand[:2], "reported"), **dict.fromkeys(hand[2:], "left"),
                              **dict.fromkeys(call, "undone")}  # fmt: skip
    return tuple(Deployment(**{**vars(d), "slip": slips.get(d.id, "")}) for d in found)


def _weather(dice: random.Random) -> tuple[Spell, ...]:
    spells: list[Spell] = []
    for day in range(-6, DAYS):  # each day's meters have a delay of their own; on some days a long one
        minutes = dice.randint(600, 1500) if dice.random() < 0.12 else dice.randint(3, 180)
        start = START + timedelta(days=day)
        spells.append(Spell("late", "", start, start + timedelta(days=1), minutes))
    for resource in (*BATCH_ONLY, *MIXED, LONE):
        for kind, most in (("meter", 14), ("meter", 14), ("jobs", 8)):
            start = START + timedelta(days=dice.uniform(1, DAYS - 2))
            end = start + timedelta(hours=dice.uniform(1, most))
            spells.append(Spell("meter" if kind == "meter" else "jobs", resource, start, end))
    return tuple(spells)


def reacted(deployment: Deployment, told: datetime) -> datetime:
    """When somebody on call has dealt with it: some hours later, Monday to Friday, 8 to 18 o'clock."""
    left, at = timedelta(hours=deployment.reaction_hours), told
    while True:
        opens, closes = (at.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (8, 18))
        if at.weekday() < 5 and at < closes:
            at = max(at, opens)
            if left <= closes - at:
                return at + left
            left -= closes - at
        at = opens + timedelta(days=1)


def described(found: Month) -> str:
    """The mix, in a few words."""
    every = found.deployments
    used = Counter(d.pattern for d in every)
    slips = Counter(d.slip for d in every if d.slip)
    spells = Counter(s.kind for s in found.spells if s.kind != "late" or s.minutes >= 600)
    return (
        f"seed {found.seed} ({fingerprint(found)}): {len(every)} deployments on {len({d.resource for d in every})} resources; "
        f"{', '.join(f'{count} {pattern}' for pattern, count in sorted(used.items()))}; "
        f"{sum(d.stopped is not None for d in every)} abandoned; {sum(d.undecidable for d in every)} real-time only on a shared resource "
        f"and {sum(d.beacon for d in every)} more that send beacons; "
        f"meters late for half a day or more on {spells['late']} days, unreadable {spells['meter']} times, jobs {spells['jobs']} times; "
        f"{sum(not use.metered for d in every for use in d.uses)} uses never metered; price {found.prices[0][1]:.2f} an hour, "
        f"{found.prices[1][1]:.2f} from {found.prices[1][0]:%d %B}; removals that do not happen: "
        f"{', '.join(f'{count} {slip}' for slip, count in sorted(slips.items()))}"
    )


def fingerprint(found: Month) -> str:
    """The same for the same month."""
    return hashlib.sha256(repr(found).encode()).hexdigest()[:12]
