"""The first day: what is missing is named one by one, with where it is found; the two manifests agree."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from local import first_day, workspace
from shared.doctor import SCOPES
from shared.errors import Broken

ROOT = Path(__file__).parents[2]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in workspace.NAMES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _settings(folder: Path, **values: str) -> None:
    (folder / "local.settings.json").write_text(json.dumps({"Values": values}), encoding="utf-8")


def test_an_empty_folder_names_the_first_step(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert first_day.main() == 1
    said = capsys.readouterr().out
    assert "→ step 3: The Slack app and its two tokens" in said
    assert "OAuth & Permissions" in said


def test_each_token_is_asked_for_where_it_is_found(empty: Path) -> None:
    _settings(empty, SLACK_BOT_TOKEN="xoxb-1")
    with pytest.raises(Broken, match="App-Level Tokens"):
        workspace.tokens(workspace.values())
    _settings(empty, SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1")
    workspace.tokens(workspace.values())


def test_the_environment_goes_before_the_file(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _settings(empty, SLACK_BOT_TOKEN="xoxb-file")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-env")
    assert workspace.values()["SLACK_BOT_TOKEN"] == "xoxb-env"


def test_a_broken_settings_file_is_one_sentence(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (empty / "local.settings.json").write_text("[", encoding="utf-8")
    assert first_day.main() == 1
    assert "is not JSON" in capsys.readouterr().out


def test_files_with_the_ids_of_the_example_are_not_ready(empty: Path) -> None:
    found = workspace.values()
    with pytest.raises(Broken, match=r"There is no policy\.toml"):
        workspace.policy_of(found)
    for name in ("policy", "resources"):
        (empty / f"{name}.toml").write_text(
            (ROOT / f"{name}.example.toml").read_text(encoding="utf-8"), encoding="utf-8"
        )
    with pytest.raises(Broken, match="ids of the example"):
        workspace.policy_of(found)
    with pytest.raises(Broken, match="ids of the example"):
        workspace.resources_of(found)
    filled = (ROOT / "local/team/policy.toml").read_text(encoding="utf-8")
    (empty / "policy.toml").write_text(filled, encoding="utf-8")
    assert workspace.policy_of(found).operators == ("S0OPERATORS",)


def _manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/slack" / name).read_text(encoding="utf-8"))
    return found


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf by its path."""
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items() for key, leaf in _flat(inner, f"{path}.{name}").items()}
    if isinstance(value, list):
        return {
            key: leaf for number, inner in enumerate(value) for key, leaf in _flat(inner, f"{path}.{number}").items()
        }
    return {path: value}


def test_the_two_manifests_differ_in_nothing_but_how_slack_reaches_the_app() -> None:
    azure, laptop = _flat(_manifest("azure.json")), _flat(_manifest("socket-mode.json"))
    differ = {key for key in azure.keys() | laptop.keys() if azure.get(key) != laptop.get(key)}
    assert differ == {
        ".features.slash_commands.0.url", ".settings.event_subscriptions.request_url",
        ".settings.interactivity.request_url", ".settings.socket_mode_enabled",
    }  # fmt: skip
    assert laptop[".settings.socket_mode_enabled"] is True


@pytest.mark.parametrize("name", ["azure.json", "socket-mode.json"])
def test_a_manifest_asks_for_just_what_the_code_uses(name: str) -> None:
    manifest = _manifest(name)
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").glob("*.py"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == re.findall(r'register\.event\("(\w+)"\)', code)
    commands = manifest["features"]["slash_commands"]
    assert [command["command"] for command in commands] == re.findall(r'register\.command\("(/\w+)"\)', code)
    route = re.search(r'door\.route\(route="(slack/\w+)"', code)
    assert route
    urls = [value for key, value in _flat(manifest).items() if key.endswith("url")]
    assert all(url.endswith(f"/api/{route[1]}") for url in urls)


# What the schema that Slack publishes for manifests (github.com/slackapi/manifest-schema, version 1) says of the parts that we use.


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Url = Annotated[str, Field(pattern=r"^https?://", max_length=3000)]
Names = Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=100)]


class Display(Part):
    name: str = Field(min_length=1, max_length=35)
    description: str = Field(min_length=1, max_length=140)


class AppHome(Part):
    home_tab_enabled: bool
    messages_tab_enabled: bool
    messages_tab_read_only_enabled: bool


class BotUser(Part):
    display_name: str = Field(min_length=1, max_length=80)
    always_online: bool


class SlashCommand(Part):
    command: str = Field(pattern="^/", min_length=2, max_length=32)
    url: Url | None = None
    description: str = Field(min_length=1, max_length=2000)
    usage_hint: str = Field(min_length=1, max_length=1000)
    should_escape: bool


class Features(Part):
    app_home: AppHome
    bot_user: BotUser
    slash_commands: list[SlashCommand] = Field(min_length=1, max_length=50)


class Scopes(Part):
    bot: Names


class OAuth(Part):
    scopes: Scopes


class Subscriptions(Part):
    request_url: Url | None = None
    bot_events: Names


class Interactivity(Part):
    is_enabled: bool
    request_url: Url | None = None


class AppSettings(Part):
    event_subscriptions: Subscriptions
    interactivity: Interactivity
    org_deploy_enabled: bool
    socket_mode_enabled: bool
    token_rotation_enabled: bool


class Manifest(Part):
    display_information: Display
    features: Features
    oauth_config: OAuth
    settings: AppSettings


@pytest.mark.parametrize("name", ["azure.json", "socket-mode.json"])
def test_slacks_published_schema_allows_the_manifest(name: str) -> None:
    read = Manifest.model_validate(_manifest(name))
    for names in (read.oauth_config.scopes.bot, read.settings.event_subscriptions.bot_events):
        assert len(set(names)) == len(names)
