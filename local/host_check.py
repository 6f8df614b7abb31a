"""`make host-check`: the official Functions worker library indexes the app and invokes every function (Python 3.13 or newer)."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from azure.storage.queue import QueueClient, TextBase64DecodePolicy

from local.clips.making import Recipe, make
from local.package import ROOT, build
from local.slack.sending import signed
from local.slack.team import TEAM
from local.stack import Stack
from local.worker import Answer, Worker
from shared.beacons import token
from shared.storage.blobs import CLIPS
from shared.storage.queues import CHECKS, EVENTS

TRIGGER = re.compile(r"@door\.(?:route|\w+_trigger)\(")  # how our doors are written, once a function
CLIP = "presenter/gesture/wave.mp4"


def main() -> int:
    """0: every function was indexed and invoked, and nothing failed."""
    if importlib.util.find_spec("azure_functions_runtime") is None:
        print("azure-functions-runtime is missing: it needs Python 3.13 or newer")
        return 2
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), with_host=False, pace=100) as stack:
        os.environ.update(stack.environment())
        package = Path(folder) / "package"
        files = build(ROOT, package)
        functions = sum(
            len(TRIGGER.findall((package / file).read_text("utf-8"))) for file in files if file.suffix == ".py"
        )
        outcomes, indexed, invoked = _tried(stack, Path(folder))
        outcomes.append(("doctor", _doctor(package)))
    for name, problem in outcomes:
        print(f"{'✗' if problem else '✓'} {name}{f': {problem}' if problem else ''}")
    failed = sum(bool(problem) for _, problem in outcomes)
    print(json.dumps({"functions": functions, "indexed": indexed, "invoked": invoked, "failed": failed}))
    return 0 if not failed and functions == indexed == invoked else 1


def _tried(stack: Stack, folder: Path) -> tuple[list[tuple[str, str]], int, int]:
    """What was tried and what is wrong with it; how many functions were indexed, and how many invoked."""
    try:
        worker = Worker(ROOT)
    except RuntimeError as refused:
        return [("index", str(refused))], 0, 0
    outcomes = [*_loaded(worker), *_invoked(worker, stack, folder)]
    worker.close()
    sys.modules["function_app"].services().close()
    outcomes += [("slack", violation) for violation in stack.slack.violations]
    return outcomes, len(worker.functions), len(worker.invoked)


def _loaded(worker: Worker) -> Iterator[tuple[str, str]]:
    for name in worker.functions:
        yield f"load {name}", worker.load(name)


def _invoked(worker: Worker, stack: Stack, folder: Path) -> Iterator[tuple[str, str]]:
    """What was invoked, and what is wrong with what came of it: a new avatar, its first clip, then every timer."""
    yield "invoke health", _http(worker.http("health", {"method": "GET", "url": f"{stack.app}/api/health"}), "{")
    page = {"method": "GET", "url": f"{stack.app}/api/upload"}
    yield "invoke upload", _http(worker.http("upload", page), "page.js")

    right = token(sys.modules["function_app"].settings, "nobody").encode()
    beacon = {
        "method": "POST", "url": f"{stack.app}/api/usage/nobody", "params": {"deployment": "nobody"}, "body": right,
    }  # fmt: skip
    yield "invoke usage", _http(worker.http("usage", beacon), "")

    asked = worker.http("slack_events", _command(stack, "new presenter in studio-weu"))
    yield "invoke slack_events", _http(asked, "")
    messages: list[str] = json.loads(asked.outputs["events"].json) if "events" in asked.outputs else []
    yield "invoke events", _all(worker, "events", messages)

    stack.upload(CLIP, make(folder / "wave.mp4", Recipe(seconds=2)).read_bytes())
    yield "invoke clip_uploaded", worker.blob("clip_uploaded", "STATE", CLIPS, CLIP).error
    checks = _received(stack, CHECKS)
    yield "invoke clip_check", _all(worker, "clip_check", checks)
    for name in ("training_poll", "idle_watch", "reconcile", "digest"):
        yield f"invoke {name}", worker.timer(name).error
    late = _received(stack, EVENTS)
    yield "what the timers and cards left to do", _all(worker, "events", late) if late else ""

    said = json.dumps(stack.slack.messages, default=str)
    yield "the clip's verdict is in Slack", "" if CLIP.partition("/")[2] in said else "no message names the clip"
    yield "invoke events_poison", _all(worker, "events_poison", messages)
    yield "invoke clip_checks_poison", _all(worker, "clip_checks_poison", checks)


def _all(worker: Worker, name: str, messages: list[str]) -> str:
    errors = [error for message in messages if (error := worker.message(name, message).error)]
    return "; ".join(errors) if messages else "there was no message for it"


def _http(answer: Answer, says: str) -> str:
    if answer.error or answer.http is None:
        return answer.error or "no HTTP answer"
    body = answer.http.body.bytes.decode()
    return (
        "" if answer.http.status_code in {"200", "204"} and says in body else f"{answer.http.status_code} {body[:200]}"
    )


def _command(stack: Stack, text: str) -> dict[str, Any]:
    fields = {
        "team_id": TEAM, "user_id": "U0MAYA", "channel_id": "C0AVATARS", "command": "/avatar", "text": text,
        "trigger_id": stack.slack.trigger("U0MAYA"), "response_url": stack.slack.response_url(stack.page, "U0MAYA", "C0AVATARS"),
    }  # fmt: skip
    body = urlencode(fields)
    headers = {**signed(stack.signing_secret, body), "Content-Type": "application/x-www-form-urlencoded"}
    return {"method": "POST", "url": f"{stack.app}/api/slack/events", "headers": headers, "body": body.encode()}


def _received(stack: Stack, name: str) -> list[str]:
    """The messages of a queue, as the host hands them over."""
    decoded = TextBase64DecodePolicy()
    with QueueClient.from_connection_string(stack.connection, name, message_decode_policy=decoded) as queue:
        found = list(queue.receive_messages(max_messages=32))
        for message in found:
            queue.delete_message(message)
    return [str(message.content) for message in found]


def _doctor(package: Path) -> str:
    """A linter for Functions apps: it fails on what stops a deployment; it can't read our doors, so its advice is left out."""
    command = [
        str(Path(sys.executable).with_name("azure-functions-doctor")), "doctor", "--path", str(package),
        "--profile", "deploy", "--hosting-plan", "flex-consumption", "--target-python", "3.12", "--format", "json",
    ]  # fmt: skip
    ran = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own arguments
    if ran.returncode == 0:
        return ""
    try:
        items = [item for group in json.loads(ran.stdout)["results"] for item in group["items"]]
    except (ValueError, KeyError, TypeError):
        return (ran.stderr or ran.stdout)[-500:]
    return "; ".join(f"{item['label']}: {item['value']}" for item in items if item["status"] == "fail")


if __name__ == "__main__":
    sys.exit(main())
