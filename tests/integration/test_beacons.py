"""A program says over HTTP that it uses a deployment: with that deployment's own token, and not all the time."""

import re

import azure.functions as func
import pytest

from shared.beacons import heard
from tests.integration.conftest import MAYA, World
from tests.integration.people_kit import services
from tests.integration.states_kit import live, says


def _sends(world: World, deployment: str, body: bytes) -> func.HttpResponse:
    address = f"{world.stack.app}/api/usage/{deployment}"
    request = func.HttpRequest("POST", address, body=body, route_params={"deployment": deployment})
    answer: func.HttpResponse = world.functions["usage"].call(request)
    return answer


def _shown(world: World, name: str) -> dict[str, str]:
    """By deployment, the token that `/avatar use` shows."""
    told = says(world, MAYA, f"use {name}").own
    return dict(re.findall(r'sendBeacon\("[^"]+/api/usage/([^"/]+)", "([^"]+)"\)', told))


def test_the_token_that_people_are_shown_is_heard(world: World) -> None:
    given = live(world)
    shown = _shown(world, given["name"])
    assert set(shown) == {given["dep"]}
    before = services().calendar.now()
    assert _sends(world, given["dep"], shown[given["dep"]].encode()).status_code == 204
    assert heard(services().lists)[given["dep"]] >= before.replace(microsecond=0)


def test_the_same_beacon_again_and_again_changes_nothing_and_is_put_off(world: World) -> None:
    given = live(world)
    token = _shown(world, given["name"])[given["dep"]].encode()
    answers = [_sends(world, given["dep"], token) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [204] * 5 + [429] * 3
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert list(heard(services().lists)).count(given["dep"]) == 1


@pytest.mark.parametrize("body", [b"", b"wrong", b"\xff\xfe", b"x" * 5000, "tökén".encode(), b"a|b"])
def test_whoever_has_not_the_token_is_heard_by_nobody(world: World, body: bytes) -> None:
    given, other = live(world), live(world)
    stolen = _shown(world, other["name"])[other["dep"]].encode()
    for wrong in (body, stolen):
        answer = _sends(world, given["dep"], wrong)
        assert answer.status_code == 403
        assert b"token is wrong" in answer.get_body()
    assert given["dep"] not in heard(services().lists)
