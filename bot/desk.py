"""The desk between Slack's words and our events: who said it, where to answer, and what is handed to the queue."""

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.domain.events import Envelope, Event, Question, Reply
from shared.domain.names import NAME
from shared.log import warn


@dataclass
class Desk:
    """One request from Slack. `outbox` holds the messages for the queue; its ids make a replay harmless."""

    body: dict[str, Any]
    outbox: list[str] = field(default_factory=list[str])

    @property
    def user(self) -> str:
        return str(self.body.get("user_id") or self.body["user"]["id"])

    @property
    def team(self) -> str:
        return str(self.body.get("team_id") or self.body["team"]["id"])

    @property
    def channel(self) -> str:
        return str(self.body.get("channel_id") or (self.body.get("channel") or dict[str, Any]()).get("id") or self.user)

    def reply(self, channel: str = "") -> Reply:
        return Reply(
            user=self.user, channel=channel or self.channel, response_url=str(self.body.get("response_url") or "")
        )

    def say(self, avatar: str, event: Event, channel: str = "") -> None:
        """Hand an event to the queue; an avatar that no button of ours can carry is left where it is."""
        if not NAME.fullmatch(avatar):
            warn("forged_value", event_kind=event.kind)
            return
        envelope = Envelope(
            id=self._id(), team=self.team, avatar=avatar, by=self.user, event=event, reply=self.reply(channel)
        )
        self.outbox.append(envelope.model_dump_json())

    def ask(self, what: Literal["list", "status", "history", "waiting", "home", "rules"], about: str = "") -> None:
        """Hand a question to the queue."""
        self.outbox.append(Question(id=self._id(), what=what, about=about, reply=self.reply()).model_dump_json())

    def _id(self) -> str:
        """Derived from Slack's own id of this request, so that the same request is the same event."""
        view: dict[str, Any] = self.body.get("view") or {}
        theirs = self.body.get("trigger_id") or self.body.get("event_id") or view.get("hash") or view.get("id")
        return f"slack-{hashlib.sha256(str(theirs).encode()).hexdigest()[:20]}"
