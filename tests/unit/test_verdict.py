"""The verdict on use: evidence decides, and what no evidence can decide is unknown."""

from datetime import datetime, timedelta

import pytest

from shared.cost.verdict import Seen, verdict
from tests.builders import NOW

LIVE = NOW - timedelta(days=10)


def _ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@pytest.mark.parametrize(
    ("seen", "expected", "last"),
    [
        (Seen(_ago(1), True, (), True, LIVE), "in_use", _ago(1)),
        (Seen(_ago(30), True, (), True, LIVE), "idle", _ago(30)),
        (Seen(None, True, (), True, LIVE), "idle", None),
        (Seen(None, True, (_ago(5),), True, LIVE), "idle", _ago(5)),
        (Seen(_ago(30), True, (_ago(1),), True, LIVE), "in_use", _ago(1)),
        (Seen(_ago(30), True, None, True, LIVE), "unknown", _ago(30)),
        (Seen(None, False, (), True, LIVE), "idle", None),
        (Seen(_ago(30), True, (_ago(5),), False, LIVE), "unknown", _ago(30)),
        (Seen(_ago(30), True, (_ago(29.5),), False, LIVE), "idle", _ago(30)),
        (Seen(None, True, (), False, LIVE), "idle", None),
        (Seen(None, True, (LIVE - timedelta(hours=3),), True, LIVE), "idle", None),
    ],
    ids=[
        "a job an hour ago", "a job long ago", "nothing at all", "real-time use on the only deployment",
        "the meter is newer than the jobs", "no meter is no proof", "no job list, but the meter is silent",
        "another model may have caused the meter", "the meter is explained by this model's job",
        "a silent meter clears all models of the resource", "use before it went live does not count",
    ],
)  # fmt: skip
def test_the_evidence_gives_the_verdict(seen: Seen, expected: str, last: datetime | None) -> None:
    usage = verdict(seen, NOW)
    assert (usage.verdict, usage.last_used) == (expected, last)
    assert len(usage.lines) >= 2


def test_evidence_that_could_not_be_read_lowers_the_confidence() -> None:
    assert verdict(Seen(None, False, (), True, LIVE), NOW).confidence == "low"
    assert verdict(Seen(None, True, (), True, LIVE), NOW).confidence == "high"
