"""What a person would see in Slack: the cards of operations as they change, and what the clips' checks said."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.slack.world import World

OPERATION = re.compile(r"\b((?:train|copy|deploy|remove)-[0-9a-f]{10})\b")
NEWS = re.compile(r"made the avatar \*\S+\*|recorded the talent's consent for \*\S+\*|/avatar train \S+`")
CARD = re.compile(r"^(Train|Copy|Deploy|Remove) (\S+) of (\S+): (.+)$")


@dataclass
class Seen:
    """An operation's card as it is shown."""

    id: str
    step: str
    model: str
    avatar: str
    word: str
    channel: str
    ts: str


class Watcher(threading.Thread):
    """Reads the journal of the Slack stand-in as it grows, each line once."""

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True, name="watcher")
        self._world = world
        self.cards: dict[str, Seen] = {}
        self.said: set[str] = set()  # news of avatars, in the words of NEWS
        self.changed = threading.Condition()
        self._stop_asked = threading.Event()

    def run(self) -> None:
        place, waiting = 0, list[dict[str, Any]]()
        while not self._stop_asked.wait(0.1):
            fresh = self._world.journal[place:]
            place += len(fresh)
            looked = [*waiting, *fresh]
            waiting = [entry for entry in looked if "status" not in entry]  # still being served
            for entry in looked:
                if "status" in entry:
                    self._take(entry)
            with self.changed:
                self.changed.notify_all()

    def stop(self) -> None:
        self._stop_asked.set()

    def wait(self, find: Callable[[], Any], seconds: float) -> Any:
        """What was looked for, or None when it did not come in time."""
        with self.changed:
            self.changed.wait_for(find, timeout=seconds)
        return find()

    def of(self, avatar: str, step: str) -> list[Seen]:
        return [card for card in list(self.cards.values()) if (card.avatar, card.step) == (avatar, step)]

    def value(self, card: Seen, action: str) -> str | None:
        """What the button carries, if the card shows it."""
        message = self._world.find(card.channel, card.ts)
        for block in (message or {}).get("blocks") or []:
            for element in block.get("elements", []) if block["type"] == "actions" else []:
                if element.get("action_id") == action:
                    return str(element["value"])
        return None

    def _take(self, entry: dict[str, Any]) -> None:
        text = str(entry.get("text") or "")
        found = CARD.match(text)
        named = OPERATION.findall(str(entry.get("says") or ""))
        if found and named and entry.get("ts"):
            step, model, avatar, word = found.groups()
            # The last one named is the card's own: its reason may quote another.
            self.cards[named[-1]] = Seen(
                named[-1], step.lower(), model, avatar, word, str(entry["channel"]), str(entry["ts"])
            )
        else:
            self.said.update(NEWS.findall(f"{text}\n{entry.get('says') or ''}"))
