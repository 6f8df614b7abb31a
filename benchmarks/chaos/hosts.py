"""Functions hosts as processes of their own: started, followed by their trace, killed without a warning."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

MESSAGE_LEASE_S, TIMER_LEASE_S = 30, 15  # how long a killed host keeps others waiting


@dataclass
class Trace:
    """What a host is in the middle of, read from its log as it grows."""

    path: Path
    place: int = 0
    begun: dict[str, str] = field(default_factory=dict[str, str])  # effects not struck off; of starts the operation
    claimed: set[str] = field(default_factory=set[str])  # operations that were claimed here

    @property
    def mid(self) -> list[str]:
        """Operations between their claim and the strike-off of their start."""
        return sorted({operation for operation in self.begun.values() if operation and operation in self.claimed})

    def read(self) -> None:
        for line in self._lines():
            self._take(line)

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self.path.open("rb") as log:
            log.seek(self.place)
            text = log.read()
        whole = text.rpartition(b"\n")[0]
        self.place += len(whole) + bool(whole)
        for line in whole.decode(errors="replace").splitlines():
            start, brace, rest = line.partition("{")
            if brace and " avatar_ops " in start:
                try:
                    yield json.loads(brace + rest)
                except ValueError:
                    continue

    def _take(self, line: dict[str, Any]) -> None:
        owed = str(line.get("owed", ""))
        match line["event"]:
            case "effect_begun" if owed:
                self.begun[owed] = str(line.get("operation", ""))
            case "claimed":
                self.claimed.add(str(line["operation"]))
            case "effect_struck" | "effect_left":
                self.begun.pop(owed, None)
            case _:
                return


class Host:
    """One host process at a time, always at the same port."""

    def __init__(self, number: int, root: Path, environment: dict[str, str], folder: Path) -> None:
        self.number, self._root, self._folder = number, root, folder
        self._environment = environment
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.trace = Trace(folder / "none")
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.starts += 1
        path = self._folder / f"host-{self.number}-{self.starts:03d}.log"
        command = [
            sys.executable, "-m", "local.host", "--port", str(self.port), "--root", str(self._root), "--trace",
            "--batch", "clip-checks=1", "--message-lease", str(MESSAGE_LEASE_S), "--timer-lease", str(TIMER_LEASE_S),
        ]  # fmt: skip
        with path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local.guarded", *command],
                cwd=self._root, env={**os.environ, **self._environment}, stdout=log, stderr=log,
            )  # fmt: skip
        self.trace = Trace(path)

    def healthy(self) -> bool:
        """Whether the app answers.

        Raises:
            RuntimeError: the process ended; the end of its log says why.
        """
        if self.ended():
            message = f"a host stopped:\n{self.trace.path.read_text(encoding='utf-8')[-2000:]}"
            raise RuntimeError(message)
        try:
            return httpx.get(f"{self.address}/api/health", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def kill(self) -> Trace:
        """SIGKILL; the answer is what it was in the middle of, as its own trace says."""
        with self.lock:
            if self.process:
                self.process.kill()
                self.process.wait()
            self.trace.read()
            return self.trace

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
