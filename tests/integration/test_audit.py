"""The audit in the tables: whole after everything that the other tests did; a change from outside is named."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from shared.operating import main
from tests.integration.conftest import MAYA, World


def _settings(world: World, folder: Path) -> str:
    path = folder / "settings.json"
    path.write_text(json.dumps({"Values": world.stack.environment()}), encoding="utf-8")
    return str(path)


def _avatar(world: World) -> str:
    name = world.name()
    world.says(MAYA, f"new {name} in studio-weu")
    world.says(MAYA, f"train {name}")  # refused, and on record
    return name


def _table(world: World) -> Any:
    return TableServiceClient.from_connection_string(world.stack.connection).get_table_client("avatars")


def test_the_history_says_that_the_record_is_whole_or_where_it_is_not(world: World) -> None:
    name = _avatar(world)
    world.says(MAYA, f"history {name}")
    assert world.sees("The record is whole: 2 lines")
    table = _table(world)
    row = table.get_entity(name, "audit:avatar:00000002")
    world.tampered.add(name)
    table.upsert_entity({**row, "json": row["json"].replace("refused", "done")})
    world.says(MAYA, f"history {name}")
    assert world.sees("The record was changed from outside: chain avatar, line 2: its content was changed")


def test_what_is_not_there_is_said_in_one_sentence(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = _settings(world, tmp_path)
    for arguments, says in (
        (["audit-verify", "--settings", settings, "--avatar", "nobody"], "There is no avatar nobody in this account"),
        (["audit-verify", "--settings", str(tmp_path / "nowhere.json")], "can't be read as a local.settings.json"),
        (["state-export", "--settings", settings, str(tmp_path / "nowhere" / "x.jsonl")], "can't be written"),
    ):
        assert main(arguments) == 1
        assert says in capsys.readouterr().err


def test_operators_verify_and_export_every_chain(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, settings = _avatar(world), _settings(world, tmp_path)
    assert main(["audit-verify", "--settings", settings, "--avatar", name]) == 0
    assert "2 lines in 1 chains" in capsys.readouterr().err
    assert main(["audit-export", "--settings", settings, "--avatar", name]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["action"] for line in lines] == ["avatar_made", "train_asked"]
    assert lines[1]["outcome"] == "refused"
    assert lines[1]["previous"] == lines[0]["hash"]
    table = _table(world)
    world.tampered.add(name)
    table.delete_entity(name, "audit:avatar:00000001")
    assert main(["audit-verify", "--settings", settings, "--avatar", name]) == 1
    assert f"{name}: chain avatar, line 1: this line is missing" in capsys.readouterr().err


def test_a_record_changed_from_outside_is_not_what_the_lines_say(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = _avatar(world)
    table = _table(world)
    row = table.get_entity(name, "rec:avatar")
    world.tampered.add(name)
    table.upsert_entity({**row, "json": row["json"].replace(MAYA, "U0EVE")})
    assert main(["audit-verify", "--settings", _settings(world, tmp_path), "--avatar", name]) == 1
    assert "the record `rec:avatar` is not what the lines say" in capsys.readouterr().err


def test_wrong_settings_are_one_clear_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"Values": {"STATE": "nonsense"}}), encoding="utf-8")
    assert main(["audit-verify", "--settings", str(path)]) == 1
    assert "set STATE:\n  STATE: the storage account: a connection string" in capsys.readouterr().err


def test_what_reads_the_state_alone_needs_no_other_settings(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = _avatar(world)
    for setting in (one for one in os.environ if one.startswith(("SLACK_", "STATE", "POLICY_", "RESOURCES_"))):
        monkeypatch.delenv(setting)
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"Values": {"STATE": world.stack.connection}}), encoding="utf-8")
    assert main(["audit-verify", "--settings", str(path), "--avatar", name]) == 0
