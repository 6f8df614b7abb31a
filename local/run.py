"""`make run`: start the whole stack, print its one address, and leave it running until Ctrl-C."""

import argparse
import fcntl
import shutil
import signal
import sys
import threading
from pathlib import Path

from local.socket_mode import Bridge, SocketMode
from local.stack import Stack
from local.workspace import connect, policy_of, resources_of, tokens, values
from shared.errors import AppError
from shared.settings import Settings

FOLDER = Path(".local/run")
KEPT = Path(".local/slack")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="the page's port; a free one without it (ARGS='--port 8080')"
    )
    parser.add_argument(
        "--slack", choices=("page", "socket"), default="page",
        help="page: a page that stands for Slack; socket: your own workspace, by Socket Mode (docs/first-day.md)",
    )  # fmt: skip
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
    if options.slack == "socket":
        sys.exit(_socket(stop))
    shutil.rmtree(FOLDER, ignore_errors=True)  # the stand-ins begin anew, so the records must as well
    print("Starting Azurite, the stand-ins for Slack and Speech, and the Functions host ...", flush=True)
    tools = shutil.which("func")
    if tools:
        print("Azure Functions Core Tools serve the app (timers follow real time then).", flush=True)
    with Stack(FOLDER, options.port, tools=tools) as stack:
        print(f"\n  Open {stack.page} and try `/avatar new presenter` in #avatars.")
        print(f"  Ctrl-C stops everything. The app's log: {stack.log}, its traces: {stack.traces}\n", flush=True)
        stop.wait()
        print("\nStopping ...", flush=True)


def _socket(stop: threading.Event) -> int:
    """Your own workspace and resources; records are kept from run to run in .local/slack."""
    try:
        found = values()
        tokens(found)
        place = connect(found)
        policy_of(found)
        names = resources_of(found)
    except AppError as error:
        print(error.sentence, file=sys.stderr)
        return 1
    real = {
        **{name: found[name] for name in ("SLACK_BOT_TOKEN", "SLACK_API_URL", "SPEECH_KEYS")},
        **{name: str(Path(found[name]).resolve()) for name in ("POLICY_FILE", "RESOURCES_FILE")},
        "SLACK_TEAM_ID": place.team, "SLACK_BOT_USER_ID": place.bot_user, "SLACK_PACE": "1.0", "CLOCK_URL": "",
        "MONITOR_URL": "https://management.azure.com", "MONITOR_TOKEN": "",
        "CONSENT_STATEMENTS": str(Settings.model_fields["statements"].default),
        "PRICES_URL": "https://prices.azure.com/api/retail/prices",
    }  # fmt: skip
    print("Starting Azurite and the Functions host ...", flush=True)
    with (
        Stack(KEPT, real=real) as stack,
        SocketMode(
            Bridge(stack.app, stack.signing_secret),
            found["SLACK_BOT_TOKEN"],
            found["SLACK_APP_TOKEN"],
            found["SLACK_API_URL"],
        ),
    ):
        print(f"\n  Connected to {place.team_name} ({place.team}); resources: {', '.join(names)}.")
        print("  Say `/avatar help` there. Records and clips are kept in .local/slack.")
        print(f"  Ctrl-C stops everything. The app's log: {stack.log}, its traces: {stack.traces}\n", flush=True)
        stop.wait()
        print("\nStopping ...", flush=True)
    return 0


if __name__ == "__main__":
    main()
