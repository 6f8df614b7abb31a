"""`make demo`, as a newcomer runs it: the last line is one JSON object, and the exit code agrees with it."""

import json
import re
import subprocess
import sys

import pytest

from local.stack import ROOT

# What people said and are called, and what opens doors: none of it is for the log or the traces.
PERSONAL = (
    "Lovelace",
    "Northlight",
    "campaign",
    "haircut",
    "northern shows",
    r"\bsig=",
    "xoxb-",
    "/respond/",
    "AccountKey",
    "Bearer ",
    "Traceback",
)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_demo_plays_the_main_job_to_its_end() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "local.demo"], cwd=ROOT, capture_output=True, text=True, timeout=230, check=False
    )
    result = json.loads(ran.stdout.splitlines()[-1])
    failed = [step["name"] for step in result["steps"] if not step["ok"]]
    assert (ran.returncode, result["ok"], failed) == (0, True, []), ran.stderr[-3000:]
    assert len(result["steps"]) >= 10
    assert "Traceback" not in ran.stderr
    written = {name: (ROOT / ".local/demo" / name).read_text(encoding="utf-8") for name in ("host.log", "traces.jsonl")}
    assert '"event": "decided"' in written["host.log"]
    assert '"name": "effect"' in written["traces.jsonl"]
    for name, text in written.items():
        for personal in PERSONAL:
            assert not re.search(personal, text, re.IGNORECASE), f"{name} holds {personal}"


def test_a_step_that_fails_makes_the_demo_fail(tmp_path_factory: pytest.TempPathFactory) -> None:
    program = (
        "import local.demo as d\n"
        "from local.tour import Tour\n"
        "def broken(self): raise AssertionError('seeded')\n"
        "Tour.make_avatar = broken\n"
        f"d.FOLDER = d.Path({str(tmp_path_factory.mktemp('demo'))!r})\n"
        "d.main()\n"
    )
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    result = json.loads(ran.stdout.splitlines()[-1])
    assert (ran.returncode, result["ok"]) == (1, False)
    assert [step["ok"] for step in result["steps"]] == [False]
