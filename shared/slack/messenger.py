"""Slack, outbound: the few methods we call, with errors translated; pacing belongs to the caller."""

from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any, cast
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient
from slack_sdk.webhook import WebhookClient

from shared.errors import Broken, Temporary
from shared.ports import Blocks, Room
from shared.slack.limits import lint_message, lint_view
from shared.telemetry import span

BUSY = {"ratelimited", "internal_error", "service_unavailable", "fatal_error", "request_timeout"}
LINKS = 1000  # that one worker remembers


class SlackMessenger:
    """Implements `Messenger` with one bot token."""

    def __init__(self, client: WebClient) -> None:
        self._client: Any = client
        self._links: dict[tuple[str, str], str] = {}  # an address never changes

    def post(self, channel: str, text: str, blocks: Blocks | None = None, thread: str | None = None) -> str:
        _checked(lint_message(text, blocks))
        with _translated("posting a message", channel):
            answer = self._client.chat_postMessage(
                channel=channel, text=text, blocks=blocks, thread_ts=thread, unfurl_links=False, unfurl_media=False
            )
        return str(answer["ts"])

    def update(self, channel: str, ts: str, text: str, blocks: Blocks | None = None) -> None:
        _checked(lint_message(text, blocks))
        with _translated("updating a message", channel):
            self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)

    def whisper(self, channel: str, user: str, text: str) -> None:
        with _translated("answering a person"):
            self._client.chat_postEphemeral(channel=channel, user=user, text=text[:4000])

    def respond(self, response_url: str, text: str, blocks: Blocks | None = None) -> None:
        short = text if len(text) <= 3000 else text[:2999] + "…"
        _checked(lint_message(short, blocks))
        with _translated("answering a person"):
            webhook: Any = WebhookClient(response_url, timeout=10)
            answer = webhook.send(text=short, blocks=blocks, response_type="ephemeral", replace_original=False)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Temporary("slack_response_url", f"answering a person (status {answer.status_code})")
        if answer.status_code != 200:
            raise Broken("slack_response_url", "the response URL was used up or is too old")

    def fill(self, view: str, filled: dict[str, Any]) -> None:
        _checked(lint_view(filled))
        try:
            with _translated("filling a form"):
                self._client.views_update(view_id=view, view=filled)
        except Broken as error:
            if error.code not in {"slack_not_found", "slack_view_not_found"}:
                raise

    def publish_home(self, user: str, view: dict[str, Any]) -> None:
        _checked(lint_view(view))
        with _translated("publishing a Home tab"):
            self._client.views_publish(user_id=user, view=view)

    def link(self, channel: str, ts: str) -> str:
        if (channel, ts) not in self._links:
            with _translated("asking for a message's address"):
                found = str(self._client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])
            if len(self._links) >= LINKS:
                self._links.clear()
            self._links[channel, ts] = found
        return self._links[channel, ts]

    def upload(self, name: str, picture: bytes, alt: str) -> str:
        with _translated("uploading a picture"):
            answer = self._client.files_upload_v2(filename=name, content=picture, alt_txt=alt[:1000], title=alt[:100])
        return str(answer["files"][0]["id"])

    def share(self, channel: str, thread: str, name: str, content: bytes, alt: str) -> str:
        with _translated("sharing a file"):
            answer = self._client.files_upload_v2(
                filename=name, content=content, alt_txt=alt[:1000], title=alt[:100], channel=channel, thread_ts=thread
            )
        return str(answer["files"][0]["id"])

    def delete_file(self, file: str) -> None:
        try:
            with _translated("deleting a picture"):
                self._client.files_delete(file=file)
        except Broken as error:
            if error.code not in {"slack_file_not_found", "slack_file_deleted"}:
                raise

    def group(self, group: str) -> tuple[str, ...]:
        with _translated("reading a user group"):
            return tuple(self._client.usergroups_users_list(usergroup=group)["users"])

    def scopes(self) -> frozenset[str]:
        with _translated("asking Slack what we may do"):
            answer = self._client.auth_test()
        listed = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes", "")
        return frozenset(scope.strip() for scope in str(listed).split(",") if scope.strip())

    def room(self, channel: str) -> Room:
        try:
            with _translated("looking at a channel"):
                found = self._client.conversations_info(channel=channel)["channel"]
        except Broken as error:
            if error.code != "slack_channel_not_found":  # so Slack calls what an app must not see
                raise
            return Room(member=False, private=True)
        return Room(member=bool(found.get("is_member")), private=bool(found.get("is_private")))

    def check(self) -> None:
        with _translated("asking Slack who we are"):
            self._client.auth_test()


def _checked(problems: list[str]) -> None:
    if problems:
        raise Broken("block_limits", f"a message breaks Slack's limits: {problems[0]}")


@contextmanager
def _translated(doing: str, channel: str = "") -> Generator[None]:
    try:
        with span("slack", doing=doing):
            yield
    except SlackApiError as error:
        response = cast("Any", error).response
        code = str(response.get("error", "unknown"))
        if response.status_code == 429 or code in BUSY or response.status_code >= 500:
            wait = str(response.headers.get("Retry-After", "5"))
            raise Temporary(f"slack_{code}", doing, float(wait) if wait.isdigit() else 5.0) from error
        if code == "invalid_blocks" and "slack file" in str(response.get("errors", "")):
            # Slack works on an uploaded picture for a moment before a message may show it.
            raise Temporary("slack_file_not_ready", doing, 2.0) from error
        where = f" in the channel {channel}" if channel else ""
        raise Broken(f"slack_{code}", doing + where) from error
    except (SlackClientError, URLError, TimeoutError, ConnectionError, HTTPException) as error:
        raise Temporary("slack_unreachable", doing) from error
