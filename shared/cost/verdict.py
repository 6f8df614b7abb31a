"""In use, idle or unknown: the verdict on one deployment, with its confidence and what it rests on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.book import minute
from shared.domain.deployments import BLIND, Usage

HOUR = timedelta(hours=1)
RECENT = timedelta(days=7)  # what may have been use before then says nothing of today
IN_USE = timedelta(hours=2)  # a meter's hour ends up to one hour after the use, and comes late


@dataclass(frozen=True)
class Seen:
    """What was read. `meter` holds the ends of the hours with synthesis on the whole resource that no listed batch job
    explains, None if unreadable; `reach` is until when the meters speak, None: nothing tells, so until now."""

    batch: datetime | None
    batch_read: bool
    meter: tuple[datetime, ...] | None
    alone: bool  # the only live deployment on its resource, so that the meter speaks for it
    live_since: datetime
    rounded: tuple[datetime, ...] = ()  # ends of the hours whose rest may be rounding of jobs, or use in real time
    reach: datetime | None = None
    beacon: datetime | None = None  # when a program that calls this deployment last said so

    @property
    def named(self) -> datetime | None:
        """The last use that names this deployment: a batch job, or a beacon."""
        return max((when for when in (self.batch, self.beacon) if when), default=None)


def verdict(seen: Seen, now: datetime) -> Usage:
    """Judge one deployment. Real-time use leaves no trace but the meter, and the meter knows no model."""
    metered = max((when for when in seen.meter or () if when > seen.live_since), default=None)
    reach = min(seen.reach or now, now)
    lines = [_batch_line(seen), _meter_line(seen, metered)]
    if seen.beacon:
        lines.append(f"Beacon of the programs that call it: last heard {minute(seen.beacon)}.")
    if now - reach > BLIND:
        lines.append(f"The meters of this resource end {minute(reach)}.")
    if seen.meter is None or now - reach > BLIND:
        return _unknown(seen, lines, seen.live_since)
    if seen.alone:
        last = max((t for t in (seen.named, metered) if t), default=None)
        return _usage(min(last, now) if last else None, seen, lines, now, reach)
    others = "Other models are live on this resource, so its meter may show their use."
    if metered and (seen.named is None or metered > seen.named + IN_USE):
        # Somebody used something here after this model's last use that is known: it may have been this one, in real time.
        lines.append(others)
        return _unknown(seen, lines, reach if seen.batch_read else seen.live_since)
    return _usage(seen.named, seen, lines, now, reach)


def _unknown(seen: Seen, lines: list[str], looked: datetime) -> Usage:
    return Usage(verdict="unknown", confidence="low", last_used=seen.named, lines=tuple(lines), looked=looked)


def _usage(last: datetime | None, seen: Seen, lines: list[str], now: datetime, reach: datetime) -> Usage:
    used = last is not None and now - last < IN_USE
    # The hour of its own last job is rounded as well.
    since = max(last + HOUR if last else seen.live_since, now - RECENT)
    doubtful = [when for when in seen.rounded if when > since]
    if doubtful:
        lines.append(
            f"In {len(doubtful)} hour{'s' * (len(doubtful) > 1)} of the last week the meter shows a few seconds more than the listed batch "
            "jobs: rounding, or use in real time."
        )
    confidence = "high" if seen.batch_read and not doubtful else "low"
    return Usage.model_validate(
        {"verdict": "in_use" if used else "idle", "confidence": confidence, "last_used": last, "lines": tuple(lines),
         "looked": reach}
    )  # fmt: skip


def _batch_line(seen: Seen) -> str:
    if not seen.batch_read:
        return "Batch jobs: could not be read."
    if seen.batch is None:
        return "Batch jobs: none names this model, trials by `/avatar try` aside (they are kept 31 days)."
    return f"Batch jobs: the last one that names this model was {minute(seen.batch)}."


def _meter_line(seen: Seen, metered: datetime | None) -> str:
    if seen.meter is None:
        return "Meter of the resource: could not be read."
    if metered is None:
        return "Meter of the resource (VideoSecondsSynthesized): nothing but listed batch jobs and such trials since it went live."
    return (
        f"Meter of the resource (VideoSecondsSynthesized): last use in the hour before {minute(metered)} that no listed batch job "
        "explains."
    )
