"""Many simulated people: each producer makes an avatar and takes it through training, copy, deployment and removal."""

import random
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.chaos.watching import Seen, Watcher
from local.stack import Stack

APPROVERS = ("U0BEN", "U0INES")
LENA, CHANNEL = "U0LENA", "C0AVATARS"
PATIENCE_S = 20.0  # then a person says it again
OUTCOME_S = 240.0
OPEN = {"waiting for approval", "approved", "starting", "running"}


@dataclass
class Scene:
    """What all of them share."""

    stack: Stack
    watcher: Watcher
    client: httpx.Client
    clips: dict[str, Path]
    seed: int
    second_thoughts: float
    over: threading.Event = field(default_factory=threading.Event)  # nothing new is begun
    trained: threading.Event = field(default_factory=threading.Event)  # enough: what is left are copies and deployments
    left: threading.Event = field(default_factory=threading.Event)  # everybody goes home
    hurried: deque[str] = field(default_factory=deque[str])  # operations whose host was killed over them

    def post(self, what: str, body: dict[str, Any]) -> bool:
        """Do something in Slack; False when the app did not take it."""
        try:
            return bool(self.client.post(f"/ui/{what}", json=body).json()["ok"])
        except (httpx.HTTPError, ValueError):
            return False

    def say(self, user: str, text: str) -> bool:
        return self.post("command", {"as": user, "channel": CHANNEL, "text": f"/avatar {text}"})

    def press(self, user: str, card: Seen, action: str, value: str) -> bool:
        element = {"type": "button", "value": value}
        body = {"as": user, "message": {"channel": card.channel, "ts": card.ts}, "view_id": None, "block_id": "b",
                "action_id": action, "element": element}  # fmt: skip
        return self.post("action", body)


class Producer(threading.Thread):
    """One person with one avatar. Copies and deployments of a model go on while the next one is trained."""

    def __init__(self, scene: Scene, number: int, user: str, wait_s: float) -> None:
        super().__init__(daemon=True, name=f"producer {number}")
        self._scene, self._user, self._wait = scene, user, wait_s
        self.avatar = f"av{number:02d}"
        self._dice = random.Random(f"{scene.seed}/{self.avatar}")  # noqa: S311 - behaviour, no secret
        self._extra = 0
        self._copying: deque[str] = deque()
        self._hosting: deque[str] = deque()
        self._helpers: list[threading.Thread] = []

    def run(self) -> None:
        scene = self._scene
        if scene.over.wait(self._wait) or not self._prepare():
            return
        for work in (self._copy_all, self._host_all):
            helper = threading.Thread(target=work, daemon=True, name=f"{self.name} {work.__name__}")
            helper.start()
            self._helpers.append(helper)
        while not scene.over.is_set():
            if scene.trained.is_set() or max(len(self._copying), len(self._hosting)) > 1:
                scene.over.wait(2)
                continue
            model = self._operate("train", f"train {self.avatar} because take {self._dice.randrange(1000)} is the one")
            if model:
                self._copying.append(model)
                self._hosting.append(model)
        for helper in self._helpers:
            helper.join()

    def _prepare(self) -> bool:
        scene, name = self._scene, self.avatar
        made = f"made the avatar *{name}*"
        self._insist(lambda: scene.say(self._user, f"new {name} in studio-weu"), made)
        names = f'talent="Talent of {name}" company=Northlight'
        consent = f"recorded the talent's consent for *{name}*"
        self._insist(lambda: scene.say(self._user, f"consent {name} {names} locale=en-US disclosed=yes"), consent)
        for kind in ("consent", "silent", "natural"):
            self._upload(f"{name}/{kind}/take.mp4", kind)
        return bool(scene.watcher.wait(lambda: scene.over.is_set() or self._told(f"/avatar train {name}`"), 300))

    def _insist(self, act: Any, text: str) -> None:
        """Do it again until it is seen."""
        while not self._scene.over.is_set():
            if act() and self._scene.watcher.wait(lambda: self._told(text), PATIENCE_S):
                return
            self._scene.over.wait(1)

    def _told(self, text: str) -> bool:
        return text in self._scene.watcher.said

    def _upload(self, blob: str, clip: str) -> None:
        with self._scene.clips[clip].open("rb") as content:
            self._scene.stack.upload(blob, content)

    def _copy_all(self) -> None:
        while not self._scene.over.wait(0.3):
            if self._copying:
                model = self._copying.popleft()
                if not self._operate("copy", f"copy {self.avatar} to studio-neu model={model}"):
                    self._copying.append(model)  # it was cancelled: later, then

    def _host_all(self) -> None:
        while not self._scene.over.wait(0.3):
            if self._hosting:
                model = self._hosting.popleft()
                if not self._operate("deploy", f"deploy {self.avatar} in studio-weu model={model}"):
                    self._hosting.append(model)
                    continue
                while not self._scene.over.is_set() and not self._operate("remove", f"remove {self.avatar} in {model}"):
                    continue

    def _operate(self, step: str, command: str) -> str:
        """Ask for a step, have it decided, wait for its end; the model when it was done, else nothing."""
        scene = self._scene
        before = {card.id for card in scene.watcher.of(self.avatar, step)}
        card: Seen | None = None
        while card is None and not scene.over.is_set():
            if scene.say(self._user, command):
                card = scene.watcher.wait(lambda: self._new(step, before), PATIENCE_S)
            else:
                scene.over.wait(1)
        if card is None:
            return ""
        self._decide(step, card)
        ended = scene.watcher.wait(
            lambda: scene.left.is_set() or scene.watcher.cards[card.id].word not in OPEN, OUTCOME_S
        )
        return card.model if ended and scene.watcher.cards[card.id].word == "done" else ""

    def _new(self, step: str, before: set[str]) -> Seen | None:
        return next((card for card in self._scene.watcher.of(self.avatar, step) if card.id not in before), None)

    def _decide(self, step: str, card: Seen) -> None:
        """The approval, with what people do beside it: wrong clicks, double clicks, second thoughts."""
        scene, dice = self._scene, self._dice
        value = self._value(card)
        if value is None:
            return
        if dice.random() < 0.1:
            scene.press(dice.choice((self._user, LENA)), card, "approve", value)  # refused: own request, no approver
        if dice.random() < 0.05:
            scene.say(self._user, f"cancel {self.avatar} {card.id} because it can wait")
            return
        approver, other = dice.sample(APPROVERS, 2)
        while not scene.press(approver, card, "approve", value):
            if scene.left.wait(1):
                return
        if dice.random() < 0.15:
            scene.press(dice.choice((approver, other)), card, "approve", value)
        if step == "train" and dice.random() < scene.second_thoughts:
            self._extra += 1
            self._upload(f"{self.avatar}/silent/extra-{self._extra}.mp4", "short")  # not what was approved
        elif step == "train" and dice.random() < 0.12:
            self._upload(f"{self.avatar}/silent/take.mp4", "silent")  # the same content once more: the approval stays
        if dice.random() < 0.06:
            scene.left.wait(dice.uniform(0, 2))
            scene.say(self._user, f"cancel {self.avatar} {card.id} because of second thoughts")
        while not scene.watcher.wait(lambda: scene.watcher.cards[card.id].word != "waiting for approval", PATIENCE_S):
            if scene.left.is_set():
                return
            scene.press(other, card, "approve", self._value(card) or value)

    def _value(self, card: Seen) -> str | None:
        watcher = self._scene.watcher
        return watcher.wait(lambda: watcher.value(card, "approve"), PATIENCE_S)


class Passers(threading.Thread):
    """People who look, ask, and press too late; and one who cancels what a killed host was about to start."""

    def __init__(self, scene: Scene, users: list[str], number: int, pause_s: tuple[float, float]) -> None:
        super().__init__(daemon=True, name=f"passer-by {number}")
        self._scene, self._users, self._pause_s = scene, users, pause_s
        self._dice = random.Random(f"{scene.seed}/passers/{number}")  # noqa: S311 - behaviour, no secret

    def run(self) -> None:
        scene, dice = self._scene, self._dice
        while not scene.over.wait(dice.uniform(*self._pause_s)):
            while scene.hurried:
                self._cancel(scene.hurried.popleft())
            cards = list(scene.watcher.cards.values())
            user = dice.choice(self._users)
            going = [card for card in cards if card.word in {"starting", "running"}]
            if not cards or dice.random() < 0.2:
                scene.say(user, dice.choice(("list", "help", "")))
            elif dice.random() < 0.3:
                scene.say(user, f"{dice.choice(('status', 'history', 'shotlist'))} {dice.choice(cards).avatar}")
            else:
                card = dice.choice(going if going and dice.random() < 0.7 else cards)
                scene.press(APPROVERS[0] if dice.random() < 0.1 else user, card, "cancel", f"{card.avatar}|{card.id}|1")

    def _cancel(self, operation: str) -> None:
        card = self._scene.watcher.cards.get(operation)
        if card and self._dice.random() < 0.5:
            self._scene.say(self._dice.choice(APPROVERS), f"cancel {card.avatar} {operation} because it takes so long")
