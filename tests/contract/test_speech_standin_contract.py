"""Everything the Speech stand-in answers over a whole life fits the published OpenAPI definitions."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contract.speech_kit import CONSENT, ENDPOINT, MODEL, SYNTHESIS, Studio

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("AVATAR_OPENAPI_DIR", ROOT / "../shared/reference/openapi"))
FILES = {"customvoice": "customvoice-openapi.json", "avatar": "batchavatar-openapi.json"}

# Our conventions for avatars, which the published definitions do not know.
OWN_VALUES = {"ProjectKind": {"CustomAvatar"}}
OWN_FIELDS = {"ModelProperties": {"voiceSync"}}
OWN_ROUTES = (":copy", ":authorizecopy")

pytestmark = pytest.mark.skipif(
    not all((FOLDER / name).exists() for name in FILES.values()),
    reason=f"the published OpenAPI files are not in {FOLDER}: set AVATAR_OPENAPI_DIR",
)


@cache
def definition(service: str) -> Any:
    return json.loads((FOLDER / FILES[service]).read_text(encoding="utf-8"))


def published(service: str, method: str, path: str) -> Any:
    """The definition of the route that a request used."""
    for template, methods in definition(service)["paths"].items():
        pattern = re.escape(template).replace(r"\{id\}", "[^/:]+")
        if re.fullmatch(pattern, path) and method.lower() in methods:
            return methods[method.lower()]
    raise AssertionError(f"{method} {path} is not published")


def faults(service: str, schema: Any, value: Any, at: str, name: str = "") -> list[str]:
    """Where a value does not fit its schema; unknown fields count."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return faults(service, definition(service)["definitions"][name], value, at, name)
    if "enum" in schema and value not in {*schema["enum"], *OWN_VALUES.get(name, set())}:
        return [f"{at}: {value!r} is not a {name}"]
    kind = schema.get("type")
    if kind == "array":
        return [f for i, item in enumerate(value) for f in faults(service, schema["items"], item, f"{at}[{i}]")]
    if kind == "object":
        return object_faults(service, schema, value, at, name)
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    found = [] if isinstance(value, types[kind]) else [f"{at}: {value!r} is not a {kind}"]
    if schema.get("format") == "date-time" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
        found.append(f"{at}: {value!r} is not a time")
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not match")
    return found


def object_faults(service: str, schema: Any, value: dict[str, Any], at: str, name: str) -> list[str]:
    properties = schema.get("properties", {})
    found = [f"{at}.{field} is missing" for field in schema.get("required", []) if field not in value]
    for field, content in value.items():
        if field in properties:
            found += faults(service, properties[field], content, f"{at}.{field}")
        elif field not in OWN_FIELDS.get(name, set()):
            found.append(f"{at}.{field} is not published")
    return found


def answer_faults(path: str, answer: httpx.Response) -> list[str]:
    service, rest = urlsplit(path).path.split("/", 4)[3:]
    route = f"/{rest}"
    if route.endswith(OWN_ROUTES):
        return []
    at = f"{answer.request.method} {service}{route} {answer.status_code}"
    responses = published(service, answer.request.method, route)["responses"]
    said = responses.get(str(answer.status_code), responses["default"])
    if answer.is_success and str(answer.status_code) not in responses:
        return [f"{at} is not a published status"]
    found = [f"{at}: no header {name}" for name in said.get("headers", {}) if name not in answer.headers]
    if "schema" in said:
        found += faults(service, said["schema"], answer.json(), at)
    elif answer.content:
        found.append(f"{at} has a body")
    return found


def live_and_look(studio: Studio) -> None:
    """Every published route that avatars use, at every age of the things behind it."""
    paths = ("/projects", "/consents", "/trainingsets", "/models", "/endpoints", "/modelrecipes", "/basemodels")
    singles = ("/projects/mara", "/consents/mara-consent", "/trainingsets/mara-set", "/models/mara-v1")

    def look() -> None:
        for path in (*paths, *singles, f"/endpoints/{ENDPOINT}", "/operations/train-1", "/operations/up-1"):
            studio.voice("GET", path)
        studio.batch("GET", "/batchsyntheses")
        studio.batch("GET", "/batchsyntheses/hello-1")

    look()
    studio.prepare()
    studio.upload("Gesture", operation="up-1")
    studio.voice("PUT", "/models/mara-v1", {**MODEL, "voiceName": "Mara"}, operation="train-1")
    studio.voice("PUT", "/consents/failing", {**CONSENT, "displayName": "Second try"})
    studio.control("consent", resource="west", consent="failing")
    studio.control("training", resource="west", model="failing-v1", hours=1, fail_reason="Internal")
    studio.voice("PUT", "/models/failing-v1", MODEL)
    look()
    studio.wait(hours=41)
    studio.deploy()
    look()
    studio.wait(minutes=5)
    studio.batch("PUT", "/batchsyntheses/hello-1", SYNTHESIS)
    look()
    studio.wait(minutes=1)
    look()
    studio.voice("POST", f"/endpoints/{ENDPOINT}:suspend")
    studio.wait(minutes=2)
    look()
    studio.voice("POST", f"/endpoints/{ENDPOINT}:resume")
    studio.voice("GET", "/projects", params={"maxpagesize": "0"})
    studio.batch("DELETE", "/batchsyntheses/hello-1")
    studio.voice("DELETE", f"/endpoints/{ENDPOINT}")
    for path in reversed(singles):
        studio.voice("DELETE", path, params={"forceDelete": "true"} if path.startswith("/projects") else {})


def test_every_answer_of_a_whole_life_fits_the_published_definitions() -> None:
    studio = Studio()
    live_and_look(studio)
    answers = [(path, answer) for path, answer in studio.answers if path.startswith("/r/")]
    assert {answer.status_code for _, answer in answers} == {200, 201, 202, 204, 400, 404}
    assert [fault for path, answer in answers for fault in answer_faults(path, answer)] == []


def test_the_check_itself_finds_what_does_not_fit() -> None:
    schema = {"$ref": "#/definitions/Model"}
    model = {**MODEL, "id": "mara-v1", "status": "Cooking", "createdDateTime": "yesterday", "colour": "red"}
    del model["consentId"]
    assert len(faults("customvoice", schema, model, "model")) == 4
