"""Settings and configuration files: what is wrong is named, with what it should look like, and no secret in it."""

import json
from pathlib import Path

import pytest

from shared.errors import Broken
from shared.policy import read_policy, read_resources
from shared.settings import Settings, read_settings

GOOD = {
    "STATE": "UseDevelopmentStorage=true",
    "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",  # no secret: counted up
    "SLACK_BOT_TOKEN": "xoxb-very-secret",
    "SLACK_BOT_USER_ID": "U0BOT",
    "SLACK_TEAM_ID": "T0TEAM",
}
POLICY = """
operators = ["U0OMAR"]
on_call = ["S0ONCALL"]
operators_channel = "C0A"
on_call_channel = "C0B"
maintainers_channel = "C0C"
steps.train.approve = ["U0BEN"]
steps.copy.approve = ["U0BEN"]
steps.deploy.approve = ["U0BEN"]
steps.remove.approve = ["U0BEN"]
idle.grace_hours = 48
"""


@pytest.fixture(autouse=True)
def _good_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():  # what another test of this process runs the app with
        monkeypatch.delenv(str(field.alias), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_good_settings_are_read() -> None:
    assert read_settings().slack_team_id == "T0TEAM"


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_setting_is_named_with_what_it_should_look_like(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(Broken) as broken:
        read_settings()
    assert f"{name}:" in broken.value.sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_SIGNING_SECRET", "short"), ("SLACK_BOT_USER_ID", "maya"), ("SLACK_TEAM_ID", "north"),
        ("SLACK_API_URL", "slack.com"), ("SPEECH_KEYS", "not json"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_and_no_secret_is_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Broken) as broken:
        read_settings()
    assert f"{name}:" in broken.value.sentence
    assert "xoxb-very-secret" not in str(broken.value)


def test_a_webhook_needs_the_secret_that_it_is_signed_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_URL", "https://example.test/hook")
    with pytest.raises(Broken, match="WEBHOOK_SECRET: what the calls of WEBHOOK_URL are signed with"):
        read_settings()
    monkeypatch.setenv("WEBHOOK_SECRET", "x")
    assert read_settings().webhook_url == "https://example.test/hook"


def test_a_good_policy_is_read(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY, encoding="utf-8")
    assert read_policy(file).idle.grace_hours == 48


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("steps.remove.approve", "steps.move.approve", "steps"),
        ('"U0BEN"', '"ben"', "steps.train.approve"),
        ("grace_hours = 48", "grace_hours = 0", "idle.grace_hours"),
        ("idle.grace_hours = 48", "", "idle"),
        ('operators_channel = "C0A"', 'operators_channel = "#ops"', "operators_channel"),
        ("on_call =", "oncall =", "oncall"),
        ("operators =", "operators", "valid TOML"),
    ],
)
def test_a_wrong_policy_names_the_entry(old: str, new: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Broken) as broken:
        read_policy(file)
    assert says in broken.value.sentence
    assert str(file) in broken.value.sentence


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=r"There is no file .*resources\.toml"):
        read_resources(tmp_path / "resources.toml", {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no resource"),
        ('[resources.weu]\ndriver = "rest"\nregion = "westeurope"', "resources.weu.endpoint is missing"),
        ('[resources.weu]\ndriver = "robot"\nregion = "westeurope"', "driver"),
    ],
)
def test_wrong_resources_are_named(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "resources.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Broken, match=says):
        read_resources(file, {})


def test_the_example_of_settings_names_every_setting_and_no_other() -> None:
    root = Path(__file__).parents[2]
    example = json.loads((root / "local.settings.example.json").read_text(encoding="utf-8"))["Values"]
    ours = {field.alias for field in Settings.model_fields.values()} - {"WEBSITE_HOSTNAME"}  # Azure sets that one
    assert set(example) - {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"} == ours


def test_the_example_files_are_valid() -> None:
    root = Path(__file__).parents[2]
    assert read_policy(root / "policy.example.toml").steps["train"].approvers == 1
    assert {r.driver for r in read_resources(root / "resources.example.toml", {}).values()} == {"portal"}


def test_the_example_of_a_resource_driven_by_rest_is_valid_once_it_is_wanted(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "resources.example.toml").read_text(encoding="utf-8")
    file = tmp_path / "resources.toml"
    rest = "\n".join(line[1:] if line[:1] == "#" and line[1:2] not in ("", " ") else line for line in text.splitlines())
    file.write_text(rest, encoding="utf-8")
    found = read_resources(file, {})
    assert {name: (r.driver, r.can_train, r.can_host) for name, r in found.items()} == {
        "studio-weu": ("portal", True, True), "studio-neu": ("portal", False, True), "studio-wus2": ("rest", True, True),
    }  # fmt: skip
    file.write_text(rest.replace("i_know_that_this_endpoint_accepts_avatars = true", ""), encoding="utf-8")
    with pytest.raises(Broken, match="paid voices might be made instead"):
        read_resources(file, {})


@pytest.mark.parametrize(
    ("endpoint", "base", "refused"),
    [
        ("https://x.cognitiveservices.azure.com", "/customvoice", True),
        ("https://x.cognitiveservices.azure.com", "/CustomVoice/", True),
        ("https://X.API.Cognitive.Microsoft.com", "/customvoice", True),
        ("https://x.cognitiveservices.azure.us", "/customvoice", True),
        ("https://x.cognitiveservices.azure.com", "/customavatar", False),
        ("http://127.0.0.1:1234/r/x", "/customvoice", False),
        ("https://azure.com.example.test", "/customvoice", False),
    ],
)
def test_no_avatar_is_asked_for_where_a_voice_would_be_made(
    endpoint: str, base: str, refused: bool, tmp_path: Path
) -> None:
    file = tmp_path / "resources.toml"
    file.write_text(
        f'[resources.weu]\ndriver = "rest"\nregion = "westeurope"\nendpoint = "{endpoint}"\nbase_path = "{base}"',
        encoding="utf-8",
    )
    if refused:
        with pytest.raises(Broken, match="i_know_that_this_endpoint_accepts_avatars"):
            read_resources(file, {})
    else:
        assert read_resources(file, {})["weu"].endpoint == endpoint
