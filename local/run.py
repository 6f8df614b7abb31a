"""`make run`: start the whole stack, print its one address, and leave it running until Ctrl-C."""

import argparse
import fcntl
import shutil
import signal
import sys
import threading
from pathlib import Path

from local.stack import Stack

FOLDER = Path(".local/run")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="the page's port; a free one without it (ARGS='--port 8080')"
    )
    options = parser.parse_args()
    stop = threading.Event()

    def stopping(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
    FOLDER.parent.mkdir(exist_ok=True)
    lock = (FOLDER.parent / "run.lock").open("w")  # held until this process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("Another `make run` is running in this folder: stop it first (Ctrl-C).")
    shutil.rmtree(FOLDER, ignore_errors=True)  # the stand-ins begin anew, so the records must as well
    print("Starting Azurite, the stand-ins for Slack and Speech, and the Functions host ...", flush=True)
    tools = shutil.which("func")
    if tools:
        print("Azure Functions Core Tools serve the app (timers follow real time then).", flush=True)
    with Stack(FOLDER, options.port, tools=tools) as stack:
        print(f"\n  Open {stack.page} and try `/avatar new presenter` in #avatars.")
        print(f"  Ctrl-C stops everything. The app's log: {stack.log}\n", flush=True)
        stop.wait()
        print("\nStopping ...", flush=True)


if __name__ == "__main__":
    main()
