"""A message that failed five times is kept, told without what people wrote, and comes back when somebody says so."""

import json
import threading
from collections.abc import Iterator

import azure.functions as func
import pytest

from shared.domain.clips import clip_id
from shared.domain.names import clip_path
from shared.ports import Entry
from tests.integration.conftest import LENA, MAYA, World
from tests.integration.people_kit import book_of, services, told

HOME = "C0MAINTAIN"


@pytest.fixture(autouse=True)
def _alone(world: World) -> Iterator[None]:
    _forget()
    yield
    _forget()


def _forget() -> None:
    for entry in _aside():
        services().lists.drop("poison", entry)


def _aside() -> list[Entry]:
    return services().lists.entries("poison")


def _fails(world: World, body: str, queue: str = "events") -> None:
    """As the host has it after five tries: in the poison queue, whose function takes it out."""
    name = "events_poison" if queue == "events" else "clip_checks_poison"
    world.functions[name].call(func.QueueMessage(id="9", body=body.encode(), pop_receipt="p"))


def test_what_failed_five_times_is_kept_told_without_its_words_and_put_back_on_request(world: World) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    _, (message,) = world.command(
        MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes'
    )
    _fails(world, message)
    assert "consent_given" in world.texts(HOME)[-1]
    assert "`/avatar admin requeue` puts it back" in world.texts(HOME)[-1]
    assert "Ada Lovelace" not in "".join(world.texts(HOME))
    world.says(MAYA, "admin stuck")
    assert "was set aside" in told(world, MAYA)[-1]
    assert book_of(name).consent is None

    world.says(MAYA, "admin requeue")  # neither an operator nor on call
    assert "Only operators and the people on call" in told(world, MAYA)[-1]
    assert len(_aside()) == 1

    for _ in range(2):  # whoever says it twice has it handled once
        world.says(LENA, "admin requeue")
    world.pump(lambda: book_of(name).consent)
    assert _aside() == []
    assert f"<@{LENA}> put back 1 message that had been set aside." in world.texts(HOME)[-1]
    assert "Nothing is set aside" in told(world, LENA)[-1]
    world.says(MAYA, "admin stuck")
    assert "was set aside" not in told(world, MAYA)[-1]


def test_a_check_that_was_given_up_is_made_when_it_is_put_back(world: World, good_clips: dict[str, bytes]) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    clip = clip_id(clip_path(f"{name}/silent/later.mp4"))
    world.upload(f"{name}/silent/later.mp4", good_clips["silent"])
    (message,) = world.takes("clip-checks", clip)
    _fails(world, message, "clip-checks")
    assert [one.state.status for one in services().records.clips(name)] == ["faulty"]
    world.says(LENA, "admin requeue")
    world.pump(lambda: [one.state.status for one in services().records.clips(name)] == ["accepted"])
    world.pump(lambda: world.sees("silent/later.mp4` *is good*"))


@pytest.mark.parametrize("text", ["x" * 47_000, "\U0001f600 \u00e9" * 7000])
def test_a_message_of_any_length_comes_back_as_it_was(world: World, text: str) -> None:
    body = f'{{"message": "drain", "avatar": "presenter", "more": "{text}"}}'
    _fails(world, body)
    world.says(LENA, "admin requeue")
    assert world.takes("events", '"more"') == [body]


def test_questions_half_names_and_what_comes_after_an_erasure_leave_no_words_behind(world: World) -> None:
    name = f"zebra-{world.name()}"
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes')
    _, (question,) = world.command(MAYA, f'consent script {name} en-US talent="Ada Lovelace"')
    _fails(world, question)
    assert "was dropped" in world.texts(HOME)[-1]
    assert "requeue" not in world.texts(HOME)[-1]
    assert _aside() == []
    _, (half,) = world.command(MAYA, "train zebra because Ada Lovelace wants it")
    _fails(world, half)
    assert [entry.avatar for entry in _aside()] == [name]
    world.withdraws(MAYA, name)
    for hours in (80, 1):
        world.stack.clock.move(jump_seconds=hours * 3600)
        threading.Event().wait(0.3)  # the app asks the clock again after a quarter of a second
        world.functions["reconcile"].call(None)
    world.pump(lambda: book_of(name).withdrawal and book_of(name).withdrawal.erased)  # type: ignore[union-attr]
    assert _aside() == []
    _, (late,) = world.command(MAYA, f"train {name} because Ada Lovelace wants it")
    _fails(world, late)
    assert "was dropped" in world.texts(HOME)[-1]
    assert _aside() == []


def test_what_founds_an_avatar_is_kept_under_its_own_name_not_one_that_begins_so(world: World) -> None:
    older = world.name()
    world.says(MAYA, f"new {older}s in studio-weu")
    _, (founding,) = world.command(MAYA, f"new {older} in studio-weu")
    _fails(world, founding)
    assert [entry.avatar for entry in _aside()] == [older]


@pytest.mark.parametrize("avatar", ["nobody", "a/b#c", "~cloud"])
def test_a_check_that_another_version_wrote_is_kept_and_told(world: World, avatar: str) -> None:
    _fails(world, json.dumps({"v": 2, "avatar": avatar, "clip": "c", "etag": "e", "new": 1}), "clip-checks")
    assert "queue `clip-checks` (check)" in world.texts(HOME)[-1]
    assert len(_aside()) == 1


def test_what_an_outage_had_queued_anew_for_hours_has_all_its_tries_again(world: World) -> None:
    name = world.name()
    _fails(world, json.dumps({"message": "drain", "avatar": name, "tries": 60}))
    world.says(LENA, "admin requeue")
    (back,) = world.takes("events", name)
    assert json.loads(back) == {"message": "drain", "avatar": name, "tries": 0}


def test_what_nobody_can_read_is_left_out_and_said(world: World) -> None:
    _fails(world, "no JSON")
    _fails(world, '["no", "message"]')
    world.says(LENA, "admin requeue")
    assert "put back 0 messages that had been set aside, and left out 1 that nobody can read" in told(world, LENA)[-1]
    assert _aside() == []
