"""Azure compared with the records, over HTTP: what somebody did in the portal is found, told with buttons, and never touched."""

import json
import uuid

import httpx

from tests.integration.conftest import LENA, MAYA, World
from tests.integration.test_main_job import _deployed, _services, _time, _watched


def _act(world: World, **act: object) -> None:
    httpx.post(f"{world.stack.speech}/_control/portal", json=act).raise_for_status()


def _stray(world: World, name: str) -> str:
    """Somebody trains and deploys in the portal, past us; the endpoint's id."""
    endpoint = str(uuid.uuid4())
    _act(world, resource="studio-weu", action="train", model=name, hours=1)
    _act(world, resource="studio-weu", action="finish_training", model=name)
    _act(world, resource="studio-weu", action="deploy", model=name, endpoint=endpoint)
    _time(world, 2, "reconcile")
    world.pump(lambda: world.sees(f"A deployment that nobody recorded: {name}", "C0ONCALL"))
    return endpoint


def _buttons(world: World, about: str) -> dict[str, str]:
    for message in reversed(world.stack.slack.messages["C0ONCALL"]):
        for block in message["blocks"] or []:
            if block["type"] == "actions" and about in json.dumps(message["blocks"]):
                return {element["action_id"]: element["value"] for element in block["elements"]}
    raise AssertionError(about)


def test_a_deployment_made_past_us_is_found_adopted_and_watched(world: World) -> None:
    name = world.name()
    endpoint = _stray(world, f"{name}-v1")
    _time(world, 2, "reconcile")
    found = [text for text in world.texts("C0ONCALL") if f"A deployment that nobody recorded: {name}-v1" in text]
    assert len(found) == 1
    assert "billed around the clock" in found[0]
    place, model, listed, since = _buttons(world, f"deployment that nobody recorded: {name}-v1")["adopt_stray"].split(
        "|"
    )
    assert (place, model, listed) == ("studio-weu", f"{name}-v1", endpoint)
    answer, messages = world.press(LENA, "adopt_stray", f"{place}|{model}|{listed}|{since}", "C0ONCALL")
    assert (answer.status_code, messages) == (200, [])
    (opened,) = world.stack.slack.views[LENA][-1:]
    assert opened["view"]["callback_id"] == "adopt"
    about = json.loads(opened["view"]["private_metadata"])
    world.fills(
        LENA, "adopt", about,
        {
            "name": {"type": "plain_text_input", "value": name},
            "resource": {"type": "static_select", "selected_option": {"value": place}},
            "model": {"type": "plain_text_input", "value": model},
            "since": {"type": "datepicker", "selected_date": since},
            "owner": {"type": "users_select", "selected_user": MAYA},
            "reports": {"type": "conversations_select", "selected_conversation": "C0AVATARS"},
        },
    )  # fmt: skip
    world.pump(lambda: world.sees(f"adopted *{name}*"))
    _time(world, 2, "reconcile")
    world.pump(lambda: world.sees(f"A deployment that nobody recorded: {name}-v1\nSettled", "C0ONCALL"))
    _watched(world, name, 73)
    world.pump(lambda: world.sees(f"Idle deployment: {name}-v1", "C0ONCALL"))
    assert world.paid("deployment", endpoint) == 1


def test_what_somebody_knows_is_not_told_again(world: World) -> None:
    name = world.name()
    _stray(world, f"{name}-v1")
    _, subject, revision = _buttons(world, f"deployment that nobody recorded: {name}-v1")["know_stray"].split("|")
    about = {"avatar": "~cloud", "subject": subject, "revision": revision, "channel": "C0ONCALL"}
    world.fills(LENA, "know_stray", about, {"why": {"type": "plain_text_input", "value": "the agency's test"}})
    world.pump(lambda: world.sees("the agency's test", "C0ONCALL"))
    world.says(LENA, "admin compare")
    assert world.sees(f"`studio-weu`: a deployment that nobody recorded, `{name}-v1`")


def test_a_deployment_removed_past_us_is_told_and_comes_back_only_when_asked(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = _deployed(world, good_clips)
    _time(world, 2, "reconcile")
    assert not world.sees(f"Not in Azure: {name}-v1", "C0ONCALL")
    _act(world, resource="studio-weu", action="undeploy", model=f"{name}-v1")
    _time(world, 2, "reconcile")
    world.pump(lambda: world.sees(f"Not in Azure: {name}-v1", "C0ONCALL"))
    value = _buttons(world, f"Not in Azure: {name}-v1")["redeploy_missing"]
    world.clicks(MAYA, "redeploy_missing", value)
    world.pump(lambda: world.sees(f"{name}-v1: closed in our records", "C0ONCALL"))
    _time(world, 1, "training_poll")
    world.pump(lambda: sum(f"Deploy {name}-v1: done" in text for text in world.texts()) == 2)


def test_more_hosting_in_the_portal_than_on_record_is_told_as_a_sign(world: World) -> None:
    name = world.name()
    on_record = sum(
        deployment.billed and deployment.resource == "portal-wus2"
        for book in _services().books().values()
        for deployment in book.deployments.values()
    )
    for number in range(6 + 2 * on_record):  # more than what other tests have on record there
        model = f"{name}-v{number}"
        _act(world, resource="portal-wus2", action="train", model=model, hours=1)
        _act(world, resource="portal-wus2", action="finish_training", model=model)
        _act(world, resource="portal-wus2", action="deploy", model=model)
    _time(world, 30, "reconcile")
    world.pump(lambda: world.sees("More is hosted than is on record: portal-wus2", "C0ONCALL"))
    told = next(text for text in world.texts("C0ONCALL") if "More is hosted than is on record: portal-wus2" in text)
    assert "a sign, no proof" in told
