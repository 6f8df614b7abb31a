"""The check in whole: routes, answers, generated requests, and breaks that it must find."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from local.speech.app import build
from local.speech.gateway import SERVICES
from local.speech.journal import Journal
from local.speech.service import Service
from local.speech.world import World
from tests.contract.openapi import breaking
from tests.contract.openapi.contracts import Contracts, Route
from tests.contract.openapi.generating import Found, explore
from tests.contract.openapi.judging import mismatches
from tests.contract.openapi.serving import Served
from tests.contract.openapi.walking import end, judged, live, refusals


@dataclass(frozen=True)
class Report:
    """Numbers for the last line, and a sentence for everything that is wrong."""

    responses: int
    mismatches: list[str]
    generated: Found
    breaks: list[str]


def check(contracts: Contracts, *, examples: int, number: int = 1) -> Report:
    """Everything, over loopback; `examples` generated requests a route, chosen by `number`."""
    with Served() as studio:
        live(studio)
        studio.keep()
        refused = [(route, answer) for route in contracts.routes for answer in refusals(studio, route)]
        generated = explore(studio, contracts, examples=examples, number=number)
        studio.restore()
        end(studio)
        found, given = judged(contracts, studio.answers)
    found += [fault for route, answer in refused for fault in mismatches(route, answer)]
    found += undeclared(contracts) + _never_answered(contracts, given)
    responses = len(studio.answers) + len(refused) + generated.requests
    breaks = [name for name in breaking.BREAKS if breaking.is_found(name, of_a_life(contracts, breaking.broken(name)))]
    return Report(responses, sorted({*found, *generated.mismatches}), generated, breaks)


def of_a_life(contracts: Contracts, services: Mapping[str, Service]) -> list[str]:
    """Mismatches of one whole life with these services."""
    with Served(services) as studio:
        live(studio)
        end(studio)
        return judged(contracts, studio.answers)[0]


def undeclared(contracts: Contracts) -> list[str]:
    """Routes that are served without a contract, and contracts that nobody serves."""
    declared = {_bare(str(route)) for route in contracts.routes}
    there = {_bare(line) for line in served()}
    return [f"{line} is served and has no contract" for line in sorted(there - declared)] + [
        f"{line} has a contract and is not served" for line in sorted(declared - there)
    ]


def served() -> set[str]:
    """Every route of the stand-in, `METHOD path`; the last route, which answers 404 to the rest, is none."""
    apis = {f"{rule.method} /r/{{resource}}/{s.name}{rule.path}" for s in SERVICES.values() for rule in s.rules}
    catching = {"/r/{resource}/{service}/{rest:path}", "/{rest:path}"}
    routes = [route for route in build(World([], Journal, Journal())).routes if route.path not in catching]
    return apis | {f"{method} {route.path}" for route in routes for method in route.methods - {"HEAD"}}


def _bare(line: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", line)


def _never_answered(contracts: Contracts, given: set[tuple[str, str]]) -> list[str]:
    """Every success that is declared must have been seen: a check of nothing finds nothing."""
    wanted: list[tuple[Route, str]] = [
        (r, s) for r in contracts.routes for s in r.said["responses"] if s.startswith("2")
    ]
    return [f"{route} never answered {status}" for route, status in wanted if (str(route), status) not in given]
