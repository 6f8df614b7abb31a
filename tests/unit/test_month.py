"""The virtual month: its truth comes from the seed alone and holds what it promises, and its judge finds what is wrong."""

import ast
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import benchmarks.month
from benchmarks.month.generator import (
    BATCH_ONLY,
    END,
    LONE,
    LONGEST_GAP,
    MIXED,
    START,
    Deployment,
    Month,
    described,
    fingerprint,
    month,
    reacted,
)
from benchmarks.month.judge import Hosted, Rules, Told, judged
from benchmarks.month.peers import by_jobs, by_meter
from benchmarks.month.targets import missed

HERE = Path(benchmarks.month.__file__).parent
RULES = Rules(grace_hours=120, owner_hours=48)
TRUTH = month(1)


def _first(what: str) -> Deployment:
    return next(
        d
        for d in TRUTH.deployments
        if (what == "abandoned" and d.stopped and not d.undecidable)
        or (what == "in use" and d.stopped is None and not d.undecidable)
        or (what == "undecidable" and d.undecidable and d.stopped is None)
    )


def _right(found: Month = TRUTH) -> list[Told]:
    """What a faultless watch would have told: one message each, five hours after the grace."""
    told = [
        Told(d.stopped + timedelta(hours=125), d.id, "alert")
        for d in found.deployments
        if d.stopped and not d.undecidable
    ]
    asked = [d for d in found.deployments if d.undecidable]
    told += [Told(max(d.live, START) + timedelta(hours=125), d.id, "question") for d in asked]
    return [t for t in told if t.at < END]


def _hosted(found: Month = TRUTH) -> Hosted:
    gone = {t.deployment: t.at + timedelta(hours=6) for t in _right(found) if t.what == "alert"}
    return {d.id: [(d.live, gone.get(d.id))] for d in found.deployments}


@cache
def _beside() -> dict[str, Any]:
    better = min(by_meter(TRUTH), by_jobs(TRUTH), key=lambda rule: (rule.false_flags, rule.wasted))
    return {"better_rule_wasted": better.wasted, "false_flags_by_best_rule": better.false_flags}


def _result(told: list[Told], hosted: Hosted | None = None) -> tuple[dict[str, Any], str]:
    result, lines = judged(TRUTH, told, hosted or _hosted(), RULES)
    return {**result, **_beside()}, "\n".join(lines)


def test_the_same_seed_is_the_same_month_and_another_seed_another() -> None:
    assert fingerprint(month(1)) == fingerprint(TRUTH)
    assert fingerprint(month(2)) != fingerprint(TRUTH)
    assert described(month(1)) == described(TRUTH)


@pytest.mark.parametrize("seed", range(1, 4))
def test_the_mix_is_as_promised(seed: int) -> None:
    found = month(seed)
    every = found.deployments
    places = {d.resource: [o for o in every if o.resource == d.resource] for d in every}
    assert (len(every), len(places), len({d.id for d in every})) == (200, 6, 200)
    assert sum(d.stopped is not None and not d.undecidable for d in every) >= 40
    assert sum(d.undecidable for d in every) == 30
    assert all(d.real_time and d.resource in MIXED for d in every if d.undecidable)
    assert set(places) == {*BATCH_ONLY, *MIXED, LONE}
    assert len(places[LONE]) == 1
    assert {"steady", "bursty", "weekends", "office days", "long gaps", "never used"} <= {d.pattern for d in every}
    assert sorted(d.slip for d in every if d.slip) == ["left", "left", "reported", "reported", "undone", "undone"]
    assert all(d.real_time and d.resource in MIXED and not d.undecidable for d in every if d.beacon)
    assert sum(d.beacon for d in every) == 8
    assert any(not use.metered for d in every for use in d.uses)
    assert {spell.kind for spell in found.spells} == {"late", "meter", "jobs"}
    assert found.prices[0][1] != found.prices[1][1]
    assert START < found.prices[1][0] < END


@pytest.mark.parametrize("seed", range(1, 4))
def test_whoever_uses_a_deployment_never_pauses_for_longer_than_the_longest_gap(seed: int) -> None:
    long = 0
    for deployment in month(seed).deployments:
        times = [deployment.live, *(use.at for use in deployment.uses)]
        gaps = [after - before for before, after in pairwise(times)]
        assert all(timedelta(0) <= gap <= LONGEST_GAP for gap in gaps)
        assert deployment.stopped in (None, times[-1])
        assert deployment.stopped or times[-1] > END
        long += any(gap > timedelta(hours=96) for gap in gaps)
    assert long > 20


def test_on_call_acts_in_working_hours() -> None:
    friday = datetime.fromisoformat("2026-11-06T16:00+00:00")
    done = reacted(_first("abandoned"), friday + timedelta(hours=10))
    assert done.weekday() == 0
    assert 8 <= done.hour < 18


def test_a_faultless_month_reaches_every_target() -> None:
    result, lines = _result(_right())
    assert lines == ""
    assert (result["missed"], result["false_flags"], result["asked"]) == (0, 0, 30)
    assert result["messages_per_incident"] == 1
    assert 120 < result["median_hours_to_flag"] < 126
    assert 0 < result["wasted"] < result["wasted_without_watch"]
    assert missed(result) == []


def test_a_missed_abandoned_one_is_found() -> None:
    gone = _first("abandoned")
    result, lines = _result([t for t in _right() if t.deployment != gone.id])
    assert result["missed"] == 1
    assert gone.model in lines
    assert "never flagged" in missed(result)[0]


@pytest.mark.parametrize("what", ["alert", "question"])
def test_a_false_flag_is_found_whoever_is_asked(what: Any) -> None:
    used = _first("in use")
    result, lines = _result([*_right(), Told(START + timedelta(days=9), used.id, what)])
    assert result["false_flags"] == 1
    assert f"{used.model} on {used.resource} ({used.pattern}): a false flag" in lines


def test_a_flag_before_the_last_use_is_false_even_where_it_is_abandoned_later() -> None:
    gone = next(d for d in TRUTH.deployments if d.stopped and len(d.uses) > 3 and not d.undecidable)
    early = Told(gone.uses[1].at + timedelta(minutes=1), gone.id, "alert")
    assert _result([*_right(), early])[0]["false_flags"] == 1


def test_two_messages_for_one_incident_are_found_and_one_for_each_of_two_are_not() -> None:
    gone, first = _first("abandoned"), next(t for t in _right() if t.deployment == _first("abandoned").id)
    again = Told(first.at + timedelta(hours=3), gone.id, "alert")
    result, lines = _result([*_right(), again])
    assert result["messages_per_incident"] > 1
    assert "2 messages for 1 incidents" in lines
    answered = Told(first.at + timedelta(hours=1), gone.id, "answer")
    assert _result([*_right(), answered, again])[0]["messages_per_incident"] == 1


def test_a_question_that_nobody_answers_in_time_is_handed_on_and_one_that_is_asked_over_is_not() -> None:
    asked = next(t for t in _right() if t.deployment == _first("undecidable").id)
    late, soon = (Told(asked.at + timedelta(hours=hours), asked.deployment, "alert") for hours in (54, 6))
    result, _ = _result([*_right(), late])
    assert (result["handed_on"], result["messages_per_incident"], result["asked"]) == (1, 1, 30)
    assert _result([*_right(), soon])[0]["messages_per_incident"] > 1


def test_what_nobody_can_tell_must_be_asked_about_and_not_flagged() -> None:
    unsure = _first("undecidable")
    others = [t for t in _right() if t.deployment != unsure.id]
    assert _result(others)[0]["asked"] == 29
    result, lines = _result([*others, Told(START + timedelta(days=9), unsure.id, "alert")])
    assert (result["asked"], result["false_flags"]) == (29, 1)
    assert "without a question" in lines


def test_what_is_billed_after_the_last_use_is_waste_at_the_price_of_its_day() -> None:
    kept: Hosted = {d.id: [(d.live, None)] for d in TRUTH.deployments}
    result, _ = _result(_right(), kept)
    assert result["wasted"] == pytest.approx(result["wasted_without_watch"], abs=0.05)
    day = TRUTH.prices[1][0]
    assert TRUTH.cost(day - timedelta(hours=10), day + timedelta(hours=10)) == pytest.approx(6.0 + 6.6)


@pytest.mark.parametrize("name", ["generator", "judge", "peers", "targets"])
def test_truth_and_verdict_know_none_of_our_code(name: str) -> None:
    tree = ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    ours = {
        module
        for module in found
        if module.split(".")[0] in {"shared", "bot", "functions", "local", "tests", "function_app"}
    }
    assert ours == set()
    if name == "generator":
        assert not any(module.startswith("benchmarks") for module in found)
