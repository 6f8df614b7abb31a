"""`python -m local.host`: serve the app in this folder until SIGTERM or Ctrl-C."""

import argparse
import json
import logging
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from azure.storage.blob import BlobClient

from local.host.loading import Function, connection, load, queue_rules
from local.host.queues import Listener, Sender, client
from local.host.serving import build
from local.host.timers import Timer
from local.listener import listener
from shared.clock import SystemCalendar
from shared.ports import Calendar

BLOB_EVENTS = "azure-webjobs-blobtrigger"
BLOB_POISON = "webjobs-blobtrigger-poison"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7071, help="0 takes a free one")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the folder with function_app.py and host.json")
    parser.add_argument(
        "--batch", action="append", default=[], metavar="QUEUE=N", help="fewer at a time than host.json says"
    )
    parser.add_argument("--message-lease", type=int, default=60, metavar="S", help="a killed host's message comes back")
    parser.add_argument("--timer-lease", type=int, default=60, metavar="S", help="a killed host's timer runs elsewhere")
    parser.add_argument("--trace", action="store_true", help="log when effects are begun and struck off")
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.INFO)
    for noisy in ("azure", "uvicorn", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if options.trace:
        logging.getLogger("avatar_ops").setLevel(logging.DEBUG)
    with listener(options.port, options.host) as listening:
        host, port = listening.getsockname()[:2]
        stop = threading.Event()
        app, threads = _wire(options, stop)
        for thread in threads:
            thread.start()
        print(f"Functions host: http://{host}:{port}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
        stop.set()
        for thread in threads:
            thread.join(timeout=10)


def _wire(options: argparse.Namespace, stop: threading.Event) -> tuple[Any, list[threading.Thread]]:
    root: Path = options.root
    batches = dict(text.split("=", 1) for text in options.batch)
    functions = load(root)
    rules = queue_rules(root)
    clock = os.environ.get("CLOCK_URL", "")
    calendar = _served(clock) if clock else SystemCalendar()
    threads: list[threading.Thread] = []
    for function in functions:
        trigger = function.trigger
        if function.kind == "queueTrigger":
            queue = client(trigger["queueName"], trigger["connection"], rules)
            poison = client(f"{trigger['queueName'].removesuffix('-poison')}-poison", trigger["connection"], rules)
            own = replace(rules, batch=int(batches.get(trigger["queueName"], rules.batch)))
            threads.append(Listener(queue, poison, function.call, own, stop, options.message_lease))
        elif function.kind == "timerTrigger":
            storage = connection("AzureWebJobsStorage")
            schedule = trigger["schedule"]
            threads.append(
                Timer(function.name, schedule, function.call, calendar.now, storage, stop, options.timer_lease)
            )
    blobs = {function.name: function for function in functions if function.kind == "blobTrigger"}
    events = client(BLOB_EVENTS, "AzureWebJobsStorage", rules)
    poison = client(BLOB_POISON, "AzureWebJobsStorage", rules)

    def blob_seen(message: Any) -> None:
        _blob(blobs, message.get_body())

    threads.append(Listener(events, poison, blob_seen, rules, stop, options.message_lease))

    def send(binding: dict[str, Any], messages: list[str]) -> None:
        for message in messages:
            outputs[binding["queueName"]].send(message)

    outputs = {
        output["queueName"]: Sender(client(output["queueName"], output["connection"], rules), rules)
        for function in functions
        for output in function.outputs
    }

    def blob_created(function: str, blob: str) -> None:
        events.send_message(json.dumps({"function": function, "blob": blob}))

    return build(functions, send, blob_created), threads


def _served(clock: str) -> Calendar:
    from shared.served_calendar import ServedCalendar

    return ServedCalendar(clock)


def _blob(functions: dict[str, Function], body: bytes) -> None:
    """Call a blob function with the client it asks for; the blob's content never passes the host."""
    event = json.loads(body)
    function = functions[event["function"]]
    container, _, _ = function.trigger["path"].partition("/")
    name = event["blob"]
    function.call(BlobClient.from_connection_string(connection(function.trigger["connection"]), container, name))


if __name__ == "__main__":
    main()
