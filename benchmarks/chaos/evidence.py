"""What the judge goes by: the journals of the stand-ins, over HTTP, and the raw rows of the tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from azure.data.tables import TableServiceClient

Json = dict[str, Any]


def text(row: Json, name: str) -> str:
    """A long text is kept as several properties: name, name1, name2, ..."""
    pieces = [str(row.get(name, ""))]
    while f"{name}{len(pieces)}" in row:
        pieces.append(str(row[f"{name}{len(pieces)}"]))
    return "".join(pieces)


@dataclass(frozen=True)
class Paid:
    """A call that the Speech stand-in accepted and that costs money, or ends what costs it (a removal)."""

    step: str
    resource: str
    thing: str  # the model or endpoint
    operation: str  # as its Operation-Id says; empty for a removal, which has none
    at: datetime
    seq: int

    @property
    def id(self) -> str:
        return f"{self.step}:{self.resource}:{self.thing}:{self.seq}"


@dataclass
class Operation:
    """A row of the records, as plain JSON."""

    avatar: str
    id: str
    ask: Json
    approvals: list[Json]
    state: Json
    lines: list[Json] = field(default_factory=list[Json])  # its lines of the audit, in order

    @property
    def status(self) -> str:
        return str(self.state["status"])

    def said(self, action: str) -> list[Json]:
        return [line for line in self.lines if line["action"] == f"{self.ask['step']}_{action}"]


@dataclass
class Evidence:
    """Everything that was read."""

    speech: list[Json]
    slack: list[Json]
    requests: list[Json]
    rows: dict[str, list[Json]]  # of the records, by partition
    lists: list[Json]
    paid: list[Paid] = field(default_factory=list[Paid])
    operations: dict[str, Operation] = field(default_factory=dict[str, Operation])

    def records(self, start: str) -> Iterator[tuple[str, str, Json]]:
        """Partition, key and content of every record whose key begins so."""
        for partition, rows in self.rows.items():
            for row in rows:
                if row["RowKey"].startswith(start):
                    yield partition, row["RowKey"], json.loads(text(row, "json"))


def collect(slack: str, speech: str, connection: str) -> Evidence:
    tables: Any = TableServiceClient.from_connection_string(connection)
    rows: dict[str, list[Json]] = {}
    for row in tables.get_table_client("avatars").list_entities():
        rows.setdefault(row["PartitionKey"], []).append(dict(row))
    with httpx.Client(timeout=60) as client:
        found = Evidence(
            speech=client.get(f"{speech}/_control/journal").raise_for_status().json()["entries"],
            slack=_paged(client, f"{slack}/_control/journal"),
            requests=_paged(client, f"{slack}/_control/requests"),
            rows=rows,
            lists=[dict(row) for row in tables.get_table_client("worklists").list_entities()],
        )
    found.paid = list(_paid(found.speech))
    found.operations = {operation.id: operation for operation in _operations(found)}
    return found


def _paged(client: httpx.Client, url: str) -> list[Json]:
    rows: list[Json] = []
    while True:
        page = client.get(url, params={"after": len(rows)}).raise_for_status().json()["entries"]
        if not page:
            return rows
        rows += page


def _paid(entries: list[Json]) -> Iterator[Paid]:
    steps = {"training": "train", "copy": "copy", "deployment": "deploy"}
    for entry in entries:
        started = entry["started"]
        at, resource = datetime.fromisoformat(entry["at"]), str(entry["resource"])
        if started and started["kind"] in steps:
            operation = str(entry["operation_id"] or "").rpartition("-")[0]
            yield Paid(steps[started["kind"]], resource, started["id"], operation, at, entry["seq"])
        elif entry["method"] == "DELETE" and "/endpoints/" in entry["path"] and entry["status"] == 204:
            yield Paid("remove", resource, entry["path"].rpartition("/")[2], "", at, entry["seq"])


def _operations(found: Evidence) -> Iterator[Operation]:
    by_subject: dict[str, list[Json]] = {}
    for rows in found.rows.values():
        for row in rows:  # the keys rise with the line's number
            if row["RowKey"].startswith("audit:avatar:"):
                line = json.loads(row["json"])
                line |= {"seq": row["seq"], "at": datetime.fromisoformat(row["at"])}
                by_subject.setdefault(str(line["subject"]), []).append(line)
    for avatar, _, content in found.records("rec:op:"):
        ask = content["ask"]
        yield Operation(avatar, ask["id"], ask, content["approvals"], content["state"], by_subject.get(ask["id"], []))
