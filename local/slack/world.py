"""The state of the stand-in: messages, open forms, Home tabs, triggers, and what broke a rule."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from local.slack.team import CHANNELS, PEOPLE
from local.storm import Storm

Json = dict[str, Any]
TRIGGER_LIFE_S = 3.0
RESPONSE_URL = (5, 1800.0)  # uses, seconds
# Calls a minute and method, as published by tier; posting has a rate of its own.
TIERS = {
    "usergroups.users.list": 20, "chat.update": 50, "views.open": 100, "views.publish": 100, "views.update": 100, "conversations.info": 50,
    "chat.postEphemeral": 100, "auth.test": 600, "files.getUploadURLExternal": 100, "files.completeUploadExternal": 100,
}  # fmt: skip
POST_RATE, POST_BURST = 1.0, 5


@dataclass
class File:
    """An uploaded file; a message may show it `ready` seconds (monotonic) after its upload was completed."""

    name: str
    length: int
    alt: str
    content: bytes = b""
    ready: float = float("inf")

    @property
    def kind(self) -> str:
        return "video/mp4" if self.name.endswith(".mp4") else "image/jpeg"


@dataclass
class World:
    """Everything that people see; changed only on the server's event loop."""

    now: Callable[[], datetime]
    pace: float = 1.0  # how many times as much as Slack is allowed
    messages: dict[str, list[Json]] = field(default_factory=lambda: {channel.id: [] for channel in CHANNELS})
    views: dict[str, list[Json]] = field(default_factory=lambda: {person.id: [] for person in PEOPLE})
    homes: dict[str, Json] = field(default_factory=dict[str, Json])
    violations: list[str] = field(default_factory=list[str])
    journal: list[Json] = field(default_factory=list[Json])  # what the app asked of Slack
    requests: list[Json] = field(default_factory=list[Json])  # what people did, as it was sent to the app
    crowd: tuple[str, ...] = ()  # ids of further people, who have no page of their own
    storm: Storm | None = None
    again: Callable[[], bool] = lambda: False  # whether a request is sent once more, as networks do
    version: int = 1
    files: dict[str, File] = field(default_factory=dict[str, File])
    processing_s: float = 0.0  # how long Slack works on an upload before a message may show it

    def __post_init__(self) -> None:
        self.views.update({user: [] for user in self.crowd})
        self._changed = asyncio.Condition()
        self._ids = itertools.count(1)
        self._triggers: dict[str, tuple[str, float]] = {}
        self._urls: dict[str, tuple[str, str, int, float]] = {}
        self._calls: dict[str, deque[float]] = {}
        self._last_ts = 0.0

    async def touch(self) -> None:
        """Tell everybody who waits that something is new."""
        async with self._changed:
            self.version += 1
            self._changed.notify_all()

    async def wait(self, after: int, seconds: float) -> None:
        async with self._changed:
            if self.version <= after:
                try:
                    await asyncio.wait_for(self._changed.wait(), seconds)
                except TimeoutError:
                    return

    def id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):07d}"

    def ts(self) -> str:
        """A message's id and business time; unique and rising."""
        self._last_ts = max(self.now().timestamp(), self._last_ts + 0.0001)
        return f"{self._last_ts:.6f}"

    def trigger(self, user: str) -> str:
        made = f"{self.id('trigger-')}.{time.monotonic_ns()}"
        self._triggers[made] = (user, time.monotonic())
        return made

    def use_trigger(self, trigger: str) -> tuple[str, str]:
        """The person behind a trigger, or the error that Slack gives."""
        user, made = self._triggers.pop(trigger, ("", 0.0))
        if not user:
            return "", "exchanged_trigger_id" if trigger.startswith("trigger-") else "invalid_trigger_id"
        return (user, "") if time.monotonic() - made <= TRIGGER_LIFE_S else ("", "expired_trigger_id")

    def response_url(self, base: str, user: str, channel: str) -> str:
        made = self.id("r")
        self._urls[made] = (user, channel, 0, time.monotonic())
        return f"{base}/respond/{made}"

    def use_response_url(self, made: str) -> tuple[str, str] | None:
        user, channel, uses, born = self._urls.get(made, ("", "", RESPONSE_URL[0], 0.0))
        if uses >= RESPONSE_URL[0] or time.monotonic() - born > RESPONSE_URL[1]:
            return None
        self._urls[made] = (user, channel, uses + 1, born)
        return user, channel

    def too_many(self, method: str, channel: str) -> int:
        """Seconds to wait when a call is over the rate, else 0."""
        now = time.monotonic()
        if method == "chat.postMessage":
            calls = self._calls.setdefault(f"{method} {channel}", deque())
            window, most = POST_BURST / POST_RATE, POST_BURST * 2
        else:
            calls, window, most = self._calls.setdefault(method, deque()), 60.0, TIERS.get(method, 50)
        while calls and now - calls[0] > window:
            calls.popleft()
        if len(calls) >= most * self.pace:
            return int(window - (now - calls[0])) + 1
        calls.append(now)
        return 0

    def add(self, channel: str, user: str, text: str, **more: Any) -> Json:
        message: Json = {
            "ts": self.ts(), "user": user, "text": text, "blocks": None, "thread_ts": None, "ephemeral": False,
            "files": [], "reactions": [], **more,
        }  # fmt: skip
        self.messages[channel].append(message)
        return message

    def find(self, channel: str, ts: str) -> Json | None:
        return next((message for message in self.messages.get(channel, []) if message["ts"] == ts), None)

    def new_file(self, name: str, length: int, alt: str) -> str:
        made = self.id("F00")
        self.files[made] = File(name, length, alt)
        return made

    def fill_file(self, file: str, content: bytes) -> bool:
        known = self.files.get(file)
        if known is None or len(content) != known.length:
            return False
        known.content = content
        return True

    def complete_file(self, file: str) -> bool:
        known = self.files.get(file)
        if known is None or not known.content:
            return False
        known.ready = time.monotonic() + self.processing_s
        return True

    def shown_file(self, file: str, title: str) -> Json:
        """A file as a message shows it."""
        known = self.files[file]
        return {
            "id": file, "name": known.name, "title": title, "mimetype": known.kind, "alt_txt": known.alt,
            "url": f"/files/{file}",
        }  # fmt: skip

    def unknown_files(self, blocks: list[Json]) -> list[str]:
        """Pictures in blocks that were never uploaded."""
        return [f"slack_file {file} was not uploaded" for file in _shown(blocks) if file not in self.files]

    def still_processing(self, blocks: Any) -> bool:
        shown = _shown(cast("list[Json]", blocks)) if isinstance(blocks, list) else []
        return any(file in self.files and self.files[file].ready > time.monotonic() for file in shown)

    def violation(self, text: str) -> None:
        self.violations.append(text)


def _shown(blocks: list[Json]) -> list[str]:
    return [str(block["slack_file"].get("id")) for block in blocks if isinstance(block.get("slack_file"), dict)]
