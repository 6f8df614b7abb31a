"""The upload page's door: a signed pass for one avatar, a link for one file, and the verdict; nothing else is let in."""

import json
import logging
from datetime import timedelta
from typing import Any

import azure.functions as func
import httpx
import pytest

from shared.errors import Broken
from shared.upload_links import Pass, _signed, page_link
from tests.integration.conftest import MAYA, World
from tests.integration.test_main_job import _services


def _pass(world: World, name: str) -> str:
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f"upload {name}")
    (told,) = [text for text in world.texts() if f"Open the upload page of {name}" in text]
    return told.split("#")[1].split("|")[0]


def _ask(world: World, what: str, **wish: object) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest(
        "POST", "http://local/api/upload", body=json.dumps(wish).encode(), route_params={"what": what}
    )
    answer = world.functions["upload"].call(request)
    return answer.status_code, json.loads(answer.get_body())


def test_the_pass_opens_a_link_that_writes_one_file_and_nothing_else(
    world: World, good_clips: dict[str, bytes]
) -> None:
    name = world.name()
    token = _pass(world, name)
    assert _ask(world, "pass", token=token, kind="", file="")[1]["avatar"] == name
    status, found = _ask(world, "permit", token=token, kind="silent", file="a.mp4", size=9)
    assert status == 200
    url = found["url"]
    version = {"x-ms-version": "2021-12-02", "x-ms-blob-type": "BlockBlob"}
    assert httpx.put(url, content=good_clips["silent"], headers=version).status_code == 201
    assert httpx.get(url, headers=version).status_code == 403
    other = url.replace("a.mp4", "b.mp4")
    assert httpx.put(other, content=b"x", headers=version).status_code == 403
    assert httpx.delete(url, headers=version).status_code == 403


def test_what_only_a_maintainer_can_mend_is_answered_and_not_tried_five_times(world: World) -> None:
    name, services = world.name(), _services()
    world.says(MAYA, f"new {name} in studio-weu")
    before = services.settings
    object.__setattr__(services, "settings", before.model_copy(update={"app_url": ""}))
    try:
        world.says(MAYA, f"upload {name}")
    finally:
        object.__setattr__(services, "settings", before)
    assert world.texts()[-1] == "This can't be answered now (no_address): a maintainer has to look."


def test_the_verdict_is_there_once_the_check_is_done(world: World, good_clips: dict[str, bytes]) -> None:
    name = world.name()
    token = _pass(world, name)
    wish = {"token": token, "kind": "natural", "file": "short.mp4"}
    assert _ask(world, "verdict", **wish)[1] == {"state": "waiting", "findings": []}
    world.upload(f"{name}/natural/short.mp4", good_clips["silent"])
    world.pump(lambda: _ask(world, "verdict", **wish)[1]["state"] == "faulty")
    findings = _ask(world, "verdict", **wish)[1]["findings"]
    assert all(found["fix"] and found["required"] for found in findings)
    assert _ask(world, "verdict", **wish, etag='"another"')[1]["state"] == "waiting"
    known = _ask(world, "pass", token=token, kind="", file="")[1]
    (clip,) = known["clips"]
    assert (clip["kind"], clip["file"], clip["state"]) == ("natural", "short.mp4", "faulty")
    assert clip["says"] == next(found["message"] for found in findings if found["severity"] == "error")
    assert any("naturally speaking clip" in line for line in known["missing"])


@pytest.mark.parametrize(
    ("kind", "file", "size", "says"),
    [
        ("natural", "notes.txt", 9, "not an .mp4 or .mov"),
        ("natural", "a.mp4", 0, "empty"),
        ("holiday", "a.mp4", 9, "holiday"),
        ("natural", "../../other/natural/a.mp4", 9, "clip folder"),
    ],
)
def test_what_does_not_belong_there_gets_no_link(world: World, kind: str, file: str, size: int, says: str) -> None:
    token = _pass(world, world.name())
    status, said = _ask(world, "permit", token=token, kind=kind, file=file, size=size)
    assert status == 400
    assert says in said["sentence"]


@pytest.mark.parametrize("what", ["pass", "permit", "verdict"])
def test_a_body_that_no_browser_sends_is_400(world: World, what: str) -> None:
    half_a_letter = json.dumps(
        {"token": _pass(world, world.name()), "kind": "natural", "file": "\ud800.mp4", "size": 9}
    )
    for body in (b"[" * 100_000, b'{"token":' * 50_000 + b"1" + b"}" * 50_000, half_a_letter.encode()):
        request = func.HttpRequest("POST", "http://local/api/upload", body=body, route_params={"what": what})
        assert world.functions["upload"].call(request).status_code == 400


def test_the_libraries_below_log_no_address_and_no_log_names_a_file(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    name = world.name()
    token = _pass(world, name)
    caplog.clear()  # of what is said once in a process
    with caplog.at_level(logging.INFO):  # as the Functions worker has it
        for what in ("permit", "verdict"):
            assert _ask(world, what, token=token, kind="natural", file="ada.mp4", size=9)[0] == 200
        world.upload(f"{name}/natural/ada.mp4", b"no film")
    assert {record.name for record in caplog.records} == {"avatar_ops"}
    assert "ada" not in caplog.text


def test_a_forged_an_expired_and_a_missing_pass_are_over(world: World) -> None:
    name = world.name()
    token = _pass(world, name)
    services = _services()
    late = services.stopwatch.now() - timedelta(seconds=1)
    expired = _signed(services, Pass(avatar=name, user=MAYA, until=int(late.timestamp())))
    body, _, mac = token.partition(".")
    for wrong in ("", "x", f"{body}.{mac[:-2]}AA", f"{body[:-4]}AAAA.{mac}", expired, "é.ü"):
        status, said = _ask(world, "permit", token=wrong, kind="natural", file="a.mp4", size=9)
        assert status == 403
        assert "`/avatar upload`" in said["sentence"]


def test_the_page_has_its_parts_and_may_talk_to_the_storage_only(world: World) -> None:
    page = world.functions["upload"].call(func.HttpRequest("GET", "http://local/api/upload", body=b""))
    assert page.status_code == 200
    assert world.stack.connection.split("BlobEndpoint=")[1].split("/dev")[0] in page.headers["Content-Security-Policy"]
    for part, status in (("page.js", 200), ("page.css", 200), ("upload.py", 404), ("../upload.py", 404)):
        request = func.HttpRequest("GET", "http://local/api/upload", body=b"", route_params={"what": part})
        assert world.functions["upload"].call(request).status_code == status
    wrong = func.HttpRequest("POST", "http://local/api/upload", body=b"[", route_params={"what": "permit"})
    assert world.functions["upload"].call(wrong).status_code == 400


def test_without_its_own_address_the_app_says_which_setting_is_missing(world: World) -> None:
    from dataclasses import replace

    services = _services()
    settings = services.settings.model_copy(update={"app_url": "", "website_hostname": ""})
    with pytest.raises(Broken, match="APP_URL"):
        page_link(replace(services, settings=settings), "presenter", MAYA)
    hosted = settings.model_copy(update={"website_hostname": "x.azurewebsites.net"})
    link = page_link(replace(services, settings=hosted), "presenter", MAYA)
    assert link.startswith("https://x.azurewebsites.net/api/upload#")


def test_a_withdrawn_consent_ends_uploads(world: World) -> None:
    name = world.name()
    token = _pass(world, name)
    world.says(MAYA, f'consent {name} talent="Ada Lovelace" company=Contoso locale=en-US disclosed=yes')
    world.withdraws(MAYA, name)
    for what in ("permit", "pass"):
        status, said = _ask(world, what, token=token, kind="natural", file="a.mp4", size=9)
        assert status == 400
        assert "withdrew the consent" in said["sentence"]
