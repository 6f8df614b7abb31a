"""The stand-in on loopback, for calls over real HTTP, with a clock to turn."""

import copy
import threading
from collections.abc import Mapping
from typing import Any, Self

import httpx
import uvicorn

from local.listener import listener
from local.speech.app import build
from local.speech.gateway import SERVICES
from local.speech.service import Service
from local.speech.world import ResourceState
from tests.contract.speech_kit import Studio


class Served(Studio):
    """A context manager. What was lived so far can be kept, and every later request can begin from there."""

    def __init__(self, services: Mapping[str, Service] = SERVICES) -> None:
        super().__init__()
        self._listener = listener()
        host, port = self._listener.getsockname()[:2]
        self.client = httpx.Client(base_url=f"http://{host}:{port}", timeout=20)
        config = uvicorn.Config(build(self.world, services), log_level="critical", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True)
        self._kept: dict[str, ResourceState] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._listener.close()

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self.client.request(method, path, **more)
        self.answers.append((path, answer))
        return answer

    def keep(self) -> None:
        self._kept = copy.deepcopy(self.world.states)

    def restore(self) -> None:
        self.world.reset()
        self.world.states = copy.deepcopy(self._kept)
        self.world.timestamps_without_z, self.world.batch_limit, self.world.metric_delay_minutes = False, False, 5
        self.world.call_limit, self.world.wrong_default = 0, False
