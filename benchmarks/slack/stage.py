"""What a host needs around it: storage in memory and app settings. No address in them leaves this machine."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # the emulator's, published
NOBODY = "http://127.0.0.1:9"


@contextmanager
def stage() -> Iterator[dict[str, str]]:
    """The environment of a host, while its storage runs."""
    with tempfile.TemporaryDirectory() as folder, _azurite(folder) as connection:
        team = ROOT / "local" / "team"
        resources = Path(folder, "resources.toml")
        resources.write_text((team / "resources.toml").read_text(encoding="utf-8").replace("{SPEECH}", NOBODY), "utf-8")
        yield {
            **os.environ, "PYTHONPATH": str(ROOT), "AzureWebJobsStorage": connection, "STATE": connection,
            "SLACK_SIGNING_SECRET": "0123456789abcdef" * 2, "SLACK_BOT_TOKEN": "xoxb-none",
            "SLACK_BOT_USER_ID": "U0AVATARBOT", "SLACK_TEAM_ID": "T0NORTH", "SLACK_API_URL": f"{NOBODY}/api/",
            "APP_URL": NOBODY, "POLICY_FILE": str(team / "policy.toml"), "RESOURCES_FILE": str(resources),
            "SPEECH_KEYS": "{}", "MONITOR_URL": NOBODY, "PRICES_URL": NOBODY, "CONSENT_STATEMENTS": NOBODY, "CLOCK_URL": "",
        }  # fmt: skip


@contextmanager
def _azurite(folder: str) -> Iterator[str]:
    """Storage that keeps nothing; its connection string."""
    ports = {"blob": 0, "queue": 0, "table": 0}
    with ExitStack() as probes:
        for kind in ports:
            ports[kind] = probes.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
    script = ROOT / "local" / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
    options = ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence"]
    options += [part for kind, port in ports.items() for part in (f"--{kind}Port", str(port))]
    process = subprocess.Popen(
        [sys.executable, "-m", "local.node", "node", str(script), *options],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        for port in ports.values():
            while socket.socket().connect_ex(("127.0.0.1", port)):
                if process.poll() is not None:
                    sys.exit("Azurite did not start: run `make setup`")
                time.sleep(0.05)
        endpoints = "".join(
            f"{kind.title()}Endpoint=http://127.0.0.1:{port}/{ACCOUNT};" for kind, port in ports.items()
        )
        yield f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};{endpoints}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
