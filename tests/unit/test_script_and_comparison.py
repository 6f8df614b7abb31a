"""What is read is compared with what was to be read."""

from types import SimpleNamespace
from typing import Any

from shared.answering import _script
from shared.domain.events import Question, Reply
from shared.domain.records import Words
from shared.listening import compared
from tests.builders import MAYA, RESOURCES, avatar, clip, consent

WITH = """x_en-US:
"I [talent] know that recordings of my image and voice will be used by [company] to make a synthetic version of both of them, my voice as well."
"""
WITHOUT = """x_en-US:
"I [talent] am aware that my image is used by [company] for an avatar."
"""


def test_who_reads_what_the_script_says_is_not_warned_of() -> None:
    rows = [
        avatar("weu", voice_sync=False), consent("avatar+voice"),  # the talent agreed to more than this avatar needs
        Words(ref="w-t", text="Ada Lovelace"), Words(ref="w-c", text="Contoso"),
    ]  # fmt: skip
    said = "I Ada Lovelace am aware that my image is used by Contoso for an avatar."
    services: Any = SimpleNamespace(
        policy=SimpleNamespace(consent=SimpleNamespace(transcribe=True)),
        resources=RESOURCES,
        records=SimpleNamespace(load=lambda *_: SimpleNamespace(records=rows)),
        statements=SimpleNamespace(text=lambda *, voice_sync: WITH if voice_sync else WITHOUT),
        transcriber=SimpleNamespace(transcribe=lambda *_: said),
    )
    reply = Reply(user=MAYA, channel="C0AVATARS")
    assert said in _script(services, Question(id="q", what="script", about="presenter", reply=reply))
    assert compared(services, clip("consent", 16), b"sound") == ()
