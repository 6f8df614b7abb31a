"""The Speech stand-in lives through an avatar's whole life."""

import pytest

from local.speech.training import usual_hours
from tests.contract.speech_kit import CONSENT, ENDPOINT, MODEL, SYNTHESIS, Studio


@pytest.fixture
def studio() -> Studio:
    return Studio()


def test_a_consent_and_clips_become_ready_as_business_time_passes(studio: Studio) -> None:
    studio.voice("PUT", "/projects/mara", {"kind": "CustomAvatar"})
    made = studio.voice("PUT", "/consents/mara-consent", CONSENT, operation="consent-1")
    assert made.status_code == 201
    assert made.json()["status"] == "NotStarted"
    assert "audioUrl" not in made.json()
    studio.wait(minutes=1)
    assert studio.status("/consents/mara-consent") == "Running"
    studio.wait(minutes=2)
    assert studio.status("/consents/mara-consent") == "Succeeded"
    assert studio.status("/operations/consent-1") == "Succeeded"
    studio.voice("PUT", "/trainingsets/mara-set", {"locale": "en-US", "projectId": "mara"})
    sent = studio.upload("Gesture")
    assert (sent.status_code, sent.content) == (202, b"")
    location = sent.headers["Operation-Location"]
    assert location.startswith("http://speech.test/r/west/customvoice/operations/")
    assert studio.status("/trainingsets/mara-set") == "Running"
    studio.wait(minutes=1)
    followed = studio.send("GET", location, headers={"Ocp-Apim-Subscription-Key": "key-west"}).json()
    assert followed == {"id": sent.headers["Operation-Id"], "status": "Succeeded"}


def test_a_consent_can_be_sent_as_a_form_with_the_file(studio: Studio) -> None:
    studio.voice("PUT", "/projects/mara", {"kind": "CustomAvatar"})
    fields = {name: value for name, value in CONSENT.items() if name != "audioUrl"}
    files = {"audiodata": ("consent.mp4", b"moving pictures", "video/mp4")}
    made = studio.voice("POST", "/consents/mara-consent", data=fields, files=files)
    assert made.status_code == 201
    assert made.json()["voiceTalentName"] == "Mara Lind"
    assert "audiodata" not in made.json()


def test_training_takes_its_hours_and_is_metered(studio: Studio) -> None:
    studio.prepare()
    assert 20 <= usual_hours("mara-v1") <= 40
    made = studio.train()
    assert made.status_code == 201
    assert made.json()["status"] == "NotStarted"
    studio.wait(hours=19)
    assert studio.status("/models/mara-v1") == "Running"
    studio.wait(hours=usual_hours("mara-v1"))
    shown = studio.voice("GET", "/models/mara-v1").json()
    assert (shown["status"], shown["properties"]) == ("Succeeded", {"voiceSync": True})
    assert studio.total("AvatarModelTrainingSeconds") == pytest.approx(usual_hours("mara-v1") * 3600)


def test_training_without_all_clips_fails_before_it_costs(studio: Studio) -> None:
    studio.prepare()
    studio.voice("PUT", "/trainingsets/other-set", {"locale": "en-US", "projectId": "mara"})
    studio.voice("PUT", "/models/empty-v1", {**MODEL, "trainingSetId": "other-set"})
    studio.voice("DELETE", "/trainingsets/mara-set")
    studio.voice("PUT", "/trainingsets/mara-set", {"locale": "en-US", "projectId": "mara"})
    studio.upload("NaturallySpeaking")
    studio.upload("SilentStatus")
    studio.voice("PUT", "/models/early-v1", MODEL)
    studio.wait(minutes=1)
    for name, reason in (("empty-v1", "DataNotEnough"), ("early-v1", "DataNotReady")):
        shown = studio.voice("GET", f"/models/{name}").json()
        assert (shown["status"], shown["properties"]["failureReason"]) == ("Failed", reason)
    assert studio.total("AvatarModelTrainingSeconds") == 0


def test_an_ordered_failure_comes_after_the_ordered_hours(studio: Studio) -> None:
    studio.prepare()
    order = {"resource": "west", "model": "mara-v1", "hours": 6, "fail_reason": "SpeakerVerificationFailed"}
    studio.control("training", **order)
    made = studio.train(operation="train-1")
    assert made.status_code == 201
    studio.wait(hours=6)
    assert studio.status("/models/mara-v1") == "Running"
    studio.wait(minutes=1)
    shown = studio.voice("GET", "/models/mara-v1").json()
    assert shown["properties"]["failureReason"] == "SpeakerVerificationFailed"
    assert studio.status("/operations/train-1") == "Failed"
    assert studio.total("AvatarModelTrainingSeconds") == 6 * 3600


def test_a_copy_arrives_without_voice_sync_where_there_is_none(studio: Studio) -> None:
    studio.live()
    studio.voice("PUT", "/projects/mara-north", {"kind": "CustomAvatar"}, on="north")
    asked = {"sourceResourceId": studio.world.resources[0].arm_id, "modelId": "mara-v1"}
    permission = studio.voice("POST", "/models:authorizecopy", asked, on="north").json()
    assert permission["targetResourceRegion"] == "northeurope"
    order = {"authorization": permission, "targetProjectId": "mara-north"}
    forged = {**order, "authorization": {**permission, "modelId": "other-v1"}}
    assert studio.voice("POST", "/models/mara-v1:copy", forged).status_code == 403
    sent = studio.voice("POST", "/models/mara-v1:copy", order, operation="copy-1")
    assert sent.status_code == 202
    assert studio.status("/models/mara-v1", on="north") == "Running"
    studio.wait(minutes=20)
    shown = studio.voice("GET", "/models/mara-v1", on="north").json()
    assert (shown["status"], shown["projectId"]) == ("Succeeded", "mara-north")
    assert shown["properties"] == {"voiceSync": False}
    assert studio.status("/operations/copy-1") == "Succeeded"
    assert studio.voice("POST", "/models:authorizecopy", asked, on="north").status_code == 400


def test_a_copy_authorization_expires(studio: Studio) -> None:
    studio.live()
    studio.voice("PUT", "/projects/mara-north", {"kind": "CustomAvatar"}, on="north")
    asked = {"sourceResourceId": studio.world.resources[0].arm_id, "modelId": "mara-v1"}
    permission = studio.voice("POST", "/models:authorizecopy", asked, on="north").json()
    studio.wait(hours=24)
    order = {"authorization": permission, "targetProjectId": "mara-north"}
    assert studio.voice("POST", "/models/mara-v1:copy", order).status_code == 403


def test_a_deployment_is_billed_from_success_until_it_is_deleted(studio: Studio) -> None:
    studio.prepare()
    studio.train()
    assert studio.deploy().status_code == 400
    studio.wait(hours=41)
    assert studio.deploy(operation="deploy-1").json()["status"] == "Running"
    studio.wait(minutes=5)
    assert studio.status(f"/endpoints/{ENDPOINT}") == "Succeeded"
    assert studio.voice("DELETE", "/models/mara-v1").status_code == 400
    studio.wait(hours=3)
    assert studio.voice("DELETE", f"/endpoints/{ENDPOINT}").status_code == 204
    studio.wait(hours=10)
    assert studio.total("AvatarModelHostingSeconds") == 3 * 3600
    assert studio.voice("DELETE", "/models/mara-v1").status_code == 204
    assert studio.voice("DELETE", "/projects/mara").status_code == 204
    assert studio.voice("GET", "/consents/mara-consent").status_code == 404


def test_a_suspended_endpoint_is_not_billed_until_it_is_resumed(studio: Studio) -> None:
    studio.live()
    studio.wait(hours=1)
    assert studio.voice("POST", f"/endpoints/{ENDPOINT}:suspend").json()["status"] == "Disabling"
    studio.wait(hours=1)
    assert studio.status(f"/endpoints/{ENDPOINT}") == "Disabled"
    assert studio.voice("POST", f"/endpoints/{ENDPOINT}:resume").json()["status"] == "Running"
    studio.wait(hours=1, minutes=5)
    assert studio.total("AvatarModelHostingSeconds") == 2 * 3600


def test_a_batch_synthesis_needs_a_deployed_avatar_and_is_kept_for_31_days(studio: Studio) -> None:
    refused = studio.batch("PUT", "/batchsyntheses/hello-1", SYNTHESIS)
    assert refused.status_code == 400
    assert "Invalid deploymentId" in refused.json()["error"]["message"]
    studio.live()
    assert studio.batch("PUT", "/batchsyntheses/hello-1", SYNTHESIS).status_code == 201
    studio.wait(seconds=31)
    shown = studio.batch("GET", "/batchsyntheses/hello-1").json()
    assert shown["status"] == "Succeeded"
    assert shown["properties"]["durationInMilliseconds"] == 3000
    assert shown["properties"]["billingDetails"]["talkingAvatarDurationSeconds"] == 3
    assert studio.total("VideoSecondsSynthesized") == 3
    studio.wait(days=31)
    assert studio.batch("GET", "/batchsyntheses").json() == {"value": []}
