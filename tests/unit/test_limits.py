"""The block lint finds what Slack would refuse, also what the SDK's models let through."""

from typing import Any

import pytest

from shared.slack.blocks import actions, button, confirm, context, header, section
from shared.slack.limits import lint_message, lint_view


def _many(count: int) -> list[dict[str, Any]]:
    return [section("x") for _ in range(count)]


def _chart(series: list[tuple[str, list[str]]]) -> dict[str, Any]:
    drawn = [{"name": name, "data": [{"label": label, "value": 1} for label in labels]} for name, labels in series]
    return {
        "type": "data_visualization",
        "title": "t",
        "chart": {"type": "bar", "series": drawn, "axis_config": {"categories": ["Mon"]}},
    }


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        (_many(51), "50 is the most"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}], "3000"),
        ([{"type": "section"}], "neither text nor fields"),
        ([{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}], "2000"),
        ([{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}], "10 is the most"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "150"),
        ([{**context("a"), "elements": [{"type": "mrkdwn", "text": "x"}] * 11}], "10 is the most"),
        ([actions("a", *(button("x", f"b{n}", "v") for n in range(26)))], "25 is the most"),
        ([actions("a", button("x" * 76, "b", "v"))], "button text"),
        ([actions("a", button("x", "b", "v" * 2001))], "button value"),
        ([actions("a", button("x", "b", "v", "green"))], "style"),
        ([actions("a", button("x", "b", "v"), button("y", "b", "v"))], "“b” is there twice"),
        ([actions("a", button("x", "b", "v")), actions("a", button("y", "c", "v"))], "“a” is there twice"),
        ([{"type": "image", "image_url": "u"}], "alt_text is missing"),
        ([{"type": "alert", "text": {"type": "plain_text", "text": "x"}}], "not allowed"),
        ([{"type": "mystery"}], "unknown type"),
        ([_chart([("a", ["Mon"])])] * 3, "more than 2 charts"),
        ([_chart([(f"s{n}", ["Mon"]) for n in range(7)])], "1 to 6 are allowed"),
        ([_chart([("a", ["Mon"]), ("a", ["Mon"])])], "two series of one name"),
        ([_chart([("a", ["Tue"])])], "a point for each category"),
        ([{**_chart([("a", ["Mon"])]), "title": "x" * 51}], "title of 1 to 50"),
        (
            [actions("a", button("x", "b", "v", confirm={**confirm("t", "x", "y"), "text": {"text": "x" * 301}}))],
            "confirm",
        ),
    ],
)
def test_what_slack_refuses_is_found(blocks: list[dict[str, Any]], says: str) -> None:
    assert any(says in problem for problem in lint_message("text", blocks))


def test_a_message_without_fallback_text_is_found() -> None:
    assert "fallback" in lint_message(" ", [header("x")])[0]


def test_a_view_with_a_long_title_or_too_much_metadata_is_found() -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "x" * 25},
        "blocks": [],
        "private_metadata": "x" * 3001,
    }
    assert len(lint_view(view)) == 2


def test_tables_are_not_for_home() -> None:
    assert lint_view({"type": "home", "blocks": [{"type": "table", "rows": []}]})


def test_a_legal_message_has_no_problems() -> None:
    asked = confirm("Sure?", "Really", "Yes", danger=True)
    assert (
        lint_message("hello", [header("x"), section("y"), actions("a", button("x", "b", "v", "danger", asked))]) == []
    )
