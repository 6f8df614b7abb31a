"""Budgets of a month: what counts, what goes over, and what the policy then does."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.book import Decision
from shared.domain.budgeting import committed, month
from shared.domain.deciding import decide
from shared.domain.deployments import Removed
from shared.domain.effects import Answer
from shared.domain.events import ApproveClicked, DeployAsked, TrainAsked
from shared.domain.money import Money, hosting_amount
from shared.domain.operations import Approved, Cancelled, Evidence, Operation, Proposed, Succeeded
from shared.domain.policy import Budgets
from tests.builders import (
    BEN,
    MAYA,
    NOW,
    POLICY,
    after,
    book,
    deployment,
    full_set,
    message,
    model,
    operation,
    price,
    terms,
)

END = datetime(2026, 12, 1, tzinfo=UTC)
LEFT = Decimal(str(round((END - NOW).total_seconds() / 360) / 10))


def known(elsewhere: int = 0, **budgets: object):  # noqa: ANN201 - terms
    policy = POLICY.model_copy(update={"budgets": Budgets.model_validate(budgets)})
    return terms(full_set(), policy=policy, elsewhere=Decimal(elsewhere))


def asked(made: Decision) -> Operation:
    return next(record for record in made.puts if isinstance(record, Operation))


def train(elsewhere: int = 0, **budgets: object) -> Decision:
    return decide(book(), message(TrainAsked()), NOW, known(elsewhere, **budgets))


def test_without_a_budget_the_card_says_what_this_does_to_the_month() -> None:
    operation = asked(decide(book(), message(TrainAsked()), NOW, terms(full_set())))
    assert (operation.ask.rule.needed, operation.ask.rule.extra) == (1, 0)
    assert operation.ask.budget == "*presenter* this month: $0 without this, $600 with it"
    live = deployment().model_copy(update={"live_since": NOW})
    deployed = asked(decide(book(live, model("neu")), message(DeployAsked(resource="neu")), NOW, terms()))
    spent = LEFT * live.price_per_hour.value
    assert f"this month: {Money(value=spent)} without this, {Money(value=spent * 2)} with it" in deployed.ask.budget


def test_within_the_budget_the_card_says_what_is_left() -> None:
    operation = asked(train(each=1000))
    assert operation.ask.rule.needed == 1
    assert operation.ask.budget.splitlines()[-1] == "*presenter*: $400 of $1,000 left this month after this"


def test_over_the_budget_one_more_must_approve_and_the_card_says_so() -> None:
    operation = asked(train(each=599))
    assert (operation.ask.rule.needed, operation.ask.rule.extra) == (2, 1)
    assert "over the budget of *presenter* ($599 a month)" in operation.ask.warnings[-1]


def test_the_other_avatars_count_for_the_budget_of_all() -> None:
    assert asked(train(elsewhere=400, overall=1000)).ask.rule.needed == 1
    assert asked(train(elsewhere=401, overall=1000)).ask.rule.needed == 2


def test_the_policy_may_refuse_what_goes_over() -> None:
    made = train(each=500, over="refuse")
    assert made.puts == ()
    (told,) = [effect.text for effect in made.effects if isinstance(effect, Answer)]
    assert "would go over the budget of *presenter*" in told
    assert "larger budget" in told


def test_a_named_avatar_has_its_own_budget() -> None:
    assert asked(train(each=1, avatars={"presenter": 600})).ask.rule.needed == 1


def test_one_more_approval_stays_needed_and_is_no_change() -> None:
    """The budget belongs to the rule that applied when it was asked: spending elsewhere does not undo approvals."""
    within = known(each=599)
    before = book(asked(train(each=599)))
    (one,) = before.operations.values()
    first = after(before, ApproveClicked(operation=one.id, revision=1), BEN, known=within)
    assert isinstance(first.operations[one.id].state, Proposed)
    second = after(first, ApproveClicked(operation=one.id, revision=1), "U0INES", known=within)
    assert isinstance(second.operations[one.id].state, Approved)


@pytest.mark.parametrize(
    ("records", "spent"),
    [
        ((), Decimal(0)),
        ((operation(),), Decimal(600)),
        ((operation(state=Cancelled(by=MAYA, at=NOW, why=None)),), Decimal(0)),
        ((operation(state=Succeeded(since=NOW, at=NOW)),), Decimal(600)),
        (
            (operation(state=Succeeded(since=NOW, at=NOW, evidence=Evidence(metered_hours=Decimal(25), looked=NOW))),),
            Decimal(375),
        ),
        ((operation(state=Succeeded(since=NOW, at=NOW - timedelta(days=40))),), Decimal(0)),
        ((deployment(),), Decimal("0.60") * LEFT),
        ((deployment(Removed(at=NOW + timedelta(hours=10), operation="o")),), Decimal(6)),
    ],
)
def test_what_counts_as_spent_this_month(records: tuple[Operation, ...], spent: Decimal) -> None:
    assert committed(book(*records), NOW) == spent


def test_a_deployment_counts_until_the_end_of_the_month() -> None:
    made = decide(book(model()), message(DeployAsked()), NOW, known(each=1000))
    assert (
        asked(made)
        .ask.budget.splitlines()[1]
        .startswith(f"*presenter*: ${1000 - Decimal('0.60') * LEFT:.2f} of $1,000")
    )


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds
def test_a_month_holds_its_moments_and_ends_where_the_next_begins(now: datetime) -> None:
    start, end = month(now)
    assert start <= now < end
    assert month(end)[0] == end


def test_a_request_about_what_is_live_counts_what_it_costs_more_not_both() -> None:
    live = deployment().model_copy(update={"live_since": NOW})
    whole = committed(book(live), NOW)
    asked = operation("deploy")
    again = asked.model_copy(
        update={"ask": asked.ask.model_copy(update={"deployment": live.id, "amount": hosting_amount(price("0.60"))})}
    )
    assert committed(book(live, again), NOW) == pytest.approx(whole)
    dearer = again.model_copy(update={"ask": again.ask.model_copy(update={"amount": hosting_amount(price("0.90"))})})
    assert committed(book(live, dearer), NOW) == pytest.approx(whole * Decimal("1.5"))
