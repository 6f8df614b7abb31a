"""Cards: every state of everything draws a card that Slack takes, says who, when and why, and breaks on no input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.deployments import Usage
from shared.domain.operations import Evidence, Failed, Proposed, Rejected, Running
from shared.domain.records import Words
from shared.slack.blocks import escaped, paragraphs
from shared.slack.cards import draw
from shared.slack.home import Home, home_view
from shared.slack.limits import lint_message, lint_view
from shared.slack.operation_card import bar
from shared.slack.scene import Drawn, Scene
from tests.builders import (
    BEN,
    NOW,
    OMAR,
    POLICY,
    RESOURCES,
    avatar,
    book,
    checking,
    clip,
    deployment,
    faulty,
    full_set,
    operation,
)
from tests.unit.test_decisions_table import DEPLOYMENT_STATES, STATES

HOSTILE = "<!channel> *bold* `code` <@U0BEN> & \u202e\n> quote " + "x" * 900


def _scene(*records: object, clips: tuple[object, ...] = ()) -> Scene:
    return Scene(book(*records, Words(ref="w", text=HOSTILE)), POLICY, RESOURCES, NOW, clips)  # type: ignore[arg-type]


def _said(drawn: Drawn) -> str:
    return drawn.text + repr(drawn.blocks)


@pytest.mark.parametrize("step", ["train", "copy", "deploy", "remove"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_every_step_is_a_card_within_slacks_limits(step: str, state: str) -> None:
    known = operation(step, STATES[state], approvals=(BEN,))  # type: ignore[arg-type]
    for key in (f"op:{known.id}", f"task:{known.id}"):
        drawn = draw(key, _scene(known, deployment()))
        assert drawn is not None
        assert lint_message(drawn.text, drawn.blocks) == []
        assert "<!channel>" not in _said(drawn)


@pytest.mark.parametrize("state", DEPLOYMENT_STATES)
def test_every_state_of_a_deployment_is_an_alert_within_slacks_limits(state: str) -> None:
    usage = Usage(verdict="idle", confidence="high", last_used=NOW, lines=("none",), looked=NOW)
    known = deployment(DEPLOYMENT_STATES[state], usage)
    drawn = draw(known.card, _scene(known))
    assert drawn is not None
    assert lint_message(drawn.text, drawn.blocks) == []
    assert ("Remove" in _said(drawn)) == (state == "idle") or state in {"removing", "removed", "resting"}


@pytest.mark.parametrize(("approvals", "since"), [((), "it was asked for"), ((BEN,), "you approved")])
def test_a_change_is_told_as_one_since_what_came_before_it(approvals: tuple[str, ...], since: str) -> None:
    drawn = draw("op:train-1", _scene(operation(state=STATES["stale"], approvals=approvals)))
    assert drawn is not None
    assert f"changed since {since}" in _said(drawn)


def _buttons(drawn: Drawn) -> list[str]:
    return [e["text"]["text"] for block in drawn.blocks if block["type"] == "actions" for e in block["elements"]]


def test_buttons_are_there_until_the_decision_and_gone_after_it() -> None:
    asked = draw("op:train-1", _scene(operation(state=Proposed())))
    rejected = draw("op:train-1", _scene(operation(state=Rejected(by=BEN, at=NOW, why="w"))))
    assert asked is not None
    assert rejected is not None
    assert _buttons(asked) == ["Approve", "Reject", "Cancel"]
    assert _buttons(rejected) == []
    assert f"<@{BEN}>" in _said(rejected)


def test_a_button_carries_ids_and_a_revision_and_nothing_else() -> None:
    drawn = draw("op:train-1", _scene(operation()))
    assert drawn is not None
    values = {e["value"] for block in drawn.blocks if block["type"] == "actions" for e in block["elements"]}
    assert values == {"presenter|train-1|1"}


def test_a_running_training_shows_hours_range_cost_and_no_percent() -> None:
    evidence = Evidence.model_validate({"service_status": "Running", "metered_hours": "12.5", "looked": NOW})
    drawn = draw("op:train-1", _scene(operation(state=Running(since=NOW, attempt=1, evidence=evidence))))
    assert drawn is not None
    said = _said(drawn)
    assert "12.5 h" in said
    assert "usually 20 to 40 (at most 96)" in said
    assert "$187.50" in said
    assert "%" not in said


def test_the_card_says_which_of_the_two_ways_it_is() -> None:
    by_api, by_person = (draw("op:train-1", _scene(operation(resource=place))) for place in ("weu", "wus"))
    assert by_api is not None
    assert by_person is not None
    assert "by API" in _said(by_api)
    assert "said by a person" in _said(by_person)


def test_what_an_operator_reported_is_shown_as_text() -> None:
    drawn = draw("op:train-1", _scene(operation(state=Failed(at=NOW, code="x", why="w"))))
    assert drawn is not None
    assert "&lt;!channel&gt;" in _said(drawn)


@pytest.mark.parametrize("count", [1, 20, 400])
def test_a_burst_of_any_size_is_one_card_within_slacks_limits(count: int) -> None:
    clips = tuple(clip("gesture", 8, f"{'long name ' * 20}{n}.mp4") for n in range(count))
    drawn = draw("burst:b1", _scene(clips=(*clips, checking("natural"), faulty("silent"))))
    assert drawn is not None
    assert lint_message(drawn.text, drawn.blocks) == []
    assert f"{count + 2} uploaded" in _said(drawn)


def test_a_faulty_clip_says_what_is_wrong_how_to_mend_it_and_where_to_upload() -> None:
    bad = faulty("natural")
    drawn = draw(f"clip:{bad.id}:b1", _scene(clips=(bad, *full_set())))
    assert drawn is not None
    assert drawn.under == "burst:b1"
    assert "presenter/natural/bad.mp4" in _said(drawn)
    assert ":wrench:" in _said(drawn)


def test_the_scale_is_full_so_far_and_shaded_where_trainings_usually_end() -> None:
    assert bar(operation().ask.amount.low.value * 0) == "░" * 5 + "▒" * 5 + "░" * 14  # type: ignore[union-attr]
    assert bar(operation().ask.amount.low.value / 300 * 96) == "█" * 24  # type: ignore[union-attr]


def test_an_owner_is_known_on_the_alert() -> None:
    idle = DEPLOYMENT_STATES["idle"]
    drawn = draw(deployment(idle).card, _scene(deployment(idle)))
    assert drawn is not None
    assert f"<@{avatar().owner}>" in _said(drawn)


@given(st.text(), st.integers(min_value=10, max_value=400))
def test_escaped_text_pings_nobody_and_keeps_its_length(text: str, most: int) -> None:
    safe = escaped(text, most)
    assert len(safe) <= most
    assert "<" not in safe
    assert ">" not in safe
    assert "`" not in safe


@given(st.lists(st.text(max_size=500), max_size=200))
def test_long_answers_are_sections_within_slacks_limits(lines: list[str]) -> None:
    assert lint_message("x", paragraphs("\n".join(lines))) == []


def test_home_holds_any_number_of_lines() -> None:
    many = tuple(f"line {n}" for n in range(300))
    assert lint_view(home_view(Home(waiting=many, live=many, avatars=many, failed=many[:5]))) == []
    assert lint_view(home_view(Home())) == []


def test_the_operator_is_named_on_a_taken_task() -> None:
    drawn = draw("task:train-1", _scene(operation(state=STATES["taken"], resource="wus")))
    assert drawn is not None
    assert f"<@{OMAR}> has this task" in _said(drawn)
