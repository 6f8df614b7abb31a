"""What removing does: hosting stops at once, a running training is cut off, and the meters keep what was used."""

from datetime import datetime

from local.speech.answers import bad_request, not_found
from local.speech.world import ResourceState


def remove_endpoint(state: ResourceState, endpoint_id: str, now: datetime) -> None:
    endpoint = state.endpoints.pop(endpoint_id, None)
    if endpoint is None:
        raise not_found("endpoint", endpoint_id)
    endpoint.hosting.stop(now)
    if not endpoint.job.finished(now):
        endpoint.job.finish(now, "TerminateByUser")


def remove_model(state: ResourceState, model_id: str, now: datetime) -> None:
    model = state.models.get(model_id)
    if model is None:
        raise not_found("model", model_id)
    if any(endpoint.model_id == model_id for endpoint in state.endpoints.values()):
        raise bad_request(f"The model '{model_id}' has endpoints: delete them first.", "id")
    if not model.job.finished(now):
        model.job.finish(now, "TerminateByUser")
    del state.models[model_id]


def remove_project(state: ResourceState, project_id: str, now: datetime, *, force: bool) -> None:
    """Consents and training sets go with the project; models and endpoints only by force."""
    if project_id not in state.projects:
        raise not_found("project", project_id)
    endpoints = [e.id for e in state.endpoints.values() if e.fields["projectId"] == project_id]
    models = [m.id for m in state.models.values() if m.fields["projectId"] == project_id]
    if (endpoints or models) and not force:
        raise bad_request(f"The project '{project_id}' has models or endpoints: delete them, or use forceDelete.", "id")
    endpoints += [e.id for e in state.endpoints.values() if e.model_id in models and e.id not in endpoints]
    for name in endpoints:
        remove_endpoint(state, name, now)
    for name in models:
        remove_model(state, name, now)
    for records in (state.consents, state.trainingsets):
        for name in [r.id for r in records.values() if r.fields["projectId"] == project_id]:
            del records[name]
    del state.projects[project_id]
