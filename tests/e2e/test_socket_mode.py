"""Socket Mode: what Slack sends over its socket reaches the app as signed requests, and the app's answer goes back."""

import base64
import hashlib
import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.socket_mode.builtin.frame_header import FrameHeader

from local.people import People
from local.slack.team import BOT_USER, TEAM
from local.socket_mode import Bridge, SocketMode, request_of
from local.stack import Stack

MAYA = "U0MAYA"


class Gateway:
    """Slack's side of Socket Mode: `apps.connections.open`, and one WebSocket, on one port."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}/api/"
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._open: queue.Queue[socket.socket] = queue.Queue()
        threading.Thread(target=self._serve, daemon=True).start()

    def send(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """Send an envelope; what came back for it."""
        place = self._open.get(timeout=20)
        self._open.put(place)
        content = json.dumps(envelope).encode()
        length = bytes([len(content)]) if len(content) < 126 else b"\x7e" + len(content).to_bytes(2, "big")
        place.sendall(b"\x81" + length + content)
        return self.answers.get(timeout=20)

    def close(self) -> None:
        self._listener.close()
        while not self._open.empty():
            self._open.get().close()

    def _serve(self) -> None:
        while True:
            try:
                place, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connection, args=(place,), daemon=True).start()

    def _connection(self, place: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += place.recv(4096)
        text = head.decode("latin-1")
        if "apps.connections.open" in text:
            port = self._listener.getsockname()[1]
            body = json.dumps({"ok": True, "url": f"ws://127.0.0.1:{port}/link"})
            place.sendall(
                f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
            )
            place.close()
            return
        key = next(line.split(": ")[1] for line in text.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accepted = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())  # noqa: S324 - the protocol's
        place.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + accepted + b"\r\n\r\n"
        )  # fmt: skip
        self._open.put(place)
        while frame := self._frame(place):
            opcode, content = frame
            if opcode == FrameHeader.OPCODE_TEXT:
                self.answers.put(json.loads(content))

    @staticmethod
    def _frame(place: socket.socket) -> tuple[int, bytes] | None:
        """One masked frame of a client; None at the end."""

        def read(count: int) -> bytes:
            content = b""
            while len(content) < count:
                more = place.recv(count - len(content))
                if not more:
                    raise ConnectionError
                content += more
            return content

        try:
            first, second = read(2)
            length = second & 0x7F
            length = int.from_bytes(read(2), "big") if length == 126 else length
            mask = read(4)
            content = bytes(byte ^ mask[index % 4] for index, byte in enumerate(read(length)))
        except OSError:
            return None
        return first & 0x0F, content


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture
def gateway(stack: Stack) -> Iterator[Gateway]:
    with closing(Gateway()) as opened:
        bridge = Bridge(stack.app, stack.signing_secret)
        with SocketMode(bridge, "xoxb-x", "xapp-x", opened.address):
            yield opened


def _command(stack: Stack, text: str) -> dict[str, Any]:
    return {
        "team_id": TEAM, "user_id": MAYA, "channel_id": "C0AVATARS", "command": "/avatar", "text": text,
        "trigger_id": stack.slack.trigger(MAYA), "response_url": stack.slack.response_url(stack.page, MAYA, "C0AVATARS"),
    }  # fmt: skip


def test_a_command_over_the_socket_is_answered_over_the_socket(stack: Stack, gateway: Gateway) -> None:
    answer = gateway.send({"envelope_id": "e1", "type": "slash_commands", "payload": _command(stack, "help")})
    assert answer["envelope_id"] == "e1"
    assert "What you can do" in answer["payload"]["text"]


def test_what_is_asked_over_the_socket_is_done_by_the_app(stack: Stack, gateway: Gateway) -> None:
    command = _command(stack, "new presenter in studio-weu")
    answer = gateway.send({"envelope_id": "e2", "type": "slash_commands", "payload": command})
    assert answer == {"envelope_id": "e2"}
    with closing(People(stack.page)) as people:
        people.sees(MAYA, "made the avatar *presenter*")
    view = {
        "id": "V1",
        "type": "modal",
        "blocks": [],
        "callback_id": "reject",
        "private_metadata": "{}",
        "hash": "h",
        "state": {"values": {}},
    }
    form = {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": MAYA}, "view": view, "trigger_id": "t1"}
    errors = gateway.send({"envelope_id": "e3", "type": "interactive", "payload": form})
    assert errors["payload"]["response_action"] == "errors"
    home = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1",
            "event": {"type": "app_home_opened", "user": MAYA, "tab": "home"}}  # fmt: skip
    assert gateway.send({"envelope_id": "e4", "type": "events_api", "payload": home}) == {"envelope_id": "e4"}


def test_an_envelope_of_another_kind_is_acknowledged_and_nothing_more(gateway: Gateway) -> None:
    assert gateway.send({"envelope_id": "e5", "type": "hovercraft", "payload": {}}) == {"envelope_id": "e5"}
    with pytest.raises(ValueError, match="hovercraft"):
        request_of("hovercraft", {})


def test_real_settings_go_before_those_of_the_stand_ins(tmp_path: Path) -> None:
    with Stack(tmp_path, with_host=False, real={"SLACK_TEAM_ID": "T1", "CLOCK_URL": ""}) as stack:
        found = stack.environment()
    assert (found["SLACK_TEAM_ID"], found["CLOCK_URL"], found["SLACK_BOT_USER_ID"]) == ("T1", "", BOT_USER)
