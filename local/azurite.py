"""Start Azurite (from the local npm packages) on free ports, and stop it so that nothing is lost."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from local.node import environment, node

ACCOUNT = "devstoreaccount1"
# The emulator's published key; it opens nothing but an emulator.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
SCRIPT = Path(__file__).parent / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"


class Azurite:
    """One emulator; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = _free_ports(3)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def connection(self) -> str:
        blob, queue, table = self._ports
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint=http://127.0.0.1:{blob}/{ACCOUNT};QueueEndpoint=http://127.0.0.1:{queue}/{ACCOUNT};"
            f"TableEndpoint=http://127.0.0.1:{table}/{ACCOUNT};"
        )

    def __enter__(self) -> Self:
        if not SCRIPT.exists():
            message = f"{SCRIPT} is missing: run `make setup`"
            raise FileNotFoundError(message)
        self._folder.mkdir(parents=True, exist_ok=True)
        blob, queue, table = map(str, self._ports)
        self._process = subprocess.Popen(  # noqa: S603 - our own node
            [
                sys.executable, "-m", "local.guarded", str(node()), str(SCRIPT), "--silent", "--disableTelemetry", "--skipApiVersionCheck",
                "--location", str(self._folder.absolute()), "--blobPort", blob, "--queuePort", queue, "--tablePort", table,
            ],
            cwd=Path(__file__).parent.parent, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not all(_answers(port) for port in self._ports):
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = "Azurite did not start; run it by hand to see why"
                raise RuntimeError(message)
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)  # SIGKILL would lose the last seconds
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
