"""The look for secrets of `make check`: seeded ones of every kind are found and not repeated, and what is none is left alone."""

import subprocess
from pathlib import Path

import pytest

from local.azurite import KEY
from local.secret_scan import SHAPES, found, main

HEX = "".join(f"{number * 37 % 16:x}" for number in range(32))
LETTERS = "aB3" * 40
# Put together here, so that this file has none.
SEEDS = {
    "a Slack token": f'TOKEN = "xoxb-{"1" * 12}-{"2" * 13}-{LETTERS[:24]}"',
    "a Slack app token": f"xapp-1-A0{'1' * 9}-{'2' * 13}-{HEX * 2}",
    "a Slack webhook": f"https://hooks.slack.com/services/T{'0' * 9}/B{'0' * 9}/{LETTERS[:24]}",
    "a storage account's key": f"AccountName=a;AccountKey={LETTERS[:86]}==;",
    "a signed link": f"https://a.blob.core.windows.net/c/b?sv=2026-01-01&sig={LETTERS[:43]}%3D",
    "an Entra client secret": f"AZURE_CLIENT_SECRET=abc8Q~{LETTERS[:34]}",
    "a key of an Azure AI resource": f'{{"studio-weu": "{LETTERS[:52]}JQQJ99{LETTERS[:26]}"}}',
    "a secret beside its name": f"SLACK_SIGNING_SECRET={HEX}",
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a JSON web token": f"Authorization: Bearer eyJ{LETTERS[:20]}.eyJ{LETTERS[:30]}.{LETTERS[:40]}",
    "a GitHub token": f"ghp_{LETTERS[:36]}",
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_seeded_secret_of_every_kind_is_found_by_its_line(kind: str) -> None:
    assert found(f"one\n{SEEDS[kind]}\nthree\n") == [f"2: {kind}"]


@pytest.mark.parametrize(
    "line",
    [
        f'SPEECH_KEYS = {{"studio-weu": "{HEX}"}}',
        f'"SLACK_SIGNING_SECRET": "{HEX}",',
        f"the signing secret is {HEX}",
        f"api_key: {HEX}",
    ],
)
def test_thirty_two_digits_are_a_secret_beside_any_of_its_names(line: str) -> None:
    assert found(line) == ["1: a secret beside its name"]


@pytest.mark.parametrize(
    "line",
    [
        f"AccountKey={KEY}",
        f"--hash=sha256:{HEX * 2} \\",
        f'"integrity": "sha512-{LETTERS[:86]}=="',
        f"etag = {HEX}",
        "key = '/subscriptions/00000000-0000-0000-0000-000000000001'",
        "SLACK_BOT_TOKEN xoxb-...",
        "SLACK_SIGNING_SECRET: slackSigningSecret",
        f"{SEEDS['a GitHub token']}  # no secret: made up",
    ],
)
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert found(line) == []


def test_the_scan_fails_on_a_seeded_file_that_git_has_or_would_add_and_does_not_repeat_the_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["init", "-q"], ["add", "."]):
        (tmp_path / "settings.txt").write_text(SEEDS["a Slack token"], encoding="utf-8")
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)  # noqa: S603, S607 - git, with our arguments
    (tmp_path / ".gitignore").write_text("ignored.txt\n", encoding="utf-8")
    (tmp_path / "ignored.txt").write_text(SEEDS["a private key"], encoding="utf-8")
    (tmp_path / "new.txt").write_text(f"# why\n{SEEDS['a signed link']}\n", encoding="utf-8")
    assert main(tmp_path) == 1
    told = capsys.readouterr().out
    assert told.splitlines() == [
        "new.txt:2: a signed link", "settings.txt:1: a Slack token", "3 files, 2 secrets"
    ]  # fmt: skip
    assert LETTERS[:20] not in told


def test_a_clean_tree_passes(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)  # noqa: S607 - git
    (tmp_path / "page.md").write_text("SLACK_BOT_TOKEN: it begins with xoxb-\n", encoding="utf-8")
    assert main(tmp_path) == 0
