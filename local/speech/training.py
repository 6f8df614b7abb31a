"""Trainings: what they need, how long they take, how they end."""

import hashlib
from datetime import datetime, timedelta

from local.speech.records import NO_TIME, TRAINING_QUEUED, Job, TrainingSet
from local.speech.world import ResourceState

USUAL_HOURS = (20, 40)
NEEDED = frozenset({"NaturallySpeaking", "SilentStatus"})


def usual_hours(model_id: str) -> float:
    """Compute hours between 20 and 40, always the same for the same model."""
    low, high = USUAL_HOURS
    steps = int(hashlib.sha256(model_id.encode()).hexdigest()[:8], 16) % ((high - low) * 100 + 1)
    return low + steps / 100


def lacking(trainingset: TrainingSet, now: datetime) -> str | None:
    """Why this training set cannot be trained from now, in the published failure reasons."""
    ready = {upload.kind for upload in trainingset.uploads if upload.job.status(now) == "Succeeded"}
    if ready >= NEEDED:
        return None
    coming = {upload.kind for upload in trainingset.uploads if not upload.job.finished(now)}
    return "DataNotReady" if ready | coming >= NEEDED else "DataNotEnough"


def training_job(state: ResourceState, model_id: str, now: datetime, lack: str | None) -> Job:
    """A new training on the meter; data that is lacking ends it before it costs anything."""
    plan = state.plans.get(model_id)
    hours = plan.hours if plan and plan.hours is not None else usual_hours(model_id)
    reason = lack or (plan.fail_reason if plan else None)
    runs = NO_TIME if lack else timedelta(hours=hours)
    job = Job(created=now, queued=TRAINING_QUEUED, runs=runs, failure=reason)
    state.trainings.append(job)
    return job
