"""`make demo`: play the main job start to end, and show what the people see in Slack."""

import json
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from local.stack import Stack
from local.tour import Tour

FOLDER = Path(".local/demo")


def main() -> None:
    started = time.monotonic()
    steps: list[dict[str, Any]] = []
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        with Stack(FOLDER) as stack, closing(Tour(stack, FOLDER / "clips")) as tour:
            print(f"The stack is up; you can watch at {stack.page}\n", flush=True)
            for name, step in tour.steps():
                if not _played(name, step, steps, stack):
                    break
    except (OSError, RuntimeError, TimeoutError) as error:
        print(f"\nThe local stack did not work: {error}", file=sys.stderr)
        steps.append({"name": "the local stack", "ok": False, "seconds": 0.0})
    ok = bool(steps) and all(step["ok"] for step in steps)
    print(json.dumps({"ok": ok, "seconds": round(time.monotonic() - started, 1), "steps": steps}), flush=True)
    sys.exit(0 if ok else 1)


def _played(name: str, step: Callable[[], None], steps: list[dict[str, Any]], stack: Stack) -> bool:
    print(f"━━ {len(steps) + 1}. {name}", flush=True)
    began = time.monotonic()
    ok = True
    try:
        step()
    except Exception:  # noqa: BLE001 - a step that fails is a result to print, whatever failed
        ok = False
        traceback.print_exc()
        print(f"Rules of Slack that were broken: {stack.slack.violations}", file=sys.stderr)
        print(f"The app's log ends with:\n{stack.log.read_text(encoding='utf-8')[-3000:]}", file=sys.stderr)
    steps.append({"name": name, "ok": ok, "seconds": round(time.monotonic() - began, 1)})
    print(f"   {'✓' if ok else '✗'} {steps[-1]['seconds']} s\n", flush=True)
    return ok


if __name__ == "__main__":
    main()
