"""Nothing comes back, stays longer, costs more or goes without a word on what somebody approved of another thing, earlier or as another."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from shared.domain.asking import endpoint_id
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Idle, Removed, Removing, Usage
from shared.domain.effects import Answer
from shared.domain.events import (
    AdoptAsked,
    ApproveClicked,
    CloseAsked,
    DeployAsked,
    HandedToPerson,
    HoursStay,
    MissingSeen,
    RemoveAsked,
    StartClaimed,
    TaskTaken,
    UsageSeen,
)
from shared.domain.operations import Operation, Proposed, Review, Stale, Starting, Succeeded
from shared.domain.policy import Budgets, Members, Rule, StepRule
from shared.domain.removing import AUTO_RULE
from shared.gathering import gather
from shared.starting import Starter
from tests.builders import (
    BEN,
    EVE,
    GROUPS,
    INES,
    LENA,
    MAYA,
    NOW,
    OMAR,
    POLICY,
    after,
    book,
    deployment,
    full_set,
    message,
    model,
    operation,
    terms,
    with_records,
)
from tests.properties.world import Process, World, envelope

WEEK = NOW + timedelta(days=7)


def _made(name: str, **ask: object) -> Operation:
    made = operation("deploy", Succeeded(since=NOW, at=NOW), approvals=(BEN,))
    return made.model_copy(update={"ask": made.ask.model_copy(update={"id": name, **ask})})


def _at(name: str, known: Deployment | None = None, **changes: object) -> Deployment:
    return (known or deployment()).model_copy(update={"id": endpoint_id(name, 1), "made_by": name, **changes})


def _asked(known: object, event: DeployAsked, by: str = EVE) -> Operation:
    made = decide(known, message(event, by), NOW, terms(full_set()))  # type: ignore[arg-type]
    refused = [effect.text for effect in made.effects if isinstance(effect, Answer)]
    return next((r for r in made.puts if isinstance(r, Operation)), None) or pytest.fail(str(refused))


def test_what_is_live_stays_no_longer_since_another_deployment_of_its_model_was_removed_lately() -> None:
    gone = _at("deploy-1", deployment(Removed(at=NOW - timedelta(hours=2), operation="remove-0")))
    live = _at("deploy-2", ends=WEEK, ends_by=MAYA)
    known = book(model(), _made("deploy-1"), _made("deploy-2", ends=WEEK), gone, live)
    asked = _asked(known, DeployAsked(until=NOW + timedelta(days=365)))
    assert (asked.ask.deployment, asked.ask.rule.needed, asked.state) == (live.id, 1, Proposed())


def test_what_is_planned_anew_comes_back_for_no_longer_than_was_approved() -> None:
    """Nobody decided on its removal on the approved day, so that was planned for a later one."""
    gone = _at(
        "deploy-1", deployment(Removed(at=NOW - timedelta(hours=2), operation="remove-0")), ends=NOW + timedelta(days=4)
    )
    asked = _asked(book(model(), _made("deploy-1", ends=NOW - timedelta(days=1)), gone), DeployAsked())
    assert asked.ask.rule.needed == 1


def test_what_broke_the_glass_does_not_come_back_without_the_approvals_that_it_never_had() -> None:
    gone = _at("deploy-1", deployment(Removed(at=NOW - timedelta(hours=2), operation="remove-0")))
    approved = _asked(book(model(), _made("deploy-1"), gone), DeployAsked())
    forced = _made("deploy-1").model_copy(update={"review": Review(by=INES, at=NOW, why="w")})
    assert approved.ask.rule.needed == 0
    assert _asked(book(model(), forced, gone), DeployAsked()).ask.rule.needed == 1


def _two() -> dict[str, object]:
    steps = {**POLICY.steps, "train": StepRule(approve=("S0APPROVERS",), approvers=2)}
    return {"policy": POLICY.model_copy(update={"steps": steps})}


def test_an_approval_of_somebody_who_is_no_approver_any_more_does_not_count() -> None:
    known = book(operation("train", Proposed(), needed=2))
    known = after(known, ApproveClicked(operation="train-1", revision=1), BEN, known=terms(full_set(), **_two()))
    assert [one.by for one in known.operations["train-1"].approvals] == [BEN]
    others = Members(groups={**GROUPS, "S0APPROVERS": (INES, OMAR)})
    for person, state in ((INES, "proposed"), (OMAR, "approved")):
        now = terms(full_set(), members=others, **_two())
        known = after(known, ApproveClicked(operation="train-1", revision=2), person, known=now)
        assert known.operations["train-1"].state.status == state
    assert [one.by for one in known.operations["train-1"].approvals] == [INES, OMAR]


@pytest.mark.parametrize("over", ["refuse", "one more approver"])
def test_a_budget_that_it_goes_over_by_now_is_looked_at_when_it_is_approved(over: str) -> None:
    """Asked an hour before the month's end, approved in the next one."""
    end = datetime(2026, 11, 30, 23, tzinfo=UTC)
    policy = POLICY.model_copy(update={"budgets": Budgets.model_validate({"each": Decimal(50), "over": over})})
    known = after(book(model()), DeployAsked(), MAYA, now=end, known=terms(full_set(), policy=policy))
    (asked,) = known.operations.values()
    event = ApproveClicked(operation=asked.id, revision=1)
    made = decide(known, message(event, BEN), end + timedelta(hours=2), terms(full_set(), policy=policy))
    now = with_records(known, made.puts).operations[asked.id].state
    assert isinstance(now, Proposed if over == "refuse" else Stale)
    soon = decide(known, message(event, BEN), end + timedelta(minutes=5), terms(full_set(), policy=policy))
    assert with_records(known, soon.puts).operations[asked.id].state.status == "approved"


def test_the_budget_of_all_is_looked_at_when_the_second_is_approved() -> None:
    policy = POLICY.model_copy(update={"budgets": Budgets.model_validate({"overall": Decimal(700), "over": "refuse"})})
    known = book(operation("train", Proposed()))
    for elsewhere, state in ((600, "proposed"), (0, "approved")):
        now = terms(full_set(), policy=policy, elsewhere=Decimal(elsewhere))
        seen = after(known, ApproveClicked(operation="train-1", revision=1), BEN, known=now)
        assert seen.operations["train-1"].state.status == state


def test_who_may_live_late_is_asked_anew() -> None:
    world = World(lambda _: None, lambda _: None)
    services = world.handling(Process()).services
    asked: list[bool] = []
    services.groups.members = lambda listed, *, anew: asked.append(anew) or {}  # type: ignore[method-assign,func-returns-value]
    gather(services, message(HoursStay(), BEN), book())
    assert asked == [True]


def test_what_an_operator_takes_to_remove_was_not_used_since_it_was_asked_for() -> None:
    idle = deployment(Idle(flagged=NOW), resource="wus").model_copy(update={"alerts": 1})
    known = after(book(model("wus"), idle), RemoveAsked(deployment=idle.id, from_alert=True), LENA)
    (removal,) = known.operations
    for event in (StartClaimed(operation=removal), HandedToPerson(operation=removal)):
        known = after(known, event, "start")
    later = NOW + timedelta(days=3)
    used = Usage(verdict="in_use", confidence="high", last_used=later, lines=("a batch job",), looked=later)
    seen = after(known, UsageSeen(deployment=idle.id, usage=used), "idle-watch", now=later)
    assert after(known, TaskTaken(operation=removal), OMAR, now=later).operations[removal].state.status == "waiting"
    taken = after(seen, TaskTaken(operation=removal), OMAR, now=later)
    assert taken.operations[removal].state.status == "stale"
    assert taken.deployments[idle.id].state.status == "live"


@pytest.mark.parametrize(
    ("verdict", "confidence", "goes"), [("idle", "high", True), ("idle", "low", False), ("unknown", "low", False)]
)
def test_nothing_is_removed_without_a_click_once_nobody_can_tell_any_more(
    verdict: str, confidence: str, *, goes: bool
) -> None:
    removing = deployment(Removing(operation="remove-1")).model_copy(update={"live_since": NOW - timedelta(days=9)})
    removal = operation("remove", Starting(at=NOW, attempt=1))
    rule = Rule(name=AUTO_RULE, needed=0, approve=("S0APPROVERS",))
    removal = removal.model_copy(update={"ask": removal.ask.model_copy(update={"rule": rule})})
    world = World(lambda _: None, lambda _: None)
    services = world.handling(Process()).services
    used = Usage.model_validate(
        {"verdict": verdict, "confidence": confidence, "last_used": None, "lines": ("a meter",), "looked": NOW}
    )
    services.usage.look = lambda *_, **__: {removing.id: used}  # type: ignore[method-assign]
    assert (Starter(services, lambda _: None)._used_again(book(removing, removal), removal) == ()) == goes  # type: ignore[arg-type]


def test_what_is_adopted_again_while_it_is_closed_stays_on_the_list_of_what_is_live() -> None:
    place = "11111111-2222-3333-4444-555555555555"
    met = 0
    for number in range(40):
        world = World(lambda _: None, lambda _: None)
        since = world.clocks.business - timedelta(days=2)
        adopt = AdoptAsked(resource="neu", model="m-v1", live_since=since, endpoint=place, pictures="public")
        world.quiet.handle(envelope("a1", "ada", MAYA, adopt))
        world.quiet.handle(envelope("missed", "ada", "reconcile", MissingSeen(deployment=place, missing=True)))
        process = Process(rivals={number: lambda w=world, a=adopt: w.quiet.handle(envelope("a2", "ada", MAYA, a))})
        world.handling(process).handle(envelope("close", "ada", LENA, CloseAsked(deployment=place)))
        live = world.book("ada").deployments[place].billed
        listed = [entry.item for entry in world.quiet.services.lists.entries("live")]
        assert not live or listed == [place]
        met += process.met_rival and live
    assert met
