"""The doors of the app: every function with its trigger and bindings, as the Functions host indexes them."""

import subprocess
import sys
import typing

from azure.functions import meta

from local.stack import ROOT
from tests.integration.conftest import World

EXPECTED = {
    "slack_events": ("httpTrigger", {"route": "slack/events", "methods": ["POST"], "authLevel": "ANONYMOUS"}),
    "health": ("httpTrigger", {"route": "health", "methods": ["GET"], "authLevel": "ANONYMOUS"}),
    "usage": ("httpTrigger", {"route": "usage/{deployment}", "methods": ["POST"], "authLevel": "ANONYMOUS"}),
    "upload": ("httpTrigger", {"route": "upload/{what?}", "methods": ["GET", "POST"], "authLevel": "ANONYMOUS"}),
    "events": ("queueTrigger", {"queueName": "events", "connection": "STATE"}),
    "clip_check": ("queueTrigger", {"queueName": "clip-checks", "connection": "STATE"}),
    "events_poison": ("queueTrigger", {"queueName": "events-poison", "connection": "STATE"}),
    "clip_checks_poison": ("queueTrigger", {"queueName": "clip-checks-poison", "connection": "STATE"}),
    "clip_uploaded": ("blobTrigger", {"path": "clips/{name}", "connection": "STATE", "source": "EventGrid"}),
    "training_poll": ("timerTrigger", {"schedule": "0 */5 * * * *"}),
    "idle_watch": ("timerTrigger", {"schedule": "0 30 * * * *"}),
    "reconcile": ("timerTrigger", {"schedule": "15 */10 * * * *"}),
    "digest": ("timerTrigger", {"schedule": "0 */15 * * * *"}),
}


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return getattr(value, "name", value) if not isinstance(value, str) else value


def test_the_app_has_these_functions_with_these_triggers(world: World) -> None:
    found = {}
    for name, function in world.functions.items():
        wanted = EXPECTED.get(name, ("", {}))[1]
        found[name] = (function.kind, {key: _plain(function.trigger.get(key)) for key in wanted})
    assert found == EXPECTED


def test_every_annotation_is_one_that_the_functions_worker_loads(world: World) -> None:
    """The worker refuses a function whose annotation its converter does not know; this asks the same converters."""
    for function in world.functions.values():
        hints = typing.get_type_hints(function.call)
        for output in function.outputs:
            inner = typing.get_args(hints[output["name"]])[0]
            converter = meta.get_binding_registry().get(output["type"])
            assert converter.check_output_type_annotation(inner), f"{function.name}: {inner}"
        name, kind = function.trigger["name"], function.trigger["type"]
        if kind != "blobTrigger":  # the SDK type has a converter of its own package
            assert meta.get_binding_registry().get(kind).check_input_type_annotation(hints[name]), (
                f"{function.name}: {hints[name]}"
            )


def test_only_the_slack_route_writes_to_a_queue_by_binding(world: World) -> None:
    outputs = {
        name: [(output["type"], output["queueName"], output["connection"]) for output in function.outputs]
        for name, function in world.functions.items()
        if function.outputs
    }
    assert outputs == {"slack_events": [("queue", "events", "STATE")]}


def test_the_doors_open_without_what_only_a_worker_needs() -> None:
    """So that the first request of a new process is acknowledged in time."""
    heavy = {"httpx", "av", "numpy", "PIL", "azure.storage.queue", "azure.data.tables"}
    code = f"import bot.app, functions.events, functions.digest, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    assert done.stdout == "[]\n"
