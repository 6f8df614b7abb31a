"""How records look from outside, and pages of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from local.speech import reading
from local.speech.answers import Answer, bad_argument
from local.speech.records import Model, Record
from local.speech.service import Call, Outcome
from local.speech.world import World

DEFAULT_PAGE = 100


def project_view(world: World, record: Record) -> dict[str, Any]:
    """Projects are published without a status."""
    return {"id": record.id, **record.fields, "createdDateTime": world.stamp(record.job.created)}


def view(world: World, record: Record, now: datetime) -> dict[str, Any]:
    status = record.status(now)
    content: dict[str, Any] = {"id": record.id, **record.fields}
    properties: dict[str, Any] = dict(content.get("properties") or {})
    if isinstance(record, Model):
        properties["voiceSync"] = record.voice_sync
    if status == "Failed" and record.job.failure:
        properties["failureReason"] = record.job.failure
    if properties:
        content["properties"] = properties
    return {
        **content,
        "status": status,
        "createdDateTime": world.stamp(record.job.created),
        "lastActionDateTime": world.stamp(record.since(now)),
    }


def show(call: Call, record: Record) -> dict[str, Any]:
    is_project = call.state.projects.get(record.id) is record
    return project_view(call.world, record) if is_project else view(call.world, record, call.now)


def page(call: Call, rows: Iterable[dict[str, Any]]) -> Outcome:
    """`value` and, when there is more, an absolute `nextLink` that carries the whole query."""
    everything = list(rows)
    skip = _number(call.query, "skip", 0, least=0)
    size = _number(call.query, "maxpagesize", DEFAULT_PAGE, least=1)
    body: dict[str, Any] = {"value": everything[skip : skip + size]}
    if skip + size < len(everything):
        query = {**call.query, "skip": str(skip + size), "maxpagesize": str(size), "api-version": call.version}
        body["nextLink"] = f"{call.address}{call.path}?{urlencode(query)}"
    return Outcome(Answer(200, body))


def _number(query: dict[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not reading.is_count(text) or int(text) < least:
        raise bad_argument(f"The query parameter '{name}' must be a whole number of at least {least}.", name)
    return int(text)
