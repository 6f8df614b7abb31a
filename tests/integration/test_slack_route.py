"""The Slack route: who is let in, what is answered at once, and what is handed to the queue."""

import json
import time

import pytest

from bot.commands import VERBS
from local.slack.sending import signed
from local.slack.team import TEAM
from tests.integration.conftest import BEN, MAYA, World

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("age", [-400, -301, 302, 400])
def test_an_old_or_future_signature_is_401_and_changes_nothing(world: World, age: int) -> None:
    body = f"command=/avatar&text=list&team_id={TEAM}&user_id={MAYA}&trigger_id=t"
    answer, messages = world.post(
        body.encode(), {**signed(world.stack.signing_secret, body, int(time.time()) + age), **FORM}
    )
    assert (answer.status_code, messages) == (401, [])


def test_a_forged_signature_is_401(world: World) -> None:
    body = f"command=/avatar&text=list&team_id={TEAM}&user_id={MAYA}&trigger_id=t"
    answer, messages = world.post(body.encode(), {**signed("another secret", body), **FORM})
    assert (answer.status_code, messages) == (401, [])


def test_a_body_that_was_changed_on_its_way_is_401(world: World) -> None:
    body = f"command=/avatar&text=list&team_id={TEAM}&user_id={MAYA}&trigger_id=t"
    headers = {**signed(world.stack.signing_secret, body), **FORM}
    answer, messages = world.post(body.replace(MAYA, BEN).encode(), headers)
    assert (answer.status_code, messages) == (401, [])


def test_a_request_without_a_signature_is_401(world: World) -> None:
    answer, messages = world.post(b"command=/avatar&text=list", FORM)
    assert (answer.status_code, messages) == (401, [])


@pytest.mark.parametrize("stamp", ["9" * 20, "9" * 400, "9" * 5000])
def test_a_time_that_no_clock_shows_is_401(world: World, stamp: str) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={'0' * 64}", **FORM}
    answer, messages = world.post(b"command=/avatar&text=list", headers)
    assert (answer.status_code, messages) == (401, [])


@pytest.mark.parametrize("signature", ["v0=é", "🙃", "\ud800", "v0=\x00"])
def test_a_signature_of_other_letters_is_401(world: World, signature: str) -> None:
    headers = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": signature, **FORM}
    answer, messages = world.post(b"command=/avatar&text=list", headers)
    assert (answer.status_code, messages) == (401, [])


@pytest.mark.parametrize("body", ["{", "[1]", '"x"', "null", "payload=5", "payload=[1]", "payload=zzz", "payload="])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_malformed_body_is_401_unsigned_and_breaks_nothing_when_signed(world: World, body: str, kind: str) -> None:
    headers = {"Content-Type": kind}
    assert world.post(body.encode(), headers)[0].status_code == 401
    answer, messages = world.post(body.encode(), {**signed(world.stack.signing_secret, body), **headers})
    assert answer.status_code < 500
    assert messages == []


def test_a_body_that_is_not_utf8_is_400(world: World) -> None:
    answer, messages = world.post(b"text=\xff\xfe", FORM)
    assert (answer.status_code, messages) == (400, [])


PRESSED = {
    "type": "block_actions", "team": {"id": TEAM}, "user": {"id": MAYA}, "trigger_id": "t", "channel": {"id": "C0AVATARS"},
    "actions": [{"action_id": "approve", "value": "presenter|train-1|1"}],
}  # fmt: skip
SENT = {
    "type": "view_submission", "team": {"id": TEAM}, "user": {"id": MAYA}, "trigger_id": "t",
    "view": {"type": "modal", "callback_id": "reject", "private_metadata": "{}",
             "state": {"values": {"why": {"value": {"value": "ashes and dust"}}}}},
}  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [
        {**PRESSED, "actions": []},
        {**PRESSED, "trigger_id": "\ud800"},
        {**PRESSED, "user": {"id": "\ud800"}},
        {**SENT, "view": None},
        {**SENT, "view": {**SENT["view"], "private_metadata": "ashes and dust"}},
        {"type": "dialog_submission", "team": {"id": TEAM}, "callback_id": 7, "state": "ashes and dust"},
        {"type": "event_callback", "team_id": TEAM, "event": None},
        {"type": "ashes and dust", "team": {"id": TEAM}},
    ],
)
def test_a_signed_payload_that_slack_never_sends_is_400_or_404_and_the_log_says_where_and_nothing_of_it(
    world: World, payload: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    answer, messages = world.form({"payload": json.dumps(payload)})
    assert (answer.status_code in {400, 404}, messages) == (True, [])
    assert "Traceback" not in caplog.text
    assert "ashes and dust" not in caplog.text
    assert not any(record.levelname == "ERROR" for record in caplog.records)
    assert any(word in caplog.text for word in ("malformed_request", "unhandled_request"))


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_signed_body_that_is_too_deep_is_400(world: World, kind: str) -> None:
    body = "payload=" * (kind != "application/json") + "[" * 100_000
    answer, messages = world.post(body.encode(), {**signed(world.stack.signing_secret, body), "Content-Type": kind})
    assert (answer.status_code, messages) == (400, [])


def test_what_nothing_of_ours_hears_is_404_and_no_log_repeats_what_was_typed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    searched = {"type": "block_suggestion", "action_id": "who", "block_id": "b", "value": "ashes and dust"}
    for payload in (searched, {**searched, "action_id": 7}, {"type": "shortcut", "callback_id": "ashes and dust"}):
        answer, messages = world.form({"payload": json.dumps({**payload, "team": {"id": TEAM}, "user": {"id": MAYA}})})
        assert (answer.status_code, messages) == (404, [])
    assert "ashes and dust" not in caplog.text


def test_words_that_no_message_of_the_queue_holds_are_refused_and_not_handed_over(world: World) -> None:
    written = {"value": {"type": "plain_text_input", "value": "ü" * 24 * 1024}}
    view = {
        **SENT["view"],
        "private_metadata": '{"avatar": "presenter", "subject": "train-1"}',
        "state": {"values": {"why": written}},
    }
    answer, messages = world.form({"payload": json.dumps({**SENT, "view": view})})
    assert (answer.status_code, messages) == (413, [])


def test_another_workspace_is_not_served(world: World) -> None:
    answer, messages = world.form({"team_id": "T0OTHER", "user_id": MAYA, "channel_id": "C0AVATARS", "command": "/avatar",
                                   "text": "list", "trigger_id": "t"})  # fmt: skip
    assert messages == []
    assert answer.status_code in {200, 401}


@pytest.mark.parametrize(
    "address", ["", "nowhere", "http://127.0.0.1:9/", "https://hooks.slack.com/commands/T0OTHER/1"]
)
def test_another_workspace_is_told_in_the_answer_and_nothing_is_sent_elsewhere(world: World, address: str) -> None:
    fields = {"team_id": "T0OTHER", "user_id": MAYA, "command": "/avatar", "text": "list", "trigger_id": "t"}
    answer, messages = world.form({**fields, "response_url": address})
    assert (answer.status_code, messages) == (200, [])
    assert b"another workspace" in answer.get_body()


def test_slacks_url_check_is_answered(world: World) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": ""})
    headers = {**signed(world.stack.signing_secret, body), "Content-Type": "application/json"}
    answer, _ = world.post(body.encode(), headers)
    assert answer.status_code == 200
    assert b"abc" in answer.get_body()


def test_the_same_request_twice_is_the_same_event(world: World) -> None:
    fields = {"team_id": TEAM, "user_id": MAYA, "channel_id": "C0AVATARS", "command": "/avatar", "text": "train presenter",
              "trigger_id": "one-trigger"}  # fmt: skip
    (_, first), (_, second) = world.form(fields), world.form(fields)
    assert json.loads(first[0])["id"] == json.loads(second[0])["id"]


@pytest.mark.parametrize("text", ["help", "", "list", "rules silent", "status presenter", "history presenter"])
def test_right_commands_are_acknowledged(world: World, text: str) -> None:
    answer, messages = world.command(MAYA, text)
    assert answer.status_code == 200
    assert bool(messages) != (text == "help")


@pytest.mark.parametrize("verb", sorted(VERBS))
@pytest.mark.parametrize(
    "rest", ["<!channel>", "'; drop table", '"', "a" * 3000, "presenter x=y", "🙃 🙃", "presenter in", "\u0000"]
)
def test_no_argument_breaks_a_command(world: World, verb: str, rest: str) -> None:
    answer, _ = world.command(MAYA, f"{verb} {rest}")
    assert answer.status_code == 200
    assert b"<!channel>" not in answer.get_body()


@pytest.mark.parametrize("value", ["", "|", "||||", "a|b|c", "x" * 2000, "../..|<!channel>|-1"])
@pytest.mark.parametrize(
    "action", ["approve", "reject", "cancel", "take", "done", "fail", "remove_idle", "keep", "snooze"]
)
def test_no_button_value_breaks_the_route_or_the_worker(world: World, action: str, value: str) -> None:
    answer, messages = world.press(MAYA, action, value)
    assert answer.status_code == 200
    world.deliver(messages)


def test_a_form_comes_back_with_what_is_wrong_by_field(world: World) -> None:
    values = {
        "name": {"value": {"type": "plain_text_input", "value": "no good!"}},
        "resource": {"value": {"type": "static_select", "selected_option": {"value": "studio-weu"}}},
        "target": {"value": {"type": "static_select", "selected_option": {"value": "1080p"}}},
        "voicesync": {"value": {"type": "static_select", "selected_option": {"value": "no"}}},
    }
    view = {"id": "V1", "type": "modal", "callback_id": "new_avatar", "private_metadata": '{"channel":"C0AVATARS"}',
            "state": {"values": values}, "hash": "h", "blocks": []}  # fmt: skip
    payload = {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": MAYA}, "trigger_id": "t9", "view": view}
    answer, messages = world.form({"payload": json.dumps(payload)})
    assert messages == []
    assert "can't be a name" in json.loads(answer.get_body())["errors"]["name"]


@pytest.mark.parametrize("verb", ["train", "copy", "deploy", "remove"])
def test_a_step_without_anything_behind_it_opens_a_form_that_a_worker_fills(world: World, verb: str) -> None:
    answer, messages = world.command(MAYA, verb)
    assert answer.status_code == 200
    opened = world.stack.slack.views[MAYA][-1]
    assert "One moment" in json.dumps(opened["view"])
    world.deliver(messages)
    filled = world.stack.slack.views[MAYA].pop()["view"]
    assert "One moment" not in json.dumps(filled)


def test_a_form_that_was_closed_before_it_was_filled_is_no_error_and_opens_nothing(world: World) -> None:
    _, messages = world.command(MAYA, "deploy")
    closed = world.stack.slack.views[MAYA].pop()
    before = len(world.stack.slack.violations)
    world.deliver(messages)
    assert closed["id"] not in [opened["id"] for opened in world.stack.slack.views[MAYA]]
    assert len(world.stack.slack.violations) == before


def test_an_import_of_half_wrong_lines_names_them_and_takes_none_and_a_right_one_is_recorded(world: World) -> None:
    def sends(lines: str, number: int) -> tuple[bytes, list[str]]:
        values = {"lines": {"value": {"type": "plain_text_input", "value": lines}}}
        view = {"id": f"V9{number}", "type": "modal", "callback_id": "import", "private_metadata": '{"channel":"C0AVATARS"}',
                "state": {"values": values}, "hash": f"h9{number}", "blocks": []}  # fmt: skip
        payload = {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": MAYA},
            "trigger_id": f"t9{number}",
            "view": view,
        }
        answer, messages = world.form({"payload": json.dumps(payload)})
        return answer.get_body() or b"", messages

    one, two = world.name(), world.name()
    body, messages = sends(f"{one},portal-wus2,{one}-v1,2026-01-02\n{two},nowhere,{two}-v1,2026-01-02", 1)
    assert messages == []
    assert "Line 2:" in json.loads(body)["errors"]["lines"]
    body, messages = sends(f"{one},portal-wus2,{one}-v1,2026-01-02\n{two},portal-wus2,,", 2)
    assert body == b""
    world.deliver(messages)
    world.says(MAYA, "list")
    listed = world.texts()[-1]
    assert f"*{one}*: 1 live" in listed
    assert f"*{two}*: adopted" in listed


@pytest.mark.parametrize(
    "command", ["cost", "admin doctor", "admin policy", "admin compare", "admin stuck", "help more", "clips"]
)
def test_overviews_are_answered_to_whoever_asked_and_to_nobody_else(world: World, command: str) -> None:
    before = {channel: len(said) for channel, said in world.stack.slack.messages.items()}
    answer, messages = world.command(MAYA, command)
    at_once = (answer.get_body() or b"").decode()
    world.deliver(messages)
    new = [one for channel, said in world.stack.slack.messages.items() for one in said[before[channel] :]]
    assert at_once or len(new) == 1
    assert all(one["ephemeral"] and one["only"] == MAYA for one in new)


def test_the_doctor_of_the_local_team_finds_nothing_wrong_but_what_it_says(world: World) -> None:
    for timer in ("training_poll", "idle_watch", "reconcile"):
        world.functions[timer].call(None)
    world.says(MAYA, "admin doctor")
    said = world.texts()[-1]
    assert "Slack's token and scopes" in said
    assert "Queues" in said
    assert "hosting costs $0.60 an hour" in said
