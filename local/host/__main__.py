"""`python -m local.host`: serve the app in this folder until SIGTERM or Ctrl-C."""

import argparse
import json
import logging
import os
import socket
import threading
from pathlib import Path
from typing import Any

import uvicorn
from azure.storage.blob import BlobClient

from local.host.loading import Function, connection, load, queue_rules
from local.host.queues import Listener, client
from local.host.serving import build
from local.host.timers import Timer
from shared.clock import ServedCalendar, SystemCalendar

BLOB_EVENTS = "azure-webjobs-blobtrigger"
BLOB_POISON = "webjobs-blobtrigger-poison"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7071, help="0 takes a free one")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the folder with function_app.py and host.json")
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.INFO)
    for noisy in ("azure", "uvicorn", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    with socket.create_server((options.host, options.port)) as listener:
        host, port = listener.getsockname()[:2]
        stop = threading.Event()
        app, threads = _wire(options.root, stop)
        for thread in threads:
            thread.start()
        print(f"Functions host: http://{host}:{port}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
        stop.set()
        for thread in threads:
            thread.join(timeout=10)


def _wire(root: Path, stop: threading.Event) -> tuple[Any, list[threading.Thread]]:
    functions = load(root)
    rules = queue_rules(root)
    clock = os.environ.get("CLOCK_URL", "")
    calendar = ServedCalendar(clock) if clock else SystemCalendar()
    threads: list[threading.Thread] = []
    for function in functions:
        trigger = function.trigger
        if function.kind == "queueTrigger":
            queue = client(trigger["queueName"], trigger["connection"], rules)
            poison = client(f"{trigger['queueName'].removesuffix('-poison')}-poison", trigger["connection"], rules)
            threads.append(Listener(queue, poison, function.call, rules, stop))
        elif function.kind == "timerTrigger":
            storage = connection("AzureWebJobsStorage")
            threads.append(Timer(function.name, trigger["schedule"], function.call, calendar.now, storage, stop))
    blobs = {function.name: function for function in functions if function.kind == "blobTrigger"}
    events = client(BLOB_EVENTS, "AzureWebJobsStorage", rules)
    poison = client(BLOB_POISON, "AzureWebJobsStorage", rules)
    threads.append(Listener(events, poison, lambda message: _blob(blobs, message.get_body()), rules, stop))

    def send(binding: dict[str, Any], messages: list[str]) -> None:
        for message in messages:
            outputs[binding["queueName"]].send_message(message)

    outputs = {
        output["queueName"]: client(output["queueName"], output["connection"], rules)
        for function in functions
        for output in function.outputs
    }

    def blob_created(function: str, blob: str) -> None:
        events.send_message(json.dumps({"function": function, "blob": blob}))

    return build(functions, send, blob_created), threads


def _blob(functions: dict[str, Function], body: bytes) -> None:
    """Call a blob function with the client it asks for; the blob's content never passes the host."""
    event = json.loads(body)
    function = functions[event["function"]]
    container, _, _ = function.trigger["path"].partition("/")
    name = event["blob"]
    function.call(BlobClient.from_connection_string(connection(function.trigger["connection"]), container, name))


if __name__ == "__main__":
    main()
