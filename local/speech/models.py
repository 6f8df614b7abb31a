"""Models: a PUT starts a training that costs money."""

from local.speech.answers import Answer, RefusedError, bad_request
from local.speech.projects import FILTERED, getter, lister, require_project
from local.speech.records import Model
from local.speech.removal import remove_model
from local.speech.service import Call, Outcome, Rule
from local.speech.training import lacking, training_job
from local.speech.views import show
from local.speech.wire import ModelBody


def put_model(call: Call) -> Outcome:
    body = call.sent(ModelBody)
    call.refuse_f0()
    if not call.spec.can_train:
        raise RefusedError(403, f"Custom avatars cannot be trained in the region '{call.spec.region}'.")
    existing = call.state.models.get(call.id)
    call.refuse_taken("model", existing.digest if existing else None)
    require_project(call, body.project_id)
    lack = _check_inputs(call, body)
    job = training_job(call.state, call.id, call.now, lack)
    fields = body.fields()
    fields.pop("properties")
    model = Model(id=call.id, fields=fields, digest=call.digest, job=job, voice_sync=body.properties.voice_sync)
    call.state.models[call.id] = model
    call.started("training", call.id)
    return Outcome(Answer(201, show(call, model)), job)


def _check_inputs(call: Call, body: ModelBody) -> str | None:
    """What the data lacks, if anything; wrong references are refused at once."""
    consent = call.state.consents.get(body.consent_id)
    if consent is None or consent.fields["projectId"] != body.project_id:
        raise bad_request(f"The consent '{body.consent_id}' doesn't exist in this project.", "consentId")
    if consent.status(call.now) == "Failed":
        raise bad_request(f"The consent '{body.consent_id}' has failed.", "consentId")
    trainingset = call.state.trainingsets.get(body.training_set_id)
    if trainingset is None or trainingset.fields["projectId"] != body.project_id:
        raise bad_request(f"The training set '{body.training_set_id}' doesn't exist in this project.", "trainingSetId")
    if body.properties.voice_sync and not call.spec.voice_sync:
        raise bad_request(f"Voice sync is not available in '{call.spec.region}'.", "properties.voiceSync")
    return lacking(trainingset, call.now)


def delete_model(call: Call) -> Outcome:
    remove_model(call.state, call.id, call.now)
    return Outcome(Answer(204))


def list_recipes(_: Call) -> Outcome:
    recipe = {"kind": "CustomAvatar", "version": "V1.0", "description": "Custom text to speech avatar"}
    return Outcome(Answer(200, {"value": [recipe]}))


def list_base_models(_: Call) -> Outcome:
    return Outcome(Answer(200, {"value": []}))


RULES = (
    Rule("GET", "/modelrecipes", list_recipes),
    Rule("GET", "/basemodels", list_base_models),
    Rule("GET", "/models", lister("models"), query=FILTERED),
    Rule("GET", "/models/{id}", getter("models", "model")),
    Rule("PUT", "/models/{id}", put_model, body=ModelBody, operation=True),
    Rule("DELETE", "/models/{id}", delete_model),
)
