"""Stands for Event Grid: tells the host's webhook of every new or changed blob in the clips container."""

import logging
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from azure.core.exceptions import AzureError
from azure.storage.blob import BlobServiceClient

from shared.storage.blobs import CLIPS

LOG = logging.getLogger("local.blob_events")
FUNCTION = "Host.Functions.clip_uploaded"


class BlobEvents(threading.Thread):
    """Compares listings, since the emulator sends no events. An event that is not taken is sent again."""

    def __init__(self, connection: str, webhook: str, again: Callable[[], bool] = lambda: False) -> None:
        super().__init__(daemon=True, name="blob events")
        self._container: Any = BlobServiceClient.from_connection_string(connection).get_container_client(CLIPS)
        self._webhook = webhook
        self._again = again  # whether an event is sent once more
        self.repeated = 0
        self._stop_asked = threading.Event()
        self._told: dict[str, str] = {}

    def run(self) -> None:
        if not self._handshake():
            LOG.warning("the webhook did not answer the validation; blob events are not sent")
            return
        while not self._stop_asked.wait(0.3):
            try:
                self._look()
            except (AzureError, httpx.HTTPError) as error:
                LOG.debug("blob events: %s", type(error).__name__)

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(timeout=5)

    def _handshake(self) -> bool:
        code = str(uuid.uuid4())
        event = _event("Microsoft.EventGrid.SubscriptionValidationEvent", "", {"validationCode": code})
        answer = self._post(event)
        return answer.status_code == 200 and answer.json() == {"validationResponse": code}

    def _look(self) -> None:
        for blob in self._container.list_blobs():
            name, etag = str(blob.name), str(blob.etag)
            if self._told.get(name) == etag:
                continue
            subject = f"/blobServices/default/containers/{CLIPS}/blobs/{name}"
            data = {"api": "PutBlob", "eTag": etag, "contentLength": int(blob.size), "blobType": "BlockBlob"}
            event = _event("Microsoft.Storage.BlobCreated", subject, data)
            if self._post(event).status_code == 202:
                self._told[name] = etag
                if self._again():
                    self.repeated += self._post(event).status_code == 202

    def _post(self, event: dict[str, Any]) -> httpx.Response:
        return httpx.post(self._webhook, params={"functionName": FUNCTION}, json=[event], timeout=10)


def _event(kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()), "eventType": kind, "subject": subject, "data": data, "dataVersion": "",
        "metadataVersion": "1", "eventTime": datetime.now(UTC).isoformat(), "topic": "/local/storage",
    }  # fmt: skip
