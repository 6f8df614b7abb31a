"""The workflows on GitHub: pinned actions, few rights, the Pythons that we promise, and commands that exist here."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.audit import pinned, problems

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in WORKFLOWS}
FLOWS: dict[str, dict[Any, Any]] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
TARGETS = set(re.findall(r"^([a-z0-9-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
OTHER_COMMANDS = {"git", "apt-get", "azd", "printf"}


def _jobs() -> list[tuple[str, str, dict[str, Any]]]:
    return [(name, job, what) for name, flow in FLOWS.items() for job, what in flow["jobs"].items()]


def _commands(job: dict[str, Any]) -> list[list[str]]:
    return [line.split() for step in job.get("steps", []) for line in step.get("run", "").splitlines()]


def test_these_workflows_are_there() -> None:
    assert set(FLOWS) == {"audit.yml", "deploy.yml", "test.yml"}


def test_every_foreign_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    used = [(name, line) for name, text in TEXTS.items() for line in re.findall(r"\buses: (.*)", text)]
    foreign = [(name, line) for name, line in used if not line.startswith("./")]
    assert foreign
    assert [
        found for found in foreign if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", found[1])
    ] == []
    assert len({line.partition("@")[0] for _, line in foreign}) == len({line for _, line in foreign}), (
        "one version each"
    )


def test_every_workflow_may_only_read_and_a_job_more_only_to_prove_who_it_is_to_azure() -> None:
    assert {name: flow["permissions"] for name, flow in FLOWS.items()} == {name: {"contents": "read"} for name in FLOWS}
    more = {(name, job): what["permissions"] for name, job, what in _jobs() if "permissions" in what}
    assert more == {("deploy.yml", "deploy"): {"contents": "read", "id-token": "write"}}


def test_no_workflow_runs_with_our_rights_for_what_a_stranger_sends() -> None:
    for name, flow in FLOWS.items():
        assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(flow[True]), (
            name
        )  # YAML reads `on` as true


def test_every_promised_python_is_tested_and_one_job_runs_every_test() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    jobs = FLOWS["test.yml"]["jobs"]
    assert jobs["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert _commands(jobs["test"]) == [["make", "check"], ["make", "test"]]
    assert ["make", "test-all"] in _commands(jobs["all"])
    assert "pull_request" in FLOWS["test.yml"][True]


def test_a_deployment_needs_the_tests_an_environment_and_a_tag() -> None:
    flow = FLOWS["deploy.yml"]
    assert flow[True] == {"push": {"tags": ["v*"]}}
    assert flow["jobs"]["deploy"]["needs"] == "test"
    assert "production" in flow["jobs"]["deploy"]["environment"]


def test_secrets_are_given_to_the_step_that_needs_them_and_to_no_other() -> None:
    for name, job, what in _jobs():
        assert "secrets." not in str(what.get("env", "")), (name, job)
        holders = [step for step in what.get("steps", []) if "secrets." in str(step)]
        assert all(step.get("run", "").startswith("azd ") for step in holders), (name, job)


def test_every_command_is_a_target_of_the_makefile_or_one_of_a_few_programs() -> None:
    commands = [(name, job, words) for name, job, what in _jobs() for words in _commands(what)]
    assert commands
    for name, job, words in commands:
        known = words[1] in TARGETS if words[0] == "make" else words[0] in OTHER_COMMANDS
        assert known, f"{name}, {job}: {' '.join(words)}"


def test_nothing_from_outside_is_pasted_into_a_command() -> None:
    for name, job, what in _jobs():
        for step in what.get("steps", []):
            assert "${{" not in step.get("run", ""), (name, job)


def test_no_job_runs_for_hours() -> None:
    for name, job, what in _jobs():
        assert "uses" in what or what["timeout-minutes"] <= 60, (name, job)


def test_the_hooks_before_a_commit_are_programs_of_our_own_environment() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    assert all(hook["entry"].startswith(".venv/bin/") for hook in hooks[0]["hooks"])


LOCK = """good==1.0 \\
    --hash=sha256:00
elsewhere==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:00
"""
FINE = {"dependencies": [{"name": "good", "version": "1.0", "vulns": []}]}


def test_an_audit_is_of_what_is_locked_for_this_system() -> None:
    assert pinned(LOCK) == {"good": "1.0"}
    assert problems(LOCK, FINE) == []
    for file in ("requirements.txt", "requirements-dev.txt"):
        lock = (ROOT / file).read_text(encoding="utf-8")
        names = set(re.findall(r"^([^\s#=]+)==", lock, re.MULTILINE))
        assert names - set(pinned(lock)) <= {"azure-functions-runtime", "colorama"}, "a line that is not understood"


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"name": "good", "skip_reason": "not found"}, "good 1.0: not audited (not found)"),
        ({"name": "other", "version": "1.0", "vulns": []}, "good 1.0: not audited (it is not in the answer)"),
        ({"name": "good", "version": "0.9", "vulns": []}, "good 1.0: not audited (it is not in the answer)"),
        (
            {"name": "good", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]},
            "good 1.0: PYSEC-1, fixed in ['1.1']",
        ),
    ],
)
def test_what_was_not_looked_up_fails_an_audit_as_what_is_vulnerable_does(item: dict[str, Any], says: str) -> None:
    assert problems(LOCK, {"dependencies": [item]}) == [says]


def test_a_deployment_gives_every_parameter_so_that_none_is_set_back() -> None:
    """What `azd up` is not told becomes its default: a key would be gone, or a private network public."""
    parameters = (ROOT / "infra/main.parameters.json").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\$\{(\w+)", parameters)) - {"SUBSCRIBE_EVENTS"}  # by the hook, once the app is there
    text = (ROOT / ".github/workflows/deploy.yml").read_text(encoding="utf-8")
    assert {name for name in wanted if not re.search(rf"^ +{name}: ", text, re.MULTILINE)} == set()
