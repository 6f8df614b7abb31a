"""The verdict on use: evidence decides, and what no evidence can decide is unknown."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.beacons import hear
from shared.cost.verdict import Seen, verdict
from shared.domain.deployments import Usage
from shared.domain.events import UsageSeen
from shared.domain.resources import Resource
from shared.speech.monitor import HOSTING, Point
from shared.speech.usage import ServiceUsage
from shared.speech.wire import Page
from shared.storage.lists import TableLists
from tests.builders import NOW, after, book, deployment
from tests.fakes.rows import MemoryTable

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


@pytest.mark.parametrize(
    ("seen", "expected", "last"),
    [
        (Seen(None, True, (_ago(1),), False, LIVE, beacon=_ago(1)), "in_use", _ago(1)),
        (Seen(_ago(50), True, (_ago(30),), False, LIVE, beacon=_ago(30)), "idle", _ago(30)),
        (Seen(_ago(30), True, (_ago(29.5),), False, LIVE, beacon=_ago(90)), "idle", _ago(30)),
        (Seen(None, True, (_ago(1),), False, LIVE, beacon=_ago(30)), "unknown", _ago(30)),
        (Seen(None, True, (_ago(30),), True, LIVE, beacon=_ago(29)), "idle", _ago(29)),
    ],
    ids=[
        "it was just heard", "the meter is explained by the beacon", "the job is newer than the beacon",
        "somebody used something since, and may not send beacons", "the only one there",
    ],
)  # fmt: skip
def test_a_beacon_names_the_deployment_as_a_batch_job_does(seen: Seen, expected: str, last: datetime) -> None:
    usage = verdict(seen, NOW)
    assert (usage.verdict, usage.last_used) == (expected, last)
    assert usage.lines[-1].startswith("Beacon") or "Beacon" in " ".join(usage.lines)


HOUR = NOW.replace(minute=0) - timedelta(hours=6)
SILENT = Seen(_ago(200), True, (), True, _ago(300))


class _Meters:
    """Stands for the service: one metered hour, and hosting up to now or some hours less."""

    def __init__(self, seconds: int, late: int = 0) -> None:
        self._seconds, self._late = seconds, late

    def points(self, resource: Resource, metric: str, start: datetime, end: datetime) -> list[Point]:
        if metric == HOSTING:
            return [Point(end - timedelta(hours=1 + self._late), Decimal(3600))]
        return [Point(HOUR, Decimal(self._seconds))]

    def page(self, path: str, link: str = "", **query: str) -> Page:
        job = {
            "id": "job-1", "createdDateTime": HOUR.isoformat(), "avatarConfig": {"talkingAvatarCharacter": "another"},
            "properties": {"billingDetails": {"talkingAvatarDurationSeconds": 90}},
        }  # fmt: skip
        return Page.model_validate({"value": [job]})


def _seen(seconds: int, late: int = 0) -> Usage:
    meters: Any = _Meters(seconds, late)
    usage = ServiceUsage(lambda _: meters, meters, TableLists(MemoryTable()))
    place = Resource(name="weu", region="westeurope", endpoint="http://127.0.0.1:9")
    live = deployment().model_copy(update={"live_since": LIVE})
    return usage.look(place, [live], NOW, (), alone=False)[live.id]


def test_a_meter_that_batch_jobs_of_other_models_explain_clears_this_one() -> None:
    assert _seen(90).verdict == "idle"


def test_seconds_that_only_rounding_explains_lower_the_confidence_and_are_named() -> None:
    assert [_seen(seconds).confidence for seconds in (90, 91)] == ["high", "low"]
    assert (_seen(91).verdict, _seen(91).lines[-1][:28]) == ("idle", "In 1 hour of the last week t")


def test_the_hour_of_its_own_last_job_and_what_is_long_ago_leave_no_doubt() -> None:
    own = Seen(_ago(60), True, (), True, _ago(300), rounded=(_ago(59),))
    old = Seen(None, True, (), True, _ago(300), rounded=(_ago(24 * 8),))
    new = Seen(None, True, (), True, _ago(300), rounded=(_ago(24 * 6),))
    assert [verdict(seen, NOW).confidence for seen in (own, old, new)] == ["high", "high", "low"]


def test_a_beacon_that_was_heard_is_evidence_for_its_own_deployment() -> None:
    meters: Any = _Meters(95, 0)
    lists = TableLists(MemoryTable())
    place = Resource(name="weu", region="westeurope", endpoint="http://127.0.0.1:9")
    live = deployment().model_copy(update={"live_since": LIVE})
    other = live.model_copy(update={"id": "another"})
    hear(lists, live.id, NOW - timedelta(hours=1), NOW)
    found = ServiceUsage(lambda _: meters, meters, lists).look(place, [live, other], NOW, (), alone=False)
    assert [found[one.id].verdict for one in (live, other)] == ["in_use", "unknown"]
    assert found[live.id].last_used == NOW - timedelta(hours=1)


def test_a_second_that_no_batch_job_explains_may_be_anybodys_real_time_use() -> None:
    assert _seen(95).verdict == "unknown"


def test_the_evidence_speaks_until_where_the_meter_of_hosting_ends() -> None:
    assert _seen(90, late=10).looked == NOW - timedelta(hours=10)


def test_meters_that_ended_days_ago_prove_no_silence() -> None:
    assert verdict(replace(SILENT, reach=_ago(40)), NOW).verdict == "unknown"


def _after(*seen: tuple[Seen, float]) -> str:
    """The state after these looks, each some hours after it went live."""
    now = book(deployment())
    for evidence, hours in seen:
        at = NOW + timedelta(hours=hours)
        usage = verdict(replace(evidence, live_since=NOW), at)
        now = after(now, UsageSeen(deployment=deployment().id, usage=usage), "idle-watch", at)
    found = now.deployments[deployment().id]
    return "asked" if found.asked else found.state.status


NONE = Seen(None, True, (), True, NOW)
UNREAD = replace(NONE, meter=None)
GRACE = 48


def test_hours_that_a_late_meter_does_not_show_yet_are_no_silence() -> None:
    late = replace(NONE, reach=NOW + timedelta(hours=GRACE - 5))
    assert _after((late, GRACE + 1)) == "live"
    assert _after((late, GRACE + 1), (NONE, GRACE + 2)) == "idle"


def test_an_outage_of_the_meter_just_when_the_grace_ends_asks_nobody() -> None:
    assert _after((NONE, GRACE - 1), (UNREAD, GRACE + 1)) == "live"
    assert _after((NONE, GRACE - 1), (UNREAD, GRACE + 1), (NONE, GRACE + 9)) == "idle"


def test_a_meter_that_stays_unreadable_has_its_owner_asked() -> None:
    assert _after((NONE, GRACE - 1), (UNREAD, GRACE + 40)) == "asked"
    assert _after((UNREAD, GRACE + 1)) == "asked"
