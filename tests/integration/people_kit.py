"""People around a step: who asks, who approves, who does it in the portal, and how the service does it where there is an API."""

import json
import sys
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import azure.functions as func
import httpx

from local.people import words
from shared.domain.asking import endpoint_id
from shared.domain.audit import AuditRow
from shared.domain.base import digest
from shared.domain.book import Book
from shared.domain.clips import Facts, clip_id
from shared.domain.deployments import Deployment
from shared.domain.events import CheckWanted, ClipChecked
from shared.domain.names import Kind, clip_path
from shared.domain.operations import Operation
from shared.domain.policy import Step
from shared.domain.records import Model
from shared.ports import Driver, Job
from shared.served_calendar import ServedCalendar
from shared.services import Services
from shared.starting import job_for
from tests.integration.conftest import BEN, MAYA, OMAR, PAUL, World

Json = dict[str, Any]
STEPS: tuple[Step, ...] = ("train", "copy", "deploy", "remove")
LENGTHS: dict[Kind, float] = {"natural": 304, "silent": 64, "consent": 8}
HOME, BOARD, ONCALL = "C0AVATARS", "C0OPERATORS", "C0ONCALL"


def services() -> Services:
    return cast("Services", sys.modules["function_app"].services())


@dataclass(frozen=True)
class Plane:
    """A resource with the one that copies of it go to, and how both are driven."""

    driver: str
    home: str
    target: str


REST, PORTAL = Plane("rest", "studio-weu", "studio-neu"), Plane("portal", "portal-sea", "portal-neu")
PLANES = (REST, PORTAL)


def act(world: World, **doing: object) -> Json:
    """Somebody does this in the portal, whoever asked for it."""
    return httpx.post(f"{world.stack.speech}/_control/portal", json=doing).raise_for_status().json()


def order(world: World, what: str, **body: object) -> None:
    httpx.post(f"{world.stack.speech}/_control/{what}", json=body).raise_for_status()


def later(world: World, hours: float, *timers: str) -> None:
    """Business time goes on, the app looks at the clock again, and then these timers have their turn."""
    world.stack.clock.move(jump_seconds=hours * 3600)
    cast("ServedCalendar", services().calendar)._asked = 0.0
    for timer in timers:
        world.functions[timer].call(None)


def forget_what_ended() -> None:
    """What has ended leaves the timer's list at once, and not two minutes later: each look at it costs time."""
    lists = services().lists
    for entry in lists.entries("open"):
        if not book_of(entry.avatar).operations[entry.item].watched:
            lists.drop("open", entry)


def told(world: World, user: str) -> list[str]:
    """What the app said to this person alone, in the order in which it was said."""
    private = [m for messages in world.stack.slack.messages.values() for m in messages if m.get("only") == user]
    return [words(message) for message in sorted(private, key=lambda message: float(message["ts"]))]


def book_of(name: str) -> Book:
    return Book.of(services().records.load(name).records)


def record_clips(world: World, name: str, *extra: tuple[Kind, str]) -> None:
    """Clips that the check accepts: it is another suite's, so its verdict is given without a look at them."""
    placed = [*((kind, f"{kind}.mp4") for kind in LENGTHS), *extra]
    for kind, file in placed:
        world.upload(f"{name}/{kind}/{file}", f"{name} {kind} {file}".encode())
    _verdicts(world, {clip_id(clip_path(f"{name}/{kind}/{file}")): (kind, file) for kind, file in placed})


def _verdicts(world: World, wanted: dict[str, tuple[Kind, str]]) -> None:
    queue = world.queues["clip-checks"]
    while wanted:
        for message in queue.receive_messages(max_messages=16, visibility_timeout=30):
            check = CheckWanted.model_validate_json(message.content)
            queue.delete_message(message)
            if check.clip not in wanted:  # another test's
                body = func.QueueMessage(id=message.id, body=message.content.encode(), pop_receipt="p")
                world.functions["clip_check"].call(body)
                continue
            kind, file = wanted.pop(check.clip)
            facts = Facts(size=20, duration_s=LENGTHS.get(kind, 64), width=1920, height=1080, fps=25)
            event = ClipChecked(
                clip=check.clip, etag=check.etag, fingerprint=digest([check.avatar, kind, file])[:16], facts=facts,
                findings=(),
            )  # fmt: skip
            said = services().said(f"checked-{check.clip}-{check.etag}", check.avatar, "uploads", event, check.clip)
            world.deliver([said.model_dump_json()])


def with_clips(world: World, place: str, more: str = "", scope: str = "avatar") -> str:
    """A new avatar with its consent and its clips."""
    name = world.name()
    world.says(MAYA, f"new {name} in {place} {more}")
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US scope={scope} disclosed=yes')
    record_clips(world, name)
    return name


def ready_for(world: World, step: Step, place: str) -> str:
    """An avatar that has all that this step needs. One avatar a resource is trained again and again."""
    if step == "train":
        name = world.shared.get(place)
        if name is None or any(operation.open for operation in book_of(name).operations.values()):
            name = world.shared[place] = with_clips(world, place)
        _told(name)
        return name
    name = world.name()
    made_before(world, name, place)
    if step == "remove":
        endpoint = str(uuid.uuid4())
        act(world, resource=place, action="deploy", model=f"{name}-v1", project=name, endpoint=endpoint)
        today = f"{world.stack.clock.now():%Y-%m-%d}"
        world.says(MAYA, f"adopt {name} in {place} model={name}-v1 since={today} endpoint={endpoint}")
    return name


def _told(name: str) -> None:
    """What Slack's pace kept of other tests' answers would be heard in the middle of this one."""
    pause = threading.Event()
    for _ in range(40):
        if sys.modules["function_app"].handling().drain(name, again=False):
            return
        pause.wait(0.05)


def made_before(world: World, name: str, place: str) -> None:
    """A model that was trained in the portal before us, and adopted."""
    act(world, resource=place, action="train", model=f"{name}-v1", project=name, hours=1)
    act(world, resource=place, action="finish_training", model=f"{name}-v1")
    world.says(MAYA, f"adopt {name} in {place} model={name}-v1")


@dataclass
class Work:
    """A step that was asked for: its records, its cards, and what people press on them."""

    world: World
    name: str
    id: str
    plane: Plane
    before: int = 0  # entries in the journal of the service when it was asked for
    messages: list[str] = field(default_factory=list[str])  # what the last click handed to the queue

    @property
    def operation(self) -> Operation:
        return book_of(self.name).operations[self.id]

    @property
    def step(self) -> Step:
        return self.operation.ask.step

    @property
    def status(self) -> str:
        return self.operation.state.status

    @property
    def model(self) -> str:
        return self.operation.ask.model

    @property
    def place(self) -> str:
        return self.operation.ask.target or self.operation.ask.resource

    @property
    def deployment(self) -> Deployment:
        """The one that it makes or removes."""
        ask = self.operation.ask
        return book_of(self.name).deployments[ask.deployment or endpoint_id(ask.id, 1)]

    def audit(self, action: str) -> list[AuditRow]:
        """Lines of this step with this action, refusals left out."""
        rows = services().records.history(self.name)
        return [r for r in rows if r.line.action == f"{self.step}_{action}" and r.line.subject == self.id]

    def refusals(self) -> list[str]:
        rows = services().records.history(self.name)
        return [r.line.data["code"] for r in rows if r.line.outcome == "refused" and r.line.subject == self.id]

    def started_by_us(self) -> list[str]:
        """Paid work that our calls, not people in the portal, started since it was asked for."""
        entries = self.world.stack.speech_journal.entries(self.before)
        mine = {self.model, endpoint_id(self.id, 1)}
        return [e.started.kind for e in entries if e.started and e.method != "PORTAL" and e.started.id in mine]

    def is_there(self) -> bool:
        """Whether the service has what the step makes (or, of a removal, has it no longer)."""
        state = self.world.stack.speech_world.states[self.place]
        if self.step in {"train", "copy"}:
            return self.model in state.models
        hosted = any(endpoint.model_id == self.model for endpoint in state.endpoints.values())
        return hosted if self.step == "deploy" else not hosted

    def card(self, channel: str = HOME) -> str:
        return "\n".join(words(message) for message in self._cards(channel))

    def button(self, action: str, channel: str = HOME) -> str | None:
        """The value of a button as the card shows it now."""
        for message in self._cards(channel):
            for block in message["blocks"] or []:
                for element in block.get("elements", []):
                    if element.get("action_id") == action:
                        return str(element["value"])
        return None

    def thread(self, text: str, channel: str = HOME) -> list[str]:
        """Messages under its cards that say this."""
        above = {message["ts"] for message in self._cards(channel)}
        found = [m for m in self.world.stack.slack.messages[channel] if m["thread_ts"] in above]
        return [said for said in map(words, found) if text in said]

    def press(self, user: str, action: str, channel: str = HOME, value: str | None = None) -> None:
        """Press the button that is there; a value: as it was when the person saw it."""
        value = value or self.button(action, channel)
        assert value, f"no button {action} for {self.step}: {self.card(channel)}"
        answer, self.messages = self.world.press(user, action, value, channel)
        assert answer.status_code == 200
        self.world.deliver(self.messages)

    def fill(self, user: str, action: str, text: str, value: str | None = None) -> None:
        """Press a button of the task's card that opens a form, and send that form."""
        self.press(user, action, BOARD, value)
        form = self.world.stack.slack.views[user][-1]["view"]
        assert form["callback_id"] == action
        about = json.loads(form["private_metadata"])
        self.world.fills(user, action, about, {"why": {"type": "plain_text_input", "value": text}})

    def approve(self) -> None:
        self.press(BEN, "approve")

    def until(self, *statuses: str) -> None:
        self.world.pump(lambda: self.status in statuses)

    def shows(self, text: str, channel: str = HOME) -> None:
        """Wait until its card says this."""
        self.world.pump(lambda: text in self.card(channel))

    def _cards(self, channel: str) -> list[Json]:
        found = [m for m in self.world.stack.slack.messages[channel] if not m["ephemeral"]]
        return [m for m in found if not m["thread_ts"] and f"`{self.id}`" in json.dumps(m["blocks"])]


def asked(world: World, step: Step, plane: Plane, name: str = "", place: str = "") -> Work:
    """Maya asks for a step of an avatar that is ready for it."""
    name = name or ready_for(world, step, place or plane.home)
    seen = set(book_of(name).operations)
    before = len(world.stack.speech_journal.entries(0))
    world.says(MAYA, f"{step} {name}" + (f" to {plane.target}" if step == "copy" else ""))
    (made,) = set(book_of(name).operations) - seen
    work = Work(world, name, made, plane, before)
    work.shows("approval needed")
    return work


def job_of(work: Work) -> tuple[Driver, Job]:
    """What the core would hand to the driver."""
    found = services()
    book = book_of(work.name)
    job = job_for(found, book, work.operation, found.records.clips(work.name))
    return found.drivers.of(job.resource), job


class Operator:
    """Does a task as its card says. Others differ in one thing."""

    def __init__(self, user: str = OMAR) -> None:
        self.user = user

    def does_all_of(self, work: Work) -> None:
        self.takes(work)
        self.does_the_rest_of(work)

    def does_the_rest_of(self, work: Work) -> None:
        self.acts(work)
        self.reports(work)
        if work.step == "train":
            self.finishes(work)
            self.reports(work)

    def takes(self, work: Work) -> None:
        self.press(work, "take")

    def acts(self, work: Work, model: str = "") -> None:
        """What the task asks for, in the portal."""
        ask, model = work.operation.ask, model or work.model
        doing: Json = {"resource": ask.resource, "model": model, "project": work.name}
        match ask.step:
            case "train":
                act(work.world, action="train", hours=1, **doing)
            case "copy":
                act(work.world, action="copy", target=ask.target, **doing)
            case "deploy":
                act(work.world, action="deploy", **doing)
            case "remove":
                act(work.world, action="undeploy", **doing)

    def finishes(self, work: Work, model: str = "") -> None:
        """The training ends there, after its hour, and the meter has shown it."""
        later(work.world, 2, "training_poll")

    def reports(self, work: Work) -> None:
        self.press(work, "done")

    def press(self, work: Work, action: str, value: str | None = None) -> None:
        work.press(self.user, action, BOARD, value)

    def told(self, work: Work) -> list[str]:
        return told(work.world, self.user)


class ClicksTwice(Operator):
    """Every click is two clicks on the button as it was, and the network delivers each of them twice."""

    def press(self, work: Work, action: str, value: str | None = None) -> None:
        seen = value or work.button(action, BOARD)
        for _ in range(2):
            work.press(self.user, action, BOARD, seen)
            work.world.deliver(work.messages)


class HandsOver(Operator):
    """Takes it, and finds out that it can't be done by this person."""

    why = "my access to the resource is still being asked for"

    def does_all_of(self, work: Work) -> None:
        self.takes(work)
        work.fill(self.user, "hand_on", self.why)


class NamesItDifferently(Operator):
    """The name was taken there, so another was chosen, and said."""

    def other(self, work: Work) -> str:
        return f"{work.model}-b"

    def does_all_of(self, work: Work) -> None:
        self.takes(work)
        if work.step != "deploy":
            self.acts(work, self.other(work) if work.step == "train" else "")
        work.fill(self.user, "done_differently", self.other(work))
        if work.step == "train":
            self.finishes(work)
            self.reports(work)


class SaysItIsDone(Operator):
    """Reports success and has done nothing."""

    def acts(self, work: Work, model: str = "") -> None:
        pass

    def finishes(self, work: Work, model: str = "") -> None:
        later(work.world, 30, "training_poll")


class FallsSilent(Operator):
    """Takes it, and is not heard of again."""

    def does_all_of(self, work: Work) -> None:
        self.takes(work)


class UploadsTooMuch(Operator):
    """Uploads a file more than the card says, and pastes the portal's list honestly."""

    extra = "rehearsal.mp4"

    def lists(self, work: Work, *more: str) -> None:
        files = [clip.file for clip in work.operation.ask.clips]
        work.fill(self.user, "portal_shows", "\n".join([*files, *more]))


SECOND = Operator(PAUL)


def carried_out(work: Work, operator: Operator | None = None) -> None:
    """Approved, and then done by whoever does such steps there."""
    work.approve()
    if work.plane.driver == "portal":
        (operator or Operator()).does_all_of(work)
    else:
        serviced(work)


def serviced(work: Work) -> None:
    """The service works, and the timer looks every quarter of an hour."""
    for _ in range(8):
        if not work.operation.open:
            break
        later(work.world, 0.25, "training_poll")
        if work.step == "train" and work.status == "running":
            later(work.world, 50, "training_poll")
    work.until("succeeded", "failed")


def results(work: Work) -> list[object]:
    """What is on record of the step: its model, its deployment, or the state of the deployment that it removed."""
    book = book_of(work.name)
    if work.step in {"train", "copy"}:
        return [model for model in book.models if model.made_by == work.id]
    if work.step == "deploy":
        return [found for found in book.deployments.values() if found.made_by == work.id]
    return [found.state for found in book.deployments.values() if not found.billed]


def is_model(record: object, name: str, resource: str) -> bool:
    return isinstance(record, Model) and (record.name, record.resource) == (name, resource)


def now(world: World) -> datetime:
    return world.stack.clock.now()
