"""Every command that the documents tell people to type is run: most of them here, in a copy of the tree, with little to do."""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local.people import People
from local.stack import ROOT
from local.tour import MAYA
from tests.unit.test_documents import TYPED

PAUSE = threading.Event()
OURS = {"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "ARGS"}  # what these tests themselves were made with
DONE = ("-o", ".venv/.ready", "-o", "local/node_modules/.ready", "-o", "local/page/dist/.ready")


@dataclass(frozen=True)
class Run:
    """`make` with these words, what it must print, and how it ends; `small`: environment that leaves it little to do."""

    words: str
    prints: str
    ends: int = 0
    small: dict[str, str] = field(default_factory=dict[str, str])


PUBLISHED = Path(os.environ.get("SPEECH_OPENAPI", ROOT.parent / "shared/reference/openapi"))
NOWHERE = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
NOTHING_LOST = '"double_paid": 0, "unapproved": 0, "lost_effects": 0, "stuck": 0, "broken_chains": 0'
RUNS = {
    "help": Run("help", r"make demo +play the main job"),
    "first-day": Run("first-day", "step 3: The Slack app and its two tokens", ends=2),
    "policy-check": Run("policy-check FILE=policy.example.toml RESOURCES=resources.example.toml", "resources.example.toml is valid"),
    "states": Run("states", "passed"),
    "sentences": Run("sentences", r"\[100%\]"),
    "scale": Run("scale ARGS='--avatars 5000 --live 1'", "5,000"),
    "scale-doc": Run("scale-doc", r"\[100%\]"),
    "scale-counts": Run("scale-counts", "."),
    "check-infra": Run("check-infra", "passed"),
    "package": Run("package", r"\d+ files"),
    "contract": Run("contract", r'"mismatches": 0, .*"seeded_breaks_found": 3', small={"SPEECH_OPENAPI": str(PUBLISHED)})
    if PUBLISHED.exists()
    else Run("contract", "the published OpenAPI files are not there: set SPEECH_OPENAPI", ends=2),
    # Without the network: what can't be looked up is no audit, and what can't be compiled leaves the lock files as they are.
    "audit": Run("audit", "requirements.txt: not audited, since the advisories could not be looked up: .*Proxy", ends=2, small=NOWHERE),
    "requirements": Run("requirements", "offline|network", ends=2, small={"UV_OFFLINE": "1", "UV_NO_CACHE": "1"}),
    "chaos": Run("chaos ARGS='--scale 0.01 --seconds 150 --avatars 2'", NOTHING_LOST),
    "chaos-proof": Run("chaos-proof ARGS='--only chain --seconds 20'", '"sabotages": 1, "caught": 1'),
    "pictures": Run("pictures", "picture office-hours-kept.png"),
    "simulate-month": Run("simulate-month ARGS='--seeds 1 --first 3'", '"false_flags": 0, "missed": 0'),
    "bench-slack": Run(
        "bench-slack", '"http50_p99_ms"', small={"BENCH_ROUNDS": "1", "BENCH_REQUESTS": "100", "BENCH_HTTP": "60"}
    ),
    "bench-workflow": Run(
        "bench-workflow", '"round_trips_per_decision": 3, "work_list_round_trips": 2',
        small={"BENCH_FINISHED": "", "BENCH_ROUNDS": "1", "BENCH_EACH": "2", "BENCH_THREADS": "2"},
    ),
    "bench-clips": Run(
        "bench-clips", '"times_faster_than_download"', small={"BENCH_CLIPS": "faststart", "BENCH_SECONDS": "16", "BENCH_RUNS": "1"}
    ),
}  # fmt: skip
NEEDS = {
    "bench-clips": (pytest.mark.ffprobe, pytest.mark.slow), "pictures": (pytest.mark.chromium, pytest.mark.slow),
    **dict.fromkeys(
        ("bench-slack", "bench-workflow", "chaos", "chaos-proof", "scale-counts", "simulate-month"), (pytest.mark.slow,)
    ),
}  # fmt: skip
SETTINGS = "SETTINGS=.local/run/settings.json"
# Beside `make run`, in this order.
BESIDE = {
    "audit-verify": Run(f"audit-verify {SETTINGS}", "whole"),
    "audit-export": Run(f"audit-export {SETTINGS}", '"action": ?"avatar_made"'),
    "state-export": Run(f"state-export FILE=state.jsonl {SETTINGS}", "rows"),
    "state-import": Run(f"state-import FILE=README.md {SETTINGS}", "README.md is not an export", ends=2),
}
# What this test can't run, and what does.
ELSEWHERE = {
    "check": ".ci/run",
    "test": ".ci/run: the tests of `make test-all`",
    "test-all": ".ci/run",
    "demo": ".ci/run, tests/e2e/test_demo.py",
    "run": "the test below; with SLACK=socket tests/e2e/test_socket_mode.py",
    "host-check": "tests/e2e/test_host_check.py: it needs packages of its own",
}


@pytest.fixture
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git tracks or would, so that nothing here writes where other tests read; what set-up made is linked."""
    copy = tmp_path_factory.mktemp("tree")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    for made in (".venv", "local/node_modules", "local/page/dist"):
        if (ROOT / made).exists():
            (copy / made).symlink_to(ROOT / made)
    return copy


def _environment() -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in OURS}, "ALL_TESTS": ""}


def _make(tree: Path, run: Run) -> str:
    command = f"make {run.words} {' '.join(DONE)}"
    ran = subprocess.run(
        ["bash", "-c", command], cwd=tree, capture_output=True, text=True, check=False,
        env={**_environment(), **run.small},
    )  # fmt: skip
    assert ran.returncode == run.ends, f"{command}: {ran.returncode}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    said = ran.stdout + ran.stderr
    assert re.search(run.prints, said), f"{command}\n{said[-3000:]}"
    return said


@pytest.mark.timeout(700)
@pytest.mark.parametrize("target", [pytest.param(name, marks=NEEDS.get(name, ())) for name in RUNS])
def test_a_command_of_the_documents_does_what_it_says(tree: Path, target: str) -> None:
    said = _make(tree, RUNS[target])
    if target == "requirements":
        assert (tree / "requirements.txt").read_bytes() == (ROOT / "requirements.txt").read_bytes()
    if RUNS[target].ends == 0 and target in {
        "contract",
        "simulate-month",
        "bench-slack",
        "bench-workflow",
        "bench-clips",
    }:
        assert json.loads(next(line for line in reversed(said.splitlines()) if line.startswith("{")))


@pytest.fixture
def running(tree: Path) -> Iterator[str]:
    """`make run`, until Ctrl-C; the address that it says."""
    said = tree / "run.txt"
    with said.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            ["make", "run", *DONE], cwd=tree, stdout=out, stderr=out, start_new_session=True, env=_environment()
        )
    for _ in range(600):
        if "Ctrl-C" in said.read_text(encoding="utf-8") or process.poll() is not None:
            break
        PAUSE.wait(0.1)
    found = re.search(r"Open (http://127\.0\.0\.1:\d+)", said.read_text(encoding="utf-8"))
    assert found, said.read_text(encoding="utf-8")
    yield found[1]
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)
    assert "Stopping ..." in said.read_text(encoding="utf-8")


@pytest.mark.timeout(200)
def test_the_stack_runs_until_it_is_stopped_and_the_operators_commands_read_it(tree: Path, running: str) -> None:
    with closing(People(running)) as people:
        people.say(MAYA, "/avatar new presenter in studio-weu")
        people.sees(MAYA, "made the avatar *presenter*")
    said = {name: _make(tree, run) for name, run in BESIDE.items()}
    assert "presenter" in said["audit-verify"] + said["audit-export"]


def test_every_command_of_the_documents_is_run_here_or_elsewhere() -> None:
    typed = {line.split()[1] for _, line in TYPED if re.match(r"make [a-z]", line)}
    assert typed - {*RUNS, *BESIDE, *ELSEWHERE} == set()
    named = [path for how in ELSEWHERE.values() for path in re.findall(r"tests/[\w/]+\.py|\.ci/run", how)]
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert not {*RUNS, *BESIDE} & {*ELSEWHERE}
