"""The Speech stand-in does nothing twice, breaks when it is told to, and follows what people do in the portal."""

from datetime import timedelta

import httpx
import pytest

from tests.contract.speech_kit import CONSENT, ENDPOINT, MODEL, START, SYNTHESIS, Studio


@pytest.fixture
def studio() -> Studio:
    return Studio()


def test_the_same_request_under_the_same_operation_id_is_done_once(studio: Studio) -> None:
    studio.prepare()
    first = studio.train(operation="train-1")
    studio.wait(hours=2)
    again = studio.train(operation="train-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Operation-Location"] == first.headers["Operation-Location"]
    other = studio.voice("PUT", "/models/mara-v2", MODEL, operation="train-1")
    assert (other.status_code, other.json()["error"]["target"]) == (400, "Operation-Id")
    assert studio.started() == [("training", "mara-v1")]


def test_what_exists_is_never_made_again_by_another_request(studio: Studio) -> None:
    studio.live()
    for answer in (studio.train(), studio.deploy(), studio.voice("PUT", "/consents/mara-consent", CONSENT)):
        assert answer.status_code == 400
        assert "already exists" in answer.json()["error"]["message"]
    assert studio.voice("PUT", "/projects/mara", {"kind": "CustomAvatar"}).status_code == 201
    assert studio.started() == [("training", "mara-v1"), ("deployment", ENDPOINT)]


def test_a_dropped_answer_hides_work_that_was_done(studio: Studio) -> None:
    studio.prepare()
    studio.control("faults", rules=[{"path_contains": "/models/", "method": "PUT", "kind": "drop_after"}])
    with pytest.raises(httpx.RemoteProtocolError):
        studio.train(operation="train-1")
    assert studio.started() == [("training", "mara-v1")]
    assert studio.train(operation="train-1").status_code == 201
    assert studio.started() == [("training", "mara-v1")]


def test_an_ordered_error_does_no_work_and_is_used_up(studio: Studio) -> None:
    rule = {"path_contains": "/projects/", "kind": "status", "status": 503, "seconds": 2, "times": 2}
    studio.control("faults", rules=[rule, {"path_contains": "/models", "kind": "delay", "seconds": 0}])
    for _ in range(2):
        answer = studio.voice("PUT", "/projects/mara", {"kind": "CustomAvatar"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.headers["x-ms-error-code"] == "ServiceUnavailable"
    assert studio.voice("GET", "/projects").json() == {"value": []}
    assert studio.voice("GET", "/models").status_code == 200
    assert [entry.fault for entry in studio.world.journal.entries()] == ["status", "status", None, "delay"]


def test_what_a_person_does_in_the_portal_moves_models_endpoints_and_meters(studio: Studio) -> None:
    def act(action: str, **more: object) -> dict[str, dict[str, object]]:
        return studio.control("portal", resource="west", action=action, model="noor-v1", **more)

    assert act("train", voice_sync=True, hours=30)["model"]["status"] == "NotStarted"
    studio.wait(hours=4)
    assert act("finish_training")["model"]["status"] == "Succeeded"
    assert studio.total("AvatarModelTrainingSeconds") == pytest.approx(4 * 3600 - 60)
    assert act("copy", target="north")["model"]["status"] == "Running"
    assert act("deploy", endpoint=ENDPOINT)["endpoint"]["id"] == ENDPOINT
    assert studio.voice("GET", "/endpoints").json()["value"][0]["modelId"] == "noor-v1"
    act("undeploy")
    act("delete_model")
    assert studio.voice("GET", "/models").json() == {"value": []}
    assert studio.status("/models/noor-v1", on="north") == "Running"
    assert studio.started() == [("training", "noor-v1"), ("copy", "noor-v1"), ("deployment", ENDPOINT)]


def test_reset_forgets_everything(studio: Studio) -> None:
    studio.live()
    studio.control("reset")
    assert studio.send("GET", "/_control/journal").json() == {"entries": []}
    assert studio.voice("GET", "/projects").json() == {"value": []}
    assert studio.time > START + timedelta(hours=40)


def test_a_training_in_progress_can_be_given_other_hours_or_removed(studio: Studio) -> None:
    studio.prepare()
    studio.train()
    studio.wait(hours=5)
    studio.control("training", resource="west", model="mara-v1", hours=2)
    assert studio.status("/models/mara-v1") == "Succeeded"
    studio.voice("PUT", "/models/mara-v2", MODEL, operation="train-2")
    studio.wait(hours=1, minutes=1)
    assert studio.voice("DELETE", "/models/mara-v2").status_code == 204
    assert studio.status("/operations/train-2") == "Failed"
    studio.wait(hours=9)
    assert studio.total("AvatarModelTrainingSeconds") == 6 * 3600 - 60
    assert studio.voice("DELETE", "/models/mara-v2").status_code == 404


def test_a_synthesis_asks_for_what_a_custom_avatar_can_do(studio: Studio) -> None:
    studio.live()
    config = {"talkingAvatarCharacter": "mara-v1", "customized": True}
    several = [{"content": "One."}, {"content": "Two."}]
    for change, target in (
        ({"avatarConfig": {**config, "talkingAvatarStyle": "casual"}}, "avatarConfig.talkingAvatarStyle"),
        ({"inputs": several}, "properties.destinationContainerUrl"),
        ({"properties": {"timeToLiveInHours": 774}}, "properties.timeToLiveInHours"),
        ({"id": "hello-1"}, "id"),
    ):
        answer = studio.batch("PUT", "/batchsyntheses/hello-1", {**SYNTHESIS, **change})
        assert (answer.status_code, answer.json()["error"]["target"]) == (400, target)
    built_in = {**SYNTHESIS, "avatarConfig": {**config, "useBuiltInVoice": True}}
    del built_in["synthesisConfig"]
    assert studio.batch("PUT", "/batchsyntheses/hello-1", built_in).status_code == 201
    assert studio.batch("DELETE", "/batchsyntheses/hello-1").status_code == 400
    studio.wait(minutes=1)
    assert studio.batch("DELETE", "/batchsyntheses/hello-1").status_code == 204
