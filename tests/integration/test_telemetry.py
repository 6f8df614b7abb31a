"""One trace leads from a click over the queue to the effect and the card; what is measured has names that alert rules use."""

import json
from collections import defaultdict
from typing import Any

import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from shared import telemetry
from tests.integration.clip_kit import Film, encode
from tests.integration.conftest import BEN, MAYA, World
from tests.integration.people_kit import services
from tests.integration.states_kit import asked

SMALL = Film(seconds=1, width=320, height=180)
Steps = list[dict[str, Any]]


def _so_far(world: World) -> int:
    """How many bytes of traces there are; something was traced by then."""
    world.says(MAYA, "help")  # the first request of a process begins before its traces are set up
    world.says(MAYA, "help")
    return world.stack.traces.stat().st_size


def _written(world: World, after: int) -> Steps:
    with world.stack.traces.open("rb") as lines:
        lines.seek(after)
        return [json.loads(line) for line in lines]


def _root(step: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> str:
    while step["parent"] in by_id:
        step = by_id[step["parent"]]
    return str(step["name"])


def test_one_trace_leads_from_a_click_to_the_cards_that_it_changes(world: World) -> None:
    given = asked(world)
    before = _so_far(world)
    world.says(BEN, "approve {name} {op}".format(**given))
    steps = _written(world, before)
    by_id = {step["span"]: step for step in steps}
    assert len({step["trace"] for step in steps}) == 1
    assert {_root(step, by_id) for step in steps} == {"request"}
    kinds = {step["name"] for step in steps}
    assert kinds >= {"request", "message", "effect", "slack"}
    assert {step["kind"] for step in steps if step["name"] == "effect"} >= {"start_work", "show_card", "answer"}


def test_a_clip_is_followed_from_its_upload_to_its_verdict(world: World) -> None:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    before = _so_far(world)
    world.upload(f"{name}/natural/take1.mp4", encode(SMALL))
    world.pump(lambda: any(step["name"] == "clip_check" for step in _written(world, before)))
    traces: dict[str, set[str]] = defaultdict(set)
    for step in _written(world, before):
        traces[step["trace"]].add(step["name"])
    assert any({"upload", "effect", "clip_check", "slack"} <= names for names in traces.values())


def test_a_step_that_fails_says_its_code_and_no_word_of_the_error(world: World) -> None:
    before = _so_far(world)
    with pytest.raises(ValueError, match="Ada"), telemetry.span("message", kind="event"):
        raise ValueError("Ada Lovelace")
    (step,) = _written(world, before)
    assert step["error"] == "ValueError"
    assert "Ada" not in json.dumps(step)


def test_everything_that_is_declared_is_measured(world: World) -> None:
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    given = asked(world)
    world.says(BEN, "approve {name} {op}".format(**given))
    world.says(MAYA, f"new {given['name']} in studio-weu")  # refused
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.upload(f"{name}/natural/take1.mp4", encode(SMALL))
    world.pump(lambda: not [clip for clip in _clips(name) if clip.state.status == "checking"] and _clips(name))
    for timer in ("training_poll", "idle_watch", "reconcile"):
        world.functions[timer].call(None)
    telemetry.count("retries", what="race", code="lost_race")
    found = _measured(reader)
    declared = {f"avatar_ops.{one}" for one in (*telemetry.COUNTERS, *telemetry.DISTRIBUTIONS, *telemetry.LEVELS)}
    assert set(found) == declared
    assert {"decided", "refused"} <= {point["outcome"] for point in found["avatar_ops.events"]}
    assert {point["timer"] for point in found["avatar_ops.timers"]} >= {"training_poll", "idle_watch", "reconcile"}


def _clips(name: str) -> Any:
    return services().records.clips(name)


def _measured(reader: InMemoryMetricReader) -> dict[str, list[dict[str, Any]]]:
    data: Any = reader.get_metrics_data()
    return {
        metric.name: [dict(point.attributes) for point in metric.data.data_points]
        for part in data.resource_metrics
        for scope in part.scope_metrics
        for metric in scope.metrics
    }
