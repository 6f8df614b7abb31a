"""Act as the people of the local team, over the same JSON that the page uses."""

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

import httpx

from local.slack.team import PEOPLE

Json = dict[str, Any]
Found = TypeVar("Found")
NAMES = {person.id: f"@{person.name}" for person in PEOPLE}


class People:
    """Types, presses and fills forms; waits for conditions with a deadline."""

    def __init__(self, page: str) -> None:
        self._client = httpx.Client(base_url=page, timeout=30)

    def close(self) -> None:
        self._client.close()

    def state(self, user: str, after: int = -1, wait: float = 0) -> Json:
        query = {"as": user, "after": after, "wait": wait}
        return self._client.get("/ui/state", params=query).raise_for_status().json()

    def say(self, user: str, text: str, channel: str = "C0AVATARS") -> None:
        self._post("command", {"as": user, "channel": channel, "text": text})

    def press(self, user: str, label: str, about: str = "", channel: str = "") -> None:
        """Press the newest button of this label, in a message that says `about`."""
        place, message, block, element = self.until(
            user, f"the button “{label}”", lambda state: _button(state, label, about, channel)
        )
        pressed = {"type": "button", "value": element.get("value")}
        body = {"as": user, "message": {"channel": place, "ts": message["ts"]}, "view_id": None, "element": pressed,
                "block_id": block["block_id"], "action_id": element["action_id"]}  # fmt: skip
        self._post("action", body)

    def fill(self, user: str, title: str, values: dict[str, str]) -> dict[str, str]:
        """Fill and send the open form of this title; the answer is what it says is wrong."""
        view = self.until(user, f"the form “{title}”", lambda state: _form(state, title))
        answers = {
            block["block_id"]: {"value": _answer(block["element"], values.get(block["block_id"]))}
            for block in view["view"]["blocks"]
            if block["type"] == "input"
        }
        body = {"as": user, "view_id": view["id"], "values": answers}
        found = self._client.post("/ui/submit", json=body).raise_for_status().json()
        if not found["ok"] and "errors" not in found:
            raise AssertionError(found["error"])
        return found.get("errors", {})

    def home(self, user: str) -> None:
        self._post("home", {"as": user})

    def clock(self, speed: float | None = None, jump_hours: float = 0) -> None:
        self._post("clock", {"speed": speed, "jump_seconds": jump_hours * 3600})

    def sees(self, user: str, text: str, channel: str = "", seconds: float = 30) -> Json:
        """Wait for a message (of any channel, if none is given) that says this; the newest is the answer."""
        return self.until(user, f"“{text}”", lambda state: _saying(state, text, channel), seconds)

    def until(self, user: str, what: str, find: Callable[[Json], Found | None], seconds: float = 30) -> Found:
        """Wait until there is what is looked for.

        Raises:
            TimeoutError: it did not come; says what was waited for and what was seen last.
        """
        deadline = time.monotonic() + seconds
        state = self.state(user)
        while True:
            found = find(state)
            if found is not None:
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                seen = "\n".join(words(m)[:200] for messages in state["messages"].values() for m in messages[-2:])
                message = f"{NAMES.get(user, user)} did not see {what} within {seconds:.0f} s. Last seen:\n{seen}"
                raise TimeoutError(message)
            state = self.state(user, state["version"], min(left, 1.0))

    def _post(self, what: str, body: Json) -> None:
        answer = self._client.post(f"/ui/{what}", json=body).raise_for_status().json()
        if not answer["ok"]:
            raise AssertionError(answer.get("error", what))


def words(message: Json) -> str:
    """All that a message shows, as lines of text."""
    lines = [_block_words(block) for block in _blocks(message)]
    return "\n".join(line for line in lines if line) or str(message["text"])


def readable(text: str) -> str:
    """Slack's marks as a terminal can show them."""
    text = re.sub(r"<@(\w+)>", lambda found: NAMES.get(found[1], found[1]), text)
    text = re.sub(r"<!subteam\^(\w+)>", r"@group \1", text)
    text = re.sub(r"<!date\^[^|]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<#(\w+)>", r"#\1", text)
    return text.replace("```", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _block_words(block: Json) -> str:
    texts = [block["text"]["text"]] if isinstance(block.get("text"), dict) else []
    texts += [field["text"].replace("\n", " ") for field in block.get("fields", [])]
    if block["type"] == "actions":
        return " ".join(f"[{element['text']['text']}]" for element in block["elements"])
    texts += [element["text"] for element in block.get("elements", []) if isinstance(element.get("text"), str)]
    return "\n".join(texts)


def _all(state: Json, channel: str) -> list[tuple[str, Json]]:
    found = [(c, m) for c, messages in state["messages"].items() if channel in {"", c} for m in messages]
    return sorted(found, key=lambda pair: float(pair[1]["ts"]))


def _saying(state: Json, text: str, channel: str) -> Json | None:
    found = [m for _, m in _all(state, channel) if text in words(m) or text in m["text"]]
    return found[-1] if found else None


def _button(state: Json, label: str, about: str, channel: str) -> tuple[str, Json, Json, Json] | None:
    for place, message in reversed(_all(state, channel)):
        if about in words(message):
            for block, element in _buttons(message):
                if element["text"]["text"] == label:
                    return place, message, block, element
    return None


def _buttons(message: Json) -> list[tuple[Json, Json]]:
    blocks: list[Json] = [block for block in _blocks(message) if block["type"] == "actions"]
    return [(block, element) for block in blocks for element in cast("list[Json]", block["elements"])]


def _blocks(message: Json) -> list[Json]:
    return cast("list[Json]", message.get("blocks") or [])


def _form(state: Json, title: str) -> Json | None:
    """Once it can be sent: what was opened at once is filled by a worker a moment later."""
    shown = (view for view in state["views"] if view["view"]["title"]["text"] == title and "submit" in view["view"])
    return next(shown, None)


def _answer(element: Json, value: str | None) -> Json:
    kind = element["type"]
    if kind == "static_select":
        chosen = next((o for o in element["options"] if o["value"] == value), element.get("initial_option"))
        return {"type": kind, "selected_option": chosen}
    if kind == "checkboxes":
        return {"type": kind, "selected_options": [o for o in element["options"] if o["value"] == value]}
    return {"type": kind, "value": value if value is not None else element.get("initial_value")}
