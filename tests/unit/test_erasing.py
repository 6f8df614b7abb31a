"""A withdrawn talent's data goes, whatever Slack refuses."""

from datetime import timedelta

import pytest

from shared.domain.events import AvatarAsked, ConsentGiven, ConsentWithdrawn
from shared.errors import AppError, Broken, Temporary
from shared.timers import reconcile
from tests.builders import MAYA
from tests.properties.world import World, envelope

NAME = "presenter"


@pytest.mark.parametrize(
    "error", [Broken("slack_cant_delete_file", "deleting a picture"), Temporary("slack_busy", "x", 1)]
)
def test_names_are_erased_though_slack_keeps_a_picture_and_the_picture_goes_once_slack_lets_it(
    error: AppError, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(lambda _: None, lambda _: None)
    consent = ConsentGiven(talent="Ada", company="C", locale="en-US", scope="avatar")
    for number, event in enumerate((AvatarAsked(resource="weu"), consent)):
        world.quiet.handle(envelope(f"m{number}", NAME, MAYA, event))
    cards, lists = world.quiet.services.cards, world.quiet.services.lists
    cards.release(cards.lease(NAME, "file:x", world.clocks.real), "", "F1", "")
    gone: list[str] = []

    def refuses(_file: str) -> None:
        raise error

    monkeypatch.setattr(world.slack, "delete_file", refuses)
    world.quiet.handle(envelope("m3", NAME, MAYA, ConsentWithdrawn(why="Ada wrote")))
    for _ in range(6):
        _day(world)
    assert "Ada" not in str(world.book(NAME).words)
    told = [text for text, _ in world.slack.messages.values() if "does not delete all of its pictures" in text]
    assert len(told) == (1 if isinstance(error, Broken) else 0)
    assert [entry.avatar for entry in lists.entries("erasures")] == [NAME]
    monkeypatch.setattr(world.slack, "delete_file", gone.append)
    _day(world)
    assert gone == ["F1"]
    assert lists.entries("erasures") == []


def _day(world: World) -> None:
    world.clocks.business += timedelta(hours=24)
    world.clocks.real += timedelta(hours=24)
    reconcile(world.quiet)
