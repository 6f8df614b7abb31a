"""Batch avatar synthesis, as published for 2024-08-01."""

import math
import re
from datetime import timedelta
from typing import Any

from local.speech.answers import Answer, bad_request, not_found
from local.speech.records import SYNTHESIS_QUEUED, SYNTHESIS_RUNS, Job, Synthesis
from local.speech.service import LIST_QUERY, Call, Outcome, Rule
from local.speech.views import page, view
from local.speech.wire_batch import AvatarConfig, SynthesisBody

KEPT_HOURS, WRONG_HOURS = 744, 774
MOST_BYTES = 500 * 1024
CHARACTERS_PER_SECOND = 15
MARKUP = re.compile(r"<[^>]*>")


def put_synthesis(call: Call) -> Outcome:
    body = call.sent(SynthesisBody)
    call.refuse_f0()
    _purge(call)
    existing = call.state.syntheses.get(call.id)
    call.refuse_taken("batch synthesis", existing.digest if existing else None)
    _check(call, body)
    text = " ".join(MARKUP.sub("", given.content).strip() for given in body.inputs)
    seconds = max(1, math.ceil(len(text) / CHARACTERS_PER_SECOND))
    job = Job(created=call.now, queued=SYNTHESIS_QUEUED, runs=SYNTHESIS_RUNS)
    hours = body.properties.time_to_live_in_hours or (WRONG_HOURS if call.world.wrong_default else KEPT_HOURS)
    fields = body.fields()
    fields.pop("inputs")
    fields["properties"] = {**body.properties.fields(), "timeToLiveInHours": hours}
    kept = timedelta(hours=hours)
    record = Synthesis(id=call.id, fields=fields, digest=call.digest, job=job, seconds=seconds, kept=kept)
    call.state.syntheses[call.id] = record
    call.state.videos.append((job.ends, seconds))
    call.started("synthesis", call.id)
    return Outcome(Answer(201, _view(call, record)), job)


def _check(call: Call, body: SynthesisBody) -> None:
    if body.input_kind == "PlainText" and body.synthesis_config is None and not body.avatar_config.use_built_in_voice:
        raise bad_request("Plain text needs a voice in synthesisConfig.", "synthesisConfig")
    if len(body.inputs) > 1 and body.properties.destination_container_url is None:
        raise bad_request("Several videos need a destination container.", "properties.destinationContainerUrl")
    if body.avatar_config.customized:
        _check_custom(call, body.avatar_config)
    elif body.avatar_config.use_built_in_voice:
        raise bad_request("Only custom avatars have a built-in voice.", "avatarConfig.useBuiltInVoice")


def _check_custom(call: Call, config: AvatarConfig) -> None:
    name = config.talking_avatar_character
    hosted = [e for e in call.state.endpoints.values() if e.model_id == name and e.status(call.now) == "Succeeded"]
    if not hosted:
        message = f"Invalid deploymentId: no deployed custom avatar is named '{name}'."
        raise bad_request(message, "avatarConfig.talkingAvatarCharacter")
    if config.talking_avatar_style is not None:
        raise bad_request("A custom avatar has no style.", "avatarConfig.talkingAvatarStyle")
    model = call.state.models[name]
    if config.use_built_in_voice and not model.voice_sync:
        raise bad_request("The model was not trained with voice sync.", "avatarConfig.useBuiltInVoice")


def _purge(call: Call) -> None:
    for name in [record.id for record in call.state.syntheses.values() if record.expired(call.now)]:
        del call.state.syntheses[name]


def _view(call: Call, record: Synthesis) -> dict[str, Any]:
    content = view(call.world, record, call.now)
    if content["status"] == "Succeeded":
        content["properties"] = {
            **content["properties"],
            "sizeInBytes": record.seconds * 250_000,
            "succeededCount": 1,
            "failedCount": 0,
            "durationInMilliseconds": record.seconds * 1000,
            "billingDetails": {"talkingAvatarDurationSeconds": record.seconds},
        }
        content["outputs"] = {
            "result": f"{call.root}/results/{call.spec.name}/{record.id}/0001.mp4?sig={record.digest[:16]}",
            "summary": f"{call.root}/results/{call.spec.name}/{record.id}/summary.json?sig={record.digest[:16]}",
        }
    return content


def list_syntheses(call: Call) -> Outcome:
    _purge(call)
    return page(call, (_view(call, record) for record in call.state.syntheses.values()))


def get_synthesis(call: Call) -> Outcome:
    _purge(call)
    record = call.state.syntheses.get(call.id)
    if record is None:
        raise not_found("batch synthesis", call.id)
    return Outcome(Answer(200, _view(call, record)))


def delete_synthesis(call: Call) -> Outcome:
    _purge(call)
    record = call.state.syntheses.get(call.id)
    if record is None:
        raise not_found("batch synthesis", call.id)
    if not record.job.finished(call.now):
        raise bad_request("A batch synthesis can only be deleted when it has ended.", "id")
    del call.state.syntheses[call.id]
    return Outcome(Answer(204))


RULES = (
    Rule("GET", "/batchsyntheses", list_syntheses, query=LIST_QUERY),
    Rule("GET", "/batchsyntheses/{id}", get_synthesis),
    Rule("PUT", "/batchsyntheses/{id}", put_synthesis, body=SynthesisBody, operation=True, most_bytes=MOST_BYTES),
    Rule("DELETE", "/batchsyntheses/{id}", delete_synthesis),
)
