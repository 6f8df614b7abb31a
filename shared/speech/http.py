"""One HTTP client for Microsoft's services: tokens, the error envelope, and what a failure means for whom."""

from collections.abc import Callable
from typing import Any, cast

import httpx

from shared.errors import Refused, Temporary

Token = Callable[[], str]


class Service:
    """Calls one service; JSON objects in and out."""

    def __init__(self, client: httpx.Client, base: str, headers: Callable[[], dict[str, str]]) -> None:
        self._client = client
        self._base = base.rstrip("/")
        self._headers = headers

    def get(self, path: str, **query: str) -> dict[str, Any]:
        return self.call("GET", path, query=query)

    def find(self, path: str, **query: str) -> dict[str, Any] | None:
        """Like `get`, but None where there is nothing."""
        try:
            return self.get(path, **query)
        except Refused as error:
            if error.code == "NotFound":
                return None
            raise

    def pages(self, path: str, **query: str) -> list[dict[str, Any]]:
        """All items of a paged list; `nextLink` is followed as given, within this service only, 100 pages at most."""
        answer = self.get(path, **query)
        items: list[dict[str, Any]] = list(answer.get("value", []))
        for _ in range(100):
            link = str(answer.get("nextLink") or "")
            if not link.startswith(self._base):
                return items
            answer = self._send("GET", link, None, {}, {})
            items += answer.get("value", [])
        return items

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, operation: str = "", **more: dict[str, str]
    ) -> dict[str, Any]:
        """One call.

        Raises:
            Refused: the service said no; `code` is its own, the sentence holds its text.
            Temporary: it could not be reached, is busy, or asked to come back later.
        """
        headers = {"Operation-Id": operation} if operation else {}
        return self._send(method, f"{self._base}{path}", body, headers, more.get("query", {}))

    def _send(
        self, method: str, url: str, body: dict[str, Any] | None, headers: dict[str, str], query: dict[str, str]
    ) -> dict[str, Any]:
        doing = f"{method} {httpx.URL(url).path}"
        try:
            answer = self._client.request(
                method, url, json=body, headers={**self._headers(), **headers}, params=query or None
            )
        except httpx.HTTPError as error:
            raise Temporary("service_unreachable", doing) from error
        if answer.is_success:
            return _json(answer, doing) if answer.content else {}
        raise failure(answer, doing)


def failure(answer: httpx.Response, doing: str) -> Refused | Temporary:
    """What an answer that is no success means: a retry may help, or the service said no."""
    code, text = _problem(answer)
    if answer.status_code == 429 or answer.status_code >= 500:
        return Temporary(code, f"{doing}: {text}", _seconds(answer.headers.get("Retry-After", "")))
    return Refused("NotFound" if answer.status_code == 404 else code, text)


def _json(answer: httpx.Response, doing: str) -> dict[str, Any]:
    try:
        data = answer.json()
    except ValueError as error:
        raise Temporary("not_json", f"{doing} answered something that is not JSON") from error
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {"value": data}


def _problem(answer: httpx.Response) -> tuple[str, str]:
    """Code and text of the service's error envelope; a status where there is none."""
    try:
        error = answer.json()["error"]
        return str(error["code"]), str(error["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return f"Status{answer.status_code}", f"the service answered with status {answer.status_code}"


def _seconds(text: str) -> float:
    return min(float(text), 600.0) if text.isdigit() else 10.0
