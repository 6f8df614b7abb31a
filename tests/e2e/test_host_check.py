"""The official Functions worker takes our app: `make host-check`, where Python is new enough for the worker's library."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.package import ROOT

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 13), reason="the worker's library needs Python 3.13: make test-313 runs this"
)

BROKEN = """
import azure.functions as func

app = func.FunctionApp()

@app.queue_trigger(arg_name="message", queue_name="events", connection="STATE")
def fails(message: func.QueueMessage) -> None:
    raise ValueError(f"no use for {message.get_body().decode()}, try {message.dequeue_count}")
"""
MISTAKEN = BROKEN.replace("message: func.QueueMessage", "message: func.TimerRequest")
TRY = """
import sys
from pathlib import Path
from local.worker import Worker

sys.path.insert(0, sys.argv[1])
worker = Worker(Path(sys.argv[1]))
print(worker.message("fails", "this").error)
worker.close()
"""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: an app can be loaded once in a process."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603


def test_every_function_is_indexed_loaded_and_invoked_without_a_failure() -> None:
    ran = _python("-m", "local.host_check")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counts = json.loads(ran.stdout.splitlines()[-1])
    there = counts["functions"]
    assert there >= 12
    assert counts == {"functions": there, "indexed": there, "invoked": there, "failed": 0}


def test_what_a_function_raises_is_told_with_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(BROKEN, encoding="utf-8")
    assert "ValueError: no use for this, try 1" in _python("-c", TRY, str(tmp_path)).stdout


def test_an_app_that_the_worker_does_not_load_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(MISTAKEN, encoding="utf-8")
    ran = _python("-c", TRY, str(tmp_path))
    assert ran.returncode == 1
    assert "Python type annotation TimerRequest" in ran.stderr
