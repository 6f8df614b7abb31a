"""Requests as Slack sends and signs them, of the kinds that people send most; imports nothing of ours.

Clicks that open a form are left out: they wait for Slack's own answer.
"""

import hashlib
import hmac
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

ANSWERS = "https://hooks.slack.com/commands/T0NORTH/1234567890123/q8Vn2LrTn8yPd5cJk3hGq0sV"
FORM = "application/x-www-form-urlencoded"
SLACK = {
    "Host": "avatar-ops.example.com",
    "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "Accept-Encoding": "gzip,deflate",
    "Accept": "application/json,*/*",
}


@dataclass(frozen=True)
class Sent:
    """One request, not signed yet: its kind, body and headers."""

    kind: str
    body: str
    headers: dict[str, str]

    def signed(self, secret: str) -> dict[str, str]:
        """Its headers with a signature of now."""
        stamp = str(int(time.time()))
        seal = hmac.new(secret.encode(), f"v0:{stamp}:{self.body}".encode(), hashlib.sha256).hexdigest()
        return {**SLACK, **self.headers, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={seal}"}


@dataclass(frozen=True)
class Slack:
    """One workspace."""

    team: str

    def mix(self, count: int) -> list[Sent]:
        """So many requests, every kind in its turn, each with ids of its own."""
        kinds = (self.command, self.click, self.submission, self.event, self.retried_event)
        return [make(f"{number:08d}") for make, number in zip(itertools.cycle(kinds), range(count), strict=False)]

    def command(self, name: str) -> Sent:
        """A slash command with a reason."""
        fields = {
            "token": "Jk3hGq0sV9xWb2LrTn8yPd5c", "team_id": self.team, "team_domain": "northlight", "channel_id": "C0AVATARS",
            "channel_name": "avatars", "user_id": "U0MAYA", "user_name": "maya", "command": "/avatar",
            "text": "train presenter because the new season needs the presenter in 4K, with the gestures from March",
            "api_app_id": "A0AVATAR", "is_enterprise_install": "false", "response_url": ANSWERS,
            "trigger_id": _trigger(name),
        }  # fmt: skip
        return Sent("command", urlencode(fields), {"Content-Type": FORM})

    def click(self, name: str) -> Sent:
        """Approve, on the card of a training: Slack sends the whole message with it."""
        button = {"action_id": "approve", "block_id": "buttons", "type": "button", "value": f"presenter|train-{name}|1",
                  "text": _plain("Approve"), "style": "primary", "action_ts": "1795424400.1234"}  # fmt: skip
        payload = {
            **self._person("block_actions", name),
            "container": {"type": "message", "message_ts": "1795424300.0001", "channel_id": "C0AVATARS", "is_ephemeral": False},
            "channel": {"id": "C0AVATARS", "name": "avatars"},
            "message": {
                "user": "U0AVATARBOT", "type": "message", "ts": "1795424300.0001", "bot_id": "B0AVATAR",
                "app_id": "A0AVATAR", "text": "Train presenter-v1 of presenter: approval needed", "team": self.team,
                "blocks": _card(name),
            },
            "state": {"values": {}}, "response_url": ANSWERS, "actions": [button],
        }  # fmt: skip
        return Sent("click", urlencode({"payload": json.dumps(payload)}), {"Content-Type": FORM})

    def submission(self, name: str) -> Sent:
        """A filled form: why a training is rejected."""
        about = {"avatar": "presenter", "subject": f"train-{name}", "revision": "1", "channel": "C0AVATARS"}
        view: dict[str, Any] = {
            "id": f"V0{name}", "team_id": self.team, "type": "modal", "callback_id": "reject", "hash": f"1795424300.{name}",
            "private_metadata": json.dumps(about), "title": _plain("Reject"), "submit": _plain("Reject"),
            "close": _plain("Cancel"), "clear_on_close": False, "notify_on_close": False, "previous_view_id": None,
            "root_view_id": f"V0{name}", "app_id": "A0AVATAR", "external_id": "", "app_installed_team_id": self.team,
            "bot_id": "B0AVATAR",
            "blocks": [{
                "type": "input", "block_id": "why", "optional": False, "dispatch_action": False,
                "label": _plain("Why? The requester will read it."),
                "element": {"type": "plain_text_input", "action_id": "value", "multiline": True, "max_length": 500},
            }],
            "state": {"values": {"why": {"value": {
                "type": "plain_text_input", "value": "The light changes after the third minute; please record it again.",
            }}}},
        }  # fmt: skip
        payload = {**self._person("view_submission", name), "view": view, "response_urls": []}
        return Sent("submission", urlencode({"payload": json.dumps(payload)}), {"Content-Type": FORM})

    def event(self, name: str) -> Sent:
        """Somebody opened the app's Home."""
        return Sent("event", self._home(name), {"Content-Type": "application/json"})

    def retried_event(self, name: str) -> Sent:
        """The same kind, sent again since nobody answered in time."""
        again = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
        return Sent("retried event", self._home(name), {"Content-Type": "application/json", **again})

    def _person(self, kind: str, name: str) -> dict[str, Any]:
        return {
            "type": kind, "user": {"id": "U0BEN", "username": "ben", "name": "ben", "team_id": self.team},
            "api_app_id": "A0AVATAR", "token": "Jk3hGq0sV9xWb2LrTn8yPd5c", "trigger_id": _trigger(name),
            "team": {"id": self.team, "domain": "northlight"}, "enterprise": None, "is_enterprise_install": False,
        }  # fmt: skip

    def _home(self, name: str) -> str:
        bot = {"enterprise_id": None, "team_id": self.team, "user_id": "U0AVATARBOT", "is_bot": True}
        return json.dumps({
            "token": "Jk3hGq0sV9xWb2LrTn8yPd5c", "team_id": self.team, "api_app_id": "A0AVATAR", "type": "event_callback",
            "event": {"type": "app_home_opened", "user": "U0MAYA", "channel": "D0MAYA", "tab": "home", "event_ts": "1795424400.1234"},
            "event_id": f"Ev0{name}", "event_time": 1795424400, "authorizations": [{**bot, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
        })  # fmt: skip


def _trigger(name: str) -> str:
    return f"1234567890123.987654321098.{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def _card(name: str) -> list[dict[str, Any]]:
    """The blocks of an approval card, with the ids that Slack adds."""
    said = "> The new season needs the presenter in 4K: the old model was trained before the set was rebuilt, and its desk shows."
    facts = [f"*Fact {number}*\nwhat the approver should know of the training" for number in range(10)]
    buttons = [
        {"type": "button", "action_id": action, "text": _plain(action.capitalize()), "value": f"presenter|train-{name}|1"}
        for action in ("approve", "reject", "cancel")
    ]  # fmt: skip
    confirm = {"title": _plain("Approve it?"), "text": _plain("Training starts at once and costs $300 to $600."),
               "confirm": _plain("Approve"), "deny": _plain("Not yet")}  # fmt: skip
    buttons[0] |= {"style": "primary", "confirm": confirm}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain("🖐 Train presenter-v1: approval needed")},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": fact, "verbatim": False} for fact in facts]},
        {"type": "section", "text": {"type": "mrkdwn", "text": said, "verbatim": False}},
        *[{"type": "context", "elements": [{"type": "mrkdwn", "verbatim": False,
           "text": f"natural/take-{number:02d}.mp4: 5 min 4 s, 3840x2160, talent in the consent video beside it"}]}
          for number in range(12)],
        {"type": "actions", "elements": buttons},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Asked by <@U0MAYA> · `train-{name}`", "verbatim": False}]},
    ]  # fmt: skip
    return [{"block_id": f"b{number:03d}", **block} for number, block in enumerate(blocks)]
