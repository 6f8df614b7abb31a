"""Endpoints: a model that is hosted costs money around the clock, until its endpoint is deleted."""

from datetime import datetime
from typing import Any

from local.speech.answers import Answer, bad_request, not_found
from local.speech.projects import FILTERED, getter, lister, require_project
from local.speech.records import DEPLOYMENT_RUNS, SUSPENSION_RUNS, Endpoint, Hosting, Job
from local.speech.removal import remove_endpoint
from local.speech.service import Call, Outcome, Rule
from local.speech.views import show
from local.speech.wire import EndpointBody
from local.speech.world import ResourceState


def deploy(state: ResourceState, endpoint_id: str, fields: dict[str, Any], digest: str, now: datetime) -> Endpoint:
    """A new endpoint; it is hosted and billed from the moment its deployment succeeds.

    Raises:
        RefusedError: 400, the model does not exist here or is not ready.
    """
    model_id = fields["modelId"]
    model = state.models.get(model_id)
    if model is None or model.status(now) != "Succeeded":
        raise bad_request(f"The model '{model_id}' doesn't exist or is not in status Succeeded.", "modelId")
    job = Job(created=now, runs=DEPLOYMENT_RUNS)
    hosting = Hosting(start=job.ends)
    endpoint = Endpoint(id=endpoint_id, fields=fields, digest=digest, job=job, hosting=hosting)
    state.hostings.append(hosting)
    state.endpoints[endpoint_id] = endpoint
    return endpoint


def put_endpoint(call: Call) -> Outcome:
    body = call.sent(EndpointBody)
    call.refuse_f0()
    existing = call.state.endpoints.get(call.id)
    call.refuse_taken("endpoint", existing.digest if existing else None)
    require_project(call, body.project_id)
    endpoint = deploy(call.state, call.id, body.fields(), call.digest, call.now)
    call.started("deployment", call.id)
    return Outcome(Answer(201, show(call, endpoint)), endpoint.job)


def delete_endpoint(call: Call) -> Outcome:
    remove_endpoint(call.state, call.id, call.now)
    return Outcome(Answer(204))


def suspend(call: Call) -> Outcome:
    """Published for voices; the avatar documentation knows only delete."""
    endpoint = _endpoint(call)
    if endpoint.status(call.now) != "Succeeded":
        raise bad_request(f"The endpoint '{call.id}' is not in status Succeeded.", "id")
    endpoint.suspended = call.now
    endpoint.hosting.stop(call.now)
    return Outcome(Answer(202, show(call, endpoint)), Job(created=call.now, runs=SUSPENSION_RUNS))


def resume(call: Call) -> Outcome:
    endpoint = _endpoint(call)
    if endpoint.status(call.now) != "Disabled":
        raise bad_request(f"The endpoint '{call.id}' is not in status Disabled.", "id")
    created = endpoint.job.created
    endpoint.suspended = None
    endpoint.job = Job(created=created, queued=call.now - created, runs=DEPLOYMENT_RUNS)
    endpoint.hosting = Hosting(start=endpoint.job.ends)
    call.state.hostings.append(endpoint.hosting)
    call.started("deployment", call.id)
    return Outcome(Answer(202, show(call, endpoint)), endpoint.job)


def _endpoint(call: Call) -> Endpoint:
    endpoint = call.state.endpoints.get(call.id)
    if endpoint is None:
        raise not_found("endpoint", call.id)
    return endpoint


RULES = (
    Rule("GET", "/endpoints", lister("endpoints"), query=FILTERED),
    Rule("GET", "/endpoints/{id}", getter("endpoints", "endpoint"), uuid=True),
    Rule("PUT", "/endpoints/{id}", put_endpoint, body=EndpointBody, operation=True, uuid=True),
    Rule("DELETE", "/endpoints/{id}", delete_endpoint, uuid=True),
    Rule("POST", "/endpoints/{id}:suspend", suspend, operation=True, uuid=True),
    Rule("POST", "/endpoints/{id}:resume", resume, operation=True, uuid=True),
)
