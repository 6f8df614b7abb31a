"""The Speech stand-in refuses and records every breach of the contract, and answers reads as published."""

from datetime import timedelta
from typing import Any

import pytest

from local.speech.clock import Reading
from tests.contract.speech_kit import ARM, CONSENT, MODEL, SAS, START, SYNTHESIS, Studio

PROJECT = {"kind": "CustomAvatar"}
UPLOAD = {"kind": "Gesture", "audios": {"containerUrl": SAS, "extensions": [".mp4"]}}
UNSIGNED = {**UPLOAD, "audios": {"containerUrl": "https://clips.example.test/mara", "extensions": [".mp4"]}}


@pytest.fixture
def studio() -> Studio:
    return Studio()


BREACHES: list[tuple[str, str, Any, dict[str, str], str]] = [
    ("GET", "/nowhere", None, {}, "no route"),
    ("PATCH", "/projects/mara", PROJECT, {}, "no route"),
    ("GET", "/projects", None, {"api-version": "2024-02-01-preview"}, "api-version"),
    ("GET", "/projects", None, {"top": "5"}, "'top' is not known"),
    ("GET", "/projects", None, {"skip": "-1"}, "skip"),
    ("GET", "/models", None, {"filter": "status eq 'Failed'"}, "'status'"),
    ("GET", "/models", None, {"filter": "projectId gt 'mara'"}, "'gt'"),
    ("GET", "/models", None, {"filter": "projectId eq mara"}, "single quotes"),
    ("PUT", "/projects/m", PROJECT, {}, "must match"),
    ("PUT", "/projects/mara", {}, {}, "'kind' is missing"),
    ("PUT", "/projects/mara", [], {}, "JSON object"),
    ("PUT", "/projects/mara", {"kind": "ProfessionalVoice"}, {}, "'kind' is wrong"),
    ("PUT", "/projects/mara", {**PROJECT, "colour": "red"}, {}, "'colour' is not known"),
    ("PUT", "/projects/mara", {**PROJECT, "id": "noor"}, {}, "differs"),
    ("PUT", "/projects/mara", {**PROJECT, "createdDateTime": "2026-01-01T00:00:00Z"}, {}, "read-only"),
    ("PUT", "/models/mara-v1", {**MODEL, "status": "Succeeded"}, {}, "'status' is read-only"),
    ("PUT", "/models/mara-v1", {**MODEL, "properties": {"voiceSync": "yes"}}, {}, "'properties.voiceSync' is wrong"),
    ("PUT", "/endpoints/not-a-uuid", {"projectId": "mara", "modelId": "mara-v1"}, {}, "UUID"),
    ("POST", "/trainingsets/mara-set:upload", UNSIGNED, {}, "shared access signature"),
]


@pytest.mark.parametrize(("method", "path", "body", "params", "words"), BREACHES)
def test_a_breach_of_the_contract_is_refused_and_recorded(
    studio: Studio, method: str, path: str, body: Any, params: dict[str, str], words: str
) -> None:
    answer = studio.voice(method, path, body, params=params)
    assert answer.status_code in (400, 404)
    error = answer.json()["error"]
    assert words in error["message"]
    assert answer.headers["x-ms-error-code"] == error["code"]
    (entry,) = studio.world.journal.violations()
    assert entry.violation == error["message"]


def test_another_content_type_or_broken_json_is_refused(studio: Studio) -> None:
    headers = {"Ocp-Apim-Subscription-Key": "key-west", "Content-Type": "text/plain"}
    url = "/r/west/customvoice/projects/mara?api-version=2026-01-01"
    plain = studio.send("PUT", url, content=b'{"kind": "CustomAvatar"}', headers=headers)
    assert (plain.status_code, plain.json()["error"]["code"]) == (415, "UnsupportedMediaType")
    headers["Content-Type"] = "application/json"
    assert studio.send("PUT", url, content=b"{kind", headers=headers).status_code == 400
    assert len(studio.world.journal.violations()) == 2


def test_an_operation_id_must_be_well_formed_and_belong_there(studio: Studio) -> None:
    assert studio.train(operation="no spaces please").status_code == 400
    assert studio.voice("PUT", "/projects/mara", PROJECT, operation="project-1").status_code == 400
    assert len(studio.world.journal.violations()) == 2


def test_requests_without_the_right_key_or_token_are_refused(studio: Studio) -> None:
    for headers in ({}, {"Ocp-Apim-Subscription-Key": "key-north"}, {"Authorization": "Bearer local-north"}):
        url = "/r/west/customvoice/projects?api-version=2026-01-01"
        answer = studio.send("GET", url, headers=headers)
        assert (answer.status_code, answer.headers["x-ms-error-code"]) == (401, "Unauthorized")
    assert studio.send("GET", url, headers={"Authorization": "Bearer local-west"}).status_code == 200
    assert not studio.world.journal.violations()


def test_a_region_or_sku_without_training_refuses_it(studio: Studio) -> None:
    far = studio.voice("PUT", "/models/mara-v1", MODEL, on="north")
    assert (far.status_code, far.json()["error"]["code"]) == (403, "Forbidden")
    free = studio.voice("PUT", "/models/mara-v1", MODEL, on="free")
    assert free.json()["error"]["message"] == "Avatar is currently only available on Standard S0 resource"
    assert studio.batch("PUT", "/batchsyntheses/hello-1", SYNTHESIS, on="free").status_code == 403


def test_models_need_their_project_consent_and_training_set(studio: Studio) -> None:
    studio.prepare()
    for change in ({"projectId": "noor"}, {"consentId": "nobody"}, {"trainingSetId": "nothing"}):
        answer = studio.voice("PUT", "/models/mara-v1", {**MODEL, **change})
        assert (answer.status_code, answer.json()["error"]["target"]) == (400, next(iter(change)))
    studio.voice("PUT", "/consents/wrong-words", CONSENT)
    studio.control("consent", resource="west", consent="wrong-words")
    studio.wait(minutes=3)
    shown = studio.voice("GET", "/consents/wrong-words").json()
    assert shown["properties"] == {"failureReason": "AudioAndScriptNotMatch"}
    assert studio.voice("PUT", "/models/mara-v1", {**MODEL, "consentId": "wrong-words"}).status_code == 400
    assert studio.started() == []


def test_a_project_with_models_goes_only_by_force(studio: Studio) -> None:
    studio.live()
    assert studio.voice("DELETE", "/projects/mara").status_code == 400
    assert studio.voice("DELETE", "/projects/mara", params={"forceDelete": "true"}).status_code == 204
    assert studio.voice("GET", "/endpoints").json() == {"value": []}
    studio.wait(hours=2)
    assert studio.total("AvatarModelHostingSeconds") == 0


def test_pages_follow_each_other_and_keep_the_filter(studio: Studio) -> None:
    for number in range(7):
        studio.voice("PUT", f"/projects/avatar-{number}", {**PROJECT, "locale": "en-US" if number < 5 else "de-DE"})
        studio.wait(minutes=1)
    params = {"maxpagesize": "2", "filter": f"locale eq 'en-US' and createdDateTime gt {START:%Y-%m-%dT%H:%M:%SZ}"}
    page, seen = studio.voice("GET", "/projects", params=params).json(), list[str]()
    while True:
        seen += [row["id"] for row in page["value"]]
        if "nextLink" not in page:
            break
        page = studio.send("GET", page["nextLink"], headers={"Ocp-Apim-Subscription-Key": "key-west"}).json()
    assert seen == ["avatar-1", "avatar-2", "avatar-3", "avatar-4"]


def test_the_batch_limit_counts_real_minutes() -> None:
    real = [1000.0]
    studio = Studio(batch_limit=True, monotonic=lambda: real[0])
    assert [studio.batch("GET", "/batchsyntheses").status_code for _ in range(3)] == [200, 200, 429]
    assert int(studio.batch("GET", "/batchsyntheses").headers["Retry-After"]) > 59
    real[0] += 60
    assert studio.batch("GET", "/batchsyntheses").status_code == 200


def test_metrics_come_hour_by_hour_and_the_latest_are_missing(studio: Studio) -> None:
    studio.live()
    live_since = studio.time
    studio.wait(hours=2)
    answer = studio.metric("AvatarModelHostingSeconds,VideoSecondsSynthesized", live_since, studio.time)
    hosting, video = answer["value"]
    assert sum(point["total"] for point in hosting["timeseries"][0]["data"]) == 2 * 3600 - 300
    assert hosting["timeseries"][0]["data"][1]["total"] == 3600
    assert hosting["name"] == {"value": "AvatarModelHostingSeconds", "localizedValue": "Avatar Model Hosting Seconds"}
    assert video["timeseries"] == []
    assert answer["resourceregion"] == "westeurope"
    studio.control("usage", resource="west", seconds=42)
    assert studio.total("VideoSecondsSynthesized") == 0
    studio.wait(minutes=1)
    assert studio.total("VideoSecondsSynthesized") == 42
    by_day = studio.metric("AvatarModelHostingSeconds", START, START + timedelta(days=3), interval="P1D")
    assert by_day["value"][0]["timeseries"][0]["data"][0] == {"timeStamp": "2026-11-02T00:00:00Z", "total": 0.0}


def test_metrics_need_a_management_token_and_a_known_resource(studio: Studio) -> None:
    url = f"/management{ARM}west/providers/Microsoft.Insights/metrics?api-version=2023-10-01"
    answer = studio.send("GET", url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    headers = {"Authorization": "Bearer local-management"}
    assert studio.send("GET", url.replace("west", "east"), headers=headers).status_code == 404
    assert studio.send("GET", url, headers=headers).json()["error"]["code"] == "BadRequest"


def test_prices_are_filtered_as_the_retail_api_does(studio: Studio) -> None:
    wanted = "armRegionName eq 'westeurope' and (contains(meterName,'Training') or contains(meterName,'Hosting'))"
    params = {"api-version": "2023-01-01-preview", "currencyCode": "'EUR'", "$filter": wanted}
    answer = studio.send("GET", "/prices/api/retail/prices", params=params).json()
    assert [(row["retailPrice"], row["unitOfMeasure"]) for row in answer["Items"]] == [
        (13.021, "1 Hour"),
        (0.521, "1 Hour"),
    ]
    shouted = {**params, "$filter": "contains(meterName,'AVATAR')"}
    assert studio.send("GET", "/prices/api/retail/prices", params=shouted).json()["Count"] == 0
    del shouted["api-version"]
    assert studio.send("GET", "/prices/api/retail/prices", params=shouted).json()["Count"] == 24
    wrong = {"$filter": "startswith(meterName,'TTS')"}
    assert studio.send("GET", "/prices/api/retail/prices", params=wrong).status_code == 400


def test_the_journal_never_shows_a_secret(studio: Studio) -> None:
    studio.live()
    studio.voice("PUT", "/consents/mara-consent", {**CONSENT, "secret": SAS})
    studio.send("GET", f"/r/west/customvoice/projects?sig={SAS}", headers={"Authorization": "Bearer local-west"})
    text = studio.send("GET", "/_control/journal").text
    for secret in ("very-secret", "key-west", "local-west"):
        assert secret not in text


def test_times_come_without_z_when_asked() -> None:
    studio = Studio()
    assert studio.voice("PUT", "/projects/mara", PROJECT).json()["createdDateTime"] == "2026-11-02T08:00:00.000Z"
    studio.control("switches", timestamps_without_z=True)
    assert studio.voice("GET", "/projects/mara").json()["createdDateTime"] == "2026-11-02T08:00:00.000"


def test_business_time_runs_from_the_last_reading_at_its_speed() -> None:
    reading = Reading(real=START, calendar=START + timedelta(days=3), speed=3600)
    assert reading.at(START + timedelta(seconds=2)) == START + timedelta(days=3, hours=2)


def test_the_switches_are_what_the_service_is_known_for() -> None:
    studio = Studio()
    studio.live()
    studio.control("switches", wrong_default=True, call_limit=1)
    studio.batch("PUT", "/batchsyntheses/job-1", SYNTHESIS, on="west")
    assert studio.batch("GET", "/batchsyntheses/job-1").json()["properties"]["timeToLiveInHours"] == 774
    assert studio.voice("GET", "/projects").status_code == 200
    refused = studio.voice("GET", "/projects")
    assert (refused.status_code, 1 <= int(refused.headers["Retry-After"]) <= 61) == (429, True)
    studio.control("switches", call_limit=0)
    studio.control("faults", rules=[{"path_contains": "/projects/late", "method": "PUT", "kind": "wrong_json"}])
    broken = studio.voice("PUT", "/projects/late", {"kind": "CustomAvatar"})
    assert (broken.status_code, broken.text) == (201, '{"id": "')
    assert studio.voice("GET", "/projects/late").status_code == 200
