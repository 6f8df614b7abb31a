"""A talent withdraws the consent: through Slack, on both kinds of resources, until nothing of them is left anywhere."""

import json
from typing import Any

import azure.functions as func
import pytest
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient

from tests.integration.conftest import BEN, LENA, MAYA, OMAR, World
from tests.integration.test_main_job import _operation, _ready, _services, _time

TALENT, REASON = "Ada Lovelace", "she told us that Ludwig Wittgenstein advised her so"


def _everything(world: World) -> str:
    """All rows, blob names and blob contents, as one text."""
    tables: Any = TableServiceClient.from_connection_string(world.stack.connection)
    parts = [
        str(dict(row)) for name in ("avatars", "worklists") for row in tables.get_table_client(name).list_entities()
    ]
    blobs = BlobServiceClient.from_connection_string(world.stack.connection)
    for container in ("clips", "pictures"):
        parts += [str(name) for name in blobs.get_container_client(container).list_blob_names()]
    for queue in world.queues.values():
        parts += [str(message.content) for message in queue.peek_messages(max_messages=32)]
    return "\n".join(parts)


def _left(world: World, name: str) -> list[str]:
    """The values of the buttons that confirm what is gone."""
    for message in reversed(world.stack.slack.messages["C0AVATARS"]):
        if f"The consent for {name} was withdrawn" in message["text"]:
            elements = [e for block in message["blocks"] if block["type"] == "actions" for e in block["elements"]]
            return [str(element["value"]) for element in elements]
    raise AssertionError(name)


def test_everything_of_a_talent_who_withdrew_is_stopped_removed_erased_and_confirmed(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _ready(world, good_clips)
    world.says(MAYA, f"train {name} because {REASON}")
    world.clicks(BEN, "approve", _operation(world, f"Train {name}-v1"))
    for hours in (0.2, 0.2, 50):
        _time(world, hours, "training_poll")
    world.pump(lambda: world.sees(f"Train {name}-v1: done"))
    world.says(MAYA, f"deploy {name}")
    world.clicks(BEN, "approve", _operation(world, f"Deploy {name}-v1"))
    _time(world, 1, "training_poll")
    world.pump(lambda: world.sees(f"Deploy {name}-v1: done"))
    world.says(MAYA, f"deploy {name}")  # refused, it is live

    _, (aside,) = world.command(MAYA, f"deploy {name} because {REASON}")  # as if it had failed five times
    world.functions["events_poison"].call(func.QueueMessage(id="8", body=aside.encode(), pop_receipt="p"))

    world.says(LENA, f"consent withdraw {name} because {REASON}")
    assert "Only the owner" in json.dumps(world.stack.slack.views[LENA].pop()["view"])
    world.withdraws(MAYA, name, REASON)
    for _ in range(3):
        _time(world, 0.5, "training_poll")
    world.pump(lambda: world.sees(f"`{name}-v1` in `studio-weu` is removed"))
    world.says(MAYA, f"train {name}")
    assert world.sees("A new consent needs a new avatar")

    assert name in _everything(world)
    before = _everything(world)
    assert TALENT in before
    assert REASON in before
    assert [entry for entry in _services().lists.entries("poison") if entry.avatar == name]
    _time(world, 60, "reconcile")
    assert REASON in _everything(world)
    _time(world, 20, "reconcile")
    world.pump(lambda: any(name in said and "names and reasons were erased" in said for said in world.texts()))
    after = _everything(world)
    assert REASON not in after
    assert not [blob for blob in after.splitlines() if blob.startswith(f"{name}/")]
    assert not [card for card in world.stack.slack.files.values() if name in card.name]
    row = next(line for line in after.splitlines() if f"'PartitionKey': '{name}'" in line and "rec:consent" in line)
    assert TALENT not in row
    assert not [line for line in after.splitlines() if f"'PartitionKey': '{name}'" in line and TALENT in line]

    values = _left(world, name)
    assert len(values) == 2  # the model and the workspace
    for value in values:
        world.clicks(OMAR, "left_gone_0", value)
    world.pump(lambda: world.sees(f"Consent withdrawn: {name}, everything is gone"))
    world.says(MAYA, f"history {name}")
    assert any(name in said and "The record is whole" in said for said in world.texts())


@pytest.mark.parametrize("command", ["upload", "use", "consent script", "shotlist", "clips"])
def test_what_leads_on_says_that_the_consent_was_withdrawn(world: World, command: str) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes')
    world.withdraws(MAYA, name)
    world.says(MAYA, f"{command} {name}")
    assert world.sees(f"The talent of *{name}* withdrew the consent")


def test_the_form_of_a_consent_is_for_who_may_record_one_that_counts(world: World) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f'consent {name} talent="{TALENT}" company=Contoso locale=en-US disclosed=yes')
    shown: dict[str, str] = {}
    for user in (MAYA, LENA):
        world.says(user, f"consent {name}")
        shown[user] = json.dumps(world.stack.slack.views[user].pop()["view"])
    assert f'"initial_value": "{TALENT}"' in shown[MAYA]  # as it is on record, so that one word can be mended
    assert "can record the consent" in shown[LENA]
    assert TALENT not in shown[LENA]
    world.withdraws(MAYA, name)
    world.says(MAYA, f"consent {name}")
    assert "A new consent needs a new avatar" in json.dumps(world.stack.slack.views[MAYA].pop()["view"])


def test_uploads_for_a_talent_who_withdrew_are_not_looked_at(world: World) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes')
    world.withdraws(MAYA, name)
    world.upload(f"{name}/natural/new.mp4", b"anything")
    world.pump(lambda: world.sees(f"the talent of *{name}* withdrew the consent", "C0MAINTAIN"))
    assert _services().records.clips(name) == ()
