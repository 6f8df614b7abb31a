"""The functions of the app, called with real types, against Azurite and the stand-ins; signed Slack requests."""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import azure.functions as func
import pytest
from azure.storage.blob import BlobClient
from azure.storage.queue import QueueClient, TextBase64DecodePolicy

from local.host.loading import Function, load
from local.host.queues import Output
from local.slack.sending import signed
from local.slack.team import TEAM
from local.stack import ROOT, TEAM_FILES, Stack
from shared.auditing import audited
from shared.domain.records import OWN

MAYA, BEN, INES, OMAR, LENA = "U0MAYA", "U0BEN", "U0INES", "U0OMAR", "U0LENA"
PAUL = "U0PAUL"  # a second operator
NINA, TOM = "U0NINA", "U0TOM"  # she may ask for everything; he is in no group and on no list
LIMITED = f'ask = ["{MAYA}", "{NINA}", "{BEN}"]'  # who may ask for copies and removals
TWO_NEEDED = "two-approvers"  # an avatar whose budget is so small that one more person must approve what it costs


class World:
    """The app without a host: tests deliver what a host would."""

    def __init__(self, stack: Stack, functions: dict[str, Function]) -> None:
        self.stack = stack
        self.functions = functions
        self.queues: dict[str, QueueClient] = {
            name: QueueClient.from_connection_string(
                stack.connection, name, message_decode_policy=TextBase64DecodePolicy()
            )
            for name in ("events", "clip-checks")
        }
        self._number = 0
        self.shared: dict[str, str] = {}  # avatars that several tests use, by resource
        self.tampered: set[str] = set()  # avatars whose rows a test changed from outside

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[func.HttpResponse, list[str]]:
        """One HTTP request to the Slack route: the answer, and what it hands to the queue."""
        out = Output()
        request = func.HttpRequest("POST", "http://local/api/slack/events", headers=headers, body=body)
        answer = self.functions["slack_events"].call(request, events=out)
        return answer, out.messages()

    def form(self, fields: dict[str, str]) -> tuple[func.HttpResponse, list[str]]:
        body = urlencode(fields)
        headers = {**signed(self.stack.signing_secret, body), "Content-Type": "application/x-www-form-urlencoded"}
        return self.post(body.encode(), headers)

    def command(self, user: str, text: str, channel: str = "C0AVATARS") -> tuple[func.HttpResponse, list[str]]:
        return self.form(
            {
                "team_id": TEAM, "user_id": user, "channel_id": channel, "command": "/avatar", "text": text,
                "trigger_id": self.stack.slack.trigger(user), "response_url": self.response_url(user, channel),
            }
        )  # fmt: skip

    def press(
        self, user: str, action: str, value: str, channel: str = "C0AVATARS"
    ) -> tuple[func.HttpResponse, list[str]]:
        payload = {
            "type": "block_actions", "user": {"id": user}, "team": {"id": TEAM}, "channel": {"id": channel},
            "trigger_id": self.stack.slack.trigger(user), "response_url": self.response_url(user, channel),
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
        }  # fmt: skip
        return self.form({"payload": json.dumps(payload)})

    def sends(
        self, user: str, form: str, about: dict[str, str], values: dict[str, dict[str, object]]
    ) -> tuple[func.HttpResponse, list[str]]:
        """A form sent with these answers."""
        self._number += 1
        view = {
            "id": f"V{self._number}", "type": "modal", "callback_id": form, "private_metadata": json.dumps(about),
            "hash": f"h{self._number}", "blocks": [],
            "state": {"values": {block: {"value": answer} for block, answer in values.items()}},
        }  # fmt: skip
        payload = {
            "type": "view_submission", "team": {"id": TEAM}, "user": {"id": user}, "view": view,
            "trigger_id": f"form-{self._number}",
        }  # fmt: skip
        return self.form({"payload": json.dumps(payload)})

    def fills(self, user: str, form: str, about: dict[str, str], values: dict[str, dict[str, object]]) -> None:
        """A form sent with these answers, handled to its end."""
        answer, messages = self.sends(user, form, about, values)
        assert answer.status_code == 200
        assert answer.get_body() in {b"", None}, answer.get_body()
        self.deliver(messages)

    def withdraws(self, user: str, name: str, why: str = "she wrote to us") -> None:
        """The consent, with the form that asks once more."""
        self.says(user, f"consent withdraw {name} because {why}")
        view = self.stack.slack.views[user].pop()["view"]
        written = view["blocks"][-1]["element"]["initial_value"]
        self.fills(
            user,
            "withdraw",
            json.loads(view["private_metadata"]),
            {"why": {"type": "plain_text_input", "value": written}},
        )

    def response_url(self, user: str, channel: str) -> str:
        return self.stack.slack.response_url(self.stack.page, user, channel)

    def deliver(self, messages: list[str]) -> None:
        """Call the queue function for each message, as a host does."""
        for message in messages:
            self.functions["events"].call(func.QueueMessage(id="1", body=message.encode(), pop_receipt="p"))

    def says(self, user: str, text: str) -> None:
        """A command, handled to its end."""
        answer, messages = self.command(user, text)
        assert answer.status_code == 200, answer.get_body()
        self.deliver(messages)

    def clicks(self, user: str, action: str, value: str) -> None:
        answer, messages = self.press(user, action, value)
        assert answer.status_code == 200, answer.get_body()
        self.deliver(messages)

    def upload(self, blob: str, content: bytes) -> None:
        self.stack.upload(blob, content)
        self.functions["clip_uploaded"].call(BlobClient.from_connection_string(self.stack.connection, "clips", blob))

    def pump(self, until: Callable[[], object], seconds: float = 20) -> None:
        """Deliver what is queued until this is true."""
        deadline = time.monotonic() + seconds
        pause = threading.Event()
        while not until():
            assert time.monotonic() < deadline, "the app did not get there in time"
            for queue, function in (("events", "events"), ("clip-checks", "clip_check")):
                for message in self.queues[queue].receive_messages(max_messages=16, visibility_timeout=30):
                    self.functions[function].call(
                        func.QueueMessage(id=message.id, body=message.content.encode(), pop_receipt="p")
                    )
                    self.queues[queue].delete_message(message)
            pause.wait(0.02)

    def takes(self, queue: str, *about: str) -> list[str]:
        """The messages about this, taken out with all that earlier tests left there."""
        found: list[str] = []
        for message in self.queues[queue].receive_messages():
            self.queues[queue].delete_message(message)
            if all(words in message.content for words in about):
                found.append(message.content)
        return found

    def texts(self, channel: str = "C0AVATARS") -> list[str]:
        from local.people import words

        return [words(message) for message in self.stack.slack.messages[channel]]

    def sees(self, text: str, channel: str = "C0AVATARS") -> bool:
        return any(text in said for said in self.texts(channel))

    def paid(self, kind: str, item: str) -> int:
        """How often the service started this paid work."""
        return sum(
            1 for entry in self.stack.speech_journal.entries(0)
            if entry.started and entry.started.kind == kind and entry.started.id == item
        )  # fmt: skip

    def name(self) -> str:
        """An avatar of its own for a test."""
        self._number += 1
        return f"avatar-{self._number}"


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("world")
    policy, resources = folder / "policy.toml", folder / "all_resources.toml"
    known = (TEAM_FILES / "policy.toml").read_text(encoding="utf-8")
    known = known.replace('["S0OPERATORS"]', f'["S0OPERATORS", "{PAUL}"]')
    for step in ("copy", "remove"):
        known = known.replace(f"[steps.{step}]\n", f"[steps.{step}]\n{LIMITED}\n")
    policy.write_text(f"{known}\n[budgets.avatars]\n{TWO_NEEDED} = 1\n", encoding="utf-8")
    places = (TEAM_FILES / "resources.toml", Path(__file__).with_name("more_resources.toml"))
    resources.write_text("\n".join(place.read_text(encoding="utf-8") for place in places), encoding="utf-8")
    made_of = {"policy": policy, "resources": resources, "crowd": (PAUL, NINA, TOM)}
    with Stack(folder, with_host=False, pace=100, **made_of) as stack, contextlib.ExitStack() as exits:
        patch = exits.enter_context(pytest.MonkeyPatch.context())
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        functions = {function.name: function for function in load(ROOT)}
        made = World(stack, functions)
        yield made
        services = sys.modules["function_app"].services()
        # Whatever the tests did, every chain is whole, and replaying its lines gives the stored records.
        known = {entry.avatar for entry in services.lists.entries("avatars")} | set(OWN)
        assert [found for name in sorted(known - made.tampered) for found in audited(services.records, name)[1]] == []
        services.close()
        # Whatever the tests did, the app sent nothing that Slack or Speech would have refused as malformed.
        assert stack.slack.violations == []
        assert [entry.violation for entry in stack.speech_journal.violations()] == []


@pytest.fixture(scope="session")
def good_clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Real clips, encoded once for all tests."""
    from local.clips.making import Recipe, make

    folder = tmp_path_factory.mktemp("clips")
    recipes = {
        "natural": Recipe(304, 1920, 1080), "silent": Recipe(64, spoken=False, seed=3), "consent": Recipe(8, seed=2),
    }  # fmt: skip
    return {name: make(folder / f"{name}.mp4", recipe).read_bytes() for name, recipe in recipes.items()}
