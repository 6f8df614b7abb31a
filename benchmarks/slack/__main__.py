"""`make bench-slack`: measures, says which targets were missed, and ends with one line of JSON; imports nothing of ours.

Ours runs in processes of its own (`in_process.py`, the local host), and so do the peers (`bare.py`, `minimum/`).
"""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from azure.storage.queue import QueueClient

from benchmarks.slack.load import PATH, at_a_time
from benchmarks.slack.report import missed, report
from benchmarks.slack.sent import Sent, Slack
from benchmarks.slack.stage import ROOT, stage

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "11"))
IN_PROCESS = int(os.environ.get("BENCH_REQUESTS", "20000"))
OVER_HTTP = int(os.environ.get("BENCH_HTTP", "4000"))
MANY = 50
HOST = [sys.executable, "-m", "local.host", "--port", "{port}"]
MINIMUM = str(ROOT / "benchmarks" / "slack" / "minimum")
IMPORT = "import time; t = time.perf_counter(); import function_app; print(time.perf_counter() - t)"


def say(text: str) -> None:
    print(text, flush=True)


def in_process(environment: dict[str, str]) -> dict[str, list[float]]:
    """Seconds of every request, ours and bare Bolt's."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.slack.in_process"], check=True, capture_output=True, text=True, cwd=ROOT,
        env=environment, input=json.dumps({"requests": IN_PROCESS}) + "\n",
    )  # fmt: skip
    return json.loads(done.stdout)


@contextmanager
def started(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A server in a process of its own, which is killed in the end."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        if process.poll() is not None:
            sys.exit(f"it ended: {' '.join(command)}")
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def acknowledged(port: int, sent: Sent, secret: str, patience_s: float = 60) -> None:
    """Return as soon as this request is answered with 200."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience_s)
        try:
            connection.request("POST", PATH, sent.body.encode(), sent.signed(secret))
            answer = connection.getresponse()
        except ConnectionRefusedError:  # not there yet
            time.sleep(0.002)
            continue
        finally:
            connection.close()
        if answer.status == 200:
            return
        sys.exit(f"the first request was answered with {answer.status}")
    sys.exit("nothing answered")


def first_ack(command: list[str], environment: dict[str, str], sent: Sent) -> float:
    """Seconds from the start of the process to the first answer."""
    QueueClient.from_connection_string(environment["STATE"], "events").clear_messages()  # what the run before left
    port = free_port()
    begun = time.perf_counter()
    with started([part.format(port=port) for part in command], environment):
        acknowledged(port, sent, environment["SLACK_SIGNING_SECRET"])
        return time.perf_counter() - begun


def first_acks(environment: dict[str, str], slack: Slack) -> dict[str, list[float]]:
    """Seconds to the first answer of ours, the minimum and plain Bolt, in turns; the first round warms the disk's cache."""
    commands = {
        "ours": [*HOST, "--root", str(ROOT)],
        "minimum": [*HOST, "--root", MINIMUM],
        "plain": [sys.executable, "-m", "benchmarks.slack.bare", "{port}"],
    }
    took: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        now = {name: first_ack(command, environment, slack.command(f"{number}")) for name, command in commands.items()}
        say(f"  {'warm-up' if number == 0 else f'round {number}'}: " + spelt(now))
        if number:
            for name, seconds in now.items():
                took[name].append(seconds)
    paired = statistics.median(a / b for a, b in zip(took["ours"], took["minimum"], strict=True))
    say(f"  ours {paired:.2f} times the minimum: the median of the rounds, each beside its own")
    return took


def imports(environment: dict[str, str]) -> list[float]:
    """Seconds that importing the app takes in a fresh process."""
    command = [sys.executable, "-c", IMPORT]
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
        for _ in range(ROUNDS + 1)
    ]
    return [float(run.stdout) for run in runs[1:]]


def over_http(environment: dict[str, str], slack: Slack) -> list[float]:
    """Seconds of every request, so many at a time; what is handed over is another instance's work, as on Flex Consumption."""
    environment = environment | {"AzureWebJobs.events.Disabled": "true"}
    port, secret = free_port(), environment["SLACK_SIGNING_SECRET"]
    command = [part.format(port=port) for part in [*HOST, "--root", str(ROOT)]]
    with started(command, environment):
        acknowledged(port, slack.command("first"), secret)
        at_a_time(port, secret, slack.mix(OVER_HTTP // 10), MANY)
        return at_a_time(port, secret, slack.mix(OVER_HTTP), MANY)


def spelt(seconds: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())


def main() -> None:
    with stage() as environment:
        slack = Slack(environment["SLACK_TEAM_ID"])
        QueueClient.from_connection_string(environment["STATE"], "events").create_queue()
        sizes = ", ".join(f"{sent.kind} {len(sent.body):,}" for sent in slack.mix(5))
        say(f"in process, {IN_PROCESS:,} requests, each to ours and to bare Bolt in turns (bytes: {sizes})")
        here = in_process(environment)
        say(f"start of a process to its first answer, {ROUNDS} rounds in turns")
        starts = first_acks(environment, slack)
        say(f"import of function_app in a fresh process, {ROUNDS} times")
        took = imports(environment)
        say(f"over HTTP through the local host, {OVER_HTTP:,} requests, {MANY} at a time")
        served = over_http(environment, slack)
    figures = report(here, served, starts, took)
    for line in missed(figures) or ["every target was met"]:
        say(line)
    say(json.dumps(figures))


if __name__ == "__main__":
    main()
