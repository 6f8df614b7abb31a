"""Open the storage account: by connection string where people try the app, by managed identity in Azure."""

from dataclasses import dataclass
from typing import Any

import httpx
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient, TextBase64EncodePolicy

from shared.errors import Broken
from shared.ports import Stopwatch
from shared.settings import HINTS, Settings, StateSettings
from shared.storage.blobs import BlobClips
from shared.storage.lists import TableLists
from shared.storage.pictures import BlobPictures
from shared.storage.queues import CHECKS, EVENTS, StorageQueues
from shared.storage.sdk import Table
from shared.storage.tables import TableRecords

RECORDS_TABLE = "avatars"
LISTS_TABLE = "worklists"


@dataclass(frozen=True)
class Storage:
    """The adapters over one account."""

    records: TableRecords
    lists: TableLists
    queues: StorageQueues
    clips: BlobClips
    pictures: BlobPictures


def connect(settings: Settings, client: httpx.Client, stopwatch: Stopwatch) -> Storage:
    """Build the clients; nothing is sent yet."""
    tables, queues, blobs = _clients(settings)
    return Storage(
        records=TableRecords(Table(tables.get_table_client(RECORDS_TABLE))),
        lists=TableLists(Table(tables.get_table_client(LISTS_TABLE))),
        queues=StorageQueues(
            *(
                queues.get_queue_client(name, message_encode_policy=TextBase64EncodePolicy())
                for name in (EVENTS, CHECKS)
            )
        ),
        clips=BlobClips(blobs, client, stopwatch),
        pictures=BlobPictures(blobs),
    )


def state_tables(settings: StateSettings) -> dict[str, Table]:
    """Both tables by name, for the operators' commands."""
    tables, _, _ = _clients(settings)
    return {name: Table(tables.get_table_client(name)) for name in (RECORDS_TABLE, LISTS_TABLE)}


def _clients(settings: StateSettings) -> tuple[Any, Any, Any]:
    text = settings.state.get_secret_value()
    if text:
        try:
            return (
                TableServiceClient.from_connection_string(text),
                QueueServiceClient.from_connection_string(text),
                BlobServiceClient.from_connection_string(text),
            )
        except ValueError:
            raise Broken("settings", f"set STATE:\n  STATE: {HINTS['STATE']}") from None  # the cause holds the key
    from azure.identity import DefaultAzureCredential

    credential = DefaultAzureCredential(managed_identity_client_id=settings.state_client_id or None)
    return (
        TableServiceClient(settings.state_tables, credential=credential),
        QueueServiceClient(settings.state_queues, credential=credential),
        BlobServiceClient(settings.state_blobs, credential=credential),
    )
