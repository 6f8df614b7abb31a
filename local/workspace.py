"""What a laptop needs of a real Slack workspace and real resources: read, checked, and named when it is missing."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import WebClient

from shared.domain.policy import Policy
from shared.domain.resources import doubts
from shared.errors import Broken
from shared.policy import EXAMPLES, read_policy, read_resources, unlike_published

SETTINGS = Path("local.settings.json")
PLACEHOLDERS = (*EXAMPLES, "/subscriptions/SUB/", "YOUR-APP")
NAMES = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_API_URL", "POLICY_FILE", "RESOURCES_FILE", "SPEECH_KEYS")
DEFAULTS = {
    "SLACK_API_URL": "https://slack.com/api/", "POLICY_FILE": "policy.toml", "RESOURCES_FILE": "resources.toml",
    "SPEECH_KEYS": "{}",
}  # fmt: skip


@dataclass(frozen=True)
class Workspace:
    """A workspace that answered."""

    team: str
    team_name: str
    bot_user: str


def values() -> dict[str, str]:
    """From local.settings.json and the environment, which goes first; empty where nobody said it."""
    kept: dict[str, Any] = {}
    if SETTINGS.exists():
        try:
            kept = json.loads(SETTINGS.read_text(encoding="utf-8")).get("Values", {})
        except (ValueError, AttributeError) as error:
            raise Broken("settings", f"{SETTINGS} is not JSON with a table Values: {error}.") from None
    return {name: os.environ.get(name) or str(kept.get(name) or "") or DEFAULTS.get(name, "") for name in NAMES}


def tokens(found: dict[str, str]) -> None:
    """Both tokens are there and look like what they should be.

    Raises:
        Broken: which is missing, and where it is found.
    """
    if not found["SLACK_BOT_TOKEN"].startswith("xoxb-"):
        raise Broken(
            "settings", f"SLACK_BOT_TOKEN is missing in {SETTINGS} (Values) or the environment: it begins with xoxb-; in your Slack app: "
            "OAuth & Permissions > Bot User OAuth Token."
        )  # fmt: skip
    if not found["SLACK_APP_TOKEN"].startswith("xapp-"):
        raise Broken(
            "settings", f"SLACK_APP_TOKEN is missing in {SETTINGS} (Values) or the environment: it begins with xapp-; in your Slack app: "
            "Basic Information > App-Level Tokens > Generate, with the scope connections:write."
        )  # fmt: skip


def connect(found: dict[str, str]) -> Workspace:
    """Ask Slack who we are.

    Raises:
        Broken: Slack refused, or does not answer.
    """
    client: Any = WebClient(token=found["SLACK_BOT_TOKEN"], base_url=found["SLACK_API_URL"], timeout=10)
    try:
        who = client.auth_test()
    except SlackApiError as error:
        code = str(getattr(error, "response", {}).get("error", "unknown"))
        raise Broken(
            "slack", f"Slack refuses the bot token ({code}): install the app again and copy its token anew."
        ) from None
    except (SlackClientError, OSError) as error:
        raise Broken("slack", f"Slack does not answer at {found['SLACK_API_URL']} ({type(error).__name__}).") from None
    return Workspace(str(who["team_id"]), str(who["team"]), str(who["user_id"]))


def policy_of(found: dict[str, str]) -> Policy:
    """The policy, with real ids in it.

    Raises:
        Broken: what is wrong in it.
    """
    return read_policy(_filled(Path(found["POLICY_FILE"]), "policy.example.toml"))


def resources_of(found: dict[str, str]) -> list[str]:
    """The names of the resources, with real ids in them, and what somebody should still find out of each.

    Raises:
        Broken: what is wrong in them.
    """
    resources = read_resources(_filled(Path(found["RESOURCES_FILE"]), "resources.example.toml"), {})
    told = [f"{name} ({'; '.join(doubts(one))})" if doubts(one) else name for name, one in resources.items()]
    return [*told, *unlike_published(resources)]


def not_in(found: dict[str, str], policy: Policy) -> list[str]:
    """Channels of the policy that the app is not a member of, each with what Slack says."""
    client: Any = WebClient(token=found["SLACK_BOT_TOKEN"], base_url=found["SLACK_API_URL"], timeout=10)
    left: list[str] = []
    for name in dict.fromkeys((policy.operators_channel, policy.on_call_channel, policy.maintainers_channel)):
        try:
            if not client.conversations_info(channel=name)["channel"].get("is_member"):
                left.append(f"{name} (not a member)")
        except SlackApiError as error:
            left.append(f"{name} ({getattr(error, 'response', {}).get('error', 'unknown')})")
    return left


def _filled(path: Path, example: str) -> Path:
    if not path.exists():
        raise Broken("file_missing", f"There is no {path}: `cp {example} {path}`, and put in your own ids.")
    text = "\n".join(line.split("#")[0] for line in path.read_text(encoding="utf-8").splitlines())
    left = [mark for mark in PLACEHOLDERS if mark in text]
    if left:
        raise Broken("file_example", f"{path} still has ids of the example (“{left[0]}”): put in your own.")
    return path
