"""On-call is woken by PagerDuty and by a webhook as well: once an alert, and no longer once it is settled in Slack."""

from shared.domain.deployments import Usage
from shared.domain.events import UsageSeen
from shared.handling import Handling
from shared.idle_list import CARD, FLAGGED, LIST_KEY, OWN
from shared.ports import Card
from tests.integration.conftest import LENA, MAYA, World
from tests.integration.people_kit import book_of, now, services
from tests.integration.states_kit import flagged, happens, live, says


def _about(world: World, given: dict[str, str]) -> list[tuple[str, str]]:
    """What was sent about a deployment, in order: route and what."""
    return [(route, what) for route, key, what in world.stack.pagers.events if given["dep"] in key]


def _sent(world: World, given: dict[str, str]) -> list[str]:
    return [what for route, what in _about(world, given) if route == "pagerduty"]


def test_an_alert_wakes_once_by_each_route_and_keeping_it_in_slack_ends_it_there(world: World) -> None:
    given = flagged(world)
    assert sorted(_about(world, given)) == [("pagerduty", "trigger"), ("webhook", "triggered")]
    usage = Usage(verdict="idle", confidence="high", last_used=None, lines=("no call",), looked=now(world))
    happens(world, given["name"], UsageSeen(deployment=given["dep"], usage=usage))
    assert len(_about(world, given)) == 2
    says(world, MAYA, f"keep {given['name']} because the campaign goes on")
    assert _sent(world, given) == ["trigger", "resolve"]
    assert ("webhook", "resolved") in _about(world, given)
    assert world.stack.pagers.violations == []


def test_whoever_is_given_an_alert_has_acknowledged_it_there(world: World) -> None:
    given = flagged(world)
    deployment = book_of(given["name"]).deployments[given["dep"]]
    about = {
        "avatar": given["name"],
        "subject": given["dep"],
        "revision": str(deployment.revision),
        "channel": "C0ONCALL",
    }
    world.fills(LENA, "assign", about, {"to": {"selected_user": MAYA, "type": "users_select"}})
    assert _sent(world, given) == ["trigger", "acknowledge"]


def test_a_route_that_is_down_is_tried_again_and_the_other_is_not_sent_twice(world: World) -> None:
    given = live(world)
    world.stack.pagers.fails = 1
    usage = Usage(verdict="idle", confidence="high", last_used=None, lines=("no call",), looked=now(world))
    happens(world, given["name"], UsageSeen(deployment=given["dep"], usage=usage))
    assert len(_about(world, given)) == 1
    (left,) = [owed for owed in services().records.owed(given["name"]) if owed.effect.kind == "page"]
    assert left.tries == 1
    assert Handling(services()).drain(given["name"], again=False)
    assert sorted(_about(world, given)) == [("pagerduty", "trigger"), ("webhook", "triggered")]


def test_many_at_once_are_one_incident_that_ends_with_the_last_of_them(world: World) -> None:
    for entry in services().lists.entries(FLAGGED):  # what another test has left is no part of it
        services().lists.drop(FLAGGED, entry)
    services().cards.forget(Card(OWN, CARD))
    several = [live(world) for _ in range(7)]
    handling = Handling(services())
    usage = Usage(verdict="idle", confidence="high", last_used=None, lines=("no call",), looked=now(world))
    with handling.performer.idle_list.together():
        for number, given in enumerate(several):
            event = UsageSeen(deployment=given["dep"], usage=usage)
            handling.handle(services().said(f"many-{number}-{given['dep']}", given["name"], "idle-watch", event))
    handling.performer.idle_list.tell()
    for given in several:
        handling.drain(given["name"], again=False)
    assert world.stack.pagers.incidents("pagerduty")[LIST_KEY] == "trigger"
    assert all(_about(world, given) == [] for given in several)
    assert [key for _, key, _ in world.stack.pagers.events].count(LIST_KEY) == 2  # once by each route
    for given in several:
        assert world.stack.pagers.incidents("pagerduty")[LIST_KEY] != "resolve"
        says(world, MAYA, f"snooze {given['name']}")
    assert world.stack.pagers.incidents("pagerduty")[LIST_KEY] == "resolve"
    assert world.stack.pagers.incidents("webhook")[LIST_KEY] == "resolved"
