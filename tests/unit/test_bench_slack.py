"""The benchmark of acknowledgements: what it sends is taken by our route and by bare Bolt, and its report is what was promised."""

import ast
import json
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier

import benchmarks.slack
from benchmarks.slack.bare import build
from benchmarks.slack.load import written
from benchmarks.slack.report import missed, report
from benchmarks.slack.sent import Sent, Slack
from bot.app import build_app
from bot.route import slack_blueprint
from tests.builders import RESOURCES
from tests.properties.world import SETTINGS

HERE = Path(benchmarks.slack.__file__).parent
SECRET = SETTINGS.slack_signing_secret.get_secret_value()
MIX = Slack(SETTINGS.slack_team_id).mix(5)
GOOD = {
    "here": {"ours": [0.0002] * 99 + [0.001], "bare": [0.0001] * 99 + [0.0005]}, "served": [0.1] * 100,
    "starts": {"ours": [1.2], "minimum": [1.0], "plain": [0.3]}, "imports": [0.9],
}  # fmt: skip


class Out:
    """The queue's output binding."""

    def __init__(self) -> None:
        self.value: list[str] = []

    def set(self, value: list[str]) -> None:
        self.value = value


def _route() -> Any:
    app = func.FunctionApp()
    app.register_functions(slack_blueprint(lambda: build_app(SETTINGS, RESOURCES), lambda: SignatureVerifier(SECRET)))
    return app.get_functions()[0].get_user_function()


@pytest.mark.parametrize("sent", MIX, ids=lambda sent: sent.kind)
def test_every_kind_of_request_is_acknowledged_and_handed_over_by_our_route(sent: Sent) -> None:
    request, out = func.HttpRequest("POST", "http://x", headers=sent.signed(SECRET), body=sent.body.encode()), Out()
    assert _route()(request, events=out).status_code == 200
    assert len(out.value) == 1


@pytest.mark.parametrize("sent", MIX, ids=lambda sent: sent.kind)
def test_bare_bolt_acknowledges_the_same_requests_and_refuses_them_under_another_secret(sent: Sent) -> None:
    app: Any = build(SECRET)
    assert app.dispatch(BoltRequest(body=sent.body, headers=sent.signed(SECRET))).status == 200
    assert app.dispatch(BoltRequest(body=sent.body, headers=sent.signed("another"))).status == 401


def test_no_two_requests_are_the_same_event() -> None:
    handed = set[str]()
    for sent in Slack(SETTINGS.slack_team_id).mix(20):
        out = Out()
        _route()(func.HttpRequest("POST", "http://x", headers=sent.signed(SECRET), body=sent.body.encode()), events=out)
        handed |= {json.loads(message)["id"] for message in out.value}
    assert len(handed) == 20


def test_a_click_carries_a_whole_message_as_slack_sends_it_and_a_retry_says_so() -> None:
    sizes = {sent.kind: len(sent.body) for sent in MIX}
    assert sizes["click"] > 5000
    assert b"X-Slack-Retry-Num: 1\r\n" in written(MIX[-1], SECRET)


def test_the_report_has_just_the_promised_figures() -> None:
    assert report(**GOOD) == {
        "ack_p50_ms": 0.2, "ack_p99_ms": 1.0, "bare_bolt_p99_ms": 0.5, "http50_p99_ms": 100.0, "first_ack_s": 1.2,
        "like_for_like_first_ack_s": 1.0, "plain_bolt_first_ack_s": 0.3, "import_ms": 900.0,
    }  # fmt: skip


def test_a_target_that_was_missed_is_said_in_words_and_one_that_was_met_is_not() -> None:
    figures = report(**GOOD)
    assert missed(figures) == []
    assert "2.00 times that of the like-for-like minimum" in missed({**figures, "first_ack_s": 2.0})[0]
    assert len(missed({**figures, "first_ack_s": 2.0, "ack_p99_ms": 2.0, "http50_p99_ms": 251.0})) == 3


def test_nothing_but_the_process_that_runs_ours_imports_ours() -> None:
    for file in HERE.rglob("*.py"):
        named = set[str]()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
            named |= {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
        ours = {one for one in named if one.split(".")[0] in {"shared", "bot", "functions", "local", "function_app"}}
        assert ours == ({"function_app"} if file.name == "in_process.py" else set()), file
