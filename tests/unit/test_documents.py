"""What the documents tell people to type exists and is understood; the tests and files that they name are there."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.commands import parse

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
PAGES += [page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "sentences.md"]  # made from the code
# What people fill in.
FILLED = {"NAME": "presenter", "RESOURCE": "studio-neu", "OPERATION": "train-0123456789", "...": "it is over"}
# Programs of others, which are not here or must not be called from a test: Azure's, Slack's, and what reaches the network.
OTHERS = {"az", "azd", "func", "git", "cp", "curl", "pre-commit", "gh", "cd", "open", "pip", "npm", "brew", "apt-get"}


def _typed() -> Iterator[tuple[str, str]]:
    """Every line that people may type, with where it stands: in backticks, and in blocks of code."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```(?:bash|sh|console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            yield from ((page.name, line.partition("  #")[0].strip()) for line in block.splitlines() if line.strip())
        for inline in re.findall(
            r"(?<!`)`([^`\n]+)`(?!`)", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        ):
            yield page.name, inline.strip()


TYPED = sorted(set(_typed()))


def _filled(line: str) -> str:
    for name, value in FILLED.items():
        line = line.replace(name, value)
    return line


def test_every_avatar_command_in_the_documents_is_understood() -> None:
    commands = [(page, line) for page, line in TYPED if re.match(r"/avatar( |$)", line)]
    assert len(commands) > 40
    for page, line in commands:
        try:
            parse(_filled(line).removeprefix("/avatar").strip())
        except Exception as error:
            raise AssertionError(f"{page}: {line}: {error}") from error


def test_every_make_target_in_the_documents_is_there() -> None:
    lines = [(page, line) for page, line in TYPED if re.match(r"make [a-z]", line)]
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert len(lines) > 20
    missing = [(page, line) for page, line in lines if line.split()[1] not in targets]
    assert missing == []


def test_every_file_that_a_document_names_is_there() -> None:
    named = [
        (page, line)
        for page, line in TYPED
        if re.fullmatch(r"(bot|functions|shared|tests|docs|infra|local|benchmarks|\.github)(/[\w.-]+)+/?", line)
    ]
    assert len(named) > 20
    assert [(page, line) for page, line in named if not (ROOT / line).exists()] == []


def test_every_test_that_the_threats_name_is_there() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/threats.md").read_text(encoding="utf-8")))
    assert len(named) > 20
    assert {name for name in named if f"def {name}(" not in code} == set()


@pytest.mark.parametrize(
    "line", ["help", "policy-check FILE=policy.example.toml", "check-infra -n", "demo -n", "test -n"]
)
def test_what_is_quick_is_run(line: str) -> None:
    command = ["make", *line.split(), "-o", ".venv/.ready", "-o", "local/node_modules/.ready"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 - make
    assert ran.returncode == 0, ran.stderr


def test_every_other_program_in_a_block_of_commands_is_one_that_is_known_to_be_of_others() -> None:
    blocks = [
        (page.name, line.split()[0])
        for page in PAGES
        for block in re.findall(
            r"^```(?:bash|sh)\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        for line in block.splitlines()
        if re.match(r"[a-z]", line) and not line.startswith("make ")
    ]
    assert {(page, word) for page, word in blocks if word not in OTHERS} == set()
