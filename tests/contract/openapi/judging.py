"""What of an answer does not fit its contract."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
from jsonschema import Draft4Validator, FormatChecker

from tests.contract.openapi.contracts import Route

STATUSES = {  # of the published error codes
    "BadRequest": 400,
    "BadArgument": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "UnsupportedMediaType": 415,
    "TooManyRequests": 429,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
}
FORMATS = FormatChecker(formats=())


def _address(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)


def _within(bits: int, value: object) -> bool:
    return not isinstance(value, int) or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def _written(pattern: str, value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(pattern, value) is not None


FORMATS.checks("uri")(_address)
FORMATS.checks("url")(_address)
FORMATS.checks("int32")(lambda value: _within(32, value))
FORMATS.checks("int64")(lambda value: _within(64, value))
FORMATS.checks("uuid")(lambda value: _written(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value))
FORMATS.checks("date-time")(lambda value: _written(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value))


def mismatches(route: Route, answer: httpx.Response) -> list[str]:
    """Sentences, none of them about a value that was sent."""
    at = f"{route} answered {answer.status_code}"
    responses, status = route.said["responses"], str(answer.status_code)
    if status in responses:
        said = responses[status]
    elif "default" in responses and answer.status_code in STATUSES.values():
        said = responses["default"]
    else:
        return [f"{at}, which is not declared"]
    found = [
        f"{at} {fault}"
        for name, schema in said.get("headers", {}).items()
        for fault in _header_faults(name, schema, answer)
    ]
    return found + [f"{at}: {fault}" for fault in _body_faults(route, said.get("schema"), answer)]


def _header_faults(name: str, schema: Any, answer: httpx.Response) -> list[str]:
    if name not in answer.headers:
        return [f"without the header {name}"]
    fits = Draft4Validator(schema, format_checker=FORMATS).is_valid(answer.headers[name])
    return [] if fits else [f"with a header {name} that does not fit"]


def _body_faults(route: Route, schema: Any, answer: httpx.Response) -> list[str]:
    kind = answer.headers.get("content-type", "").split(";")[0]
    if schema is None:
        return ["a body is not declared"] if answer.content else []
    if schema.get("type") == "file":
        return [] if kind in route.said["produces"] and answer.content else [f"{kind or 'no body'} is not declared"]
    if kind != "application/json":
        return [f"{kind or 'no body'} instead of JSON"]
    try:
        body = json.loads(answer.content, parse_constant=_no_json)
    except ValueError:
        return ["the body is not JSON"]
    validator = Draft4Validator({**schema, "definitions": route.file.definitions}, format_checker=FORMATS)
    found = [f"{error.json_path}: {_short(error)}" for error in validator.iter_errors(body)]
    return found or _left_out(route, schema, body, "$") + _code_faults(answer, body)


def _short(error: Any) -> str:
    return f"{error.validator} is broken" if error.validator != "required" else error.message


def _no_json(name: str) -> None:
    raise ValueError(name)


def _left_out(route: Route, schema: Any, value: Any, at: str) -> list[str]:
    """Fields that the definition leaves open, since requests have none of them, and that every answer has."""
    schema = route.file.resolved(schema)
    found = [f"{at}: '{name}' is never left out" for name in schema.get("x-answered", []) if name not in value]
    if isinstance(value, list):
        return [f for i, item in enumerate(value) for f in _left_out(route, schema["items"], item, f"{at}[{i}]")]
    if isinstance(value, dict):
        inner = schema.get("properties", {})
        found += [
            f for key, part in value.items() if key in inner for f in _left_out(route, inner[key], part, f"{at}.{key}")
        ]
    return found


def _code_faults(answer: httpx.Response, body: Any) -> list[str]:
    """The code of a published error envelope says the same as the status and the header."""
    code = answer.headers.get("x-ms-error-code")
    if answer.is_success or code is None:
        return []
    same = body["error"]["code"] == code and STATUSES.get(code, answer.status_code) == answer.status_code
    return [] if same else [f"the code {code} does not belong to this status"]
