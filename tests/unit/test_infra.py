"""What can be said of infra/ without Azure: every file parses, names fit, settings agree with the code, roles are known, no secret is in it."""

import json
import re
from pathlib import Path

import pytest
from lark.exceptions import LarkError
from pycep import BicepParser

from shared import telemetry
from shared.settings import Settings
from shared.storage import connect, queues

ROOT = Path(__file__).parents[2]
PARSER = BicepParser()
# Settings that exist on one side only, and why.
LOCAL_ONLY = {
    "STATE",
    "MONITOR_TOKEN",
    "CLOCK_URL",
    "TRACES_FILE",
}  # a connection string, a stand-in's token, the local clock, traces
AZURE_SETS = {"WEBSITE_HOSTNAME"}
HOST_ONLY = {
    "FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "AZURE_CLIENT_ID", "STATE__credential",
}  # fmt: skip
# As `az role definition list` names them (built-in roles have the same id everywhere).
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "f2dc8367-1007-4938-bd23-fe263f013447": "Cognitive Services Speech User",
    "0e75ca1e-0464-4b4d-8b93-68208a576181": "Cognitive Services Speech Contributor",
    "43d0d8ad-25c7-4714-9337-8ba259a9fe05": "Monitoring Reader",
}
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def files() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "infra").glob("*.bicep")}


def problems(infra: dict[str, str]) -> list[str]:
    """What is wrong, by file."""
    found: list[str] = []
    for name, text in infra.items():
        found += [f"{name}: {problem}" for problem in _syntax(text)]
        for line in text.splitlines():
            found += [f"{name}: the role {role} is unknown" for role in UUID.findall(line) if role not in ROLES]
            found += [
                f"{name}: the role {role} is not called what its comment says"
                for role in UUID.findall(line)
                if role in ROLES and ROLES[role] not in line
            ]
        found += [
            f"{name}: a secret in plain text" for _ in re.findall(r"xoxb-|AccountKey=|sig=[A-Za-z0-9%]{20}", text)
        ]
    app = infra["app.bicep"]
    settings = set(re.findall(r"^\s+([A-Z][A-Za-z_]*): ", app.partition("name: 'appsettings'")[2], re.MULTILINE))
    settings = {name for name in settings if not name.startswith("AzureWebJobsStorage")}
    read = {str(field.alias) for field in Settings.model_fields.values()}
    example = set(json.loads((ROOT / "local.settings.example.json").read_text(encoding="utf-8"))["Values"])
    found += [f"app.bicep: the setting {name} is missing" for name in sorted(read - LOCAL_ONLY - AZURE_SETS - settings)]
    found += [f"app.bicep: nobody reads {name}" for name in sorted(settings - read - HOST_ONLY)]
    found += [f"local.settings.example.json: {name} is missing" for name in sorted(read - AZURE_SETS - example)]
    found += [f"local.settings.example.json: nobody reads {name}" for name in sorted(example - read - HOST_ONLY)]
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "functions").glob("*.py"))
    for queue in (queues.EVENTS, queues.CHECKS, *re.findall(r'queue_name="([\w-]+)"', code)):
        if f"'queues' = {{ name: '{queue}' }}" not in app and queue != "webjobs-blobtrigger-poison":
            found.append(f"app.bicep: the queue {queue} is missing")
    for table in (connect.RECORDS_TABLE, connect.LISTS_TABLE):
        if f"'tables' = {{ name: '{table}' }}" not in app:
            found.append(f"app.bicep: the table {table} is missing")
    for container in ("clips", "pictures"):
        if f"'containers' = {{ name: '{container}' }}" not in app:
            found.append(f"app.bicep: the container {container} is missing")
    (trigger,) = re.findall(r"functionName=Host\.Functions\.(\w+)", infra["events.bicep"])
    if f"def {trigger}(" not in code:
        found.append(f"events.bicep: there is no function {trigger}")
    alerts = infra["alerts.bicep"]
    measured = {*telemetry.COUNTERS, *telemetry.DISTRIBUTIONS, *telemetry.LEVELS}
    found += [
        f"alerts.bicep: nothing measures {name}"
        for name in re.findall(r"query: '\$\{named\}(\w+)", alerts)
        if name not in measured
    ]
    headings = re.findall(r"^## (.*)$", (ROOT / "docs/runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    found += [
        f"alerts.bicep: the runbook has no page “{page}”"
        for page in re.findall(r"description: 'Runbook: (.*)'", alerts)
        if page not in headings
    ]
    return found


def _syntax(text: str) -> list[str]:
    """Where a Bicep parser stops; it knows the language, not the types of Azure."""
    try:
        PARSER.parse(text=text)
    except LarkError as error:
        return [f"it is no Bicep: {str(error).partition(chr(10))[0]}"]
    return []


def test_every_bicep_file_parses() -> None:
    assert {name: _syntax(text) for name, text in files().items()} == {
        name: []
        for name in (
            "alerts.bicep",
            "app.bicep",
            "events.bicep",
            "main.bicep",
            "network.bicep",
            "private.bicep",
            "speech.bicep",
        )
    }


def test_nothing_is_wrong_with_what_is_there() -> None:
    assert problems(files()) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("app.bicep", "      SLACK_TEAM_ID: slackTeamId\n", "", "the setting SLACK_TEAM_ID is missing"),
        ("app.bicep", "name: 'clip-checks' }", "name: 'clipchecks' }", "the queue clip-checks is missing"),
        ("app.bicep", "0a9a7e1f-b9d0", "0a9a7e1f-b9d1", "is unknown"),
        ("events.bicep", "Host.Functions.clip_uploaded", "Host.Functions.uploaded", "there is no function uploaded"),
        ("speech.bicep", "param principalId string", "param principalId string {", "it is no Bicep"),
        ("main.bicep", "[for id in speechIds: {", "[for id of speechIds: {", "it is no Bicep"),
        ("events.bicep", "parent: topic", "parent topic", "it is no Bicep"),
        ("app.bicep", "sku: { name: 'Standard_LRS' }", "sku: { name: 'Standard_LRS }", "it is no Bicep"),
        ("app.bicep", "SLACK_PACE: '1.0'", "SLACK_PACE: 'xoxb-1'", "a secret in plain text"),
        ("app.bicep", "SLACK_PACE", "SLACK_SPEED", "nobody reads SLACK_SPEED"),
        ("alerts.bicep", "}oldest_owed", "}oldest_due", "nothing measures oldest_due"),
        ("alerts.bicep", "Runbook: A timer did not run", "Runbook: A timer slept", "no page “A timer slept”"),
    ],
)
def test_a_break_is_found(name: str, old: str, new: str, says: str) -> None:
    broken = files()
    assert old in broken[name]
    broken[name] = broken[name].replace(old, new, 1)
    assert any(says in problem for problem in problems(broken))


def test_every_parameter_of_the_template_has_a_value_and_the_other_way_round() -> None:
    wanted = set(re.findall(r"^param (\w+)", files()["main.bicep"], re.MULTILINE))
    given = json.loads((ROOT / "infra/main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    assert set(given) == wanted


def test_no_key_of_a_storage_account_can_be_used_and_no_blob_is_public() -> None:
    app = files()["app.bicep"]
    accounts = app.count("'Microsoft.Storage/storageAccounts@")
    assert accounts == app.count("allowSharedKeyAccess: false") == app.count("allowBlobPublicAccess: false") == 2
