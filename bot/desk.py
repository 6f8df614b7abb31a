"""The desk between Slack's words and our events: who said it, where to answer, and what is handed to the queue."""

import hashlib
from dataclasses import dataclass, field

from bot.payloads import Request
from shared.domain.events import Asked, Envelope, Event, Question, Reply, StrayKnown, StrayUnwanted
from shared.domain.names import NAME
from shared.domain.records import CLOUD
from shared.log import warn
from shared.telemetry import traceparent


@dataclass
class Desk:
    """One request from Slack. `outbox` holds the messages for the queue; its ids make a replay harmless."""

    request: Request
    outbox: list[str] = field(default_factory=list[str])

    @property
    def channel(self) -> str:
        return self.request.place

    def reply(self, channel: str = "") -> Reply:
        request = self.request
        return Reply(
            user=request.who, channel=channel or request.place, response_url=request.response_url,
            typed=bool(request.command),
        )  # fmt: skip

    def say(self, avatar: str, event: Event, channel: str = "", clip: str | None = None, place: int = 0) -> None:
        """Hand an event to the queue; an avatar that no button of ours can carry is left where it is.

        `place`: which of several events of one request it is.
        """
        if not NAME.fullmatch(avatar) and not (avatar == CLOUD and isinstance(event, StrayKnown | StrayUnwanted)):
            warn("forged_value", event_kind=event.kind)
            return
        reply = self.reply(channel)
        envelope = Envelope(
            id=self._id(place), team=self.request.workspace, avatar=avatar, by=reply.user, event=event, reply=reply,
            clip=clip, trace=traceparent(),
        )  # fmt: skip
        self.outbox.append(envelope.model_dump_json())

    def ask(self, what: Asked, about: str = "", options: dict[str, str] | None = None, channel: str = "") -> None:
        """Hand a question to the queue."""
        question = Question(
            id=self._id(), what=what, about=about, options=options or {}, reply=self.reply(channel), trace=traceparent()
        )
        self.outbox.append(question.model_dump_json())

    def _id(self, place: int = 0) -> str:
        """Derived from Slack's own id of this request, so that the same request is the same event."""
        name = f"slack-{hashlib.sha256(self.request.name.encode()).hexdigest()[:20]}"
        return f"{name}-{place}" if place else name
