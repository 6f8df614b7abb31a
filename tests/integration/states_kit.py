"""Avatars in every state, made quickly, and everything that somebody hears after a command, a click or a form."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import azure.functions as func

from local.people import words
from shared.domain.deployments import Usage
from shared.domain.events import Event, UsageSeen
from shared.idle_list import FLAGGED
from shared.ports import Entry
from shared.slack.limits import lint_message
from tests.integration.conftest import MAYA, World
from tests.integration.people_kit import Json, book_of, now, services, with_clips

TRAINS, HOSTS, COPIES = "portal-sea", "portal-neu", "portal-wus2"
PING = re.compile(r"<!(channel|here|everyone)|<@U0EVIL|<!subteam\^S0EVIL|<https?://evil")


@dataclass
class Heard:
    """What came back: in the answer to the request, to this person alone, to everybody (new or edited), and as a form."""

    at_once: str = ""
    privately: list[str] = field(default_factory=list[str])
    openly: list[str] = field(default_factory=list[str])
    forms: list[str] = field(default_factory=list[str])

    @property
    def all(self) -> str:
        return "\n".join([self.at_once, *self.privately, *self.openly, *self.forms])

    @property
    def own(self) -> str:
        """What only this person sees."""
        return "\n".join([self.at_once, *self.privately, *self.forms])


def heard(world: World, user: str, send: Callable[[], tuple[func.HttpResponse, list[str]]]) -> Heard:
    """Send a request, work off what it hands over, and collect what is said; nothing may ping or break a limit."""
    slack = world.stack.slack
    calls, seen = len(slack.journal), {channel: len(said) for channel, said in slack.messages.items()}
    slack.views[user].clear()
    poison, wrong = list(services().lists.entries("poison")), len(slack.violations)
    begin = time.perf_counter()
    answer, messages = send()
    assert time.perf_counter() - begin < 3  # Slack waits no longer
    assert answer.status_code == 200, answer.get_body()
    world.deliver(messages)
    new = [message for channel, said in slack.messages.items() for message in said[seen[channel] :]]
    private = [message for message in new if message["ephemeral"]]
    assert all(message["only"] == user for message in private)
    edited = [entry for entry in slack.journal[calls:] if entry["method"] in {"chat.postMessage", "chat.update"}]
    found = Heard(
        _at_once(answer),
        [words(message) for message in private],
        [f"{entry.get('text') or ''}\n{entry.get('says') or ''}" for entry in edited],
        [json.dumps(opened["view"], ensure_ascii=False) for opened in slack.views[user]],
    )
    slack.views[user].clear()
    assert not PING.search(found.all + json.dumps(new, ensure_ascii=False)), PING.search(found.all)
    assert slack.violations[wrong:] == []
    assert found.at_once == "" or lint_message(found.at_once, None) == []
    assert list(services().lists.entries("poison")) == poison
    return found


def _at_once(answer: func.HttpResponse) -> str:
    body = (answer.get_body() or b"").decode()
    return str(json.loads(body).get("text", "")) if body.startswith("{") else body


def says(world: World, user: str, text: str) -> Heard:
    return heard(world, user, lambda: world.command(user, text))


def presses(world: World, user: str, action: str, value: str, channel: str = "C0AVATARS") -> Heard:
    return heard(world, user, lambda: world.press(user, action, value, channel))


@contextmanager
def tidied(world: World) -> Iterator[None]:
    """What the tests inside have made leaves the timers' lists, so that nobody else's timer looks at it."""
    lists = services().lists
    before = {entry.avatar for entry in lists.entries("avatars")}
    yield
    for name in ("open", "live", "trials", "erasures", FLAGGED):
        for entry in lists.entries(name):
            if entry.avatar not in before:
                lists.drop(name, entry)


@contextmanager
def aside(world: World, kept: list[Entry]) -> Iterator[None]:
    """Avatars made inside are nobody's concern afterwards (what looks at all of them costs time); `kept` brings them back."""
    lists = services().lists
    before = {entry.avatar for entry in lists.entries("avatars")}
    yield
    for entry in lists.entries("avatars"):
        if entry.avatar not in before | set(world.shared.values()):
            lists.drop("avatars", entry)
            kept.append(Entry(avatar=entry.avatar))


# --- an avatar in a state: its name, and the id of what the state is about


def happens(world: World, name: str, event: Event, by: str = "idle-watch") -> None:
    """One of our own functions says this."""
    world.deliver([services().said(f"{by}-{world.name()}", name, by, event).model_dump_json()])


def nothing(world: World) -> dict[str, str]:
    return {"name": world.name()}


def made(world: World, owner: str = MAYA) -> dict[str, str]:
    name = world.name()
    world.says(owner, f"new {name} in {TRAINS}")
    return {"name": name}


def consented(world: World) -> dict[str, str]:
    name = made(world)["name"]
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes')
    return {"name": name}


def complete(world: World) -> dict[str, str]:
    return {"name": with_clips(world, TRAINS)}


def trained(world: World, owner: str = MAYA) -> dict[str, str]:
    name = world.name()
    world.says(owner, f"adopt {name} in {HOSTS} model={name}-v1")
    return {"name": name}


def asked(world: World, asker: str = MAYA, owner: str = MAYA) -> dict[str, str]:
    name = trained(world, owner)["name"]
    world.says(asker, f"deploy {name}")
    (operation,) = book_of(name).operations
    return {"name": name, "op": operation}


def cancelled(world: World) -> dict[str, str]:
    given = asked(world)
    world.says(MAYA, "cancel {name} {op}".format(**given))
    return given


def live(world: World, owner: str = MAYA) -> dict[str, str]:
    name, since = world.name(), f"{now(world) - timedelta(days=5):%Y-%m-%d}"
    world.says(owner, f"adopt {name} in {HOSTS} model={name}-v1 since={since}")
    (deployment,) = book_of(name).deployments
    return {"name": name, "dep": deployment, "later": f"{now(world) + timedelta(days=9):%Y-%m-%d}"}


def looked(world: World, given: dict[str, str], verdict: Any) -> dict[str, str]:
    """The idle watch has looked at it."""
    usage = Usage(verdict=verdict, confidence="high", last_used=None, lines=("no call",), looked=now(world))
    happens(world, given["name"], UsageSeen(deployment=given["dep"], usage=usage))
    return given


def flagged(world: World, owner: str = MAYA) -> dict[str, str]:
    return looked(world, live(world, owner), "idle")


def buttons(message: Json) -> dict[str, str]:
    """What a message offers: action and value."""
    return {
        element["action_id"]: element["value"]
        for block in message["blocks"] or []
        if block["type"] == "actions"
        for element in block["elements"]
    }
