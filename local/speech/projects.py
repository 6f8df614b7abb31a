"""Projects, consents and training sets: everything that comes before a training."""

from typing import Any

from local.speech.answers import Answer, bad_argument, bad_request, not_found
from local.speech.filters import LISTS, Row, compile_filter
from local.speech.records import (
    CONSENT_QUEUED,
    CONSENT_RUNS,
    UPLOAD_QUEUED,
    UPLOAD_RUNS,
    Job,
    Record,
    TrainingSet,
    Upload,
)
from local.speech.removal import remove_project
from local.speech.service import LIST_QUERY, Call, Handler, Outcome, Rule
from local.speech.views import page, show
from local.speech.wire import ConsentBody, ConsentForm, DatasetBody, ProjectBody, TrainingSetBody


def lister(name: str) -> Handler:
    """GET of a whole collection, in the order of creation."""

    def handle(call: Call) -> Outcome:
        text = call.query.get("filter")
        accepts = compile_filter(text, LISTS) if text is not None else None
        records = call.state.collection(name).values()
        return page(call, (show(call, record) for record in records if accepts is None or accepts(_row(record))))

    return handle


def _row(record: Record) -> Row:
    """What a filter may ask about; the kind of an endpoint is one of its properties."""
    properties: dict[str, Any] = record.fields.get("properties", {})
    return {
        "kind": record.fields.get("kind", properties.get("kind")),
        "locale": record.fields.get("locale"),
        "projectId": record.fields.get("projectId"),
        "createdDateTime": record.job.created,
    }


def getter(name: str, what: str) -> Handler:
    """GET of one record."""

    def handle(call: Call) -> Outcome:
        record = call.state.collection(name).get(call.id)
        if record is None:
            raise not_found(what, call.id)
        return Outcome(Answer(200, show(call, record)))

    return handle


def require_project(call: Call, project_id: str) -> None:
    if project_id not in call.state.projects:
        raise bad_request(f"The project '{project_id}' doesn't exist.", "projectId")


def put_project(call: Call) -> Outcome:
    body = call.sent(ProjectBody)
    existing = call.state.projects.get(call.id)
    if existing is None or existing.digest != call.digest:
        call.refuse_taken("project", existing.digest if existing else None)
        existing = Record(id=call.id, fields=body.fields(), digest=call.digest, job=Job(created=call.now))
        call.state.projects[call.id] = existing
    return Outcome(Answer(201, show(call, existing)))


def delete_project(call: Call) -> Outcome:
    force = call.query.get("forceDelete", "false").lower()
    if force not in ("true", "false"):
        raise bad_argument("The query parameter 'forceDelete' must be true or false.", "forceDelete")
    remove_project(call.state, call.id, call.now, force=force == "true")
    return Outcome(Answer(204))


def make_consent(call: Call) -> Outcome:
    """PUT with an address, or POST with the file itself."""
    body = call.sent(ConsentBody) if isinstance(call.body, ConsentBody) else call.sent(ConsentForm)
    existing = call.state.consents.get(call.id)
    call.refuse_taken("consent", existing.digest if existing else None)
    require_project(call, body.project_id)
    job = Job(created=call.now, queued=CONSENT_QUEUED, runs=CONSENT_RUNS)
    record = Record(id=call.id, fields=body.fields(), digest=call.digest, job=job)
    call.state.consents[call.id] = record
    return Outcome(Answer(201, show(call, record)), job)


def delete_consent(call: Call) -> Outcome:
    if call.state.consents.pop(call.id, None) is None:
        raise not_found("consent", call.id)
    return Outcome(Answer(204))


def put_trainingset(call: Call) -> Outcome:
    body = call.sent(TrainingSetBody)
    existing = call.state.trainingsets.get(call.id)
    if existing is None or existing.digest != call.digest:
        call.refuse_taken("training set", existing.digest if existing else None)
        require_project(call, body.project_id)
        existing = TrainingSet(id=call.id, fields=body.fields(), digest=call.digest, job=Job(created=call.now))
        call.state.trainingsets[call.id] = existing
    return Outcome(Answer(201, show(call, existing)))


def delete_trainingset(call: Call) -> Outcome:
    if call.state.trainingsets.pop(call.id, None) is None:
        raise not_found("training set", call.id)
    return Outcome(Answer(204))


def upload(call: Call) -> Outcome:
    body = call.sent(DatasetBody)
    trainingset = call.state.trainingsets.get(call.id)
    if trainingset is None:
        raise not_found("training set", call.id)
    job = Job(created=call.now, queued=UPLOAD_QUEUED, runs=UPLOAD_RUNS)
    trainingset.uploads.append(Upload(kind=body.kind, job=job))
    return Outcome(Answer(202), job)


FILTERED = LIST_QUERY | {"filter"}

RULES = (
    Rule("GET", "/projects", lister("projects"), query=FILTERED),
    Rule("GET", "/projects/{id}", getter("projects", "project")),
    Rule("PUT", "/projects/{id}", put_project, body=ProjectBody),
    Rule("DELETE", "/projects/{id}", delete_project, query=frozenset({"forceDelete"})),
    Rule("GET", "/consents", lister("consents"), query=FILTERED),
    Rule("GET", "/consents/{id}", getter("consents", "consent")),
    Rule("PUT", "/consents/{id}", make_consent, body=ConsentBody, operation=True),
    Rule("POST", "/consents/{id}", make_consent, body=ConsentForm, form=True, operation=True),
    Rule("DELETE", "/consents/{id}", delete_consent),
    Rule("GET", "/trainingsets", lister("trainingsets"), query=FILTERED),
    Rule("GET", "/trainingsets/{id}", getter("trainingsets", "training set")),
    Rule("PUT", "/trainingsets/{id}", put_trainingset, body=TrainingSetBody),
    Rule("POST", "/trainingsets/{id}:upload", upload, body=DatasetBody, operation=True),
    Rule("DELETE", "/trainingsets/{id}", delete_trainingset),
)
