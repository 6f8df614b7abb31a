"""The whole state as one file of JSON lines, and back into empty tables. It holds names and reasons: keep it as such."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from shared.errors import Broken
from shared.storage.sdk import Row, Table, Write

VERSION = 1
TOGETHER = 50  # rows of one transaction, far below its 100 rows and 4 MiB


def export(tables: Mapping[str, Table], file: Path) -> int:
    """Write every row, and how many there are with their digest in the last line; the number of rows.

    Raises:
        Broken: the file is there already, or a row holds what JSON can't.
    """
    seal, rows = hashlib.sha256(), 0
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Broken("file_there", f"{file} is there already; name another file.") from error
    except OSError as error:
        raise Broken("file_unwritable", f"{file} can't be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as lines:
        for line in _lines(tables):
            lines.write(line + "\n")
            seal.update(line.encode())
            rows += 1
        lines.write(json.dumps({"version": VERSION, "rows": rows, "sha256": seal.hexdigest()}) + "\n")
    return rows


def restore(tables: Mapping[str, Table], file: Path) -> int:
    """Write every row of an export into tables that hold none, or what an import that was cut off has left; the number of rows.

    Raises:
        Broken: the file is cut off, was changed or is none of ours, or a table holds other rows; nothing was written.
        Temporary: the storage is not reached; what was written is whole once the same is said again.
    """
    rows = _read(file, set(tables))
    given = {(name, *_key(row)): row for name, row in rows}
    for name, table in tables.items():
        if any(given.get((name, *_key(row))) != row for row in _all(table)):
            raise Broken(
                "not_empty",
                f"The table {name} holds rows that are not in {file}. An export goes into empty tables only: name another account.",
            )
    for (name, _), found in groupby(sorted(rows, key=_place), key=_place):
        writes = [Write(row, "upsert") for _, row in found]
        for begin in range(0, len(writes), TOGETHER):
            tables[name].submit(writes[begin : begin + TOGETHER])
    return len(rows)


def _place(found: tuple[str, Row]) -> tuple[str, str]:
    return found[0], str(found[1]["PartitionKey"])


def _key(row: Row) -> tuple[str, str]:
    return str(row["PartitionKey"]), str(row["RowKey"])


def _all(table: Table) -> Iterator[Row]:
    return (found.row for found in table.query("PartitionKey ge @first", first=""))


def _lines(tables: Mapping[str, Table]) -> Iterator[str]:
    for name, table in tables.items():
        for row in _all(table):
            strange = [key for key, value in row.items() if not isinstance(value, str | int | bool)]
            if strange:
                raise Broken(
                    "strange_row", f"{name}: a row of {row['PartitionKey']} holds {', '.join(strange)} of another type."
                )
            yield json.dumps({"table": name, "row": row}, sort_keys=True)


def _read(file: Path, known: set[str]) -> list[tuple[str, Row]]:
    try:
        *lines, last = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
        end: Any = json.loads(last)
        whole = end["rows"] == len(lines) and end["sha256"] == hashlib.sha256("".join(lines).encode()).hexdigest()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Broken("no_export", f"{file} is not an export, or its end is missing.") from error
    if not whole or end["version"] != VERSION:
        raise Broken("no_export", f"{file} is cut off, was changed, or is of another version.")
    rows = [(str(line["table"]), cast("Row", line["row"])) for line in map(json.loads, lines)]
    if strange := {name for name, _ in rows} - known:
        raise Broken("no_export", f"{file} holds tables that there are not: {', '.join(sorted(strange))}.")
    return rows
