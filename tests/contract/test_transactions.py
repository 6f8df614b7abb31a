"""A transaction goes over the wire as the SDK itself would send it."""

import re
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableClient, TableTransactionError, UpdateMode

from shared.storage.transactions import in_plain_text

ACCOUNT = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:1/a;"
GUARD = {"etag": "W/\"datetime'2026'\"", "match_condition": MatchConditions.IfNotModified}
OPERATIONS: list[Any] = [
    ("create", {"PartitionKey": "it's a#b", "RowKey": "ü:1", "v": 2, "json": '{"a": "音\n"}'}),
    ("update", {"PartitionKey": "it's a#b", "RowKey": "r", "seq": 7}, {"mode": UpdateMode.REPLACE, **GUARD}),
    ("upsert", {"PartitionKey": "it's a#b", "RowKey": "r 2"}, {"mode": UpdateMode.REPLACE}),
]


class SentError(Exception):
    """What would have gone over the wire."""


class Wire(RequestsTransport):
    """Sends nothing."""

    def send(self, request: Any, **_: Any) -> Any:
        raise SentError(request.method, request.url, dict(request.headers), request.content or request.body)


def _sent(*, ours: bool) -> tuple[Any, ...]:
    client = TableClient.from_connection_string(ACCOUNT, "avatars", transport=Wire(), retry_total=0)
    with client, pytest.raises(SentError) as sent:
        (in_plain_text(client) if ours else client).submit_transaction(OPERATIONS)
    method, url, headers, body = sent.value.args
    kept = {name.lower(): _alike(value) for name, value in headers.items() if name.lower() not in PER_CALL}
    return method, url, kept, _alike(body.decode() if isinstance(body, bytes) else body)


PER_CALL = {"authorization", "x-ms-client-request-id", "x-ms-date", "date", "content-length"}


def _alike(text: str) -> str:
    """Without what differs from call to call."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "DATE", text)
    return text.replace("\r\n", "\n")


def test_the_same_bytes_go_over_the_wire_as_the_sdk_would_send() -> None:
    assert _sent(ours=True) == _sent(ours=False)


def test_a_transaction_that_failed_names_the_operation_at_fault_and_wrote_nothing(azurite: Any) -> None:
    first, second = (("create", {"PartitionKey": "p", "RowKey": key}) for key in ("a", "b"))
    with TableClient.from_connection_string(azurite.connection, "transactions") as client:
        client.create_table()
        plain: Any = in_plain_text(client)
        plain.submit_transaction([first])
        for number, operations in enumerate([[first, second], [second, first]]):
            with pytest.raises(TableTransactionError) as failed:
                plain.submit_transaction(operations)
            assert (failed.value.status_code, failed.value.index) == (409, number)
        assert [row["RowKey"] for row in client.list_entities()] == ["a"]
