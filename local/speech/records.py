"""What the stand-in remembers. Nothing ticks: every status is worked out from timestamps when somebody asks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Status = Literal["NotStarted", "Running", "Succeeded", "Failed", "Disabling", "Disabled"]

NO_TIME = timedelta(0)
CONSENT_QUEUED, CONSENT_RUNS = timedelta(seconds=10), timedelta(seconds=170)
UPLOAD_QUEUED, UPLOAD_RUNS = timedelta(seconds=5), timedelta(seconds=55)
TRAINING_QUEUED = timedelta(minutes=1)
DEPLOYMENT_RUNS = timedelta(minutes=5)
SUSPENSION_RUNS = timedelta(minutes=1)
COPY_RUNS = timedelta(minutes=20)
SYNTHESIS_QUEUED, SYNTHESIS_RUNS = timedelta(seconds=2), timedelta(seconds=28)


@dataclass(kw_only=True)
class Job:
    """Work that waits for `queued`, then takes `runs`, and fails at its end when it has a `failure`."""

    created: datetime
    queued: timedelta = NO_TIME
    runs: timedelta = NO_TIME
    failure: str | None = None

    @property
    def starts(self) -> datetime:
        return self.created + self.queued

    @property
    def ends(self) -> datetime:
        return self.starts + self.runs

    def status(self, now: datetime) -> Status:
        if now >= self.ends:
            return "Failed" if self.failure else "Succeeded"
        return "NotStarted" if now < self.starts else "Running"

    def since(self, now: datetime) -> datetime:
        if now >= self.ends:
            return self.ends
        return self.starts if now >= self.starts else self.created

    def finished(self, now: datetime) -> bool:
        return now >= self.ends

    def finish(self, now: datetime, failure: str | None = None) -> None:
        """End at `now`; queued work ends without having run."""
        self.queued = min(self.queued, max(now - self.created, NO_TIME))
        self.runs = max(now - self.starts, NO_TIME)
        self.failure = failure


@dataclass(kw_only=True)
class Record:
    """A named thing of a resource: the fields it is answered with, and the job that makes it."""

    id: str
    fields: dict[str, Any]
    digest: str
    job: Job

    def status(self, now: datetime) -> Status:
        return self.job.status(now)

    def since(self, now: datetime) -> datetime:
        return self.job.since(now)


@dataclass(kw_only=True)
class Upload:
    """One data set on its way into a training set."""

    kind: str
    job: Job


@dataclass(kw_only=True)
class TrainingSet(Record):
    """Succeeded while nothing is on its way."""

    uploads: list[Upload] = field(default_factory=list[Upload])

    def status(self, now: datetime) -> Status:
        return "Succeeded" if all(upload.job.finished(now) for upload in self.uploads) else "Running"

    def since(self, now: datetime) -> datetime:
        return max([self.job.created, *(upload.job.since(now) for upload in self.uploads)])


@dataclass(kw_only=True)
class Model(Record):
    """A trained or copied avatar."""

    voice_sync: bool = False


@dataclass(kw_only=True)
class Hosting:
    """A stretch of billed hosting; without an end it goes on."""

    start: datetime
    end: datetime | None = None

    def stop(self, now: datetime) -> None:
        if self.end is None:
            self.end = max(self.start, now)


@dataclass(kw_only=True)
class Endpoint(Record):
    """A model made available for synthesis."""

    hosting: Hosting
    suspended: datetime | None = None

    @property
    def model_id(self) -> str:
        return self.fields["modelId"]

    def status(self, now: datetime) -> Status:
        if self.suspended is None:
            return self.job.status(now)
        return "Disabled" if now >= self.suspended + SUSPENSION_RUNS else "Disabling"

    def since(self, now: datetime) -> datetime:
        if self.suspended is None:
            return self.job.since(now)
        disabled = self.suspended + SUSPENSION_RUNS
        return disabled if now >= disabled else self.suspended


@dataclass(kw_only=True)
class Synthesis(Record):
    """A batch synthesis job and the length of its video."""

    seconds: int
    kept: timedelta

    def expired(self, now: datetime) -> bool:
        return now >= self.job.ends + self.kept


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """A target's permission to receive one model: the answer that was given, word for word."""

    answer: dict[str, Any]
    expires: datetime


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a training shall go: its compute hours, and the reason it fails for at their end."""

    hours: float | None = None
    fail_reason: str | None = None
