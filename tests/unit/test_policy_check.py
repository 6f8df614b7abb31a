"""The policy file: what is wrong is named by its place, and what is valid but does nothing is named too."""

import re
from pathlib import Path

import pytest

from shared.domain.policy import Policy, StepRule
from shared.domain.rules import Tuning
from shared.errors import Broken
from shared.operating import main
from shared.policy import EXAMPLES, cannot_be_done, does_nothing, read_policy, still_the_examples
from tests.builders import POLICY

EXAMPLE = Path(__file__).parents[2] / "policy.example.toml"


def test_the_example_is_valid_and_every_line_of_it_does_something(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy-check", str(EXAMPLE)]) == 0
    said = capsys.readouterr().err
    assert "is valid" in said
    assert "does nothing" not in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"operators": ("*", "U0OMAR")}, "operators: beside “*”"),
        ({"operators": ()}, "operators: nobody is named"),
        ({"on_call": ()}, "on_call_may_remove_idle: nobody is on call"),
        ({"on_call": ("U0LENA", "U0LENA")}, "on_call: somebody is named twice"),
        (
            {"steps": POLICY.steps | {"train": StepRule(approve=("U0BEN",), approvers=2)}},
            "2 must approve and 1 are named",
        ),
        ({"clips": {"AUD-SNR": Tuning(least=20)}}, "clips.AUD-SNR: this is what the rule says anyway"),
    ],
)
def test_what_does_nothing_is_named_by_its_place(change: dict[str, object], says: str) -> None:
    assert any(says in line for line in _said_of(POLICY.model_copy(update=change)))
    assert _said_of(POLICY) == []


def _said_of(policy: Policy) -> list[str]:
    return [*cannot_be_done(policy), *does_nothing(policy)]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("", "operators"),
        ("operators = [", "not valid TOML"),
        (EXAMPLE.read_text(encoding="utf-8").replace("grace_hours = 48", "grace_hours = 0"), "idle.grace_hours"),
        (EXAMPLE.read_text(encoding="utf-8") + "\n[clips.VID-FPS]\nleast = 20\n", "service's own"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str, says: str
) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(wrong, encoding="utf-8")
    assert main(["policy-check", str(file)]) == 1
    assert says in capsys.readouterr().err


NAMES = EXAMPLE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ('operators = ["U0123OPS"]', 'operators = "U0123OPS"', "operators: must be a list"),
        (
            'on_call = ["S0123ONCALL"]',
            'on_call = ["lena"]',
            "on_call.0: must be a Slack user id (U...), a user group's",
        ),
        ('"C0123PORTAL"', '"#portal-tasks"', "operators_channel: must be a channel's id (C...)"),
        ("grace_hours = 48", 'grace_hours = "two days"', "idle.grace_hours: must be a whole number, without quotes"),
        ("grace_hours = 48", "grace_hours = 0", "idle.grace_hours: must be 1 or more"),
        ("approvers = 1", "approvers = 9", "steps.train.approvers: must be 5 or less"),
        ("approvers = 1", "aprovers = 1", "steps.train.aprovers: there is no such entry; a typing mistake?"),
        ("grace_hours = 48", "", "idle.grace_hours: is missing"),
        ("each = 1000", "each = 0", "budgets.each: must be more than 0"),
        ("each = 1000", 'each = "a lot"', "budgets.each: must be a number, without quotes"),
        ('over = "one more approver"', 'over = "ignore"', "budgets.over: must be 'one more approver' or 'refuse'"),
        (
            "on_call_may_remove_idle = true",
            'on_call_may_remove_idle = "perhaps"',
            "must be true or false, without quotes",
        ),
        ('zone = "Europe/Berlin"\nexcept', 'zone = "Berlin"\nexcept', "quiet.zone: this is not a time zone"),
        ('start = "20:00"', 'start = "8 pm"', 'quiet.start: must be a time of day, as in "08:00"'),
    ],
)
def test_each_mistake_has_its_place_and_says_in_plain_words_what_belongs_there(
    tmp_path: Path, line: str, instead: str, says: str
) -> None:
    assert line in NAMES
    said = _refused(tmp_path, NAMES.replace(line, instead, 1))
    assert says in said
    assert "Input" not in said


def _refused(folder: Path, text: str) -> str:
    file = folder / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Broken) as broken:
        read_policy(file)
    return broken.value.sentence


def test_several_mistakes_are_a_line_each(tmp_path: Path) -> None:
    wrong = NAMES.replace("grace_hours = 48", "grace_hours = 0").replace("approvers = 1", "approvers = 0")
    assert [line[:2] for line in _refused(tmp_path, wrong).splitlines()[1:]] == ["- ", "- "]


def test_the_resources_file_is_checked_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = EXAMPLE.with_name("resources.example.toml")
    assert main(["policy-check", str(EXAMPLE), "--resources", str(there)]) == 0
    assert "resources.example.toml is valid: studio-weu (westeurope)" in capsys.readouterr().err
    empty = tmp_path / "resources.toml"
    empty.write_text("", encoding="utf-8")
    assert main(["policy-check", str(EXAMPLE), "--resources", str(empty)]) == 1
    assert "names no resource" in capsys.readouterr().err


def test_a_policy_by_which_nobody_can_approve_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(NAMES.replace('approve = ["S0123APPROVERS"]', "approve = []", 1), encoding="utf-8")
    assert main(["policy-check", str(file)]) == 1
    said = capsys.readouterr().err
    assert "is wrong: steps.train.approve: nobody is named, so nobody can do it" in said
    assert "is valid" not in said


def test_a_folder_is_no_policy_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy-check", str(tmp_path)]) == 1
    assert "can't be read: Is a directory" in capsys.readouterr().err


def test_ids_that_only_the_example_has_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy-check", str(EXAMPLE)]) == 0
    assert set(re.findall(r"\b[USC]0123[A-Z]+", NAMES)) == set(EXAMPLES)
    said = capsys.readouterr().err
    assert [name for name in EXAMPLES if name not in said] == []
    assert still_the_examples(POLICY) == []
