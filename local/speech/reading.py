"""Reads request bodies: content type, JSON or form, and a precise sentence for everything that is wrong."""

import hashlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from local.speech.answers import RefusedError, bad_argument
from local.speech.service import Rule

Kind = TypeVar("Kind", bound=BaseModel)

READ_ONLY = frozenset(
    {
        "id",
        "status",
        "createdDateTime",
        "lastActionDateTime",
        "engineVersion",
        "failureReason",
        "failedTrainingsets",
        "voiceStyles",
        "secondaryLocales",
        "outputs",
        "sizeInBytes",
        "succeededCount",
        "failedCount",
        "durationInMilliseconds",
        "billingDetails",
        "error",
    }
)


async def read(rule: Rule, request: Request) -> dict[str, Any]:
    """The fields of the body; empty for a route without one.

    Raises:
        RefusedError: 415 for another content type, 400 for a body that cannot be read.
    """
    if rule.body is None:
        return {}
    wanted = "multipart/form-data" if rule.form else "application/json"
    sent = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if sent != wanted:
        message = f"The content type must be '{wanted}'."
        raise RefusedError(415, message, target="Content-Type", violation=True)
    if rule.most_bytes is not None and len(await request.body()) > rule.most_bytes:
        raise bad_argument(f"The body must not be larger than {rule.most_bytes} bytes.", "body")
    return await _form(request) if rule.form else await json_object(request)


async def json_object(request: Request) -> dict[str, Any]:
    """The body as an object.

    Raises:
        RefusedError: 400, it is none.
    """
    return parse_json(await request.body())


def parse_json(text: str | bytes) -> dict[str, Any]:
    """An object from JSON.

    Raises:
        RefusedError: 400, it is none, or nested too deeply to be read.
    """
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise bad_argument("The body is not valid JSON.", "body") from None
    if not isinstance(content, dict):
        raise bad_argument("The body must be a JSON object.", "body")
    return cast("dict[str, Any]", content)


async def _form(request: Request) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    async with form_of(request) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read()
                fields[name] = hashlib.sha256(content).hexdigest() if content else ""
            elif name == "audiodata":
                raise bad_argument("The form field 'audiodata' must be a file.", name)
            else:
                fields[name] = value
    return fields


@asynccontextmanager
async def form_of(request: Request) -> AsyncGenerator[FormData]:
    """The multipart form.

    Raises:
        RefusedError: 400, it can't be read.
    """
    try:
        form = await request.form()
    except HTTPException:
        raise bad_argument("The form can't be read.", "body") from None
    try:
        yield form
    finally:
        await form.close()


def is_count(text: str) -> bool:
    """Whether this is a whole number from 0 on, of a size that means something."""
    return text.isascii() and text.isdigit() and len(text) < 10


def digest(method: str, path: str, fields: dict[str, Any]) -> str:
    """Two requests are identical when this is equal; a shared access signature in the body counts."""
    text = json.dumps([method, path, fields], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def parse(kind: type[Kind], fields: Any) -> Kind:
    """The fields as a checked model.

    Raises:
        RefusedError: 400, a violation, with the first mistake in words. Values are never repeated.
    """
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        target = where.encode(errors="replace").decode()  # a name may hold half a character
        raise bad_argument(_sentence(first, target), target) from None


def _sentence(mistake: ErrorDetails, target: str) -> str:
    if mistake["type"] == "missing":
        return f"The required field '{target}' is missing."
    if mistake["type"] == "extra_forbidden":
        read_only = str(mistake["loc"][-1]) in READ_ONLY
        return f"The field '{target}' is {'read-only' if read_only else 'not known'}."
    return f"The field '{target}' is wrong: {mistake['msg']}."
