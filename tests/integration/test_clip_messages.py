"""What people see of a clip in Slack: its pictures in the thread, a new upload of the same name, and late checks."""

import json
from typing import Any

import azure.functions as func
import pytest

from local.slack.world import Json
from shared.domain.clips import clip_id
from shared.domain.names import clip_path
from tests.integration.clip_kit import Film, encode, room
from tests.integration.conftest import MAYA, World

GOOD = Film(seconds=2, width=1920, height=1080)


def _avatar(world: World) -> str:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    return name


def _replies(world: World, about: str) -> list[Json]:
    messages = world.stack.slack.messages["C0AVATARS"]
    return [message for message in messages if message["thread_ts"] and about in json.dumps(message["blocks"])]


def _reply(world: World, about: str) -> Json:
    """The newest reply about a file."""
    return _replies(world, about)[-1]


def _images(message: Json) -> list[Json]:
    return [block for block in message["blocks"] if block["type"] == "image"]


def test_every_clip_that_was_checked_has_its_pictures_in_the_thread_of_its_burst(world: World) -> None:
    name = _avatar(world)
    world.upload(f"{name}/gesture/wave.mp4", encode(GOOD))
    world.pump(lambda: world.sees("gesture/wave.mp4` *is good*"))
    message = _reply(world, "gesture/wave.mp4")
    sheet, sound = _images(message)
    assert "a face is seen in 12 of 12" in sheet["alt_text"]
    assert "speech" in sound["alt_text"]
    for image in (sheet, sound):
        file = world.stack.slack.files[image["slack_file"]["id"]]
        assert file.content.startswith(b"\xff\xd8\xff")
        assert file.alt
    kept = [blob for blob in _kept(world) if blob.startswith(f"{name}/")]
    assert sorted(blob.rpartition("/")[2] for blob in kept) == ["frame.jpg", "sheet.jpg", "sound.jpg"]


def _kept(world: World) -> list[str]:
    from azure.storage.blob import BlobServiceClient

    service = BlobServiceClient.from_connection_string(world.stack.connection)
    return [str(name) for name in service.get_container_client("pictures").list_blob_names()]


def test_a_card_waits_for_slack_to_be_ready_with_its_pictures(world: World) -> None:
    name = _avatar(world)
    world.stack.slack.processing_s = 1.0
    try:
        world.upload(f"{name}/gesture/slow.mp4", encode(GOOD))
        world.pump(lambda: world.sees("gesture/slow.mp4` *is good*"))
        assert len(_images(_reply(world, "gesture/slow.mp4"))) == 2
    finally:
        world.stack.slack.processing_s = 0.0


def test_pictures_that_slack_never_takes_do_not_keep_the_verdict_from_people(world: World) -> None:
    name = _avatar(world)
    world.stack.slack.processing_s = 1e9
    try:
        world.upload(f"{name}/gesture/never.mp4", encode(GOOD))
        world.pump(lambda: world.sees("gesture/never.mp4` *is good*"), seconds=60)
        assert _images(_reply(world, "gesture/never.mp4")) == []
    finally:
        world.stack.slack.processing_s = 0.0


def test_a_corrected_upload_strikes_the_old_finding_through(world: World) -> None:
    name = _avatar(world)
    world.upload(f"{name}/gesture/again.mp4", encode(Film(seconds=2, width=1280, height=720)))
    world.pump(lambda: world.sees("gesture/again.mp4` *can't be used*"))
    first = _reply(world, "gesture/again.mp4")
    assert f"Upload the corrected file as `{name}/gesture/again.mp4`" in json.dumps(first["blocks"])
    world.upload(f"{name}/gesture/again.mp4", encode(GOOD))
    world.pump(lambda: "~The picture is too small: 1280x720.~" in json.dumps(_replies(world, "gesture/again.mp4")))
    assert "can't be used" not in json.dumps(_replies(world, "gesture/again.mp4"))


def test_a_corrected_upload_much_later_mends_the_old_thread_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = _avatar(world)
    world.upload(f"{name}/gesture/later.mp4", encode(Film(seconds=2, width=1280, height=720)))
    world.pump(lambda: world.sees("gesture/later.mp4` *can't be used*"))
    old = _reply(world, "gesture/later.mp4")
    _end_burst(world, name)
    world.upload(f"{name}/gesture/later.mp4", encode(GOOD))
    world.pump(lambda: "fixed" in json.dumps(old["blocks"]))
    assert "~The picture is too small: 1280x720.~" in json.dumps(old["blocks"])
    new = _reply(world, "gesture/later.mp4` *is good*")
    assert new["thread_ts"] != old["thread_ts"]


def _checks(world: World, asked: str) -> None:
    world.functions["clip_check"].call(func.QueueMessage(id="1", body=asked.encode(), pop_receipt="p"))


def _end_burst(world: World, avatar: str) -> None:
    """As if the last upload had been long ago."""
    from azure.data.tables import TableServiceClient

    table: Any = TableServiceClient.from_connection_string(world.stack.connection).get_table_client("avatars")
    row = table.get_entity(avatar, "burst")
    table.upsert_entity({**row, "last": "2026-01-01T00:00:00.000+00:00"})


def test_a_check_that_ends_late_changes_nothing_and_leaves_no_pictures(world: World) -> None:
    name = _avatar(world)
    blob = f"{name}/gesture/late.mp4"
    world.upload(blob, encode(Film(seconds=2, width=1280, height=720)))
    (stale,) = world.takes("clip-checks", clip_id(clip_path(blob)))
    world.upload(blob, encode(GOOD))
    world.pump(lambda: world.sees("gesture/late.mp4` *is good*"))
    _checks(world, stale)
    assert not any("late.mp4` *can't" in text for text in world.texts())
    assert len([kept for kept in _kept(world) if kept.startswith(f"{name}/")]) == 3


def test_a_check_that_is_asked_for_again_after_its_verdict_reads_nothing_and_draws_nothing(world: World) -> None:
    name = _avatar(world)
    blob = f"{name}/gesture/once.mp4"
    world.upload(blob, encode(GOOD))
    (asked,) = world.takes("clip-checks", clip_id(clip_path(blob)))
    _checks(world, asked)
    world.pump(lambda: world.sees("gesture/once.mp4` *is good*"))
    from azure.storage.blob import BlobServiceClient

    pictures = BlobServiceClient.from_connection_string(world.stack.connection).get_container_client("pictures")
    for blob in [blob for blob in _kept(world) if blob.startswith(f"{name}/")]:
        pictures.delete_blob(blob)
    _checks(world, asked)
    assert not [blob for blob in _kept(world) if blob.startswith(f"{name}/")]


def test_a_deleted_clip_leaves_the_data_set_and_its_pictures_go(world: World) -> None:
    name = _avatar(world)
    blob = f"{name}/silent/gone.mp4"
    world.upload(blob, encode(Film(seconds=2, width=1920, height=1080, sound=room(2))))
    world.pump(lambda: world.sees("silent/gone.mp4` *can be used, with warnings*"))
    from azure.storage.blob import BlobClient

    BlobClient.from_connection_string(world.stack.connection, "clips", blob).delete_blob()
    world.functions["reconcile"].call(None)
    world.pump(lambda: world.sees("silent/gone.mp4` deleted"))
    assert not [kept for kept in _kept(world) if kept.startswith(f"{name}/")]


def test_the_shot_list_and_the_rules_answer_in_slack(world: World) -> None:
    name = _avatar(world)
    world.says(MAYA, f"shotlist {name}")
    assert world.sees(f"Shot list for {name}")
    world.says(MAYA, "rules gesture")
    assert world.sees("the same pose at the beginning and the end")
