"""Requests made from the contract files: well-formed ones about what is there, and every kind of damage to them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.contract.openapi.contracts import Contracts, Route
from tests.contract.openapi.judging import mismatches
from tests.contract.openapi.serving import Served
from tests.contract.openapi.walking import IDS, KEYS, filled, recording, version
from tests.contract.speech_kit import ARM, CONSENT, ENDPOINT, MODEL, SAS, SYNTHESIS

# So that a request gets past the first check, a field often names what is there.
KNOWN: dict[str, list[Any]] = {
    "projectId": ["mara"], "targetProjectId": ["mara"], "consentId": ["mara-consent"], "trainingSetId": ["mara-set"],
    "modelId": ["mara-v1", "other-v1"], "model": ["mara-v1", "failing-v1"], "consent": ["mara-consent", "failing"],
    "resource": ["west", "north", "free"], "target": ["north", "west"], "sourceResourceId": [f"{ARM}west"],
    "targetResourceId": [f"{ARM}north"], "endpoint": [ENDPOINT], "talkingAvatarCharacter": ["mara-v1"],
    "locale": ["en-US"], "voiceTalentName": ["Mara Lind"], "companyName": ["Northlight"], "displayName": ["Mara"], "containerUrl": [SAS], "audioUrl": [SAS], "destinationContainerUrl": [SAS],
    "recipe": [{"kind": "CustomAvatar"}], "voice": ["en-US-AvaMultilingualNeural"], "inputKind": ["PlainText"],
    "definition": ['{"locales": ["en-US"]}', '{"locales": [7]}', "[]", "{", "7", "null", '{"locales": {"a": 1}}'],
    "filter": ["projectId eq 'mara'", "createdDateTime gt 2026-01-01", "locale eq 'x' and kind ne ''", "(" * 2000],
    "$filter": ["contains(meterName,'Avatar')", "(armRegionName eq 'westeurope' or type ne 'x')", "(" * 2000],
    "metricnamespace": ["Microsoft.CognitiveServices/accounts"], "aggregation": ["total"], "meterRegion": ["primary"],
    "timespan": ["2026-11-02/2026-11-03", "2026-11-02/2026-11-04", "0001-01-01T00:00:00+01:00/0001-01-03", "9999-12-30/9999-12-31T23:59:59Z"],
    "after": ["0", "1", "9" * 5000, "٣"], "skip": ["0", "2", "9" * 5000], "maxpagesize": ["1", "100", "9" * 5000],
    "$skip": ["0", "100", "9" * 5000], "forceDelete": ["true", "false"], "sig": ["no-such-signature"],
}  # fmt: skip
# Whole bodies that are accepted: what the schemas alone would hardly hit.
GOOD: dict[str, Any] = {
    "PUT projects/{id}": {"kind": "CustomAvatar", "displayName": "Noor"}, "PUT consents/{id}": CONSENT,
    "PUT trainingsets/{id}": {"locale": "en-US", "projectId": "mara"}, "PUT models/{id}": MODEL,
    "POST trainingsets/{id}:upload": {"kind": "Gesture", "audios": {"containerUrl": SAS, "extensions": [".mp4"]}},
    "PUT endpoints/{id}": {"projectId": "mara", "modelId": "mara-v1"}, "PUT batchsyntheses/{id}": SYNTHESIS,
    "POST models:authorizecopy": {"sourceResourceId": f"{ARM}north", "modelId": "other-v1"},
    "POST _control/portal": {"resource": "west", "action": "train", "model": "another-1"},
    "POST _control/usage": {"resource": "west", "seconds": 42},
}  # fmt: skip
NEW = {"": "another-1", "uuid": "7d0f2c55-2a0e-4f0c-8a51-9d6f4ab1c902"}  # by the format of an id
ODD: list[Any] = [
    None, True, 0, -1, 2**31, 2**63, 10**30, 1.5, 1e308, float("nan"), float("inf"), "", "x", "\ud800", "a\x00b",
    "0001-01-01T00:00:00+01:00", "9" * 5000, [], {}, [None], {"\ud800": 1},
]  # fmt: skip
BROKEN = [b"", b"[]", b"null", b"{", b'{"a": 1e999}', b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b'"text"']


@dataclass
class Found:
    """What the generated requests met."""

    requests: int = 0
    server_errors: list[str] = field(default_factory=list[str])
    mismatches: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Request:
    """One request."""

    route: Route
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    content: bytes | None = None


def explore(studio: Served, contracts: Contracts, *, examples: int, number: int) -> Found:
    """Each route alone, then several requests after each other; every example begins where the life was kept."""
    found = Found()
    for route in contracts.routes:
        _play(studio, found, requests(route).map(lambda request: [request]), examples, number)
    azure = [route for route in contracts.routes if not route.path.startswith("/_control")]
    several = st.lists(st.sampled_from(azure).flatmap(requests), min_size=2, max_size=6)
    _play(studio, found, several, examples * 5, number)
    return found


def _play(studio: Served, found: Found, wanted: st.SearchStrategy[list[Request]], examples: int, number: int) -> None:
    @seed(number)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(wanted)
    def play(sequence: list[Request]) -> None:
        studio.restore()
        for request in sequence:
            found.requests += 1
            _send(studio, request, found)

    play()


def _send(studio: Served, request: Request, found: Found) -> None:
    try:
        answer = studio.client.request(
            request.route.method, request.path, params=request.query, headers=request.headers,
            content=request.content,
        )  # fmt: skip
    except httpx.TransportError as error:
        found.server_errors.append(f"{request.route} gave no answer ({type(error).__name__})")
        return
    if answer.status_code >= 500:
        found.server_errors.append(f"{request.route} answered {answer.status_code}: {request}"[:600])
    else:
        found.mismatches += mismatches(request.route, answer)


def requests(route: Route) -> st.SearchStrategy[Request]:
    places = {
        kind: [p for p in route.parameters if p["in"] == kind] for kind in ("query", "header", "body", "formData")
    }
    content, kind = st.none(), "application/json"
    if places["body"]:
        schema = places["body"][0]["schema"]
        good = [
            st.just(body)
            for name, body in GOOD.items()
            if str(route).endswith(name.split()[1]) and name[:3] == str(route)[:3]
        ]
        content = _mostly(
            st.one_of(*good, *good, _values(route, schema, "")).flatmap(_damaged).map(_written), st.sampled_from(BROKEN)
        )
    elif places["formData"]:
        kind = "multipart/form-data; boundary=frontier"
        parts = [_part(part) for part in places["formData"]]
        whole = st.tuples(*parts)
        content = st.one_of(whole, whole, st.lists(st.one_of(parts), max_size=10)).map(_form) | st.sampled_from(
            [*BROKEN, b"--frontier\r\n\r\n", b"--frontier--"]
        )
    headers = st.fixed_dictionaries(
        {name: _mostly(st.just(key), st.sampled_from(["", "wrong", "\x7f"])) for name, key in KEYS.items()}
        | ({"Content-Type": _mostly(st.just(kind), st.sampled_from(["text/plain", "application/json", "", "multipart/form-data"]))}
           if places["body"] or places["formData"] else {}),
        optional={p["name"]: st.sampled_from(["train-1", "x", "a b"]) | _text(p) for p in places["header"]},
    )  # fmt: skip
    query = st.tuples(*[_asked(route, parameter) for parameter in places["query"]]).map(lambda parts: sum(parts, ()))
    return st.builds(Request, st.just(route), _path(route), query, headers, content)


def _path(route: Route) -> st.SearchStrategy[str]:
    if "{" not in route.path:
        return st.just(route.path)
    others = st.sampled_from(
        [*IDS.values(), *NEW.values(), "failing-v1", ENDPOINT.upper(), "x", "a/b", "a:b", ".."]
    ) | st.text(min_size=1)
    wrong = others.map(lambda text: filled(route, quote(text, safe="")))
    elsewhere = st.sampled_from(["north", "free", "nowhere"]).map(
        lambda name: filled(route).replace("/west/", f"/{name}/").replace("accounts/west", f"accounts/{name}")
    )
    there = st.just(filled(route))
    new = st.just(filled(route, NEW["uuid" if "/endpoints/" in route.path else ""]))
    return (
        st.one_of(new, new, there, elsewhere, wrong)
        if route.method == "PUT"
        else st.one_of(there, there, elsewhere, wrong)
    )


def _asked(route: Route, parameter: Any) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """A query parameter: there as it should be, odd, twice, or left out."""
    name = parameter["name"]
    if name == "api-version":
        good: st.SearchStrategy[str] = st.just(version(route)["api-version"])
    else:
        good = st.sampled_from(KNOWN.get(name, []) + parameter.get("enum", []) or ["1"])
    there = _mostly(good, st.text(max_size=30)).map(lambda value: ((name, value),))
    usual = there if parameter.get("required") else there | st.just(())
    return _mostly(usual, st.just(()) | there.map(lambda once: once * 2))


def _values(route: Route, schema: Any, name: str) -> st.SearchStrategy[Any]:
    """Values that fit a schema; read-only fields are left out, and known names are preferred."""
    if "$ref" in schema:
        return _values(route, route.file.resolved(schema), name)
    fitting = _fitting(route, schema)
    known = KNOWN.get(name)
    return st.one_of(st.sampled_from(known), st.sampled_from(known), fitting) if known else fitting


def _fitting(route: Route, schema: Any) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    match kinds[0]:
        case "object":
            inner = {
                name: _values(route, part, name)
                for name, part in schema.get("properties", {}).items()
                if not part.get("readOnly") and not route.file.resolved(part).get("readOnly")
                and not (name in ("id", "status") and route.published)
            }  # fmt: skip
            must = {name: inner[name] for name in schema.get("required", []) if name in inner}
            return st.fixed_dictionaries(must, optional={n: part for n, part in inner.items() if n not in must})
        case "array":
            return st.lists(_values(route, schema["items"], ""), max_size=3)
        case "integer":
            return st.integers(-(2**31), 2**31 - 1) | st.integers(0, 1000)
        case "number":
            return st.floats(0, 1000) | st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case _:
            return _text(schema)


def _text(schema: Any) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True)
    match schema.get("format"):
        case "uuid":
            return st.uuids().map(str)
        case "uri" | "url":
            return st.sampled_from([SAS, "http://127.0.0.1:9/x", "ftp://a/b?c", "//", "http://[::1"])
        case "date-time":
            return st.datetimes().map(lambda when: f"{when.isoformat()}Z")
        case _:
            return st.text(min_size=schema.get("minLength", 0), max_size=20)


def _part(part: Any) -> st.SearchStrategy[tuple[str, Any]]:
    name = part["name"]
    if part["type"] == "file":
        sent = st.sampled_from([recording(), b"", b"RIFF", recording()[:30], recording()[:28] + bytes(16)])
        return sent.map(lambda content: (name, ("file.wav", content)))
    good = st.sampled_from(KNOWN[name]) if name in KNOWN else _text(part)
    return _mostly(good, st.text(max_size=10)).map(lambda text: (name, text))


def _form(parts: Any) -> bytes:
    lines: list[bytes] = []
    for name, value in parts:
        file = value if isinstance(value, tuple) else None
        more = f'; filename="{file[0]}"' if file else ""
        content = file[1] if file else value.encode("utf-8", "replace")
        lines += [b"--frontier", f'Content-Disposition: form-data; name="{name}"{more}'.encode(), b"", content]
    return b"\r\n".join([*lines, b"--frontier--", b""])


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()


@st.composite
def _damaged(draw: Callable[..., Any], value: Any) -> Any:
    """The value as it is, or with one part of it left out, exchanged or added."""
    how = draw(st.sampled_from(["as it is"] * 4 + ["left out", "exchanged", "added"]))
    if how == "as it is" or not isinstance(value, dict):
        return value
    value = json.loads(json.dumps(value))
    place = value
    while (
        place
        and (inner := [part for part in place.values() if isinstance(part, dict) and part])
        and draw(st.booleans())
    ):
        place = draw(st.sampled_from(inner))
    if how == "added" or not place:
        place[draw(st.sampled_from(["colour", "status", "id", "\ud800", ""]))] = draw(st.sampled_from(ODD))
    elif how == "left out":
        del place[draw(st.sampled_from(sorted(place)))]
    else:
        place[draw(st.sampled_from(sorted(place)))] = draw(st.sampled_from(ODD))
    return value


def _mostly(usual: st.SearchStrategy[Any], seldom: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 19).flatmap(lambda dice: seldom if dice == 7 else usual)
