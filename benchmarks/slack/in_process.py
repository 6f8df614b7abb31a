"""Our registered function and a bare Bolt app in one process, each request to both in turns.

Reads one JSON object from stdin (`requests`: how many) and answers with one: seconds by app, one for each request.
"""

import gc
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import azure.functions as func
from slack_bolt import BoltRequest

import function_app
from benchmarks.slack.bare import build
from benchmarks.slack.sent import Sent, Slack

URL = "https://avatar-ops.example.com/api/slack/events"


class Out:
    """The queue's output binding."""

    def __init__(self) -> None:
        self.value: list[str] = []

    def set(self, value: list[str]) -> None:
        self.value = value


def ours(call: Callable[..., func.HttpResponse], sent: Sent, headers: dict[str, str]) -> float:
    """Seconds from the host's request to the answer, with what is handed to the queue."""
    request, out = func.HttpRequest("POST", URL, headers=headers, body=sent.body.encode()), Out()
    started = time.perf_counter()
    answer = call(request, events=out)
    took = time.perf_counter() - started
    if answer.status_code != 200 or len(out.value) != 1:
        sys.exit(f"our {sent.kind}: {answer.status_code}, {len(out.value)} messages: {answer.get_body()!r}")
    return took


def bare(app: Any, sent: Sent, headers: dict[str, str]) -> float:
    started = time.perf_counter()
    answer = app.dispatch(BoltRequest(body=sent.body, headers=headers))
    took = time.perf_counter() - started
    if answer.status != 200:
        sys.exit(f"bare Bolt's {sent.kind}: {answer.status} {answer.body}")
    return took


def main() -> None:
    logging.disable(logging.WARNING)
    count = json.loads(sys.stdin.readline())["requests"]
    secret = os.environ["SLACK_SIGNING_SECRET"]
    found: Any = function_app.app.get_functions()
    call = next(one.get_user_function() for one in found if one.get_function_name() == "slack_events")
    app = build(secret)
    slack = Slack(os.environ["SLACK_TEAM_ID"])
    mine: Callable[[Sent, dict[str, str]], float] = lambda sent, headers: ours(call, sent, headers)  # noqa: E731
    other: Callable[[Sent, dict[str, str]], float] = lambda sent, headers: bare(app, sent, headers)  # noqa: E731
    took: dict[str, list[float]] = {"ours": [], "bare": []}
    for number, sent in enumerate([*slack.mix(500), *slack.mix(count)]):  # the first 500 warm both up
        headers = sent.signed(secret)
        turns = [("ours", mine), ("bare", other)]
        for name, ask in turns if number % 2 else reversed(turns):
            took[name].append(ask(sent, headers))
        if number == 499:
            took = {name: [] for name in took}
            gc.collect()
    print(json.dumps(took))


if __name__ == "__main__":
    main()
