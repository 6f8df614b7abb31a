"""Settings, read once from the environment; a wrong or missing one says which, and what it should look like."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from shared.errors import Broken

HINTS = {
    "STATE": "the storage account: a connection string, or STATE__tableServiceUri, STATE__queueServiceUri and "
    "STATE__blobServiceUri, such as https://NAME.table.core.windows.net",
    "SLACK_SIGNING_SECRET": "the app's signing secret: 32 hexadecimal digits, from the app's Basic Information page",
    "SLACK_BOT_TOKEN": "the bot token of the installed app: it begins with xoxb-",
    "SLACK_BOT_USER_ID": "the bot's user id, such as U0123ABCD",
    "SLACK_TEAM_ID": "the workspace's id, such as T0123ABCD",
    "APP_URL": "the address that the app is reached at, such as https://NAME.azurewebsites.net, without a slash at its end",
    "POLICY_FILE": "the path of the policy file, such as policy.toml",
    "RESOURCES_FILE": "the path of the resources file, such as resources.toml",
    "SLACK_API_URL": "the address of Slack's Web API: https://slack.com/api/",
    "WEBHOOK_SECRET": "what the calls of WEBHOOK_URL are signed with: without it, anybody could send them",
    "SPEECH_KEYS": 'keys by resource name as JSON, such as {"studio-weu": "..."}; leave it out for Entra',
}


class StateSettings(BaseSettings):
    """Where the state is: all that the operators' commands need."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=True)

    state: SecretStr = Field(SecretStr(""), alias="STATE")
    state_tables: str = Field("", alias="STATE__tableServiceUri", pattern="^(|https?://.+)$")
    state_queues: str = Field("", alias="STATE__queueServiceUri", pattern="^(|https?://.+)$")
    state_blobs: str = Field("", alias="STATE__blobServiceUri", pattern="^(|https?://.+)$")
    state_client_id: str = Field("", alias="STATE__clientId")


class Settings(StateSettings):
    """Names are those of the app settings in Azure."""

    slack_signing_secret: SecretStr = Field(alias="SLACK_SIGNING_SECRET", min_length=16)
    slack_bot_token: SecretStr = Field(alias="SLACK_BOT_TOKEN", min_length=6)
    slack_bot_user_id: str = Field(alias="SLACK_BOT_USER_ID", pattern="^[UWB][A-Z0-9]+$")
    slack_team_id: str = Field(alias="SLACK_TEAM_ID", pattern="^T[A-Z0-9]+$")
    slack_api_url: str = Field("https://slack.com/api/", alias="SLACK_API_URL", pattern="^https?://.+/$")

    slack_pace: float = Field(1.0, alias="SLACK_PACE", gt=0)  # 1 is what Slack allows; only stand-ins allow more

    app_url: str = Field("", alias="APP_URL", pattern="^(|https?://.+[^/])$")
    website_hostname: str = Field("", alias="WEBSITE_HOSTNAME")  # Azure sets it

    policy_file: Path = Field(Path("policy.toml"), alias="POLICY_FILE")
    resources_file: Path = Field(Path("resources.toml"), alias="RESOURCES_FILE")
    speech_keys: dict[str, SecretStr] = Field(default_factory=dict[str, SecretStr], alias="SPEECH_KEYS")
    monitor_url: str = Field("https://management.azure.com", alias="MONITOR_URL", pattern="^https?://.+$")
    monitor_token: SecretStr | None = Field(None, alias="MONITOR_TOKEN")
    prices_url: str = Field("https://prices.azure.com/api/retail/prices", alias="PRICES_URL", pattern="^https?://.+$")
    statements: str = Field(
        "https://raw.githubusercontent.com/Azure-Samples/cognitive-services-speech-sdk/master/sampledata/customavatar",
        alias="CONSENT_STATEMENTS",
    )
    pagerduty_key: SecretStr = Field(SecretStr(""), alias="PAGERDUTY_ROUTING_KEY")
    pagerduty_url: str = Field(
        "https://events.pagerduty.com/v2/enqueue", alias="PAGERDUTY_URL", pattern="^https?://.+$"
    )
    webhook_url: str = Field("", alias="WEBHOOK_URL", pattern="^(|https?://.+)$")
    webhook_secret: SecretStr = Field(SecretStr(""), alias="WEBHOOK_SECRET")
    insights: SecretStr = Field(SecretStr(""), alias="APPLICATIONINSIGHTS_CONNECTION_STRING")
    traces_file: str = Field("", alias="TRACES_FILE")  # without Application Insights: every step as a line of JSON
    clock_url: str = Field("", alias="CLOCK_URL", pattern="^(|https?://.+)$")

    @property
    def address(self) -> str:
        """Where the app is reached; empty where nobody said so."""
        return self.app_url or (f"https://{self.website_hostname}" if self.website_hostname else "")


Kind = TypeVar("Kind", bound=StateSettings)


def read_settings(values: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process; `values` go before what the environment says.

    Raises:
        Broken: every wrong or missing setting by name, with what it should look like; no value is repeated.
    """
    settings = _read(Settings, dict(values or {}))
    if settings.webhook_url and not settings.webhook_secret.get_secret_value():
        raise Broken("settings", f"set WEBHOOK_SECRET:\n  WEBHOOK_SECRET: {HINTS['WEBHOOK_SECRET']}")
    return settings


def read_state(values: Mapping[str, str]) -> StateSettings:
    """The same of the state alone.

    Raises:
        Broken: as for all of them.
    """
    return _read(StateSettings, dict(values))


def _read(kind: type[Kind], given: dict[str, Any]) -> Kind:
    try:
        if "SPEECH_KEYS" in given:
            given["SPEECH_KEYS"] = json.loads(given["SPEECH_KEYS"])
        settings = kind(**given)  # values come from the environment too
    except ValidationError as error:
        wrong = [f"{problem['loc'][0]} ({problem['msg'].lower()})" for problem in error.errors()]
        names = dict.fromkeys(str(problem["loc"][0]) for problem in error.errors())
        hints = "\n".join(f"  {name}: {HINTS[name]}" for name in names if name in HINTS)
        raise Broken("settings", f"set {', '.join(wrong)}:\n{hints}") from None  # the cause would print secrets
    except SettingsError as error:  # a value that should be JSON is not
        name = next((name for name in HINTS if name.lower() in str(error).lower()), "a setting")
        raise Broken("settings", f"set {name}:\n  {name}: {HINTS.get(name, str(error))}") from None
    if not settings.state.get_secret_value() and not (
        settings.state_tables and settings.state_queues and settings.state_blobs
    ):
        raise Broken("settings", f"set STATE:\n  STATE: {HINTS['STATE']}")
    return settings
