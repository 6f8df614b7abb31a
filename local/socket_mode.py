"""A real Slack workspace on a laptop: Socket Mode's envelopes become the signed requests that the app expects."""

import json
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlencode

import httpx
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web import WebClient

from local.slack.sending import signed

Json = dict[str, Any]


class Bridge:
    """Hands each envelope to the app over HTTP, as Slack would, and takes its answer back."""

    def __init__(self, app: str, secret: str) -> None:
        self._url, self._secret = f"{app}/api/slack/events", secret
        self._client = httpx.Client(timeout=10)

    def answer(self, kind: str, payload: Json) -> Json:
        """What the app answers: empty, a text, or a form's errors.

        Raises:
            ValueError: an envelope of a kind that the app does not know.
        """
        body, content_type = request_of(kind, payload)
        headers = {**signed(self._secret, body), "Content-Type": content_type}
        found = self._client.post(self._url, content=body, headers=headers)
        if found.status_code != 200 or not found.text.strip():
            return {}
        if found.headers.get("content-type", "").startswith("application/json"):
            return cast("Json", found.json())
        return {"text": found.text}

    def close(self) -> None:
        self._client.close()


def request_of(kind: str, payload: Json) -> tuple[str, str]:
    """The body and the content type of the HTTP request that Slack would have sent.

    Raises:
        ValueError: an envelope of a kind that the app does not know.
    """
    match kind:
        case "slash_commands":
            return urlencode({key: str(value) for key, value in payload.items()}), "application/x-www-form-urlencoded"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        case "events_api":
            return json.dumps(payload), "application/json"
        case _:
            raise ValueError(kind)


class SocketMode:
    """A context manager: connected inside. Slack allows ten connections an app; one is enough here."""

    def __init__(self, bridge: Bridge, bot_token: str, app_token: str, api_url: str) -> None:
        self._bridge = bridge
        web: Any = WebClient(token=bot_token, base_url=api_url)
        self._client: Any = SocketModeClient(app_token=app_token, web_client=web)
        self._client.socket_mode_request_listeners.append(self._take)

    def __enter__(self) -> Self:
        self._client.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._bridge.close()

    def _take(self, client: Any, request: SocketModeRequest) -> None:
        try:
            payload = self._bridge.answer(request.type, cast("Json", request.payload))  # pyright: ignore[reportUnknownMemberType] - the SDK says dict
        except ValueError:
            payload = {}
        except httpx.HTTPError as error:
            print(
                f"  the app did not answer a request from Slack ({type(error).__name__}); Slack tries again", flush=True
            )
            return
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload or None))
