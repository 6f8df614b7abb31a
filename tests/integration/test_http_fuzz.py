"""Hostile requests to every HTTP route: answered without a crash, without a word too many, and without an effect."""

import base64
import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import azure.functions as func
import pytest
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions import BUTTONS
from bot.commands import OPTIONS, VERBS
from bot.forms import FORMS
from local.host.queues import Output
from local.slack.sending import signed
from local.slack.team import TEAM
from shared.domain.events import MESSAGE
from shared.upload_links import Pass, Wish, _signed
from tests.integration.conftest import MAYA, World
from tests.integration.people_kit import Json, services

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
MARK = "zephyrquixote"  # in everything that is sent as words: no log may hold it
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
MANY = settings(derandomize=True, max_examples=80, database=None)

VALUES: dict[str, str] = {
    "nothing": "",
    "a word": MARK,
    "four parts": "a|b|c|d",
    "marks alone": "||||",
    "a revision": f"presenter|{MARK}|{'9' * 40}",
    "null bytes": f"pre\x00senter\x00|{MARK}",
    "half a pair": f"\ud800{MARK}",
    "very long": f"{MARK} " * 4000,
    "a path": f"../../{MARK}",
    "no address": f"https://[{MARK}",
    "a day": "0001-01-01",
    "no day": f"2026-13-99 {MARK}",
    "a quote": f'"{MARK}',
    "lines": f"{MARK}\r\n\x0b{MARK},,,,\n",
    "emoji": f"👩‍👩‍👧🙃 {MARK}" * 20,
    "marks of Slack": f"<!channel> <@U0EVIL> {MARK}",
    "JSON": json.dumps({"a": [MARK]}),
}
WRONG: dict[str, Any] = {
    "null": None,
    "a number": 7,
    "below zero": -1,
    "beyond a float": 10**400,
    "a float": 1e308,
    "true": True,
    "an empty list": [],
    "an empty object": {},
    "a list": [MARK],
    "a list of null": [None],
    "a list of lists": [[[MARK]]],
    "an object": {"id": MARK},
    "an object of objects": {"id": {"id": [MARK]}},
    "a list of objects": [{"action_id": {"x": MARK}, "id": 7}],
    **VALUES,
}
FEW = {name: WRONG[name] for name in ("null", "a number", "a list of null", "an object", "half a pair", "a word")}
BODIES: dict[str, bytes] = {
    "empty": b"",
    "5 MB": MARK.encode() * (5 * 1024 * 1024 // len(MARK)),
    "binary": bytes(range(256)) * 64,
    "broken UTF-8": b"text=\xff\xfe\xed\xa0\x80" + MARK.encode(),
    "null bytes": b"\x00" * 1000,
    "a BOM": b"\xef\xbb\xbf{}",
    "UTF-16": json.dumps({"type": MARK}).encode("utf-16"),
    "half of an object": b'{"token": "' + MARK.encode(),
    "deep lists": b"[" * 100_000,
    "deep lists that are closed": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"token":' * 50_000 + b"1" + b"}" * 50_000,
    "a number of 5000 digits": b'{"size": ' + b"9" * 5000 + b"}",
    "NaN": b'{"token": NaN, "size": Infinity}',
    "the same field twice": b'{"token": "a", "token": ["b"]}',
    "null": b"null",
    "a list": b"[1]",
    "a word": b'"x"',
    "a number": b"7",
    "an empty object": b"{}",
    "XML": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
    "a field a thousand times": "&".join([f"payload={MARK}"] * 1000).encode(),
    "many fields": "&".join(f"f{n}=1" for n in range(5000)).encode(),
    "no payload": b"payload=",
    "a payload that is no JSON": f"payload={MARK}".encode(),
    "a payload that is a number": b"payload=5",
    "a payload that is a list": b"payload=[1]",
    "a payload that is null": b"payload=null",
    "a payload of half a pair": b'payload="\\ud800"',
    "a deep payload": b"payload=" + b"[" * 100_000,
    "two payloads": b"payload={}&payload=[]",
    "bad escapes": b"%zz=%&&==&%ff%fe=%00",
    "many parts": f'--x\r\nContent-Disposition: form-data; name="payload"\r\n\r\n{MARK}\r\n--x--'.encode(),
    "Slack's look at a certificate": b"ssl_check=1&token=x",
    "an address to be checked": json.dumps({"type": "url_verification", "challenge": [MARK]}).encode(),
    "another workspace": urlencode(
        {"team_id": "T0OTHER", "user_id": MAYA, "command": "/avatar", "text": MARK, "trigger_id": "t"}
    ).encode(),
}
DIGEST = f"v0={'0' * 64}"
HEADERS: dict[str, dict[str, str]] = {
    "no kind": {},
    "an empty kind": {"Content-Type": ""},
    "XML": {"Content-Type": "text/xml"},
    "parts without a mark": {"Content-Type": "multipart/form-data"},
    "parts": {"Content-Type": "multipart/form-data; boundary=x"},
    "another alphabet": {"Content-Type": f"{FORM}; charset=utf-7"},
    "a kind with accents": {"Content-Type": "applicätion/jsön"},
    "a huge kind": {"Content-Type": f"{JSON}; a=" + "b" * 500_000},
    "a line break": {"Content-Type": f"{JSON}\r\nX-More: 1"},
    "a null byte": {"X-Slack-Signature": "v0=\x00"},
    "a method beside the method": {"X-HTTP-Method-Override": "DELETE"},
    "a wrong length": {"Content-Length": "-1"},
    "a part": {"Range": "bytes=0-99999999999"},
    "another host": {
        "Host": f"{MARK}.example",
        "X-Forwarded-Host": f"{MARK}.example",
        "X-Forwarded-For": "127.0.0.1",
        "X-Original-URL": "/admin",
    },
    "a tried key": {"x-functions-key": MARK, "Authorization": f"Bearer {MARK}", "Cookie": MARK},
    "Bolt's own": {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": MARK},
    "tried again": {"X-Slack-Retry-Num": MARK, "X-Slack-Retry-Reason": "http_timeout"},
    "a thousand": {f"X-{number}": MARK for number in range(1000)},
}
SIGNATURES: dict[str, str | None] = {
    "missing": None,
    "empty": "",
    "made up": DIGEST,
    "with accents": "v0=é",
    "emoji": "🙃",
    "right but for its end": "v0",
    "huge": "v0=" + "0" * 1_000_000,
    "null bytes": "v0=\x00",
    "twice": f"{DIGEST},{DIGEST}",
    "another version": f"v1={'0' * 64}",
    "capitals": DIGEST.upper(),
}
STAMPS: dict[str, str | None] = {
    "missing": None,
    "empty": "",
    "old": "1",
    "in the future": "99999999999",
    "below zero": "-1",
    "400 digits": "9" * 400,
    "5000 digits": "9" * 5000,
    "Arabic digits": "١٧٩٠٠٠٠٠٠٠",
    "superscript": "²",
    "a float": "1e9",
    "no number": "nan",
    "blanks": " 1 ",
    "with accents": "é",
    "twice": "1,1",
}
QUERIES: dict[str, dict[str, str]] = {
    "a key": {"code": MARK},
    "a field of a route": {"what": "permit"},
    "what Bolt reads": {"ssl_check": "1", "code": MARK, "state": MARK, "error": MARK},
    "null bytes": {"\x00": "\x00"},
    "huge": {"a": "b" * 500_000},
    "no text": {"a": "\ud800"},
    "many": {f"q{number}": MARK for number in range(2000)},
}
PLACES = (
    "",
    "/",
    ".",
    "..",
    "../upload.py",
    "..%2fupload.py",
    "..\\upload.py",
    "page.html/..",
    "page.js\x00",
    "PAGE.HTML",
    "page.html ",
    "/etc/passwd",
    "pass/",
    "pass ",
    "__class__",
    "permit",
    "verdict",
    "pass",
    "page.js",
    "page.css",
    "é" * 1000,
    "a" * 100_000,
    "\ud800",
    "{what}",
    MARK,
)
SHOWN = re.compile(r"Traceback|File \"|site-packages|\.py\b|line \d+, in |/usr/|/home/|/work/|/tmp/", re.ASCII)


@dataclass(frozen=True)
class Ask:
    """One request to one route."""

    label: str
    door: str
    method: str = "POST"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    route: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Told:
    """What came of one request."""

    label: str
    status: int  # 0: no answer
    escaped: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    handed: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        return "\n".join([self.body.decode("utf-8", "replace"), *(f"{name}: {value}" for name, value in self.headers)])

    @property
    def log(self) -> str:
        return "\n".join(self.logged)

    @property
    def crashed(self) -> bool:
        return bool(self.escaped) or not 100 <= self.status < 500


class Listening(logging.Handler):
    """Everything that any part logs, formatted as a host would, with its traces."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {self.format(record)}")


class Surface:
    """The HTTP routes of the app as its own list of functions has them."""

    def __init__(self, world: World, log: Listening) -> None:
        self.world, self._log = world, log
        self.avatar = world.name()  # there is one of this name
        world.says(MAYA, f"new {self.avatar} in studio-weu")
        # They are what `function_app.app.get_functions()` gave: it can be asked once in a process, and the world did.
        self.doors = {name: found for name, found in world.functions.items() if found.kind == "httpTrigger"}
        account = dict(part.split("=", 1) for part in world.stack.connection.split(";") if part)
        environment = world.stack.environment()
        self.secrets = {
            "the signing secret": environment["SLACK_SIGNING_SECRET"],
            "the bot token": environment["SLACK_BOT_TOKEN"],
            "the storage key": account["AccountKey"],
            "the management token": environment["MONITOR_TOKEN"],
            **{f"the key of {name}": key for name, key in json.loads(environment["SPEECH_KEYS"]).items()},
        }

    def route(self, door: str) -> str:
        return str(self.doors[door].trigger["route"])

    def ask(self, ask: Ask) -> Told:
        """Call the function as a host would."""
        door = self.doors[ask.door]
        outputs = {output["name"]: Output() for output in door.outputs}
        query = "&".join(f"{name}={value}" for name, value in ask.params.items())
        request = func.HttpRequest(
            ask.method,
            f"http://local/api/{door.trigger['route']}?{query}",
            headers=ask.headers,
            params=ask.params,
            route_params=ask.route,
            body=ask.body,
        )
        before = len(self._log.lines)
        try:
            answer: func.HttpResponse = door.call(request, **outputs)
        except Exception as error:  # noqa: BLE001 - the outermost line of a function call, as in the real host
            return Told(f"{ask.door}: {ask.label}", 0, type(error).__name__, logged=tuple(self._log.lines[before:]))
        handed = tuple(message for output in outputs.values() for message in output.messages())
        return Told(
            f"{ask.door}: {ask.label}",
            answer.status_code,
            "",
            answer.get_body() or b"",
            tuple(answer.headers.items()),
            handed,
            tuple(self._log.lines[before:]),
        )

    def sign(self, label: str, body: str, kind: str = FORM, **more: str) -> Ask:
        """A request that Slack signed, whatever is in it."""
        headers = {**signed(self.world.stack.signing_secret, body), "Content-Type": kind, **more}
        return Ask(f"signed, {label}", "slack_events", body=body.encode(), headers=headers)

    def interaction(self, label: str, payload: object) -> Ask:
        return self.sign(label, urlencode({"payload": json.dumps(payload)}))

    def token(self, seconds: int = 600) -> str:
        """A pass as the app signs it, for so long."""
        return _signed(services(), Pass(avatar=self.avatar, user=MAYA, until=int(time.time()) + seconds))

    def kept(self) -> Json:
        """All that storage holds: rows, blobs, and how many messages wait."""
        connection = self.world.stack.connection
        tables: Any = TableServiceClient.from_connection_string(connection)
        blobs = BlobServiceClient.from_connection_string(connection)
        queues = QueueServiceClient.from_connection_string(connection)
        with tables, blobs, queues:
            return {
                **{f"table {table.name}": _rows(tables.get_table_client(table.name)) for table in tables.list_tables()},
                **{
                    f"container {box.name}": [
                        (blob.name, blob.etag) for blob in blobs.get_container_client(str(box.name)).list_blobs()
                    ]
                    for box in blobs.list_containers()
                },
                **{
                    f"queue {queue.name}": queues.get_queue_client(str(queue.name))
                    .get_queue_properties()
                    .approximate_message_count
                    for queue in queues.list_queues()
                },
            }

    def secrets_in(self, text: str) -> list[str]:
        return [name for name, secret in self.secrets.items() if secret in text]

    def broken(self, told: Told) -> list[str]:
        """Which promises an answer breaks, in words that repeat nothing of it."""
        promises = {
            "a failure of ours": told.crashed and not _ill(told),
            "a secret in the answer": bool(self.secrets_in(told.said)),
            "a trace or a path in the answer": bool(SHOWN.search(told.said)),
            "a secret in the log": bool(self.secrets_in(told.log)),
            "what was sent in the log": MARK in told.log.lower(),
        }
        return [f"{told.label}: {what}" for what, is_so in promises.items() if is_so]


def _rows(table: Any) -> list[str]:
    """The rows, but for how often the service was asked: the health route asks it."""
    return sorted(repr(row) for row in table.list_entities() if row["PartitionKey"] != "pace")


def _ill(told: Told) -> bool:
    """The health route says 503, and which part is down; nothing else may."""
    if told.status != 503 or not told.label.startswith("health: "):
        return False
    return any(word != "ok" for word in json.loads(told.body).values())


def unsigned(surface: Surface) -> Iterator[Ask]:
    """Every route, by every method, with every body, header, query and route parameter; nobody signed any of it."""
    for door in surface.doors:
        for method in METHODS:
            yield from (
                Ask(f"{method}, {name}", door, method, body, {"Content-Type": JSON})
                for name, body in BODIES.items()
                if method in {"GET", "POST"} or len(body) < 1000
            )
        for method in ("GET", "POST"):
            ask = Ask("", door, method, f"text={MARK}".encode())
            yield from (replace(ask, label=f"{method}, {name}", headers=headers) for name, headers in HEADERS.items())
            yield from (
                replace(ask, label=f"{method}, query: {name}", params=params) for name, params in QUERIES.items()
            )
            for number, place in enumerate(PLACES):
                route = dict.fromkeys((*re.findall(r"\{(\w+)", surface.route(door)), "unknown"), place)
                yield replace(ask, label=f"{method}, place {number}", route=route, body=b"{}")
        now = str(int(time.time()))
        for label, stamp, signature in (
            *((f"stamp: {name}", stamp, DIGEST) for name, stamp in STAMPS.items()),
            *((f"signature: {name}", now, signature) for name, signature in SIGNATURES.items()),
        ):
            body = urlencode(
                {"command": "/avatar", "text": "list", "team_id": TEAM, "user_id": MAYA, "trigger_id": MARK}
            )
            headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature, "Content-Type": FORM}
            yield Ask(
                label,
                door,
                "POST",
                body.encode(),
                {name: value for name, value in headers.items() if value is not None},
            )
        for age in (-86400, -301, 302, 86400):
            body = urlencode(
                {"command": "/avatar", "text": "list", "team_id": TEAM, "user_id": MAYA, "trigger_id": MARK}
            )
            headers = signed(surface.world.stack.signing_secret, body, int(time.time()) + age)
            yield Ask(f"signed {age} seconds from now", door, "POST", body.encode(), {**headers, "Content-Type": FORM})
            yield Ask(f"{age}: another body", door, "POST", body.encode() + b" ", {**headers, "Content-Type": FORM})
    for what in ("pass", "permit", "verdict"):
        ask = Ask("", "upload", "POST", route={"what": what})
        yield from (replace(ask, label=f"{what}, {name}", body=body) for name, body in BODIES.items())
        right = {"token": MARK, "kind": "natural", "file": "a.mp4", "size": 9, "etag": ""}
        for name, wrong in _bent(right):
            yield replace(ask, label=f"{what}, {name}", body=json.dumps(wrong).encode())
        forged = (
            ".",
            "a.b",
            "é.ü",
            f"{MARK}.{MARK}",
            "\x00.\x00",
            "=" * 100_000,
            f"{base64.urlsafe_b64encode(b'{}').decode()}.AAAA",
            "\ud800.\udfff",
            f"{surface.token().partition('.')[0]}.{DIGEST[3:]}",
            surface.token()[:-2],
            surface.token(seconds=-1),
        )
        for number, token in enumerate(forged):
            yield replace(
                ask, label=f"{what}, forged pass {number}", body=json.dumps({**right, "token": token}).encode()
            )


def with_a_pass(surface: Surface) -> Iterator[Ask]:
    """The upload page's questions with a right pass, and each of their fields wrong."""
    right = {"token": surface.token(), "kind": "natural", "file": "a.mp4", "size": 9, "etag": ""}
    assert set(right) == set(Wish.model_fields), "a new field of the page's questions needs its right value here"
    for what in ("pass", "permit", "verdict"):
        ask = Ask("", "upload", "POST", route={"what": what})
        for name, wrong in _bent(right):
            yield replace(ask, label=f"with a pass, {what}, {name}", body=json.dumps(wrong).encode())
        for name, value in VALUES.items():
            wish = {**right, "file": f"{value}.mp4"}
            yield replace(ask, label=f"with a pass, {what}, a film called {name}", body=json.dumps(wish).encode())


def with_a_signature(surface: Surface) -> Iterator[Ask]:
    """What Slack never sends, signed as if it did."""
    for name, body in BODIES.items():
        try:
            text = body.decode()
        except UnicodeDecodeError:
            continue
        yield from (surface.sign(f"{kind}, {name}", text, kind) for kind in (FORM, JSON))
    for name, headers in HEADERS.items():
        yield surface.sign(name, urlencode(COMMAND), **headers)
    for name, fields in _bent(COMMAND):
        yield surface.sign(f"a command, {name}", _encoded(fields))
    yield surface.sign("each field twice", f"{urlencode(COMMAND)}&{urlencode(dict.fromkeys(COMMAND, MARK))}")
    for kind, payload in INTERACTIONS.items():
        wrongs = WRONG if kind in {"a click", "a form"} else FEW
        yield from (surface.interaction(f"{kind}, {name}", wrong) for name, wrong in _bent(payload, wrongs))
    for kind, payload in EVENTS.items():
        wrongs = WRONG if kind in {"Home", "a group"} else FEW
        yield from (surface.sign(f"{kind}, {name}", json.dumps(wrong), JSON) for name, wrong in _bent(payload, wrongs))
    for name, value in VALUES.items():
        for action in (*BUTTONS, "left_gone_7", "left_gone_777", MARK):
            yield surface.interaction(f"the button {action}, {name}", pressing(action, value[:2000]))  # Slack's most
        for form in (*FORMS, MARK):
            yield surface.interaction(f"the form {form}, {name}", filling(form, dict.fromkeys(FIELDS, value)))
            yield surface.interaction(
                f"the form {form} about {name}", filling(form, dict.fromkeys(FIELDS, "x-1"), value)
            )
        for verb in VERBS:
            rest = " ".join(f'{option}="{value}"' for option in sorted(OPTIONS.get(verb, ())))
            for text in (f"{verb} {value}", f"{verb} presenter {rest}", f"{value} {verb}"):
                yield surface.sign(f"the command {verb}, {name}", _encoded({**COMMAND, "text": text}))
        for verb, options in OPTIONS.items():
            for option in options:
                text = f'{verb} presenter {option}="{value}"'
                yield surface.sign(f"the command {verb} with {option}, {name}", _encoded({**COMMAND, "text": text}))


def _encoded(fields: Mapping[str, object]) -> str:
    return urlencode(fields, errors="replace")


FIELDS = (
    "name",
    "portal",
    "resource",
    "target",
    "voicesync",
    "pictures",
    "talent",
    "company",
    "locale",
    "scope",
    "disclosed",
    "model",
    "owner",
    "since",
    "reports",
    "lines",
    "file",
    "why",
    "on",
    "until",
    "to",
    "what",
    "which",
    "avatar",
    "without",
    "deployment",
)
PREFIXES = tuple(f"{option}=" for options in OPTIONS.values() for option in options)
NAMES = (
    "id",
    "type",
    "user",
    "team",
    "team_id",
    "view",
    "event",
    "actions",
    "action_id",
    "value",
    "state",
    "values",
    "channel",
    "payload",
)
UNKNOWN_TRIGGER = "_trigger_id"
COMMAND: Json = {
    "team_id": TEAM,
    "user_id": MAYA,
    "channel_id": "C0AVATARS",
    "command": "/avatar",
    "text": "list",
    "trigger_id": "fuzzed",
    "response_url": "",
    "enterprise_id": "",
    "is_enterprise_install": "false",
}
ABOUT: Json = {"team": {"id": TEAM}, "user": {"id": MAYA, "team_id": TEAM}, "trigger_id": "fuzzed", "enterprise": None}


def pressing(action: str, value: str) -> Json:
    pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value}
    return {**ABOUT, "type": "block_actions", "channel": {"id": "C0AVATARS"}, "response_url": "", "actions": [pressed]}


def filling(
    form: str, values: Mapping[str, str], about: str = '{"avatar": "presenter", "subject": "s", "channel": "C0AVATARS"}'
) -> Json:
    answers = {name: {"value": {"type": "plain_text_input", "value": value}} for name, value in values.items()}
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": form,
        "private_metadata": about,
        "hash": "h",
        "blocks": [],
        "state": {"values": answers},
    }
    return {**ABOUT, "type": "view_submission", "view": view}


INTERACTIONS: dict[str, Json] = {
    "a click": pressing("approve", "presenter|train-1|1"),
    "a form": filling("reject", {"why": MARK}),
    "a form that is closed": {**filling("reject", {"why": MARK}), "type": "view_closed", "is_cleared": True},
    "a shortcut": {**ABOUT, "type": "shortcut", "callback_id": MARK},
    "a message's shortcut": {
        **ABOUT,
        "type": "message_action",
        "callback_id": MARK,
        "message": {"text": MARK},
        "channel": {"id": "C"},
    },
    "a search": {**ABOUT, "type": "block_suggestion", "action_id": MARK, "block_id": MARK, "value": MARK},
    "an old button": {
        **ABOUT,
        "type": "interactive_message",
        "callback_id": MARK,
        "actions": [{"name": MARK, "value": MARK}],
    },
    "an old form": {
        **ABOUT,
        "type": "dialog_submission",
        "callback_id": MARK,
        "submission": {MARK: MARK},
        "state": MARK,
    },
    "an old search": {**ABOUT, "type": "dialog_suggestion", "callback_id": MARK, "value": MARK},
    "a step": {**ABOUT, "type": "workflow_step_edit", "callback_id": MARK, "workflow_step": {"inputs": {MARK: MARK}}},
    "a kind that nobody knows": {**ABOUT, "type": MARK, "text": MARK},
}
CALLED: Json = {
    "type": "event_callback",
    "team_id": TEAM,
    "event_id": "Ev1",
    "authorizations": [{"team_id": TEAM, "user_id": "U0AVATARBOT", "is_bot": True}],
}
EVENTS: dict[str, Json] = {
    "Home": {**CALLED, "event": {"type": "app_home_opened", "user": MAYA, "tab": "home"}},
    "a group": {**CALLED, "event": {"type": "subteam_updated", "subteam": {"id": "S0APPROVERS"}}},
    "a group's members": {**CALLED, "event": {"type": "subteam_members_changed", "subteam_id": "S0APPROVERS"}},
    "a message": {
        **CALLED,
        "event": {"type": "message", "subtype": MARK, "text": MARK, "user": MAYA, "message": {"text": MARK}},
    },
    "a shared channel": {
        **CALLED,
        "is_ext_shared_channel": True,
        "event": {"type": "app_mention", "text": MARK, "user": MAYA, "user_team": "E1"},
    },
    "an app's end": {**CALLED, "event": {"type": "app_uninstalled"}},
    "tokens": {**CALLED, "event": {"type": "tokens_revoked", "tokens": {"bot": [MARK]}}},
    "a function": {
        **CALLED,
        "event": {
            "type": "function_executed",
            "function": {"callback_id": MARK},
            "inputs": {MARK: MARK},
            "function_execution_id": MARK,
            "bot_access_token": MARK,
        },
    },
    "an address": {"type": "url_verification", "challenge": MARK, "token": MARK},
    "a kind that nobody knows": {"type": MARK, "team_id": TEAM, "text": MARK},
}


def _bent(right: Json, wrongs: Mapping[str, Any] = WRONG) -> Iterator[tuple[str, Json]]:
    """The same with each of its parts left out, and wrong in every way."""
    for path in _paths(right):
        yield f"no {'.'.join(map(str, path))}", _with(right, path, None, leave_out=True)
        for name, value in wrongs.items():
            yield f"{'.'.join(map(str, path))}: {name}", _with(right, path, value)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield (*path, name)
        yield from _paths(item, (*path, name))


def _with(right: Any, path: tuple[Any, ...], value: Any, *, leave_out: bool = False) -> Any:
    (first, *rest), made = path, right.copy()
    if rest:
        made[first] = _with(made[first], tuple(rest), value, leave_out=leave_out)
    elif leave_out:
        del made[first]
    else:
        made[first] = value
    return made


@dataclass(frozen=True)
class Campaign:
    """Everything that was asked, what storage held around what nobody signed, and what Slack found wrong."""

    unsigned: list[Told]
    passed: list[Told]
    signed: list[Told]
    before: Json
    after: Json
    refused_by_slack: list[str]

    @property
    def all(self) -> list[Told]:
        return [*self.unsigned, *self.passed, *self.signed]


@pytest.fixture(scope="module")
def surface(world: World) -> Iterator[Surface]:
    log, root = Listening(), logging.getLogger()
    level, wrong = root.level, world.stack.slack.violations
    root.addHandler(log)
    root.setLevel(logging.INFO)
    yield Surface(world, log)
    root.removeHandler(log)
    root.setLevel(level)
    wrong[:] = [one for one in wrong if not one.endswith(UNKNOWN_TRIGGER)]  # made up here, not by the app


@pytest.fixture(scope="module")
def campaign(surface: Surface) -> Campaign:
    before = surface.kept()
    nobody = [surface.ask(ask) for ask in unsigned(surface)]
    passed = [surface.ask(ask) for ask in with_a_pass(surface)]
    after = surface.kept()
    found = surface.world.stack.slack.violations
    known = len(found)
    slacks = [surface.ask(ask) for ask in with_a_signature(surface)]
    return Campaign(nobody, passed, slacks, before, after, found[known:])


def test_every_http_route_is_asked_by_every_method(surface: Surface) -> None:
    asked = {(ask.door, ask.method) for ask in unsigned(surface)}
    assert asked == {(door, method) for door in surface.doors for method in METHODS}
    assert {"slack_events", "health", "upload"} <= set(surface.doors)


def test_no_answer_is_a_failure_of_ours_and_no_exception_escapes(campaign: Campaign) -> None:
    crashed = [f"{one.label}: {one.status} {one.escaped}" for one in campaign.all if one.crashed and not _ill(one)]
    assert crashed == []


def test_no_answer_repeats_a_secret(surface: Surface, campaign: Campaign) -> None:
    assert [(one.label, surface.secrets_in(one.said)) for one in campaign.all if surface.secrets_in(one.said)] == []
    signed_links = [one.label for one in campaign.all if "sig=" in one.said]
    # A link to write one file is what a right pass is for.
    assert [label for label in signed_links if not label.startswith("upload: with a pass, permit")] == []


def test_no_answer_shows_a_stack_trace_or_a_file_path(campaign: Campaign) -> None:
    assert [(one.label, SHOWN.findall(one.said)) for one in campaign.all if SHOWN.search(one.said)] == []


def test_nothing_that_is_not_signed_reaches_a_queue_or_changes_what_is_stored(campaign: Campaign) -> None:
    assert [one.label for one in (*campaign.unsigned, *campaign.passed) if one.handed] == []
    assert campaign.after == campaign.before


def test_a_pass_that_nobody_signed_and_a_request_that_slack_did_not_sign_are_let_in_nowhere(campaign: Campaign) -> None:
    """Whatever is beside them; Slack's own route answers 400 where a body is no text to be signed."""
    for one in campaign.unsigned:
        if one.label.startswith("slack_events: "):
            assert one.status in {400, 401}, one.label
        elif one.label.startswith(("upload: pass", "upload: permit", "upload: verdict")):
            assert one.status in {400, 403}, one.label


def test_no_log_holds_a_secret_or_what_was_sent(surface: Surface, campaign: Campaign) -> None:
    assert [(one.label, surface.secrets_in(one.log)) for one in campaign.all if surface.secrets_in(one.log)] == []
    assert [one.label for one in campaign.all if "sig=" in one.log] == []
    assert [one.label for one in campaign.all if MARK in one.log.lower()] == []


def test_what_slack_never_sends_leaves_no_stack_trace_in_the_log(campaign: Campaign) -> None:
    assert [one.label for one in campaign.all if "Traceback" in one.log] == []


def test_no_form_that_is_opened_is_one_that_slack_refuses(campaign: Campaign) -> None:
    assert [one for one in campaign.refused_by_slack if not one.endswith(UNKNOWN_TRIGGER)] == []


def test_what_is_handed_to_the_queue_fits_in_a_message_and_can_be_read_by_the_worker(campaign: Campaign) -> None:
    handed = [(one.label, message) for one in campaign.signed for message in one.handed]
    assert len({label for label, _ in handed}) > 1000  # most is taken: the decision refuses it, in words
    for label, message in handed:
        assert len(message.encode()) <= 48 * 1024, label  # base64 makes 64 KiB of it, the most that a queue takes
        assert MESSAGE.validate_json(message.encode()), label


words = st.text(max_size=40).map(lambda text: f"{text}{MARK}")
texts = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=40), st.sampled_from(sorted(VALUES.values()))
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | words, inner, max_size=4),
    max_leaves=8,
)


@MANY
@given(
    which=st.integers(0),
    method=st.sampled_from(METHODS),
    body=st.binary(max_size=300) | anything.map(lambda found: json.dumps(found).encode()),
    headers=st.dictionaries(
        st.sampled_from(("Content-Type", "X-Slack-Signature", "X-Slack-Request-Timestamp", "Host")) | words,
        texts,
        max_size=4,
    ),
    params=st.dictionaries(texts, texts, max_size=3),
    place=texts | st.sampled_from(PLACES),
)
def test_no_request_that_nobody_signed_breaks_a_route(
    surface: Surface, which: int, method: str, body: bytes, headers: dict[str, str], params: dict[str, str], place: str
) -> None:
    door = sorted(surface.doors)[which % len(surface.doors)]
    route = dict.fromkeys(re.findall(r"\{(\w+)", surface.route(door)), place)
    told = surface.ask(Ask("any", door, method, body, headers, params, route))
    assert (surface.broken(told), told.handed) == ([], ())


@MANY
@given(
    payload=st.sampled_from([*INTERACTIONS.values(), *EVENTS.values(), COMMAND]), data=st.data(), as_form=st.booleans()
)
def test_no_signed_payload_with_parts_that_are_anything_breaks_the_route(
    surface: Surface, payload: Json, data: st.DataObject, as_form: bool
) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(_paths(payload), key=repr)) if payload else st.nothing())
        payload = _with(payload, path, data.draw(anything))
        if not payload:
            break
    ask = surface.interaction("any", payload) if as_form else surface.sign("any", json.dumps(payload), JSON)
    assert surface.broken(surface.ask(ask)) == []


@MANY
@given(
    form=st.sampled_from(FORMS),
    about=st.dictionaries(st.sampled_from(("avatar", "subject", "revision", "channel", "endpoint")), texts),
    values=st.dictionaries(
        st.sampled_from(FIELDS),
        texts | st.sampled_from(("presenter", "studio-weu", "2026-12-01", "yes", "natural/a.mp4", "a|b|c")),
    ),
)
def test_no_form_however_it_is_filled_breaks_the_route(
    surface: Surface, form: str, about: dict[str, str], values: dict[str, str]
) -> None:
    told = surface.ask(surface.interaction("any", filling(form, values, json.dumps(about))))
    assert surface.broken(told) == []


@MANY
@given(
    verb=st.sampled_from((*VERBS, "")),
    text=st.lists(texts | st.sampled_from(sorted({*PREFIXES, "because", "to", "in"})), max_size=5).map(" ".join),
)
def test_no_command_however_it_is_typed_breaks_the_route(surface: Surface, verb: str, text: str) -> None:
    told = surface.ask(surface.sign("any", _encoded({**COMMAND, "text": f"{verb} {text}"})))
    assert surface.broken(told) == []
