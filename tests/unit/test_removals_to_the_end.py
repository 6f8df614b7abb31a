"""Removals that are due, planned or chosen come, an approved end is moved by approvals only, and each alert is told."""

import contextlib
from datetime import timedelta

from shared.domain.deciding import decide
from shared.domain.deployments import Removed
from shared.domain.effects import Answer
from shared.domain.events import (
    AdoptAsked,
    ApproveClicked,
    DeployAsked,
    Observed,
    RemovalPlanned,
    RemoveAsked,
    SnoozeClicked,
    StartClaimed,
    Started,
)
from shared.domain.operations import Evidence
from shared.domain.policy import IdleRule
from shared.errors import AppError, Temporary
from shared.idle_list import FEW, open_ones
from shared.timers import follow_running, reconcile, watch_live
from tests.builders import BEN, LENA, MAYA, NOW, POLICY, after, book, deployment, message, model, terms
from tests.properties.world import Process, World, envelope


def _world() -> World:
    made = World(lambda _: None, lambda _: None)
    made.policy = POLICY.model_copy(update={"idle": IdleRule(grace_hours=48, remove_after_hours=72, escalate_hours=24)})
    made.quiet = made.handling(Process())
    return made


def _adopt(made: World, number: int, resource: str, *, live: bool = True) -> None:
    since, endpoint = (NOW - timedelta(days=7), f"00000000-0000-4000-8000-{number:012d}") if live else (None, None)
    event = AdoptAsked(resource=resource, model=f"old-v{number}", live_since=since, endpoint=endpoint)
    made.quiet.handle(envelope(f"adopt-{number}", "old", MAYA, event))


def _pass(made: World, hours: int) -> None:
    for _ in range(hours):
        made.clocks.business += timedelta(hours=1)
        made.clocks.real += timedelta(hours=1)
        watch_live(made.quiet)
        follow_running(made.quiet)
        for job in list(made.service.works):
            made.service.status[job] = "Succeeded"


def test_of_two_overdue_deployments_of_one_avatar_both_go_in_the_end() -> None:
    made = _world()
    _adopt(made, 1, "weu")
    _adopt(made, 2, "neu")
    _pass(made, 24 * 10)  # flagged in the first hour; each is to be removed after 72
    states = {d.model: d.state.status for d in made.book("old").deployments.values()}
    assert states == {"old-v1": "removed", "old-v2": "removed"}, "the second is billed for ever"


def test_a_request_that_expired_unapproved_keeps_no_overdue_deployment_alive() -> None:
    made = _world()
    _adopt(made, 1, "weu")
    _adopt(made, 2, "neu", live=False)
    _pass(made, 70)
    made.quiet.handle(
        envelope("ask", "old", MAYA, DeployAsked(resource="neu"))
    )  # nobody approves it; it expires after 72 hours
    _pass(made, 24 * 10)
    (live,) = made.book("old").deployments.values()
    assert isinstance(live.state, Removed), (
        f"still {live.state.status}, six days after nothing stood in the way any more"
    )


DAY = (NOW + timedelta(days=7)).replace(hour=0)


def test_a_removal_is_not_planned_while_a_request_is_open_that_brings_an_end_of_its_own() -> None:
    known = after(book(model(), deployment()), DeployAsked(hours="Mon-Fri 08:00-19:00 Europe/Berlin"), MAYA)
    plan = RemovalPlanned(deployment=deployment().id, on=DAY)
    made = decide(known, message(plan), NOW, terms())
    assert made.puts == ()
    assert "There is already a deploy" in "".join(e.text for e in made.effects if isinstance(e, Answer))


def test_a_day_that_was_approved_is_moved_to_a_later_one_only_by_another_approval() -> None:
    known = book(model())
    known = after(known, DeployAsked(until=DAY), MAYA)
    (asked,) = known.operations.values()
    known = after(known, ApproveClicked(operation=asked.id, revision=1), BEN)
    known = after(known, StartClaimed(operation=asked.id), "start")
    known = after(known, Started(operation=asked.id), "start")
    done = Observed(operation=asked.id, evidence=Evidence(service_status="Succeeded", looked=NOW))
    known = after(known, done, "training-poll")
    (live,) = known.deployments.values()
    assert live.ends == DAY
    known = after(known, RemovalPlanned(deployment=live.id, on=DAY + timedelta(days=3650)), MAYA)
    assert known.deployments[live.id].ends == DAY, "ten years more, on the asker's word alone"


def _flagged_later(made: World, name: str, number: int, resource: str = "weu") -> None:
    endpoint = f"00000000-0000-4000-8000-{number:012d}"
    event = AdoptAsked(resource=resource, model=f"{name}-v1", live_since=NOW - timedelta(days=7), endpoint=endpoint)
    made.quiet.handle(envelope(f"adopt-{number}", name, MAYA, event))


def _on_call(made: World) -> list[str]:
    told = [text for (channel, _), (text, _) in made.slack.messages.items() if channel == "C0ONCALL"]
    return [text for text in told if "Azure does not have it" not in text]


def test_the_next_alert_is_a_message_of_its_own_whatever_failed_before() -> None:
    made = World(lambda _: None, lambda _: None)
    for number in range(FEW + 1):
        _flagged_later(made, f"old{number}", number)
    watch_live(made.quiet)
    *others, last = open_ones(made.quiet.services)
    for one in others:
        made.quiet.handle(envelope(f"m-{one.id}", one.avatar, LENA, SnoozeClicked(deployment=one.id)))
    cards = made.quiet.services.cards
    forget = cards.forget

    def outage(_: object) -> None:
        raise Temporary("unreachable", "the last call of all")

    object.__setattr__(cards, "forget", outage)
    with contextlib.suppress(AppError):
        made.quiet.handle(envelope(f"m-{last.id}", last.avatar, LENA, SnoozeClicked(deployment=last.id)))
    object.__setattr__(cards, "forget", forget)
    for _ in range(6):  # all is well again
        made.clocks.real += timedelta(minutes=10)
        made.clocks.business += timedelta(minutes=10)
        reconcile(made.quiet)
        follow_running(made.quiet)
    before = len(_on_call(made))
    _flagged_later(made, "new", 99, "neu")
    watch_live(made.quiet)
    assert len(_on_call(made)) == before + 1, f"a new alert, and no new message: {_on_call(made)}"


def test_each_of_those_that_were_chosen_is_removed() -> None:
    made = World(lambda _: None, lambda _: None)
    ids = [f"00000000-0000-4000-8000-{number:012d}" for number in range(2)]
    for endpoint, resource in zip(ids, ("weu", "neu"), strict=True):
        adopt = AdoptAsked(resource=resource, model="old-v1", live_since=NOW - timedelta(days=7), endpoint=endpoint)
        made.quiet.handle(envelope(f"a-{endpoint}", "old", MAYA, adopt))
    watch_live(made.quiet)
    for endpoint in ids:  # as the form says it
        made.quiet.handle(envelope(f"r-{endpoint}", "old", LENA, RemoveAsked(deployment=endpoint, from_alert=True)))
    states = [found.state.status for found in made.book("old").deployments.values()]
    assert states == ["removing", "removing"], made.slack.whispers


def test_a_later_end_of_what_is_live_is_asked_for_approved_and_costs_no_call() -> None:
    live = deployment().model_copy(update={"ends": DAY, "ends_by": MAYA})
    known = after(book(model(), live), DeployAsked(until=DAY + timedelta(days=30)), MAYA)
    (asked,) = known.operations.values()
    assert (asked.state.status, asked.ask.rule.needed, asked.ask.deployment) == ("proposed", 1, live.id)
    assert known.deployments[live.id].ends == DAY  # nothing changes before
    known = after(known, ApproveClicked(operation=asked.id, revision=1), BEN)
    known = after(known, StartClaimed(operation=asked.id), "start")
    assert known.operations[asked.id].state.status == "succeeded"  # at once: the service was not called
    assert known.deployments[live.id].ends == DAY + timedelta(days=30)
    assert "already deployed" in "".join(
        e.text for e in decide(known, message(DeployAsked()), NOW, terms()).effects if isinstance(e, Answer)
    )
