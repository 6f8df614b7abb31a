"""Plays one month: the stand-in over HTTP is used as the generator says, our timers look, and people read and click."""

import heapq
import itertools
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Self

import httpx
import uvicorn
from pydantic import SecretStr

from benchmarks.month.generator import DAYS, END, KEPT, PORTAL, START, Deployment, Month, Use, reacted
from benchmarks.month.judge import Hosted, Told
from benchmarks.month.peers import EVERY
from local.listener import listener
from local.speech import app as speech
from local.speech.endpoints import deploy
from local.speech.faults import FaultRule
from local.speech.journal import Journal
from local.speech.records import SYNTHESIS_QUEUED, SYNTHESIS_RUNS, Hosting, Job, Model, Record, Synthesis
from local.speech.removal import remove_endpoint
from local.speech.resources import ResourceSpec
from local.speech.world import ResourceState
from local.speech.world import World as SpeechWorld
from shared.beacons import hear
from shared.domain.book import AuditLine, Book, Decision
from shared.domain.deployments import Deployment as Recorded
from shared.domain.events import (
    MESSAGE,
    ApproveClicked,
    Drain,
    Envelope,
    Event,
    KeepClicked,
    Question,
    RemoveAsked,
    Reply,
    StillNeeded,
    TaskDone,
    TaskTaken,
)
from shared.domain.money import Money
from shared.domain.policy import IdleRule
from shared.domain.records import Avatar
from shared.domain.records import Model as RecordedModel
from shared.domain.resources import Resource
from shared.errors import Temporary
from shared.groups import Groups
from shared.handling import Handling
from shared.ports import Blocks, Entry, Loaded, Owed
from shared.requeueing import queue_anew
from shared.services import DriversByName, Services
from shared.speech.http import Service
from shared.speech.monitor import Monitor
from shared.speech.portal_driver import PortalDriver
from shared.speech.rest import RestDriver
from shared.speech.usage import ServiceUsage
from shared.storage.lists import TableLists
from shared.timers import follow_running, reconcile, watch_live
from tests.builders import BEN, LENA, MAYA, OMAR, POLICY
from tests.fakes.cloud import Clocks, Container, NoPager, NoPictures, Prices, Queue, Slack, Synthesizer, Watch
from tests.fakes.memory import MemoryRecords
from tests.fakes.rows import MemoryTable
from tests.properties.world import SETTINGS, NoStatements, NoTranscriber

MANY = "settle_idle"  # the button under a list of many idle deployments
LINE = re.compile(r"^• `([^`]+)` of \*")
ASKING = {"remove_idle": "alert", "still_needed": "question"}  # the button that tells what a new message asks
RULES = POLICY.model_copy(update={"idle": IdleRule(grace_hours=120, snooze_hours=48, keep_days=KEPT.days)})
REGIONS = {"one": "westeurope", "two": "northeurope", "three": "westus2", "four": "swedencentral", "five": "eastus2",
           "six": "southeastasia"}  # fmt: skip
PROBLEM = {"meter": "Microsoft.Insights/metrics", "jobs": "/avatar/batchsyntheses"}
ARM = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/"


class ByAvatar:
    """Implements `Records`: one store in memory an avatar, since each of them reads all that it holds."""

    def __init__(self) -> None:
        self._stores: dict[str, MemoryRecords] = {}

    def load(self, avatar: str, clip: str | None = None) -> Loaded:
        return self._of(avatar).load(avatar, clip)

    def commit(self, loaded: Loaded, decision: Decision, message_id: str, now: datetime) -> list[Owed]:
        return self._of(loaded.avatar).commit(loaded, decision, message_id, now)

    def strike(self, owed: Owed) -> None:
        self._of(owed.avatar).strike(owed)

    def postpone(self, owed: Owed, code: str) -> None:
        self._of(owed.avatar).postpone(owed, code)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda avatar, *given: getattr(self._of(avatar), name)(avatar, *given)

    def _of(self, avatar: str) -> MemoryRecords:
        return self._stores.setdefault(avatar, MemoryRecords())


class Journaled(Slack):
    """The messenger in memory; whoever reads the channels is told of each new message."""

    def __init__(self, read: Callable[[Blocks], None]) -> None:
        super().__init__()
        self._read = read

    def post(self, channel: str, text: str, blocks: Blocks | None = None, thread: str | None = None) -> str:
        ts = super().post(channel, text, blocks, thread)
        self._read(blocks or [])
        return ts

    def update(self, channel: str, ts: str, text: str, blocks: Blocks | None = None) -> None:
        super().update(channel, ts, text, blocks)
        if any(element.get("action_id") == MANY for block in blocks or [] for element in block.get("elements", [])):
            self._read(blocks or [])  # only a list of many tells something new by an edit


@dataclass
class Count:
    strays: int = 0


class Stage:
    """A context manager: the stand-in is served inside."""

    def __init__(self, month: Month, say: Callable[[str], None]) -> None:
        self._month, self._say = month, say
        self._by_id = {d.id: d for d in month.deployments}
        self._slips = {d.id: d.slip for d in month.deployments}
        self.told: list[Told] = []
        self._listed: set[str] = set()
        self.count = Count()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._clocks = Clocks()
        self._clocks.business = self._clocks.real = START - timedelta(days=7)
        specs = [
            ResourceSpec(name=name, region=region, key=f"key-{name}", arm_id=ARM + name)
            for name, region in REGIONS.items()
        ]
        self._speech = SpeechWorld(specs, lambda: self._clocks.business, Journal())
        self._hosted: dict[str, list[Hosting]] = {}
        self._uses = sorted(
            ((use.at, n, d, use) for n, d in enumerate(month.deployments) for use in d.uses), reverse=True
        )
        self._listener = listener()
        config = uvicorn.Config(speech.build(self._speech), log_level="critical", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._client = httpx.Client(timeout=30)
        self._queue, self._lists = Queue(), TableLists(MemoryTable())
        self._handling = Handling(self._services())

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            if time.monotonic() > deadline:
                raise TimeoutError("the stand-in did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def run(self) -> Hosted:
        """The whole month; afterwards, when each deployment was billed."""
        for deployment in self._month.deployments:
            self._at(deployment.live, lambda d=deployment: self._go_live(d))
        at, number = START + timedelta(minutes=30), 0
        while at < END:
            self._at(at, lambda n=number: self._timers(n))
            at, number = at + EVERY, number + 1
        while self._agenda and self._agenda[0][0] < END:
            at, _, act = heapq.heappop(self._agenda)
            self._move(at)
            act()
            self._deliver()
        violations = self._speech.journal.violations()
        if violations:
            raise AssertionError(f"the stand-in was used against its contract: {violations[:3]}")
        return {name: [(h.start, h.end) for h in found] for name, found in self._hosted.items()}

    def _at(self, when: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (when, next(self._numbers), act))

    def _move(self, at: datetime) -> None:
        """To that moment, with all that was used until then, and the meters' weather of it."""
        while self._uses and self._uses[-1][0] <= at:
            _, _, deployment, use = self._uses.pop()
            self._use(deployment, use)
        self._clocks.business = max(self._clocks.business, at)
        self._clocks.real = max(self._clocks.real, at)
        self._speech.metric_delay_minutes = self._month.late(at)
        self._speech.faults.clear()
        for (kind, path), name in itertools.product(PROBLEM.items(), REGIONS):
            if self._month.down(kind, name, at):
                where = f"{ARM}{name}/providers/{path}" if kind == "meter" else f"/r/{name}{path}"
                self._speech.faults.add(
                    [FaultRule(path_contains=where, method="GET", kind="status", status=503, times=99)]
                )

    def _use(self, deployment: Deployment, use: Use) -> None:
        state = self._speech.states[deployment.resource]
        if deployment.id not in state.endpoints:
            return  # removed by now; nobody calls it any more
        job = Job(created=use.at, queued=SYNTHESIS_QUEUED, runs=SYNTHESIS_RUNS)
        if use.metered:
            state.videos.append((job.ends, use.seconds))
        if deployment.beacon:
            hear(self._lists, deployment.id, use.at, self._clocks.real)
        if deployment.real_time:
            return
        name = f"job-{deployment.model}-{use.at:%m%d%H%M%S}"
        fields = {"avatarConfig": {"talkingAvatarCharacter": deployment.model, "customized": True}, "properties": {}}
        kept = timedelta(hours=deployment.jobs_kept_hours)
        state.syntheses[name] = Synthesis(id=name, fields=fields, digest="", job=job, seconds=use.seconds, kept=kept)

    def _go_live(self, deployment: Deployment) -> None:
        """It was made before, and is on record as such."""
        state, now = self._speech.states[deployment.resource], deployment.live
        done = Job(created=now - timedelta(days=1))
        state.projects.setdefault("team", Record(id="team", fields={}, digest="", job=done))
        state.models[deployment.model] = Model(id=deployment.model, fields={"projectId": "team"}, digest="", job=done)
        self._host(state, deployment, now)
        place = self._handling.services.resources[deployment.resource]
        name = _avatar(deployment)
        records = (
            Avatar(name=name, team="T0", owner=MAYA, channel="C0AVATARS", resource=place.name, target="1080p",
                   voice_sync=False, created=now, adopted=True),
            RecordedModel(name=deployment.model, resource=place.name, region=place.region, voice_sync=False,
                          made_by="adopted", made=now, assurance=place.assurance),
            Recorded(id=deployment.id, avatar=name, model=deployment.model, resource=place.name, region=place.region,
                     price_per_hour=Money(value=Decimal(str(round(self._price(now), 2)))), live_since=now,
                     made_by="adopted", assurance=place.assurance),
        )  # fmt: skip
        services = self._handling.services
        services.lists.put("avatars", Entry(avatar=name))
        data = {"resource": place.name, "since": services.stopwatch.now().isoformat()}
        services.lists.put("live", Entry(avatar=name, item=deployment.id, data=data))
        line = AuditLine(action="adopted", by=MAYA, subject=deployment.id)
        services.records.commit(services.records.load(name), Decision(puts=records, audit=(line,)), "adopted", now)

    def _host(self, state: ResourceState, deployment: Deployment, now: datetime) -> None:
        endpoint = deploy(state, deployment.id, {"projectId": "team", "modelId": deployment.model}, "", now)
        self._hosted.setdefault(deployment.id, []).append(endpoint.hosting)

    def _price(self, now: datetime) -> float:
        return [price for since, price in self._month.prices if since <= now][-1]

    def _timers(self, number: int) -> None:
        """A watch every 6 hours and a comparison every 12, so that ten months last minutes; a long list is read on meanwhile."""
        follow_running(self._handling)
        for _ in range(6 * 12):
            for resource in self._handling.services.resources.values():
                self._handling.services.usage.read_on(resource)
        watch_live(self._handling)
        if number % 2 == 0:
            reconcile(self._handling)
        if number % 20 == 19:
            sent = sum(t.what != "answer" for t in self.told)
            self._say(
                f"day {round((number + 1) / 4)} of {DAYS}: {sent} messages about use, {self.count.strays} of differences"
            )

    def _deliver(self) -> None:
        """What waits in the queue, as its function handles it."""
        while self._queue.waiting:
            self._clocks.real += timedelta(seconds=10)
            for number in sorted(self._queue.waiting):
                message = MESSAGE.validate_json(self._queue.waiting.pop(number))
                assert not isinstance(message, Question)
                try:
                    if isinstance(message, Drain):
                        self._handling.drain(message.avatar)
                    else:
                        self._handling.handle(message)
                except Temporary as error:
                    queue_anew(self._handling, message, error)

    def _read(self, blocks: Blocks) -> None:
        """People see a new message, or a new line of a list of many, and will do something about it."""
        for block in blocks:
            for element in block.get("elements", []):
                action, value = element.get("action_id"), str(element.get("value", ""))
                if action == MANY:
                    self._read_list(blocks)
                elif action in ASKING:
                    self._asked(ASKING[action], self._by_id[value.split("|")[1]])
                elif action == "remove_stray":
                    self._stray(value.split("|")[2])
                elif action == "approve":
                    avatar, operation, _ = value.split("|")
                    self._at(self._soon(3), lambda a=avatar, o=operation: self._approve(a, o))
                elif action == "take":
                    avatar, operation, _ = value.split("|")
                    deployment = self._by_avatar(avatar)
                    wait = 72 if self._slips[deployment.id] == "left" else 3
                    self._at(self._soon(wait), lambda d=deployment, o=operation: self._remove_by_hand(d, o))

    def _read_list(self, blocks: Blocks) -> None:
        text = "\n".join(str(block.get("text", {}).get("text", "")) for block in blocks if block["type"] == "section")
        shown = {model for line in text.splitlines() for model in LINE.findall(line)}
        for deployment in self._month.deployments:
            if deployment.model in shown - self._listed:
                self._asked("alert", deployment)
        self._listed = shown

    def _soon(self, hours: float) -> datetime:
        return self._clocks.business + timedelta(hours=hours)

    def _asked(self, what: str, deployment: Deployment) -> None:
        now = self._clocks.business
        self.told.append(Told(now, deployment.id, "alert" if what == "alert" else "question"))
        if what == "alert":
            self._at(reacted(deployment, now), lambda: self._on_call(deployment))
        elif deployment.answer_hours is not None:
            self._at(self._soon(deployment.answer_hours), lambda: self._owner(deployment))

    def _on_call(self, deployment: Deployment) -> None:
        if self._recorded(deployment).state.status != "idle":
            return
        if deployment.in_use_at(self._clocks.business):
            self._person(deployment, LENA, KeepClicked(deployment=deployment.id, why="it is in use"))
        else:
            self._person(deployment, LENA, RemoveAsked(deployment=deployment.id, from_alert=True))

    def _owner(self, deployment: Deployment) -> None:
        recorded = self._recorded(deployment)
        if recorded.asked is None or recorded.state.status != "live":
            return  # it was settled meanwhile
        if deployment.in_use_at(self._clocks.business):
            until = self._clocks.business + KEPT
            self._person(deployment, MAYA, StillNeeded(deployment=deployment.id, until=until, why="we use it"))
        else:
            self._person(deployment, MAYA, RemoveAsked(deployment=deployment.id))

    def _approve(self, avatar: str, operation: str) -> None:
        found = Book.of(self._handling.services.records.load(avatar).records).operation(operation)
        if found.state.status == "proposed":
            self._say_to(avatar, BEN, ApproveClicked(operation=operation, revision=found.revision))

    def _remove_by_hand(self, deployment: Deployment, operation: str) -> None:
        """An operator takes the task, does it or only says so, and reports it."""
        avatar = _avatar(deployment)
        self._say_to(avatar, OMAR, TaskTaken(operation=operation))
        if self._slips[deployment.id] != "reported":
            remove_endpoint(self._speech.states[deployment.resource], deployment.id, self._clocks.business)
        found = Book.of(self._handling.services.records.load(avatar).records).operation(operation)
        self._say_to(avatar, OMAR, TaskDone(operation=operation, revision=found.revision))

    def _stray(self, endpoint: str) -> None:
        """On-call reads that it is there without a record, and has it deleted."""
        self.count.strays += 1
        deployment = self._by_id.get(endpoint)
        if deployment is None:
            return
        state = self._speech.states[deployment.resource]

        def delete() -> None:
            if endpoint in state.endpoints:
                remove_endpoint(state, endpoint, self._clocks.business)

        self._at(reacted(deployment, self._clocks.business), delete)

    def _person(self, deployment: Deployment, by: str, event: Event) -> None:
        self.told.append(Told(self._clocks.business, deployment.id, "answer"))
        self._say_to(_avatar(deployment), by, event)
        if self._slips[deployment.id] == "undone" and isinstance(event, RemoveAsked):
            self._at(self._soon(9), lambda: self._there_again(deployment))

    def _there_again(self, deployment: Deployment) -> None:
        """A script of somebody's puts it back."""
        state = self._speech.states[deployment.resource]
        if deployment.id not in state.endpoints:
            self._slips[deployment.id] = ""
            self._host(state, deployment, self._clocks.business)

    def _say_to(self, avatar: str, by: str, event: Event) -> None:
        name = f"m{next(self._numbers)}"
        reply = Reply(user=by, channel="C0AVATARS")
        self._handling.handle(
            Envelope(id=name, team="T0", avatar=avatar, by=by, event=event, reply=reply, at=self._clocks.business)
        )

    def _recorded(self, deployment: Deployment) -> Recorded:
        book = Book.of(self._handling.services.records.load(_avatar(deployment)).records)
        return book.deployments[deployment.id]

    def _by_avatar(self, avatar: str) -> Deployment:
        return next(d for d in self._month.deployments if _avatar(d) == avatar)

    def _services(self) -> Services:
        address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        resources = {
            spec.name: Resource(
                name=spec.name, region=spec.region, driver="portal" if spec.name == PORTAL else "rest",
                endpoint=f"{address}/r/{spec.name}", arm_id=spec.arm_id, key=SecretStr(spec.key),
            )
            for spec in self._speech.resources
        }  # fmt: skip

        def service(path: Callable[[Resource], str]) -> Callable[[Resource], Service]:
            def of(resource: Resource) -> Service:
                key = resource.key.get_secret_value() if resource.key else ""
                return Service(
                    self._client, resource.endpoint + path(resource), lambda: {"Ocp-Apim-Subscription-Key": key}
                )

            return of

        token = {"Authorization": "Bearer local-management"}
        monitor = Monitor(Service(self._client, f"{address}/management", lambda: token))
        watch, slack = Watch(self._clocks), Journaled(self._read)
        records: Any = ByAvatar()
        return Services(
            settings=SETTINGS, policy=RULES, resources=resources, calendar=self._clocks, stopwatch=watch, records=records,
            lists=self._lists, cards=self._lists, queues=self._queue, clips=Container(), pictures=NoPictures(),
            messenger=slack, groups=Groups(slack, watch),
            drivers=DriversByName(
                rest=RestDriver(service(lambda place: place.base_path), monitor), portal=PortalDriver(monitor)
            ),
            prices=Prices(), usage=ServiceUsage(service(lambda _: "/avatar"), monitor, self._lists), synthesis=Synthesizer(),
            statements=NoStatements(), transcriber=NoTranscriber(), pager=NoPager(), close=lambda: None,
        )  # fmt: skip


def _avatar(deployment: Deployment) -> str:
    return deployment.model.replace("model", "avatar")
