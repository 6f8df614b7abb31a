"""The deployment package: what is in it, and that the app runs from it alone."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from local.package import ROOT, build, packaged
from local.stack import Stack

TOP = {"bot", "function_app.py", "functions", "host.json", "requirements.txt", "shared"}
YOURS = {"policy.toml", "resources.toml"}  # each deployment has its own; they are no part of the repository
DATA = {
    "functions/upload_page/page.css", "functions/upload_page/page.html", "functions/upload_page/page.js",
    "host.json", "requirements.txt", "shared/cost/prices.json", "shared/speech/regions.json", "shared/speech/service.json",
}  # fmt: skip


def _git(*arguments: str) -> set[str]:
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z", *arguments]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - git, with our arguments
    return set(listed.stdout.split("\0")) - {""}


def test_the_package_holds_the_app_with_its_data_files_and_nothing_else() -> None:
    ours = {str(path) for path in packaged(ROOT)} - YOURS
    assert {path.partition("/")[0] for path in ours} == TOP
    assert {path for path in ours if not path.endswith(".py")} == DATA


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a checkout: git reads the patterns here")
def test_the_package_is_what_git_leaves_by_the_same_patterns() -> None:
    """The deploying tools read `.funcignore` as git reads its own; our reading must be no other."""
    tracked = _git("--cached") - _git("--cached", "--ignored", "--exclude-from=.funcignore")
    untracked = _git("--others", "--exclude-from=.funcignore")
    assert {str(path) for path in packaged(ROOT)} == tracked | untracked


def test_a_pattern_that_is_no_plain_name_is_refused_rather_than_misread(tmp_path: Path) -> None:
    (tmp_path / ".funcignore").write_text("tests\n!tests/needed\n", encoding="utf-8")
    with pytest.raises(ValueError, match="!tests/needed"):
        packaged(tmp_path)


def test_the_app_starts_and_is_healthy_from_the_package_alone(tmp_path: Path) -> None:
    package, host = tmp_path / "package", tmp_path / "host"
    build(ROOT, package)
    host.mkdir()
    (host / "local").symlink_to(ROOT / "local")  # the host, without the rest of the tree beside it
    with Stack(tmp_path / "stack", with_host=False) as stack:
        command = ["local.guarded", sys.executable, "-m", "local.host", "--port", "0"]
        environment = {**os.environ, **stack.environment(), "PYTHONPATH": str(host), "PYTHONDONTWRITEBYTECODE": "1"}
        with subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", *command], cwd=package, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout
                address = process.stdout.readline().strip().removeprefix("Functions host: ")
                health = httpx.get(f"{address}/api/health", timeout=30)
                page = httpx.get(f"{address}/api/upload", timeout=30)
            finally:
                process.terminate()
    assert (health.status_code, set(health.json().values())) == (200, {"ok"})
    assert (page.status_code, "page.js" in page.text) == (200, True)
