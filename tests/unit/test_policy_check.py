"""The policy file: what is wrong is named by its place, and what is valid but does nothing is named too."""

from pathlib import Path

import pytest

from shared.domain.policy import StepRule
from shared.domain.rules import Tuning
from shared.operating import main
from shared.policy import does_nothing
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
    assert any(says in line for line in does_nothing(POLICY.model_copy(update=change)))
    assert does_nothing(POLICY) == []


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
