"""Opt-in: the consent video's sound goes to speech to text, is compared with the statement, and is kept nowhere."""

import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from azure.storage.blob import BlobServiceClient

from shared.domain.policy import ConsentRule
from tests.integration.conftest import MAYA, World

SENTENCE = "STAND-IN, NOT MICROSOFT'S TEXT: I Ada Lovelace know that Contoso will make an avatar of me."


@pytest.fixture
def listens() -> Iterator[None]:
    services: Any = sys.modules["function_app"].services()
    before = services.policy
    object.__setattr__(services, "policy", before.model_copy(update={"consent": ConsentRule(transcribe=True)}))
    yield
    object.__setattr__(services, "policy", before)


def _hears(world: World, text: str) -> None:
    httpx.post(f"{world.stack.speech}/_control/heard", json={"text": text}).raise_for_status()


def _named(world: World) -> str:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes')
    return name


@pytest.mark.usefixtures("listens")
def test_a_statement_that_was_read_passes_and_another_is_a_warning_and_no_recording_is_kept(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _named(world)
    _hears(world, SENTENCE)
    world.upload(f"{name}/consent/statement.mp4", good_clips["consent"])
    world.pump(lambda: world.sees("consent/statement.mp4` *is good*"))
    _hears(world, "hello there")
    world.upload(f"{name}/consent/again.mp4", good_clips["consent"])
    world.pump(lambda: world.sees("consent/again.mp4` *can be used, with warnings*"))
    said = next(text for text in world.texts() if "consent/again.mp4` *can be used" in text)
    assert "words of the statement" in said
    assert "Lovelace" not in said
    pictures = BlobServiceClient.from_connection_string(world.stack.connection).get_container_client("pictures")
    assert not [blob for blob in pictures.list_blob_names() if "speech" in blob]


@pytest.mark.usefixtures("listens")
def test_a_service_that_is_not_there_keeps_no_consent_video_from_being_judged(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _named(world)
    rule = {"path_contains": "transcriptions:transcribe", "method": "POST", "kind": "status", "status": 503}
    httpx.post(f"{world.stack.speech}/_control/faults", json={"rules": [rule]}).raise_for_status()
    world.upload(f"{name}/consent/alone.mp4", good_clips["consent"])
    world.pump(lambda: world.sees("consent/alone.mp4` *can be used, with warnings*"))
    assert world.sees("was not compared with the statement: the service could not be reached")


def test_without_the_policys_word_no_recording_leaves(world: World, good_clips: dict[str, bytes]) -> None:
    name = _named(world)
    before = len(world.stack.speech_journal.entries(0))
    world.upload(f"{name}/consent/quiet.mp4", good_clips["consent"])
    world.pump(lambda: world.sees("consent/quiet.mp4` *is good*"))
    sent = [entry.path for entry in world.stack.speech_journal.entries(0)[before:]]
    assert not [path for path in sent if "transcriptions" in path]
