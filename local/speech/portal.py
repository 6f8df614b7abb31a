"""What a person does in the portal, so that models, endpoints and meters move without an API call."""

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local.speech.answers import RefusedError, bad_request, not_found
from local.speech.copying import start_copy
from local.speech.endpoints import deploy
from local.speech.journal import Started, Work
from local.speech.records import Job, Model, Plan, Record
from local.speech.removal import remove_endpoint, remove_model
from local.speech.service import UUID
from local.speech.training import training_job
from local.speech.views import view
from local.speech.wire import ID
from local.speech.world import ResourceState, World

FailReason = Literal[
    "InaccessibleCustomerStorage",
    "SpeakerVerificationFailed",
    "TerminateByUser",
    "Internal",
    "DataNotReady",
    "DataNotEnough",
]


class Act(BaseModel):
    """One act. `target` is the other resource of a copy; `endpoint` chooses the id of a deployment."""

    model_config = ConfigDict(extra="forbid")

    resource: str
    action: Literal["train", "finish_training", "fail_training", "copy", "deploy", "undeploy", "delete_model"]
    model: str = Field(pattern=ID)
    project: str = Field(default="portal", pattern=ID)
    voice_sync: bool = False
    hours: float | None = Field(default=None, gt=0, le=96)
    fail_reason: FailReason = "Internal"
    target: str | None = None
    endpoint: str | None = Field(default=None, pattern=UUID)


def perform(world: World, act: Act) -> dict[str, Any]:
    """Do it, note it in the journal as PORTAL, and show the model and endpoint it touched.

    Raises:
        RefusedError: the portal would not allow it.
    """
    state, now = resource(world, act.resource), world.now()
    started: Started | None = None
    shown: dict[str, Any] = {}
    if act.action == "train":
        shown["model"], started = _train(state, act, now), _started("training", act.model)
    elif act.action == "copy":
        shown["model"], started = _copy(world, state, act, now), _started("copy", act.model)
    elif act.action == "deploy":
        endpoint = _deploy(state, act, now)
        shown["endpoint"], started = endpoint, _started("deployment", endpoint.id)
    elif act.action == "undeploy":
        _undeploy(state, act, now)
    elif act.action == "delete_model":
        remove_model(state, act.model, now)
    else:
        shown["model"] = _end(state, act, now)
    world.journal.add(at=now, method="PORTAL", path=act.action, status=200, resource=state.spec.name, started=started)
    return {name: view(world, record, now) for name, record in shown.items()}


def resource(world: World, name: str) -> ResourceState:
    state = world.states.get(name)
    if state is None:
        raise not_found("resource", name)
    return state


def _started(kind: Work, name: str) -> Started:
    return Started(kind=kind, id=name)


def _project(state: ResourceState, act: Act, now: datetime) -> str:
    """The portal's fine-tuning workspace; made on first use."""
    if act.project not in state.projects:
        job = Job(created=now)
        state.projects[act.project] = Record(id=act.project, fields={"kind": "CustomAvatar"}, digest="", job=job)
    return act.project


def _train(state: ResourceState, act: Act, now: datetime) -> Model:
    if not state.spec.can_train or state.spec.sku == "F0":
        raise RefusedError(403, f"Custom avatars cannot be trained on '{state.spec.name}'.")
    if act.model in state.models:
        raise bad_request(f"The model '{act.model}' already exists.", "model")
    if act.hours is not None:
        state.plans[act.model] = Plan(hours=act.hours)
    fields = {
        "recipe": {"kind": "CustomAvatar"},
        "projectId": _project(state, act, now),
        "consentId": act.project,
        "trainingSetId": act.project,
    }
    job = training_job(state, act.model, now, None)
    voice_sync = act.voice_sync and state.spec.voice_sync
    model = Model(id=act.model, fields=fields, digest="", job=job, voice_sync=voice_sync)
    state.models[act.model] = model
    return model


def _end(state: ResourceState, act: Act, now: datetime) -> Model:
    model = state.models.get(act.model)
    if model is None:
        raise not_found("model", act.model)
    if model.job.finished(now):
        raise bad_request(f"The model '{act.model}' is not in training.", "model")
    model.job.finish(now, act.fail_reason if act.action == "fail_training" else None)
    return model


def _copy(world: World, state: ResourceState, act: Act, now: datetime) -> Model:
    if act.target is None:
        raise bad_request("A copy needs a target.", "target")
    if act.model not in state.models:
        raise not_found("model", act.model)
    target = resource(world, act.target)
    return start_copy(state, target, act.model, _project(target, act, now), "", now)


def _deploy(state: ResourceState, act: Act, now: datetime) -> Record:
    name = act.endpoint or str(uuid.uuid4())
    if name in state.endpoints:
        raise bad_request(f"The endpoint '{name}' already exists.", "endpoint")
    fields = {"projectId": _project(state, act, now), "modelId": act.model}
    return deploy(state, name, fields, "", now)


def _undeploy(state: ResourceState, act: Act, now: datetime) -> None:
    names = [act.endpoint] if act.endpoint else [e.id for e in state.endpoints.values() if e.model_id == act.model]
    if not names:
        raise bad_request(f"The model '{act.model}' is not deployed.", "model")
    for name in names:
        remove_endpoint(state, name, now)
