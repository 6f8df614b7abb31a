"""Quiet hours leave people alone; what nobody answers is removed only where the policy says so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from shared.domain.book import NOTHING, Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Idle, Kept, Live, Removing, Usage
from shared.domain.effects import Post, StartWork
from shared.domain.events import RemoveAsked, TimePassed, UsageSeen
from shared.domain.operations import Operation
from shared.domain.policy import IdleRule, Policy, QuietHours
from shared.domain.quiet import quiet
from shared.slack.alerts import alert_card
from tests.builders import NOW, POLICY, book, deployment, message, operation, terms

NIGHT = QuietHours(start="20:00", end="08:00", zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T06:59", True),  # 07:59 in winter
        ("2026-11-23T07:00", False),
        ("2026-07-23T05:59", True),  # 07:59 in summer
        ("2026-07-23T06:00", False),
        ("2026-11-23T18:59", False),
        ("2026-11-23T19:00", True),
        ("2026-11-23T23:30", True),
    ],
)
def test_quiet_hours_follow_the_zone_and_its_summer(at: str, expected: bool) -> None:
    assert quiet(NIGHT, datetime.fromisoformat(at).replace(tzinfo=UTC)) is expected


def test_quiet_hours_within_a_day() -> None:
    noon = QuietHours(start="12:00", end="13:00", zone="UTC")
    assert quiet(noon, datetime(2026, 11, 23, 12, 30, tzinfo=UTC))
    assert not quiet(noon, datetime(2026, 11, 23, 13, 0, tzinfo=UTC))
    assert not quiet(None, NOW)


def with_policy(**changes: object) -> Policy:
    return POLICY.model_copy(update=changes)


LATE = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)
IDLE = Usage(verdict="idle", confidence="high", last_used=NOW, lines=(), looked=LATE)


def watched(policy: Policy, now: datetime) -> Decision:
    seen = UsageSeen(deployment=deployment().id, usage=IDLE)
    return decide(book(deployment()), message(seen, "idle-watch"), now, terms(policy=policy))


def test_at_night_nothing_is_flagged_and_in_the_morning_it_is() -> None:
    policy = with_policy(quiet=NIGHT)
    (kept,) = watched(policy, LATE).puts
    assert isinstance(kept, Deployment)
    assert isinstance(kept.state, Live)
    (flagged,) = watched(policy, LATE + timedelta(hours=9)).puts
    assert isinstance(flagged, Deployment)
    assert isinstance(flagged.state, Idle)


def test_what_is_dear_is_flagged_at_night_too() -> None:
    dear = QuietHours(start="20:00", end="08:00", zone="Europe/Berlin", except_above=Decimal("0.50"))
    (flagged,) = watched(with_policy(quiet=dear), LATE).puts
    assert isinstance(flagged, Deployment)
    assert isinstance(flagged.state, Idle)


def test_nobody_is_reminded_at_night() -> None:
    asked = operation()
    event = message(TimePassed(operation=asked.id), "training-poll")
    night, morning = NOW + timedelta(hours=14), NOW + timedelta(hours=24)
    policy = with_policy(quiet=NIGHT)
    assert decide(book(asked), event, night, terms(policy=policy)) == NOTHING
    made = decide(book(asked), event, morning, terms(policy=policy))
    assert [effect for effect in made.effects if isinstance(effect, Post)]


FLAGGED = NOW - timedelta(hours=10)
AUTO = with_policy(idle=IdleRule(grace_hours=48, remove_after_hours=10))


def unanswered(policy: Policy, found: Deployment, by: str = "idle-watch") -> Decision:
    event = RemoveAsked(deployment=found.id, automatic=True)
    return decide(book(found), message(event, by), NOW, terms(policy=policy))


def test_what_nobody_answered_is_removed_where_the_policy_says_so() -> None:
    made = unanswered(AUTO, deployment(Idle(flagged=FLAGGED)))
    assert any(isinstance(effect, StartWork) for effect in made.effects)
    (asked,) = [record for record in made.puts if isinstance(record, Operation)]
    assert asked.ask.rule.name == "idle for longer than the policy allows"
    assert any(isinstance(r, Deployment) and isinstance(r.state, Removing) for r in made.puts)


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (POLICY, deployment(Idle(flagged=FLAGGED))),
        (AUTO, deployment(Idle(flagged=FLAGGED + timedelta(minutes=1)))),
        (AUTO, deployment(Live())),
        (AUTO, deployment(Kept(by="U0LENA", until=NOW + timedelta(days=1), why="w"))),
    ],
)
def test_nothing_else_is_removed_without_a_click(policy: Policy, found: Deployment) -> None:
    made = unanswered(policy, found)
    assert made.puts == ()
    assert not any(isinstance(effect, StartWork) for effect in made.effects)


def test_the_alert_says_what_happens_without_an_answer_and_who_acts() -> None:
    for resource, says in (("weu", "it is removed after"), ("wus", "an operator is asked to remove it")):
        flagged = deployment(Idle(flagged=FLAGGED), resource=resource)
        _, blocks = alert_card(flagged, book(flagged), AUTO, NOW)
        assert says in str(blocks)
        _, blocks = alert_card(flagged, book(flagged), POLICY, NOW)
        assert says not in str(blocks)
