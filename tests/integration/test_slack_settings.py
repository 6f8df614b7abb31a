"""What people set for themselves and for a channel: no pictures in public by accident, no bells that only inform, Home in pages."""

import json
import sys
from typing import Any

from local.slack.sending import signed
from local.slack.team import TEAM
from shared.domain.base import short_id
from shared.domain.book import Book
from tests.integration.conftest import BEN, MAYA, World
from tests.integration.test_main_job import _ready


def _services() -> Any:
    return sys.modules["function_app"].handling().services


def _book(name: str) -> Book:
    return Book.of(_services().records.load(name).records)


def _told(world: World, user: str) -> str:
    found = [
        m
        for channel in list(world.stack.slack.messages.values())
        for m in channel
        if m["ephemeral"] and m["only"] == user
    ]
    return json.dumps(found, ensure_ascii=False)


def _new(world: World, text: str, channel: str) -> None:
    answer, messages = world.command(MAYA, text, channel)
    assert answer.status_code == 200
    world.deliver(messages)


def test_an_avatar_in_a_public_channel_needs_a_word_that_pictures_may_be_shown_there(world: World) -> None:
    name = world.name()
    _new(world, f"new {name} in studio-weu", "C0GENERAL")
    assert "is public: everybody in your workspace could see pictures of the talent" in _told(world, MAYA)
    assert not list(_services().records.load(name).records)
    _new(world, f"new {name} pictures=public", "C0GENERAL")
    assert world.sees(f"made the avatar *{name}*", "C0GENERAL")


def test_an_avatar_is_not_made_where_nobody_else_can_read_its_cards(world: World) -> None:
    name = world.name()
    _new(world, f"new {name} in studio-weu", f"D{MAYA[1:]}")
    assert "can't read a direct message" in _told(world, MAYA)
    assert not list(_services().records.load(name).records)


def test_who_muted_it_is_not_rung_when_the_own_request_ends_and_is_again_after_unmuting(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _ready(world, good_clips)

    def rung() -> int:
        said = world.stack.slack.messages["C0AVATARS"]
        return sum(f"<@{MAYA}>, your request to train `{name}-v1`: rejected" in message["text"] for message in said)

    def ask_and_reject() -> None:
        world.says(MAYA, f"train {name}")
        operation = next(o.id for o in _book(name).operations.values() if o.open)
        world.says(BEN, f"reject {name} {operation} because it is too dark")
        world.pump(lambda: not _services().records.owed(name))

    world.says(MAYA, "mute")
    ask_and_reject()
    assert rung() == 0
    world.says(MAYA, "unmute")
    ask_and_reject()
    assert rung() == 1


def test_a_user_group_is_read_anew_when_slack_says_that_it_changed(world: World) -> None:
    groups = _services().groups
    groups.members(("S0APPROVERS",), anew=False)
    assert "S0APPROVERS" in groups._kept
    event = {"type": "subteam_members_changed", "subteam_id": "S0APPROVERS", "team_id": TEAM}
    body = json.dumps({"type": "event_callback", "team_id": TEAM, "api_app_id": "A0AVATAR", "event_id": short_id("Ev", "1"),
                       "event_time": 1, "token": "", "event": event})  # fmt: skip
    headers = {**signed(world.stack.signing_secret, body), "Content-Type": "application/json"}
    answer, messages = world.post(body.encode(), headers)
    assert (answer.status_code, len(messages)) == (200, 1)
    world.deliver(messages)
    assert "S0APPROVERS" not in groups._kept


def test_a_page_of_home_is_one_click(world: World) -> None:
    world.stack.slack.homes.pop(MAYA, None)
    world.clicks(MAYA, "home_after", "1")
    assert "Waiting for you" in json.dumps(world.stack.slack.homes[MAYA])
