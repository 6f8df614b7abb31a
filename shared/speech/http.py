"""One HTTP client for Microsoft's services: tokens, the error envelope, and what a failure means for whom."""

import re
import time
from collections.abc import Callable
from typing import Any, cast

import httpx

from shared.errors import Broken, Refused, Temporary
from shared.speech.wire import Page, parsed
from shared.telemetry import span

MOST_BYTES = 20_000_000  # the largest page there is has less than a hundredth of it
MOST_SECONDS = 60.0  # for a whole answer; the client's own limit is for each part of it
MOST_PAGES = 100
QUERY = re.compile(r"(https?://[^\s?]+)\?\S+")
SECRET = re.compile(r"[A-Za-z0-9+=]{32,}|eyJ[\w.-]{20,}")  # keys are 32 or 84 characters; ids have hyphens


class Service:
    """Calls one service; JSON objects in and out."""

    def __init__(
        self, client: httpx.Client, base: str, headers: Callable[[], dict[str, str]],
        turn: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`turn` is asked before each request; it may wait, or raise Temporary. `clock`: seconds."""
        self._client = client
        self._base = base.rstrip("/")
        self._headers = headers
        self._turn = turn
        self._clock = clock

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
        """All items of a paged list; `nextLink` is followed as given.

        Raises:
            Refused, Broken, Temporary: as for `call`; also where a link leads elsewhere or in a circle, since half a list
                would say that the rest is not there.
        """
        found = self.linked(path, lambda answer: parsed(Page, answer).next_link, **query)
        return [item for answer in found for item in parsed(Page, answer).value]

    def linked(self, path: str, link_of: Callable[[dict[str, Any]], str | None], **query: str) -> list[dict[str, Any]]:
        """The pages of a list as they came; `link_of` finds the link to the next one. Raises as `pages` does."""
        answers, seen = [self.get(path, **query)], set[str]()
        while link := link_of(answers[-1]):
            if link in seen or len(seen) >= MOST_PAGES:
                raise _leads_nowhere(path)
            seen.add(link)
            answers.append(self._follow(path, link))
        return answers

    def page(self, path: str, link: str = "", **query: str) -> Page:
        """One page of a list: the first, or the one that the page before it links to. Raises as `pages` does."""
        found = parsed(Page, self._follow(path, link) if link else self.get(path, **query))
        if link and found.next_link == link:
            raise _leads_nowhere(path)
        return found

    def _follow(self, path: str, link: str) -> dict[str, Any]:
        if not self._is_ours(link):
            raise _leads_nowhere(path)
        return self._send("GET", link, None, {}, {})

    def _is_ours(self, link: str) -> bool:
        """Whether the key may be sent there."""
        there, ours = httpx.URL(link), httpx.URL(self._base)  # the price list names its port, as `:443`
        same = (there.scheme, there.host, there.port) == (ours.scheme, ours.host, ours.port) and not there.userinfo
        return same and (there.path == ours.path or there.path.startswith(f"{ours.path.rstrip('/')}/"))

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, operation: str = "", **more: dict[str, str]
    ) -> dict[str, Any]:
        """One call.

        Raises:
            Refused: the service said no; `code` is its own, the sentence holds its text.
            Broken: it does not know us, or is not at this address.
            Temporary: it could not be reached, is busy, or asked to come back later.
        """
        headers = {"Operation-Id": operation} if operation else {}
        return self._send(method, f"{self._base}{path}", body, headers, more.get("query", {}))

    def _send(
        self, method: str, url: str, body: dict[str, Any] | None, headers: dict[str, str], query: dict[str, str]
    ) -> dict[str, Any]:
        doing = f"{method} {httpx.URL(url).path}"
        answer = self._answer(method, url, body, headers, query)
        if answer.status_code == 401:  # nothing was done; a token may have ended meanwhile, and the next one is new
            answer = self._answer(method, url, body, headers, query)
        if answer.is_success:
            return _json(answer, doing) if answer.content else {}
        raise failure(answer, doing)

    def _answer(
        self, method: str, url: str, body: dict[str, Any] | None, headers: dict[str, str], query: dict[str, str]
    ) -> httpx.Response:
        """The whole answer, however large it claims to be.

        Raises:
            Temporary: none came, or one that no answer of the service can be.
        """
        self._turn()
        with span("call", method=method, path=httpx.URL(url).path) as made:
            answer = self._streamed(method, url, body, headers, query)
            made.set_attribute("status", answer.status_code)
        return answer

    def _streamed(
        self, method: str, url: str, body: dict[str, Any] | None, headers: dict[str, str], query: dict[str, str]
    ) -> httpx.Response:
        doing, sent, content = f"{method} {httpx.URL(url).path}", {**self._headers(), **headers}, bytearray()
        end = self._clock() + MOST_SECONDS
        try:
            with self._client.stream(method, url, json=body, headers=sent, params=query or None) as answer:
                for part in answer.iter_bytes():
                    content += part
                    if self._clock() > end:  # each part comes in time, and the whole never
                        raise Temporary("service_unreachable", f"{doing}: the answer drips", 60)
                    if len(content) > MOST_BYTES:
                        raise Temporary(
                            "unexpected_answer", f"{doing}: the answer is too large to be the service's", 60
                        )
        except httpx.HTTPError as error:
            raise Temporary("service_unreachable", f"{doing}: the service could not be reached") from error
        kept = [(name, value) for name, value in answer.headers.raw if name.lower() == b"retry-after"]
        return httpx.Response(answer.status_code, headers=kept, content=bytes(content))


def _leads_nowhere(path: str) -> Temporary:
    return Temporary("unexpected_answer", f"GET {path}: the link to the next page leads nowhere", 60)


def failure(answer: httpx.Response, doing: str) -> Refused | Temporary | Broken:
    """What an answer that is no success means, and for whom. Only the service's own envelope says no to a person."""
    status = answer.status_code
    code, text = _problem(answer)
    if answer.is_redirect:
        return Broken("redirected", f"{doing} leads to another address: the endpoint in the resources' file is wrong")
    if status == 401:
        return Broken(
            "Unauthorized",
            f"{doing}: the service does not take the app's key or token. A maintainer enters the resource's own key and "
            "endpoint, or gives the app's identity its role",
        )
    if status in {408, 429} or status >= 500 or not code:
        return Temporary(code or f"Status{status}", f"{doing}: {text}", _seconds(answer.headers.get("Retry-After", "")))
    return Refused(code, text)


def _json(answer: httpx.Response, doing: str) -> dict[str, Any]:
    try:
        data = answer.json()
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Temporary("not_json", f"{doing} answered something that is not the service's")
    return cast("dict[str, Any]", data)


def _problem(answer: httpx.Response) -> tuple[str, str]:
    """Code and text of the service's error envelope; no code where something else than the service answered."""
    try:
        error = answer.json()["error"]
        return str(error["code"])[:60], _open(str(error["message"]))[:300]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "", f"status {answer.status_code}, and not the service's own words"


def _open(text: str) -> str:
    """A text of the service without what only it and we may know: queries of addresses, keys, tokens."""
    return SECRET.sub("…", QUERY.sub(r"\1?…", text))


def _seconds(text: str) -> float:
    return min(float(text), 600.0) if text.isascii() and text.isdigit() else 10.0
