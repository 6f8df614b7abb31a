"""The whole local stack: Azurite, the stand-ins for Slack and Speech, the clock, blob events and the Functions host."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient, CorsRule
from azure.storage.queue import QueueServiceClient
from starlette.applications import Starlette

from local.azurite import Azurite
from local.blob_events import BlobEvents
from local.clock import LocalClock
from local.dropping import Droppable
from local.listener import listener
from local.pager import KEY, SECRET, Pagers
from local.slack.page import Page
from local.slack.sending import Sender
from local.slack.team import BOT_USER, TEAM
from local.slack.webapi import WebApi
from local.slack.world import World as SlackWorld
from local.speech import app as speech
from local.speech.journal import Journal
from local.speech.resources import ResourceSpec
from local.speech.world import World as SpeechWorld
from shared.storage.blobs import CLIPS
from shared.storage.connect import LISTS_TABLE, RECORDS_TABLE
from shared.storage.pictures import PICTURES
from shared.storage.queues import CHECKS, EVENTS

ROOT = Path(__file__).parent.parent
TEAM_FILES = Path(__file__).parent / "team"


class Stack:
    """A context manager: everything runs inside, and everything is stopped after it."""

    def __init__(
        self, folder: Path, port: int = 0, *, with_host: bool = True, pace: float = 1.0, tools: str | None = None,
        real: dict[str, str] | None = None,
        policy: Path = TEAM_FILES / "policy.toml", resources: Path = TEAM_FILES / "resources.toml",
        crowd: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._folder = folder
        self._with_host = with_host
        self._real = real or {}  # app settings of a real workspace and real resources, instead of the stand-ins
        self._tools = tools  # the `func` program of Azure Functions Core Tools, to serve the app with it
        self.clock = LocalClock()
        self._azurite = Azurite(folder / "azurite")
        self._secret, self._token = secrets.token_hex(16), f"xoxb-local-{secrets.token_hex(8)}"
        self._page_socket = listener(port)
        self._speech_socket = listener()
        self._host_port = _free_port()
        self._host_log = folder / "host.log"
        self._host: subprocess.Popen[bytes] | None = None
        self._servers: list[tuple[uvicorn.Server, threading.Thread]] = []
        self._policy = policy
        self._resources = resources
        self.pagers = Pagers()
        self.slack = SlackWorld(self.clock.now, pace, crowd=crowd)
        self.speech_journal = Journal()
        self.speech_world = self._speech_world()
        self._blob_events: BlobEvents | None = None

    @property
    def page(self) -> str:
        return _address(self._page_socket)

    @property
    def speech(self) -> str:
        return _address(self._speech_socket)

    @property
    def app(self) -> str:
        return f"http://127.0.0.1:{self._host_port}"

    @property
    def connection(self) -> str:
        return self._azurite.connection

    @property
    def signing_secret(self) -> str:
        return self._secret

    @property
    def log(self) -> Path:
        return self._host_log

    @property
    def traces(self) -> Path:
        """Every step that the app took, a line of JSON each, with the click that caused it."""
        return self._folder / "traces.jsonl"

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._azurite.__enter__()
        try:
            self._make_storage()
            self._serve(self._slack_app(), self._page_socket)
            self._serve(speech.build(self.speech_world), self._speech_socket)
            self._write_settings()
            if self._with_host:
                self._start_host()
                self._blob_events = BlobEvents(self.connection, f"{self.app}/runtime/webhooks/blobs")
                self._blob_events.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._blob_events:
            self._blob_events.stop()
        if self._host and self._host.poll() is None:
            self._host.send_signal(signal.SIGTERM)
            try:
                self._host.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self._host.kill()
        for server, thread in self._servers:
            server.should_exit = True
            thread.join(timeout=10)
        self._azurite.__exit__()

    def kill_host(self) -> None:
        """End the Functions host without a warning, as a crash would."""
        if self._host:
            self._host.kill()
            self._host.wait()

    def start_host(self) -> None:
        """Start the Functions host (again), and wait until the app is healthy."""
        self._start_host()

    def environment(self) -> dict[str, str]:
        """The app settings of the local app."""
        resources = self._resources.read_text(encoding="utf-8").replace("{SPEECH}", self.speech)
        resources_file = self._folder / "resources.toml"
        resources_file.write_text(resources, encoding="utf-8")
        names = tomllib.loads(resources)["resources"]
        return {
            "AzureWebJobsStorage": self.connection,
            "FUNCTIONS_WORKER_RUNTIME": "python",
            "STATE": self.connection,
            "SLACK_SIGNING_SECRET": self._secret,
            "SLACK_BOT_TOKEN": self._token,
            "SLACK_BOT_USER_ID": BOT_USER,
            "SLACK_TEAM_ID": TEAM,
            "SLACK_API_URL": f"{self.page}/api/",
            "APP_URL": self.app,
            "POLICY_FILE": str(self._policy),
            "RESOURCES_FILE": str(resources_file),
            "SPEECH_KEYS": json.dumps({name: _key(name) for name in names}),
            "MONITOR_URL": f"{self.speech}/management",
            "MONITOR_TOKEN": "local-management",
            "PRICES_URL": f"{self.speech}/prices/api/retail/prices",
            "SLACK_PACE": str(self.slack.pace),
            "CONSENT_STATEMENTS": str(TEAM_FILES / "statements"),
            "CLOCK_URL": f"{self.page}/clock",
            "PAGERDUTY_URL": f"{self.page}/pagerduty/v2/enqueue",
            "PAGERDUTY_ROUTING_KEY": KEY,
            "WEBHOOK_URL": f"{self.page}/hook",
            "WEBHOOK_SECRET": SECRET,
            "TRACES_FILE": str(self.traces.absolute()),
            **self._real,
        }

    def _make_storage(self) -> None:
        tables: Any = TableServiceClient.from_connection_string(self.connection)
        for table in (RECORDS_TABLE, LISTS_TABLE):
            tables.create_table_if_not_exists(table)
        queues = QueueServiceClient.from_connection_string(self.connection)
        blobs: Any = BlobServiceClient.from_connection_string(self.connection)
        cors = CorsRule(["*"], ["PUT"], allowed_headers=["*"], exposed_headers=["ETag"], max_age_in_seconds=3600)
        blobs.set_service_properties(cors=[cors])  # the upload page sends from the browser
        for make in (*(lambda name=name: queues.create_queue(name) for name in (EVENTS, CHECKS)),
                     *(lambda name=name: blobs.create_container(name) for name in (CLIPS, PICTURES))):  # fmt: skip
            try:
                make()
            except ResourceExistsError:
                continue

    def _slack_app(self) -> Starlette:
        sender = Sender(self.slack, self._secret, f"{self.app}/api/slack/events", self.page)
        page = Page(self.slack, sender, self.clock, self.avatars)

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
            yield
            await sender.close()

        return Droppable(
            routes=[*WebApi(self.slack, self._token).routes(), *self.pagers.routes(), *page.routes()], lifespan=lifespan
        )

    def upload(self, blob: str, content: Any) -> None:
        """Put a file into the clips container, as a browser or a tool would."""
        container = BlobServiceClient.from_connection_string(self.connection).get_container_client(CLIPS)
        container.upload_blob(blob, content, overwrite=True, max_concurrency=4)

    def avatars(self) -> list[str]:
        """Names of the avatars there are, for the page."""
        table: Any = TableServiceClient.from_connection_string(self.connection).get_table_client(LISTS_TABLE)
        return sorted(str(row["avatar"]) for row in table.query_entities("PartitionKey eq 'avatars'"))

    def _speech_world(self) -> SpeechWorld:
        entries = tomllib.loads(self._resources.read_text(encoding="utf-8"))["resources"]
        specs = [
            ResourceSpec(
                name=name, region=entry["region"], key=_key(name), arm_id=entry["arm_id"],
                can_train=entry.get("can_train", False), voice_sync=entry.get("voice_sync", False),
                sku=entry.get("sku", "S0"),
            )
            for name, entry in entries.items()
        ]  # fmt: skip
        return SpeechWorld(specs, self.clock.now, self.speech_journal)

    def _serve(self, app: Any, listening: socket.socket) -> None:
        config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        self._servers.append((server, thread))
        _until(lambda: server.started, "a stand-in did not start")

    def _write_settings(self) -> None:
        """The app settings as a file, for the operators' commands (`make audit-verify SETTINGS=...`)."""
        path = self._folder / "settings.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"IsEncrypted": False, "Values": self.environment()}, indent=2), encoding="utf-8")

    def _start_host(self) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # the tools start this Python
        command = [sys.executable, "-m", "local.host", "--port", str(self._host_port), "--root", str(ROOT)]
        if self._tools:
            command = [self._tools, "start", "--port", str(self._host_port)]
        with self._host_log.open("ab") as log:
            self._host = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "local.guarded", *command],
                cwd=ROOT, env={**os.environ, **self.environment(), "PATH": path}, stdout=log, stderr=log,
            )  # fmt: skip
        host = self._host

        def healthy() -> bool:
            if host.poll() is not None:
                tail = self._host_log.read_text(encoding="utf-8")[-2000:]
                message = f"the Functions host stopped:\n{tail}"
                raise RuntimeError(message)
            try:
                return httpx.get(f"{self.app}/api/health", timeout=10).status_code == 200
            except httpx.HTTPError:
                return False

        _until(healthy, f"the app is not healthy; see {self._host_log}")


def _until(true: Any, otherwise: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.05)


def _key(resource: str) -> str:
    return f"local-key-{resource}"


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
