"""Requests from Slack to the app: signed with the v0 scheme, answered within 3 seconds or given up."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import httpx

from local.slack.team import APP, CHANNELS, PEOPLE, TEAM
from local.slack.world import Json, World


def signed(secret: str, body: str, at: int | None = None) -> dict[str, str]:
    """The headers of a request that Slack signed (at a time in seconds, now if not given)."""
    stamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@dataclass(frozen=True)
class Answer:
    """What the app answered; status 0 when it did not, `json` empty when it is no JSON object."""

    status: int
    text: str
    json: Json = field(default_factory=dict[str, Any])


class Sender:
    """Sends what people do to the app's one URL."""

    def __init__(self, world: World, secret: str, url: str, base: str) -> None:
        self._world, self._secret, self._url, self._base = world, secret, url, base
        self._client = httpx.AsyncClient(timeout=3.0)

    async def close(self) -> None:
        await self._client.aclose()

    async def command(self, user: str, channel: str, text: str) -> Answer:
        form = {
            "token": "", "team_id": TEAM, "team_domain": "northlight", "channel_id": channel,
            "channel_name": _channel_name(channel), "user_id": user, "user_name": _name(user), "command": "/avatar",
            "text": text, "api_app_id": APP, "is_enterprise_install": "false",
            "response_url": self._world.response_url(self._base, user, channel), "trigger_id": self._world.trigger(user),
        }  # fmt: skip
        return await self._form(form, "command", user, text)

    async def action(
        self, user: str, pressed: Json, *, channel: str, message: Json | None, view: Json | None
    ) -> Answer:
        payload: Json = {
            "type": "block_actions", "user": _user(user), "api_app_id": APP, "token": "",
            "trigger_id": self._world.trigger(user), "team": {"id": TEAM, "domain": "northlight"}, "enterprise": None,
            "is_enterprise_install": False, "state": {"values": dict[str, Any]()}, "actions": [pressed],
        }  # fmt: skip
        if message is not None:
            payload |= {
                "channel": {"id": channel, "name": _channel_name(channel)},
                "message": {
                    "type": "message",
                    "ts": message["ts"],
                    "text": message["text"],
                    "blocks": message["blocks"],
                },
                "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
                "response_url": self._world.response_url(self._base, user, channel),
            }
        else:
            payload |= {"view": view, "container": {"type": "view", "view_id": (view or {}).get("id")}}
        said = f"{pressed.get('action_id')} {pressed.get('value')}"
        return await self._form({"payload": json.dumps(payload)}, "action", user, said, str(payload["trigger_id"]))

    async def submit(self, user: str, view_id: str, view: Json, values: Json) -> Answer:
        whole = {
            **view, "id": view_id, "team_id": TEAM, "app_id": APP, "hash": f"{time.time_ns()}.h",
            "root_view_id": view_id, "previous_view_id": None, "bot_id": "B0AVATAR", "state": {"values": values},
        }  # fmt: skip
        payload = {
            "type": "view_submission", "team": {"id": TEAM, "domain": "northlight"}, "user": _user(user),
            "api_app_id": APP, "token": "", "trigger_id": self._world.trigger(user), "view": whole,
            "response_urls": list[Any](), "is_enterprise_install": False, "enterprise": None,
        }  # fmt: skip
        said = f"{view.get('callback_id')} {view.get('private_metadata')}"
        return await self._form({"payload": json.dumps(payload)}, "submit", user, said, str(payload["trigger_id"]))

    async def home(self, user: str) -> Answer:
        event = {"type": "app_home_opened", "user": user, "channel": f"D{user[1:]}", "tab": "home",
                 "event_ts": self._world.ts()}  # fmt: skip
        body = json.dumps({
            "token": "", "team_id": TEAM, "api_app_id": APP, "event": event, "type": "event_callback",
            "event_id": self._world.id("Ev"), "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": "U0AVATARBOT", "is_bot": True}],
        })  # fmt: skip
        return await self._send(body, "application/json")

    async def _form(self, form: dict[str, str], kind: str, user: str, said: str, trigger: str = "") -> Answer:
        """Send a form, write down what became of it, and sometimes send the very same once more."""
        entry: Json = {"trigger": trigger or form["trigger_id"], "kind": kind, "user": user, "said": said, "again": 0}
        self._world.requests.append(entry)
        body = urlencode(form)
        answer = await self._send(body, "application/x-www-form-urlencoded")
        entry["status"] = answer.status
        if self._world.again():
            entry["again"] += 1
            await self._send(body, "application/x-www-form-urlencoded")
        return answer

    async def _send(self, body: str, content_type: str) -> Answer:
        headers = {**signed(self._secret, body), "Content-Type": content_type}
        try:
            answer = await self._client.post(self._url, content=body.encode(), headers=headers)
        except httpx.HTTPError as error:
            return Answer(0, f"the app did not answer in time ({type(error).__name__})")
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        found: Any = answer.json() if is_json else None
        return Answer(answer.status_code, answer.text, cast("Json", found) if isinstance(found, dict) else {})


def _user(user: str) -> Json:
    return {"id": user, "username": _name(user), "name": _name(user), "team_id": TEAM}


def _name(user: str) -> str:
    return next((person.name for person in PEOPLE if person.id == user), user)


def _channel_name(channel: str) -> str:
    return next((known.name for known in CHANNELS if known.id == channel), channel)
