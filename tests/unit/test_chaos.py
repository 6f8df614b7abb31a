"""The chaos run: its weather and its kills come from the seed alone, and its judge knows none of our code."""

import ast
import hashlib
import json
from dataclasses import fields
from pathlib import Path

import benchmarks.chaos
from benchmarks.chaos.chains import broken_chains
from benchmarks.chaos.evidence import Evidence
from benchmarks.chaos.plan import Plan, fingerprint, kills
from benchmarks.chaos.sabotage import SABOTAGES
from local.stack import ROOT
from local.storm import Odds, Storm
from shared.services import Services

HERE = Path(benchmarks.chaos.__file__).parent
JUDGE = ("judge", "evidence", "money", "told", "chains")
ODDS = Odds(write=0.3, read=0.1, drop=0.5)


def _weather(seed: str, calls: int = 300) -> list[str]:
    storm = Storm(seed, ODDS)
    return [str(storm.gust(writes=number % 3 == 0)) for number in range(calls)]


def _plan(seed: int) -> Plan:
    return Plan(
        seed=seed, seconds=600, avatars=20, hosts=3, speed=60, per_kind=100, kills=50, mid_effect=30, faults=1000,
        dropped=300, root=ROOT, folder=ROOT,
    )  # fmt: skip


def test_the_same_seed_gives_the_same_weather_and_another_seed_another() -> None:
    assert _weather("1") == _weather("1")
    assert _weather("1") != _weather("2")
    assert 10 < sum("drop_after" in gust for gust in _weather("1")) < 30


def test_reads_are_never_answered_by_a_dropped_answer_and_no_fault_comes_once_the_storm_is_over() -> None:
    storm = Storm("1", Odds(write=1, read=1, drop=1))
    assert all(gust and gust.kind != "drop_after" for gust in (storm.gust(writes=False) for _ in range(100)))
    storm.over = True
    assert storm.gust(writes=True) is None


def test_the_same_seed_gives_the_same_kills() -> None:
    assert fingerprint(_plan(1)) == fingerprint(_plan(1)) != fingerprint(_plan(2))
    made = kills(_plan(1))
    assert len(made) >= 50
    assert all(kill.at < 600 for kill in made)
    assert sum(kill.aimed for kill in made) >= 30


def test_the_judge_imports_nothing_of_ours_but_itself() -> None:
    allowed = {f"benchmarks.chaos.{name}" for name in JUDGE}
    for name in JUDGE:
        for node in ast.walk(ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = {one for one in named if one.split(".")[0] in {"shared", "bot", "functions", "local", "benchmarks"}}
            assert ours <= allowed, (name, ours)


def test_every_sabotage_still_has_what_it_breaks() -> None:
    for sabotage in SABOTAGES:
        for file, before, after in sabotage.patch:
            assert (ROOT / file).read_text(encoding="utf-8").count(before) == 1, (sabotage.name, file)
            assert before != after


def _chain(*contents: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    previous = ""
    for seq, content in enumerate(contents, 1):
        line = json.dumps(["avatar", seq, "2026-11-23T09:00:00.000+00:00", content, ""], separators=(",", ":"))
        made = hashlib.sha256(f"{previous}\n{line}".encode()).hexdigest()
        rows.append({
            "RowKey": f"audit:avatar:{seq:08d}", "chain": "avatar", "seq": seq, "v": 2, "json": content, "changes": "",
            "at": "2026-11-23T09:00:00.000+00:00", "previous": previous, "hash": made,
        })  # fmt: skip
        previous = made
    return [*rows, {"RowKey": "rec:avatar", "seq": len(rows), "head": previous, "json": "{}"}]


def _broken(rows: list[dict[str, object]]) -> list[str]:
    return broken_chains(Evidence(speech=[], slack=[], requests=[], rows={"presenter": rows}, lists=[]))


def test_the_judge_finds_a_line_that_was_changed_taken_out_or_not_counted() -> None:
    assert _broken(_chain("a", "b", "c")) == []
    changed, missing, uncounted = _chain("a", "b", "c"), _chain("a", "b", "c"), _chain("a", "b", "c")
    changed[1]["json"] = "x"
    del missing[1]
    uncounted[-1]["seq"] = 2
    assert "line 2 was changed" in _broken(changed)[0]
    assert "line 2 is missing" in _broken(missing)[0]
    assert "counts 2 lines, and 3 are there" in _broken(uncounted)[0]


def test_the_benchmark_of_the_workflow_gives_the_core_every_service_that_it_knows() -> None:
    tree = ast.parse((Path(__file__).parents[2] / "benchmarks" / "workflow_ours.py").read_text(encoding="utf-8"))
    (call,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Services"
    ]
    assert {keyword.arg for keyword in call.keywords} == {field.name for field in fields(Services)}
