"""Copies of a model to another resource, after the pattern of the custom speech API (UNVERIFIED for avatars)."""

import uuid
from datetime import datetime, timedelta

from local.speech.answers import Answer, RefusedError, bad_request, not_found
from local.speech.records import COPY_RUNS, Authorization, Job, Model
from local.speech.service import Call, Outcome, Rule
from local.speech.wire import AuthorizeBody, CopyAuthorization, CopyBody
from local.speech.world import ResourceState, World

AUTHORIZED_FOR = timedelta(hours=24)


def authorize_copy(call: Call) -> Outcome:
    """On the target: permission for one model of one other resource."""
    body = call.sent(AuthorizeBody)
    call.refuse_f0()
    source = call.world.by_arm_id(body.source_resource_id)
    if source is None or source is call.state:
        raise bad_request("The source must be another Speech resource.", "sourceResourceId")
    _refuse_taken(call.state, body.model_id)
    expires = call.now + AUTHORIZED_FOR
    answer = {
        "id": str(uuid.uuid4()),
        "expirationDateTime": call.world.stamp(expires),
        "sourceResourceId": body.source_resource_id,
        "targetResourceId": call.spec.arm_id,
        "targetResourceEndpoint": f"{call.root}/r/{call.spec.name}",
        "targetResourceRegion": call.spec.region,
        "modelId": body.model_id,
    }
    call.state.authorizations[answer["id"]] = Authorization(answer=answer, expires=expires)
    return Outcome(Answer(200, answer))


def copy_model(call: Call) -> Outcome:
    """On the source: copy with the target's authorization. The model appears on the target at once, as Running."""
    body = call.sent(CopyBody)
    model = call.state.models.get(call.id)
    if model is None:
        raise not_found("model", call.id)
    target = _authorized(call, body.authorization)
    copy = start_copy(call.state, target, call.id, body.target_project_id, call.digest, call.now)
    call.started("copy", call.id)
    return Outcome(Answer(202), copy.job)


def start_copy(
    source: ResourceState, target: ResourceState, model_id: str, project_id: str, digest: str, now: datetime
) -> Model:
    """The copy on the target. It loses voice sync where the target has none."""
    model = source.models[model_id]
    if model.status(now) != "Succeeded":
        raise bad_request(f"The model '{model_id}' is not in status Succeeded.", "id")
    if project_id not in target.projects:
        raise bad_request(f"The project '{project_id}' doesn't exist on the target.", "targetProjectId")
    _refuse_taken(target, model_id)
    copy = Model(
        id=model_id,
        fields={**model.fields, "projectId": project_id},
        digest=digest,
        job=Job(created=now, runs=COPY_RUNS),
        voice_sync=model.voice_sync and target.spec.voice_sync,
    )
    target.models[model_id] = copy
    return copy


def _refuse_taken(target: ResourceState, model_id: str) -> None:
    if model_id in target.models:
        raise bad_request(f"The model id '{model_id}' is already taken on the target.", "modelId")


def _authorized(call: Call, sent: CopyAuthorization) -> ResourceState:
    """The target, when it gave exactly this permission for this resource and model, not too long ago."""
    target = _target(call.world, sent)
    given = target.authorizations.get(sent.id) if target else None
    if target is None or given is None or given.answer != sent.fields():
        raise RefusedError(403, "The target has not given this authorization.", target="authorization")
    if call.now >= given.expires:
        raise RefusedError(403, "The authorization has expired.", target="authorization.expirationDateTime")
    if call.world.by_arm_id(sent.source_resource_id) is not call.state or sent.model_id != call.id:
        message = "The authorization is for another resource or another model."
        raise RefusedError(403, message, target="authorization")
    return target


def _target(world: World, sent: CopyAuthorization) -> ResourceState | None:
    return world.by_arm_id(sent.target_resource_id)


RULES = (
    Rule("POST", "/models:authorizecopy", authorize_copy, body=AuthorizeBody),
    Rule("POST", "/models/{id}:copy", copy_model, body=CopyBody, operation=True),
)
