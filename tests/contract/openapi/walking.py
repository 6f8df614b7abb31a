"""A whole life through every route, and every refusal that can be asked for on purpose."""

import io
import wave
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from tests.contract.openapi.contracts import Contracts, Route
from tests.contract.openapi.judging import mismatches
from tests.contract.openapi.serving import Served
from tests.contract.speech_kit import ARM, CONSENT, ENDPOINT, MODEL, START, SYNTHESIS

LISTS = ("/projects", "/consents", "/trainingsets", "/models", "/endpoints")
SINGLES = ("/projects/mara", "/consents/mara-consent", "/trainingsets/mara-set", "/models/mara-v1")
IDS = {"projects": "mara", "consents": "mara-consent", "trainingsets": "mara-set", "models": "mara-v1",
       "endpoints": ENDPOINT, "operations": "train-1", "batchsyntheses": "hello-1", "results": "hello-1"}  # fmt: skip
KEYS = {"Ocp-Apim-Subscription-Key": "key-west", "Authorization": "Bearer local-management"}  # each route reads its own


def recording() -> bytes:
    """A tenth of a second of silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(bytes(3200))
    return made.getvalue()


def live(studio: Served) -> None:
    """Every route that avatars use, at every age of the things behind it; afterwards an avatar is live, and a video made."""
    _look(studio)
    studio.prepare()
    form = {name: value for name, value in CONSENT.items() if name != "audioUrl"}
    file = {"audiodata": ("consent.mp4", b"moving pictures", "video/mp4")}
    studio.voice("POST", "/consents/by-form", data=form, files=file, operation="form-1")
    studio.voice("PUT", "/consents/failing", {**CONSENT, "displayName": "Second try"})
    studio.control("consent", resource="west", consent="failing")
    studio.upload("Gesture", operation="up-1")
    studio.voice("PUT", "/models/mara-v1", {**MODEL, "voiceName": "Mara"}, operation="train-1")
    studio.control("training", resource="west", model="failing-v1", hours=1, fail_reason="Internal")
    studio.voice("PUT", "/models/failing-v1", MODEL)
    _look(studio)
    studio.wait(hours=41)
    _deploy_and_copy(studio)
    _look(studio)
    studio.wait(minutes=20)
    made = studio.batch("PUT", "/batchsyntheses/hello-1", SYNTHESIS)
    studio.batch("GET", f"/operations/{made.headers['Operation-Id']}")
    _look(studio)
    studio.wait(minutes=1)
    _look(studio)
    _beside(studio)


def _look(studio: Served) -> None:
    for path in (*LISTS, *SINGLES, f"/endpoints/{ENDPOINT}", "/operations/train-1", "/modelrecipes", "/basemodels"):
        studio.voice("GET", path)
    for path in LISTS:
        studio.voice("GET", path, params={"maxpagesize": "1", "skip": "1", "filter": "locale eq 'en-US'"})
    studio.batch("GET", "/batchsyntheses")
    studio.batch("GET", "/batchsyntheses/hello-1")


def _deploy_and_copy(studio: Served) -> None:
    studio.deploy(operation="deploy-1")
    studio.voice("PUT", "/projects/mara", {"kind": "CustomAvatar"}, on="north")
    asked = {"sourceResourceId": f"{ARM}west", "modelId": "mara-v1"}
    permit = studio.voice("POST", "/models:authorizecopy", asked, on="north").json()
    order = {"authorization": permit, "targetProjectId": "mara"}
    studio.voice("POST", "/models/mara-v1:copy", order, operation="copy-1")
    studio.voice("GET", "/operations/copy-1")


def _beside(studio: Served) -> None:
    """The APIs beside the two published ones, and the controls."""
    studio.wait(hours=2)
    names = "AvatarModelHostingSeconds,AvatarModelTrainingSeconds,VideoSecondsSynthesized"
    studio.metric(names, START, studio.time, interval="P1D")
    studio.metric(names, studio.time - timedelta(hours=3), studio.time)
    for query in ({}, {"currencyCode": "EUR", "$filter": "contains(meterName,'avatar')", "$skip": "20"}):
        studio.send("GET", "/prices/api/retail/prices", params=query)
    studio.control("heard", text="I know that an avatar is made of me.")
    sound: Any = {"audio": ("consent.wav", recording(), "audio/wav"), "definition": (None, '{"locales": ["en-US"]}')}
    url = "/r/west/speechtotext/transcriptions:transcribe?api-version=2024-11-15"
    studio.send("POST", url, files=sound, headers=KEYS)
    for address in studio.batch("GET", "/batchsyntheses/hello-1").json()["outputs"].values():
        studio.send("GET", address)
    studio.control("usage", resource="west", seconds=42)
    studio.control("portal", resource="west", action="train", model="noor-v1", hours=2)
    studio.control("portal", resource="west", action="finish_training", model="noor-v1")
    studio.control("portal", resource="west", action="deploy", model="noor-v1")
    studio.control("portal", resource="west", action="undeploy", model="noor-v1")
    studio.control("switches", metric_delay_minutes=5)
    studio.control("faults", rules=[])
    studio.send("GET", "/_control/journal", params={"after": "3"})


def end(studio: Served) -> None:
    """Suspended, resumed, and everything removed."""
    studio.voice("POST", f"/endpoints/{ENDPOINT}:suspend")
    studio.wait(minutes=2)
    _look(studio)
    studio.voice("POST", f"/endpoints/{ENDPOINT}:resume")
    studio.voice("GET", f"/endpoints/{ENDPOINT}")
    studio.voice("DELETE", "/projects/mara")
    studio.batch("DELETE", "/batchsyntheses/hello-1")
    studio.voice("DELETE", f"/endpoints/{ENDPOINT}")
    for path in reversed(SINGLES):
        studio.voice("DELETE", path, params={"forceDelete": "true"} if path.startswith("/projects") else {})
    studio.control("reset")


def filled(route: Route, other: str = "") -> str:
    """The route's path with the ids of what is there, or with another id, percent-encoded."""
    names = [part for part in route.path.split("/") if part in IDS]
    known = IDS[names[0]] if names else ""
    place = {"{resource}": "west", "{id}": other or known, "{arm}": f"{ARM}west".strip("/")}
    path = route.path
    for name, value in place.items():
        path = path.replace(name, value)
    return path


def refusals(studio: Served, route: Route) -> list[httpx.Response]:
    """Wrong key, wrong version, wrong query, wrong id, wrong content; and the failures that anything can have."""
    path, query = filled(route), version(route)
    asked = [
        ({}, query, {}),
        (KEYS, {**query, "api-version": "1999-01-01"}, {}),
        (KEYS, {**query, "colour": "red"}, {}),
    ]
    if any(parameter["in"] in ("body", "formData") for parameter in route.parameters):
        asked += [
            ({**KEYS, "Content-Type": kind}, query, {"content": content})
            for kind in ("text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=x")
            for content in (b"", b"{}", b"[]", b"{kind", b"\xff\xfe", b'{"a": 1e999}', b"[" * 100_000, b"--x\r\n")
        ]
    answers = [
        studio.client.request(route.method, path, headers=headers, params=params, **more)
        for headers, params, more in asked
    ]
    if "{id}" in route.path:
        addresses = [
            filled(route, other) for other in ("nobody-there", "x", "%20", "%0A", "%ED%A0%80", str(UUID(int=7)))
        ]
        answers += [studio.client.request(route.method, address, headers=KEYS, params=query) for address in addresses]
    if not route.path.startswith(("/_control", "/results")):  # those know no ordered failures
        for status in (429, 500, 503):
            rule = {"path_contains": path, "kind": "status", "status": status, "seconds": 3}
            studio.control("faults", rules=[rule])
            answers.append(studio.client.request(route.method, path, headers=KEYS, params=query))
    return answers


def version(route: Route) -> dict[str, str]:
    published = route.file.said["info"]["version"]
    return {"api-version": published} if any(p["name"] == "api-version" for p in route.parameters) else {}


def judged(contracts: Contracts, answers: list[tuple[str, httpx.Response]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Mismatches of what was answered, and which status each route gave."""
    found: list[str] = []
    given: set[tuple[str, str]] = set()
    for path, answer in answers:
        route = contracts.of(answer.request.method, urlsplit(path).path)
        if route is None:
            found.append(f"{answer.request.method} {path} has no contract")
            continue
        given.add((str(route), str(answer.status_code)))
        found += mismatches(route, answer)
    return found, given
