"""The state goes into a file and out of it again, whole or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.azurite import Azurite
from shared.operating import main
from shared.storage.connect import LISTS_TABLE, RECORDS_TABLE
from tests.integration.conftest import BEN, World
from tests.integration.states_kit import asked


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[str]:
    """The connection of another account, with tables that hold nothing."""
    with Azurite(tmp_path / "azurite") as azurite:
        for name in (RECORDS_TABLE, LISTS_TABLE):
            TableServiceClient.from_connection_string(azurite.connection).create_table(name)
        yield azurite.connection


def _settings(world: World, folder: Path, connection: str = "") -> str:
    values = world.stack.environment()
    path = folder / f"settings{len(connection)}.json"
    path.write_text(json.dumps({"Values": values | ({"STATE": connection} if connection else {})}), encoding="utf-8")
    return str(path)


def _rows(connection: str, table: str, partition: str) -> list[dict[str, Any]]:
    client: Any = TableServiceClient.from_connection_string(connection).get_table_client(table)
    return [dict(row) for row in client.query_entities("PartitionKey eq @p", parameters={"p": partition})]


def test_what_was_exported_is_there_after_an_import_into_another_account(
    world: World, empty: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = asked(world)
    world.says(BEN, "approve {name} {op}".format(**given))
    file, here, there = tmp_path / "state.jsonl", _settings(world, tmp_path), _settings(world, tmp_path, empty)
    assert main(["state-export", str(file), "--settings", here]) == 0
    assert file.stat().st_mode & 0o077 == 0
    assert main(["state-import", str(file), "--settings", there]) == 0
    assert len(_rows(empty, RECORDS_TABLE, given["name"])) > 5
    assert _rows(empty, RECORDS_TABLE, given["name"]) == _rows(world.stack.connection, RECORDS_TABLE, given["name"])
    assert _rows(empty, LISTS_TABLE, "avatars") == _rows(world.stack.connection, LISTS_TABLE, "avatars")
    assert main(["audit-verify", "--settings", there, "--avatar", given["name"]]) == 0
    client: Any = TableServiceClient.from_connection_string(empty).get_table_client(RECORDS_TABLE)
    (left, *gone) = _rows(empty, RECORDS_TABLE, given["name"])
    for row in gone:  # as an import that was cut off leaves it
        client.delete_entity(row["PartitionKey"], row["RowKey"])
    assert main(["state-import", str(file), "--settings", there]) == 0
    assert _rows(empty, RECORDS_TABLE, given["name"]) == [left, *gone]
    client.upsert_entity({"PartitionKey": "another", "RowKey": "1", "x": 1})
    capsys.readouterr()
    assert main(["state-import", str(file), "--settings", there]) == 1
    assert "An export goes into empty tables only" in capsys.readouterr().err


def test_a_file_that_is_not_whole_writes_nothing(
    world: World, empty: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(world)
    whole, there = tmp_path / "state.jsonl", _settings(world, tmp_path, empty)
    assert main(["state-export", str(whole), "--settings", _settings(world, tmp_path)]) == 0
    assert main(["state-export", str(whole), "--settings", _settings(world, tmp_path)]) == 1
    assert "is there already" in capsys.readouterr().err
    lines = whole.read_text(encoding="utf-8").splitlines()
    broken = {
        "the end is missing": lines[:-1], "a row is missing": [*lines[1:]], "nothing": [], "no JSON": ["x"],
        "a change": [lines[0].replace("avatar", "avatas", 1), *lines[1:]], "another version": [*lines[:-1], lines[-1].replace(
            '"version": 1', '"version": 2')],
    }  # fmt: skip
    for how, left in broken.items():
        file = tmp_path / "broken.jsonl"
        file.write_text("\n".join(left) + "\n", encoding="utf-8")
        assert main(["state-import", str(file), "--settings", there]) == 1, how
        assert "export" in capsys.readouterr().err or how == "another version"
    assert main(["state-import", str(tmp_path / "nowhere.jsonl"), "--settings", there]) == 1
    for table in (RECORDS_TABLE, LISTS_TABLE):
        client: Any = TableServiceClient.from_connection_string(empty).get_table_client(table)
        assert list(client.list_entities()) == []
