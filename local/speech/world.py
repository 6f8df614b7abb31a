"""The state of every resource, the switches that make the stand-in harder, and business time."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.speech.answers import Answer, RefusedError
from local.speech.faults import Faults
from local.speech.journal import Journal
from local.speech.records import (
    Authorization,
    Endpoint,
    Hosting,
    Job,
    Model,
    Plan,
    Record,
    Synthesis,
    TrainingSet,
)
from local.speech.resources import ResourceSpec

BATCH_REQUESTS_PER_MINUTE = 2


@dataclass(frozen=True)
class Operation:
    """A long-running operation: the request that started it and the answer that request got."""

    digest: str
    answer: Answer
    job: Job


@dataclass
class ResourceState:
    """Everything one resource holds, and what it ever metered: removal does not take a bill back."""

    spec: ResourceSpec
    projects: dict[str, Record] = field(default_factory=dict[str, Record])
    consents: dict[str, Record] = field(default_factory=dict[str, Record])
    trainingsets: dict[str, TrainingSet] = field(default_factory=dict[str, TrainingSet])
    models: dict[str, Model] = field(default_factory=dict[str, Model])
    endpoints: dict[str, Endpoint] = field(default_factory=dict[str, Endpoint])
    syntheses: dict[str, Synthesis] = field(default_factory=dict[str, Synthesis])
    operations: dict[tuple[str, str], Operation] = field(default_factory=dict[tuple[str, str], Operation])
    authorizations: dict[str, Authorization] = field(default_factory=dict[str, Authorization])
    plans: dict[str, Plan] = field(default_factory=dict[str, Plan])
    trainings: list[Job] = field(default_factory=list[Job])
    hostings: list[Hosting] = field(default_factory=list[Hosting])
    videos: list[tuple[datetime, float]] = field(default_factory=list[tuple[datetime, float]])
    turns: dict[str, deque[float]] = field(default_factory=dict[str, deque[float]])

    def collection(self, name: str) -> Mapping[str, Record]:
        return {
            "projects": self.projects,
            "consents": self.consents,
            "trainingsets": self.trainingsets,
            "models": self.models,
            "endpoints": self.endpoints,
        }[name]


@dataclass
class World:
    """All resources at one business time. One event loop serves it, so it needs no lock."""

    resources: list[ResourceSpec]
    now: Callable[[], datetime]
    journal: Journal
    timestamps_without_z: bool = False
    batch_limit: bool = False
    wrong_default: bool = False  # jobs are kept for the 774 hours of the published file, a slip for its maximum of 744
    call_limit: int = 0  # calls of the control plane a minute and resource; 0: as many as you like
    metric_delay_minutes: float = 5
    heard: str = ""  # what transcription hears
    monotonic: Callable[[], float] = time.monotonic
    faults: Faults = field(default_factory=Faults)
    states: dict[str, ResourceState] = field(init=False)

    def __post_init__(self) -> None:
        self.states = {spec.name: ResourceState(spec) for spec in self.resources}

    def reset(self) -> None:
        self.__post_init__()
        self.journal.clear()
        self.faults.clear()

    def by_arm_id(self, arm_id: str) -> ResourceState | None:
        """The resource with this ARM id; ARM ids are not case sensitive."""
        wanted = arm_id.rstrip("/").casefold()
        return next((state for state in self.states.values() if state.spec.arm_id.casefold() == wanted), None)

    def stamp(self, moment: datetime) -> str:
        text = moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "")
        return text if self.timestamps_without_z else f"{text}Z"

    def take_turn(self, state: ResourceState, service: str) -> None:
        """Count a request against the real minute, where there is a limit."""
        most = (BATCH_REQUESTS_PER_MINUTE if self.batch_limit else 0) if service == "avatar" else self.call_limit
        if not most:
            return
        now, turns = self.monotonic(), state.turns.setdefault(service, deque())
        while turns and turns[0] <= now - 60:
            turns.popleft()
        if len(turns) >= most:
            wait = max(1, int(turns[0] + 60 - now) + 1)
            message = f"The resource is limited to {most} requests a minute."
            raise RefusedError(429, message, headers={"Retry-After": str(wait)})
        turns.append(now)
