"""Budgets and costs count what is paid, wherever it is asked for, and nothing else."""

from datetime import timedelta
from decimal import Decimal

from shared.domain.budgeting import committed
from shared.domain.deciding import decide
from shared.domain.deployments import Removed
from shared.domain.effects import Answer
from shared.domain.events import AdoptAsked, ApproveClicked, CloseAsked, DeployAsked, Observed
from shared.domain.operations import Evidence, Running
from shared.domain.policy import Budgets
from shared.timers import follow_running
from tests.builders import (
    BEN,
    INES,
    LENA,
    MAYA,
    NOW,
    POLICY,
    after,
    book,
    deployment,
    message,
    model,
    operation,
    price,
    terms,
    with_records,
)
from tests.properties.world import Process, World, envelope


def _pass(world: World) -> None:
    for _ in range(2):
        follow_running(world.quiet)
        for job in list(world.service.works):
            world.service.status[job] = "Succeeded"
        world.clocks.business += timedelta(minutes=10)


def test_the_budget_for_all_counts_all_of_them_in_a_dearer_morning_as_well() -> None:
    world = World(lambda _: None, lambda _: None)
    world.policy = POLICY.model_copy(update={"budgets": Budgets(overall=Decimal(1000))})
    world.quiet = world.handling(Process())
    for number in range(5):  # the others alone are over the budget for all
        endpoint = f"00000000-0000-4000-8000-{number:012d}"
        other = AdoptAsked(
            resource="weu", model=f"other{number}-v1", live_since=NOW - timedelta(days=20), endpoint=endpoint
        )
        world.quiet.handle(envelope(f"a{number}", f"other{number}", MAYA, other))
    world.quiet.handle(envelope("a9", "own", MAYA, AdoptAsked(resource="weu", model="own-v1")))
    world.quiet.handle(envelope("d1", "own", MAYA, DeployAsked(hours="Mon-Fri 08:00-19:00 Europe/Berlin")))
    (asked,) = world.book("own").operations.values()
    assert (asked.ask.rule.needed, asked.ask.rule.extra) == (2, 1)
    for number, person in enumerate((BEN, INES)):
        world.quiet.handle(
            envelope(f"p{number}", "own", person, ApproveClicked(operation=asked.id, revision=1 + number))
        )
    _pass(world)
    world.clocks.business = NOW.replace(hour=19)
    _pass(world)
    world.prices.hosting = lambda region, now: price("2.00")  # type: ignore[method-assign]
    world.clocks.business = NOW.replace(hour=7, minute=30) + timedelta(days=1)
    follow_running(world.quiet)
    (morning,) = [o for o in world.book("own").operations.values() if o.ask.step == "deploy" and o.id != asked.id]
    assert morning.ask.rule.needed == 2, morning.ask.budget


def test_a_budget_that_refuses_refuses_what_was_removed_lately_as_well() -> None:
    policy = POLICY.model_copy(update={"budgets": Budgets(each=Decimal(1), over="refuse")})
    gone = deployment(Removed(at=NOW - timedelta(hours=1), operation="remove-1"))
    fresh = decide(book(model()), message(DeployAsked()), NOW, terms(policy=policy))
    assert any("over the budget" in effect.text for effect in fresh.effects if isinstance(effect, Answer))
    made = decide(book(model(), gone), message(DeployAsked()), NOW, terms(policy=policy))
    assert not made.puts, "approved by the rule itself, without a look at the budget"


def test_metered_hours_of_a_training_that_failed_stay_counted() -> None:
    seen = Evidence(service_status="Running", metered_hours=Decimal(30), looked=NOW)
    known = book(operation(state=Running(since=NOW, attempt=1, evidence=seen)))
    failed = seen.model_copy(update={"service_status": "Failed", "failure": "x"})
    known = after(known, Observed(operation="train-1", evidence=failed), "training-poll")
    assert known.operations["train-1"].state.status == "failed"
    assert committed(known, NOW) == Decimal(450), "30 metered hours at $15"


def test_what_azure_does_not_have_costs_nothing_from_then_on() -> None:
    lost = deployment().missed(NOW + timedelta(hours=1))
    later = NOW + timedelta(days=5)
    known = book(model(), lost)
    known = with_records(known, decide(known, message(CloseAsked(deployment=lost.id), LENA), later, terms()).puts)
    assert known.deployments[lost.id].cost(NOW, later) == Decimal("0.60"), (
        "missed an hour after it went live, and closed days later"
    )
