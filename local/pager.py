"""Stand-ins for PagerDuty's Events API v2 and for whoever takes our webhook: strict, with a journal."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KEY = "local0pagerduty0routing0key00000"  # no secret: made up
SECRET = "local-webhook-secret"  # noqa: S105 - of the stand-in alone


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Payload(Strict):
    summary: str = Field(min_length=1, max_length=1024)
    source: str = Field(min_length=1)
    severity: Literal["critical", "error", "warning", "info"]
    component: str = ""
    group: str = ""
    class_: str = Field("", alias="class")
    custom_details: dict[str, str] = {}


class Event(Strict):
    """What the Events API v2 documents of an event."""

    routing_key: str = Field(min_length=32, max_length=32)
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str = Field(min_length=1, max_length=255)
    payload: Payload | None = None
    client: str = ""
    client_url: str = ""


class Hook(Strict):
    version: Literal[1]
    alert: str
    event: Literal["triggered", "acknowledged", "resolved"]
    at: str
    summary: str
    about: dict[str, str]


@dataclass
class Pagers:
    """What was sent. `incidents`: by key, whether it is open; `fails`: how many of the next requests are answered with 503."""

    events: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])  # route, key, what
    violations: list[str] = field(default_factory=list[str])
    fails: int = 0

    def incidents(self, route: str) -> dict[str, str]:
        """The last that was said of each, by key."""
        return {key: what for way, key, what in self.events if way == route}

    def routes(self) -> list[Route]:
        return [
            Route("/pagerduty/v2/enqueue", self._enqueue, methods=["POST"]),
            Route("/hook", self._hook, methods=["POST"]),
        ]

    async def _enqueue(self, request: Request) -> Response:
        if self._busy():
            return JSONResponse({"status": "throttle exceeded"}, 503)
        try:
            event = Event.model_validate_json(await request.body())
        except ValidationError as error:
            return self._wrong(f"pagerduty: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}")
        if event.routing_key != KEY or (event.event_action == "trigger" and event.payload is None):
            return self._wrong("pagerduty: the routing key is wrong, or a trigger has no payload")
        self.events.append(("pagerduty", event.dedup_key, event.event_action))
        return JSONResponse({"status": "success", "message": "Event processed", "dedup_key": event.dedup_key}, 202)

    async def _hook(self, request: Request) -> Response:
        if self._busy():
            return Response(status_code=503)
        body = await request.body()
        at = request.headers.get("x-avatar-ops-time", "")
        wanted = hmac.new(SECRET.encode(), f"{at}.{body.decode()}".encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("x-avatar-ops-signature", ""), f"v1={wanted}"):
            return self._wrong("webhook: the signature is wrong")
        try:
            hook = Hook.model_validate_json(body)
        except ValidationError as error:
            return self._wrong(f"webhook: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}")
        said: Any = json.loads(body)
        if said["at"] != at:
            return self._wrong("webhook: the time that is signed is another one")
        self.events.append(("webhook", hook.alert, hook.event))
        return Response(status_code=204)

    def _busy(self) -> bool:
        if not self.fails:
            return False
        self.fails -= 1
        return True

    def _wrong(self, what: str) -> Response:
        self.violations.append(what)
        return JSONResponse({"status": "invalid event", "errors": [what]}, 400)
