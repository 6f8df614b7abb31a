"""A price that changes in the middle of a month: what was spent stays as it was, and from then on it is the new one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cost.ledger import hosting_days, ledger
from shared.domain.budgeting import committed
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Idle, Removed
from shared.domain.effects import ShowCard
from shared.domain.events import AdoptAsked, Observed, PriceSeen
from shared.domain.money import Money
from shared.domain.operations import Evidence, Running
from shared.timers import watch_live
from tests.builders import NOW, after, book, deployment, message, operation, price, terms
from tests.properties.world import World, envelope

START = NOW - timedelta(days=10)


def live(**more: object) -> Deployment:
    return deployment().model_copy(update={"live_since": START, "price_per_hour": Money(value=Decimal("0.60")), **more})


def changed(at: datetime = NOW, to: str = "0.66") -> Deployment:
    return live().repriced(Money(value=Decimal(to)), at)


def test_each_hour_costs_what_it_cost_then() -> None:
    known = changed()
    assert known.cost(START, NOW) == Decimal("0.60") * 240
    assert known.cost(NOW, NOW + timedelta(hours=10)) == Decimal("0.66") * 10
    assert known.cost(NOW - timedelta(hours=5), NOW + timedelta(hours=5)) == Decimal("0.60") * 5 + Decimal("0.66") * 5
    again = known.repriced(Money(value=Decimal("0.50")), NOW + timedelta(hours=5))
    assert again.cost(NOW - timedelta(hours=5), NOW + timedelta(hours=10)) == Decimal("3.0") + Decimal(
        "3.30"
    ) + Decimal("2.50")


@given(st.lists(st.integers(0, 2000), min_size=2, max_size=8), st.lists(st.integers(0, 240), max_size=4))
def test_parts_of_a_time_cost_together_what_the_whole_costs(cuts: list[int], changes: list[int]) -> None:
    known = live()
    for number, hour in enumerate(sorted(changes)):
        known = known.repriced(Money(value=Decimal(number + 1) / 10), START + timedelta(hours=hour))
    moments = [START + timedelta(hours=hour) for hour in sorted(cuts)]
    parts = sum(known.cost(begin, end) for begin, end in pairwise(moments))
    assert parts == known.cost(moments[0], moments[-1])


def test_months_and_days_add_up_over_the_change_and_over_a_removal() -> None:
    month_start, month_end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    left = Decimal(round((month_end - NOW).total_seconds() / 360)) / 10
    assert committed(book(changed()), NOW) == Decimal("0.60") * 240 + Decimal("0.66") * left
    gone = changed(NOW - timedelta(days=5)).to(Removed(at=NOW - timedelta(days=1), operation="remove-1"))
    assert committed(book(gone), NOW) == Decimal("0.60") * 120 + Decimal("0.66") * 96
    days = hosting_days({"presenter": book(gone)}, NOW, 12)
    assert sum(cost for _, costs in days for cost in costs.values()) == Decimal("0.60") * 120 + Decimal("0.66") * 96
    assert month_start < START


def test_an_idle_one_is_reckoned_at_both_prices_and_its_alert_is_drawn_anew() -> None:
    idle = live(state=Idle(flagged=NOW - timedelta(hours=10)), alerts=1)
    made = decide(book(idle), message(PriceSeen(deployment=idle.id, price=price("0.66")), "idle-watch"), NOW, terms())
    (known,) = made.puts
    assert isinstance(known, Deployment)
    assert made.effects == (ShowCard(card=idle.card, urgent=False),)
    assert ledger({"presenter": book(known)}, NOW + timedelta(hours=10)).missed == Decimal("6.00") + Decimal("6.60")
    assert [(line.action, line.data["from"], line.data["to"]) for line in made.audit] == [
        ("price_changed", "$0.60", "$0.66")
    ]


@pytest.mark.parametrize(
    "seen",
    [
        price("0.60"),
        price("0.60001"),
        price("0.66").model_copy(update={"money": Money(value=Decimal("0.66"), currency="EUR")}),
    ],
    ids=["the same", "the same but for its rounding", "another currency, which can't be added"],
)
def test_what_is_no_new_price_changes_nothing(seen: object) -> None:
    known = live()
    assert decide(
        book(known),
        message(PriceSeen.model_validate({"deployment": known.id, "price": seen}), "idle-watch"),
        NOW,
        terms(),
    ).empty


def test_the_watch_sees_a_new_price_once_and_an_old_list_price_never() -> None:
    world = World(lambda _: None, lambda _: None)
    world.quiet.handle(envelope("a", "presenter", "U0MAYA", AdoptAsked(
        resource="wus", model="presenter-v1", live_since=NOW - timedelta(days=2))))  # fmt: skip
    (before,) = world.book("presenter").deployments.values()
    world.prices.hosting = lambda region, now: price("0.66").model_copy(update={"as_of": NOW - timedelta(days=30)})  # type: ignore[method-assign]
    watch_live(world.quiet)
    assert world.book("presenter").deployments[before.id].past_prices is None
    world.prices.hosting = lambda region, now: price("0.66").model_copy(update={"as_of": now})  # type: ignore[method-assign]
    for _ in range(3):
        watch_live(world.quiet)
    known = world.book("presenter").deployments[before.id]
    assert known.price_per_hour == Money(value=Decimal("0.66"))
    assert [str(past.per_hour) for past in known.past_prices or ()] == ["$0.60"]


@pytest.mark.parametrize("later", [Decimal(3), None])
def test_a_meter_that_goes_backwards_or_fails_takes_nothing_back(later: Decimal | None) -> None:
    running = Running(
        since=START, attempt=1, evidence=Evidence(service_status="Running", metered_hours=Decimal(5), looked=NOW)
    )
    known = book(operation("train", running))
    seen = Observed(
        operation="train-1",
        evidence=Evidence(service_status="Running", metered_hours=later, looked=NOW + timedelta(minutes=5)),
    )
    state = after(known, seen, "training-poll").operations["train-1"].state
    assert isinstance(state, Running)
    assert state.evidence
    assert (state.evidence.metered_hours, state.evidence.looked) == (Decimal(5), NOW + timedelta(minutes=5))


def test_a_record_without_a_change_is_written_as_the_version_before_wrote_it() -> None:
    assert "past_prices" not in live().model_dump_json()
    assert Deployment.model_validate_json(changed().model_dump_json()) == changed()
