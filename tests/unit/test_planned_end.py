"""A deployment is asked for until a day: the day is approved with it, shown with it, and asked about when it comes."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands import parse
from bot.saying import event_of
from shared.domain.book import Book
from shared.domain.deployments import Deployment, Removed
from shared.domain.effects import Answer, Post
from shared.domain.events import DeployAsked, Observed, RemoveAsked, RetryAsked, TimePassed
from shared.domain.money import HOURS_A_MONTH, hosting_amount
from shared.domain.operations import Evidence, Expired, Operation, Proposed, Running, Succeeded
from shared.slack.asking_forms import asking_form
from shared.slack.cards import draw
from shared.slack.limits import lint_message, lint_view
from shared.slack.scene import Scene
from tests.builders import (
    BEN,
    MAYA,
    NOW,
    POLICY,
    RESOURCES,
    book,
    decide,
    deployment,
    message,
    model,
    operation,
    price,
    terms,
    with_records,
)

DAY = datetime(2026, 12, 1, tzinfo=UTC)
QUARTER = POLICY.model_copy(update={"planned_end_days": 90})


def _asked(before: Book, event: DeployAsked | RetryAsked, **more: object) -> Operation:
    made = decide(before, message(event), NOW, terms(**more))
    refused = [effect.text for effect in made.effects if isinstance(effect, Answer)]
    return next((r for r in made.puts if isinstance(r, Operation)), None) or pytest.fail(str(refused))


def _live(ask: Operation) -> tuple[Book, Deployment]:
    """The book once the service says that it is deployed."""
    running = ask.to(Running(since=NOW, attempt=1))
    seen = Observed(operation=ask.id, evidence=Evidence(service_status="Succeeded", looked=NOW))
    before = book(model(), running)
    made = decide(before, message(seen, "training-poll"), NOW, terms())
    return with_records(before, made.puts), next(r for r in made.puts if isinstance(r, Deployment))


def test_what_is_deployed_until_a_day_has_its_removal_planned_by_who_asked() -> None:
    asked = _asked(book(model()), DeployAsked(until=DAY))
    after, live = _live(asked)
    assert (live.ends, live.ends_by) == (DAY, MAYA)
    drawn = draw(asked.card, Scene(after, POLICY, RESOURCES, NOW))
    assert drawn
    assert lint_message(drawn.text, drawn.blocks) == []
    assert f"Its removal is asked for on 2026-12-01, as <@{MAYA}> planned" in json.dumps(drawn.blocks)


@pytest.mark.parametrize(
    ("event", "ends"),
    [
        (DeployAsked(), "2027-02-21"),
        (DeployAsked(until=DAY), "2026-12-01"),
        (DeployAsked(open_ended=True), None),
    ],
)
def test_without_a_day_the_policys_counts_unless_none_is_wanted(event: DeployAsked, ends: str | None) -> None:
    asked = _asked(book(model()), event, policy=QUARTER)
    assert (asked.ask.ends.date().isoformat() if asked.ask.ends else None) == ends


def test_the_card_says_until_when_and_what_it_costs_until_then() -> None:
    asked = _asked(book(model()), DeployAsked(until=NOW + timedelta(days=10)))
    drawn = draw(asked.card, Scene(book(model(), asked), POLICY, RESOURCES, NOW))
    assert drawn
    said = json.dumps(drawn.blocks)
    assert "2026-12-03, about $144 until then: on that day its removal is asked for" in said
    assert "that is asked for on 2026-12-03" in said  # where Approve is confirmed
    never = _asked(book(model()), DeployAsked())
    drawn = draw(never.card, Scene(book(model(), never), POLICY, RESOURCES, NOW))
    assert drawn
    assert "it is billed until somebody removes it" in json.dumps(drawn.blocks)


def test_a_planned_removal_that_nobody_decides_on_is_asked_for_again() -> None:
    live = deployment().model_copy(update={"ends": DAY, "ends_by": MAYA})
    known = book(model(), live)
    asked_at = DAY
    for number in range(2):
        planned = RemoveAsked(deployment=live.id, planned=True)
        asked = decide(known, message(planned, "idle-watch", 10 * number), asked_at, terms())
        known = with_records(known, asked.puts)
        open_ = [o for o in known.operations.values() if o.open]
        assert [(o.ask.by, o.ask.planned) for o in open_] == [(MAYA, True)]
        later = open_[0].ask.expires + timedelta(minutes=5)
        made = decide(
            known, message(TimePassed(operation=open_[0].id), "training-poll", 10 * number + 1), later, terms()
        )
        known = with_records(known, made.puts)
        (told,) = [e.text for e in made.effects if isinstance(e, Post) and "nobody decided" in e.text]
        asked_at = known.deployments[live.id].ends or pytest.fail("planned no more")
        assert later < asked_at <= later + timedelta(days=1)
        assert f"at $0.60 an hour, and its removal is asked for again on {asked_at.date()}" in told


def test_what_people_ask_to_remove_and_nobody_decides_on_is_not_asked_for_again() -> None:
    known = with_records(
        book(model(), deployment()), decide(book(model(), deployment()), message(RemoveAsked()), NOW, terms()).puts
    )
    (asked,) = known.operations.values()
    made = decide(known, message(TimePassed(operation=asked.id), "training-poll"), NOW + timedelta(days=9), terms())
    assert with_records(known, made.puts).deployments[deployment().id].ends is None


def test_another_day_is_another_request_to_approve() -> None:
    ask = _asked(book(model()), DeployAsked(until=DAY)).ask
    assert ask.digest != ask.model_copy(update={"ends": DAY + timedelta(days=1)}).digest
    assert ask.digest != ask.model_copy(update={"ends": None}).digest


def test_a_request_is_not_open_for_longer_than_what_it_asks_for() -> None:
    soon = NOW.replace(hour=0) + timedelta(days=1)
    assert _asked(book(model()), DeployAsked(until=soon)).ask.expires == soon
    assert _asked(book(model()), DeployAsked(until=DAY)).ask.expires == NOW + timedelta(hours=72)


def test_a_day_that_is_over_is_refused_with_what_to_type() -> None:
    made = decide(book(model()), message(DeployAsked(until=NOW - timedelta(days=1))), NOW, terms())
    assert made.puts == ()
    (said,) = [effect.text for effect in made.effects if isinstance(effect, Answer)]
    assert "is today or in the past" in said
    assert "until never" in said


def _removed() -> Deployment:
    gone = deployment(Removed(at=NOW - timedelta(hours=1), operation="remove-1")).ending(DAY, BEN)
    amount = hosting_amount(price("0.60"))
    assert amount.low == gone.price_per_hour.times(HOURS_A_MONTH)
    return gone


@pytest.mark.parametrize(
    ("event", "ends", "needed"),
    [
        (DeployAsked(), DAY, 0),
        (DeployAsked(until=DAY - timedelta(days=2)), DAY - timedelta(days=2), 0),
        (DeployAsked(until=DAY + timedelta(days=1)), DAY + timedelta(days=1), 1),
        (DeployAsked(open_ended=True), None, 1),
    ],
)
def test_what_was_removed_lately_comes_back_unapproved_for_no_longer_than_was_planned(
    event: DeployAsked, ends: datetime | None, needed: int
) -> None:
    approved = operation("deploy", Succeeded(since=NOW, at=NOW), approvals=(BEN,))
    ask = _asked(book(model(), _removed(), approved), event).ask
    assert (ask.ends, ask.rule.needed) == (ends, needed)


def test_a_retry_keeps_the_day_while_it_is_to_come() -> None:
    over = operation("deploy", Expired(at=NOW))
    later = over.model_copy(update={"ask": over.ask.model_copy(update={"ends": DAY})})
    assert _asked(book(model(), later), RetryAsked()).ask.ends == DAY
    past = over.model_copy(update={"ask": over.ask.model_copy(update={"ends": NOW - timedelta(days=1)})})
    assert _asked(book(model(), past), RetryAsked()).ask.ends is None


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("deploy presenter until 2026-12-01", DeployAsked(until=DAY)),
        ("deploy presenter in neu until=2026-12-01", DeployAsked(resource="neu", until=DAY)),
        ("deploy presenter until never because of the fair", DeployAsked(open_ended=True, why="of the fair")),
        ("deploy presenter until Never", DeployAsked(open_ended=True)),
    ],
)
def test_the_day_is_typed_after_until(text: str, event: DeployAsked) -> None:
    assert event_of(parse(text), RESOURCES) == event


def test_the_form_comes_with_the_policys_day() -> None:
    for policy, day in ((QUARTER, "2027-02-21"), (POLICY, "")):
        view = asking_form("deploy", {"presenter": book(model())}, {}, RESOURCES, policy, "C0AVATARS", NOW)
        assert lint_view(view) == []
        (block,) = [block for block in view["blocks"] if block.get("block_id") == "until"]
        assert block["element"].get("initial_date", "") == day
        assert block["optional"]


def test_an_ask_without_a_planned_end_is_written_as_before_there_were_any() -> None:
    plain = operation("deploy", Proposed()).ask
    assert "ends" not in plain.model_dump(mode="json")
    done = operation("deploy", Succeeded(since=NOW, at=NOW))
    assert Operation.model_validate_json(done.model_dump_json()) == done
