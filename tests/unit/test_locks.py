"""The lock files hold what pyproject.toml asks for, and the tests run on what is deployed."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^([\w.-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)


def _locked(file: str) -> set[tuple[str, str, str]]:
    """Name, version and marker of every package."""
    return set(PIN.findall((ROOT / file).read_text(encoding="utf-8")))


def _missing(asked: list[str], file: str) -> list[str]:
    locked = _locked(file)
    wanted = [Requirement(line) for line in asked]
    return [
        str(one)
        for one in wanted
        if not any(name == canonicalize_name(one.name) and one.specifier.contains(at) for name, at, _ in locked)
    ]


def test_what_the_app_asks_for_is_locked_at_a_version_that_it_takes() -> None:
    asked = PROJECT["project"]["dependencies"]
    assert asked
    assert _missing(asked, "requirements.txt") == []
    groups = PROJECT["dependency-groups"]
    assert _missing([*asked, *groups["local"], *groups["dev"]], "requirements-dev.txt") == []
    assert _missing(["azure-functions>=99", "not-there"], "requirements.txt") == ["azure-functions>=99", "not-there"]


def test_the_tests_run_on_the_versions_that_are_deployed() -> None:
    assert _locked("requirements.txt") - _locked("requirements-dev.txt") == set()
