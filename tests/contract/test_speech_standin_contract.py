"""Everything the Speech stand-in answers, over real HTTP, fits the published OpenAPI definitions and ours."""

import httpx
import pytest

from tests.contract.openapi.breaking import BREAKS, broken, is_found
from tests.contract.openapi.checking import check, of_a_life, undeclared
from tests.contract.openapi.contracts import MISSING, Contracts, missing, read
from tests.contract.openapi.judging import mismatches
from tests.contract.speech_kit import MODEL

pytestmark = pytest.mark.skipif(missing(), reason=MISSING)


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return read()


def test_every_answer_to_a_whole_life_to_refusals_and_to_generated_requests_fits_its_contract(
    contracts: Contracts,
) -> None:
    report = check(contracts, examples=4)
    assert report.mismatches == []
    assert report.generated.server_errors == []
    assert report.responses >= 10 * len(contracts.routes)
    assert sorted(report.breaks) == sorted(BREAKS)


def test_a_stand_in_that_breaks_its_contract_is_found_and_named(contracts: Contracts) -> None:
    said = of_a_life(contracts, broken("a required field is dropped"))
    assert is_found("a required field is dropped", said)
    assert not is_found("a value of the wrong type", said)


def test_a_route_without_a_contract_and_a_contract_without_a_route_are_named(contracts: Contracts) -> None:
    fewer = Contracts(tuple(r for r in contracts.routes if not r.path.endswith("/modelrecipes")), contracts.not_served)
    assert undeclared(fewer) == ["GET /r/{}/customvoice/modelrecipes is served and has no contract"]


def test_the_judge_finds_each_thing_that_does_not_fit(contracts: Contracts) -> None:
    route = contracts.route("GET", "/models/{id}")
    times = {"createdDateTime": "yesterday", "lastActionDateTime": "2026-11-02T08:00:00Z"}
    model = {**MODEL, **times, "id": "mara-v1", "status": "Cooking", "colour": "red"}
    del model["consentId"]
    assert len(mismatches(route, httpx.Response(200, json=model))) == 4
    whole = {**MODEL, **times, "createdDateTime": "2026-11-02T08:00:00Z", "id": "mara-v1"}
    assert "'status' is never left out" in mismatches(route, httpx.Response(200, json=whole))[0]
    for answer, words in (
        (httpx.Response(202, json=whole), "not declared"),
        (httpx.Response(409, json=whole), "not declared"),
        (httpx.Response(200, text="<html>"), "instead of JSON"),
        (httpx.Response(404, json={"error": {"code": "NotFound", "message": "gone"}}), "without the header"),
        (
            httpx.Response(
                404, json={"error": {"code": "Forbidden", "message": "no"}}, headers={"x-ms-error-code": "Forbidden"}
            ),
            "does not belong to this status",
        ),
    ):
        assert words in mismatches(route, answer)[0]
