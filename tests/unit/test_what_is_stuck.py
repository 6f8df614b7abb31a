"""What could not be delivered is told once, is delivered when its cause is gone, and is then on no list any more."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from shared.answering import answer
from shared.domain.events import MESSAGE, AdoptAsked, DeployAsked, Question, Reply, SnoozeClicked
from shared.errors import Broken
from shared.timers import reconcile, watch_live
from tests.builders import EVE, MAYA
from tests.properties.world import World, envelope


def _refused(world: World, channel: str) -> Callable[[], None]:
    """Slack refuses this channel until the answer is called."""
    real = world.slack.post, world.slack.update

    def refuses(act: Callable[..., Any]) -> Callable[..., Any]:
        def call(place: str, *given: Any, **named: Any) -> Any:
            if place == channel:
                raise Broken("slack_not_in_channel", f"posting a message in the channel {channel}")
            return act(place, *given, **named)

        return call

    world.slack.post, world.slack.update = (refuses(act) for act in real)  # type: ignore[method-assign]

    def well() -> None:
        world.slack.post, world.slack.update = real  # type: ignore[method-assign]

    return well


def _idle(world: World, name: str, count: int) -> None:
    """So many deployments of an avatar, idle for days."""
    for number in range(count):
        adopt = AdoptAsked(
            resource="weu", model=f"{name}-v{number}", pictures="public",
            live_since=world.clocks.business - timedelta(days=9), endpoint=str(uuid5(NAMESPACE_URL, f"{name}{number}")),
        )  # fmt: skip
        world.quiet.handle(envelope(f"{name}{number}", name, MAYA, adopt))
    world.usages.verdict = "idle"


def test_a_card_that_was_owed_several_times_meanwhile_leaves_nothing_on_the_list_of_what_is_stuck() -> None:
    world = World(lambda _: None, lambda _: None)
    services = world.quiet.services
    _idle(world, "old", 1)
    on_call = services.policy.on_call_channel
    watch_live(world.quiet)
    well = _refused(world, on_call)
    for _ in range(3):
        world.clocks.business += timedelta(hours=1)
        watch_live(world.quiet)
    assert services.lists.entries("stuck")
    said = [text for text, _ in world.slack.messages.values() if "could not be delivered" in text]
    assert len(said) == 1, said
    assert f"posting a message in the channel {on_call}" in said[0]
    well()
    world.clocks.real += timedelta(minutes=10)
    reconcile(world.quiet)
    assert (services.lists.entries("stuck"), services.records.owed("old")) == ([], [])


def test_alerts_that_nobody_can_be_told_of_are_a_maintainers_affair_at_once() -> None:
    world = World(lambda _: None, lambda _: None)
    services = world.quiet.services
    for name, count in (("old", 1), ("many", 7)):
        _idle(world, name, count)
        well = _refused(world, services.policy.on_call_channel)
        for _ in range(2):
            world.clocks.business += timedelta(hours=1)
            watch_live(world.quiet)
        assert "idle-alerts" in [entry.item for entry in services.lists.entries("stuck")]
        well()
        world.clocks.real += timedelta(minutes=10)
        watch_live(world.quiet)
        reconcile(world.quiet)
        assert services.lists.entries("stuck") == []
    said = [text for text, _ in world.slack.messages.values() if "Idle deployments could not be told" in text]
    assert len(said) == 2


def test_a_list_that_could_not_be_told_is_no_longer_stuck_once_people_settled_all_of_it() -> None:
    world = World(lambda _: None, lambda _: None)
    services = world.quiet.services
    _idle(world, "many", 7)
    watch_live(world.quiet)
    well = _refused(world, services.policy.on_call_channel)
    ids = list(world.book("many").deployments)
    world.quiet.handle(envelope("s0", "many", MAYA, SnoozeClicked(deployment=ids[0])))
    watch_live(world.quiet)
    assert "idle-alerts" in [entry.item for entry in services.lists.entries("stuck")]
    well()
    for number, deployment in enumerate(ids[1:]):
        world.quiet.handle(envelope(f"t{number}", "many", MAYA, SnoozeClicked(deployment=deployment)))
    world.clocks.real += timedelta(minutes=15)
    reconcile(world.quiet)
    assert services.lists.entries("stuck") == []


def test_maintainers_who_could_not_be_told_are_told_at_the_next_run() -> None:
    world = World(lambda _: None, lambda _: None)
    services = world.quiet.services
    _idle(world, "old", 1)
    well = _refused(world, services.policy.on_call_channel)
    silent = _refused(world, services.policy.maintainers_channel)
    watch_live(world.quiet)
    silent()
    watch_live(world.quiet)
    assert [text for text, _ in world.slack.messages.values() if "could not be told" in text]
    well()


def test_a_code_that_changes_at_each_try_is_told_once() -> None:
    world = World(lambda _: None, lambda _: None)
    services, codes = world.quiet.services, iter(range(100))
    _idle(world, "old", 1)
    watch_live(world.quiet)

    def refuses(channel: str, *_: Any) -> None:
        raise Broken(f"slack_{next(codes) % 2}", f"updating a message in the channel {channel}")

    world.slack.update = refuses  # type: ignore[method-assign]
    (alert,) = world.book("old").deployments
    world.quiet.handle(envelope("sn", "old", MAYA, SnoozeClicked(deployment=alert)))
    for _ in range(6):
        world.clocks.real += timedelta(minutes=10)
        reconcile(world.quiet)
    assert len([text for text, _ in world.slack.messages.values() if "could not be delivered" in text]) == 1
    assert len(services.lists.entries("stuck")) == 1


def test_a_form_that_cannot_be_filled_says_so() -> None:
    world = World(lambda _: None, lambda _: None)
    _idle(world, "old", 1)
    services, filled = world.quiet.services, list[str]()

    def unreadable(*_: Any, **__: Any) -> Any:
        raise Broken("slack_missing_scope", "reading a user group")

    services.groups.members = unreadable  # type: ignore[method-assign]
    world.slack.fill = lambda _, view: filled.append(json.dumps(view))  # type: ignore[method-assign]
    reply = Reply(user=MAYA, channel="C0AVATARS")
    answer(
        services, Question(id="q1", what="form", about="old", reply=reply, options={"form": "consent", "view": "V1"})
    )
    assert "This can't be answered now (slack_missing_scope)" in filled[0]


def test_what_cannot_be_read_says_where_and_not_what_it_holds() -> None:
    message = envelope("m1", "old", EVE, DeployAsked(why="Ada Lovelace is ill")).model_dump_json()
    newer = message.replace('"why":', '"reason":')
    assert newer != message
    with pytest.raises(ValueError, match="reason") as failed:
        MESSAGE.validate_json(newer)
    assert "Ada" not in str(failed.value)
