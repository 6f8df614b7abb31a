"""PagerDuty (Events API v2) and a signed webhook: further routes to on-call, each only where it is configured."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx

from shared.clock import iso
from shared.errors import Broken, Temporary
from shared.ports import Stopwatch
from shared.settings import Settings
from shared.telemetry import span

WORDS = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


class HttpPager:
    """Implements `Pager`."""

    def __init__(self, client: httpx.Client, settings: Settings, stopwatch: Stopwatch) -> None:
        self._client = client
        self._settings = settings
        self._stopwatch = stopwatch

    def reaches(self, route: str) -> bool:
        return bool(
            self._settings.pagerduty_key.get_secret_value() if route == "pagerduty" else self._settings.webhook_url
        )

    def send(self, route: str, action: str, key: str, summary: str, about: Mapping[str, str]) -> None:
        if route == "pagerduty":
            self._post(route, self._settings.pagerduty_url, self._event(action, key, summary, about), {})
            return
        now = iso(self._stopwatch.now())
        body = {"version": 1, "alert": key, "event": WORDS[action], "at": now, "summary": summary, "about": dict(about)}
        self._post(route, self._settings.webhook_url, body, signed(self._settings, now, _text(body)))

    def _event(self, action: str, key: str, summary: str, about: Mapping[str, str]) -> dict[str, Any]:
        """As the Events API v2 wants it; what is no trigger needs the key alone."""
        event: dict[str, Any] = {
            "routing_key": self._settings.pagerduty_key.get_secret_value(), "event_action": action, "dedup_key": key,
        }  # fmt: skip
        if action == "trigger":
            event["payload"] = {
                "summary": summary[:1024], "source": about.get("resource", "avatar-ops"), "severity": "warning",
                "component": "avatar-ops", "class": "idle deployment", "custom_details": dict(about),
            }  # fmt: skip
            event["client"] = "Avatar Ops"
        return event

    def _post(self, route: str, url: str, body: dict[str, Any], headers: Mapping[str, str]) -> None:
        try:
            with span("page", route=route):
                answer = self._client.post(
                    url, content=_text(body), headers={"Content-Type": "application/json", **headers}, timeout=10
                )
        except httpx.HTTPError as error:
            raise Temporary(f"{route}_unreachable", "paging on-call", 30) from error
        if answer.status_code in {408, 429} or answer.status_code >= 500:
            raise Temporary(f"{route}_busy", f"paging on-call (status {answer.status_code})", 30)
        if not answer.is_success:
            raise Broken(
                f"{route}_refused", f"paging on-call (status {answer.status_code}): look at its key and address"
            )


def signed(settings: Settings, at: str, body: str) -> dict[str, str]:
    """The headers that prove a webhook: HMAC-SHA256 over time, a full stop and the body, in hex."""
    mac = hmac.new(settings.webhook_secret.get_secret_value().encode(), f"{at}.{body}".encode(), hashlib.sha256)
    return {"X-Avatar-Ops-Time": at, "X-Avatar-Ops-Signature": f"v1={mac.hexdigest()}"}


def _text(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), sort_keys=True)
