"""Outgoing queue messages, encoded as the Functions host expects them (base64)."""

from azure.core.exceptions import AzureError
from azure.storage.queue import QueueClient

from shared.errors import Temporary

EVENTS = "events"
CHECKS = "clip-checks"


class StorageQueues:
    """Implements `Queues`."""

    def __init__(self, events: QueueClient, checks: QueueClient) -> None:
        self._events = events
        self._checks = checks

    def events(self, body: str, delay: float = 0) -> None:
        self._send(self._events, body, delay)

    def checks(self, body: str) -> None:
        self._send(self._checks, body, 0)

    def check(self) -> str:
        counts: list[str] = []
        for queue in (self._events, self._checks):
            try:
                counts.append(f"{queue.get_queue_properties().approximate_message_count or 0} in {queue.queue_name}")
            except AzureError as error:
                raise Temporary("queue", f"looking at {queue.queue_name}") from error
        return ", ".join(counts)

    def _send(self, queue: QueueClient, body: str, delay: float) -> None:
        try:
            queue.send_message(body, visibility_timeout=int(delay + 0.999) or None)
        except AzureError as error:
            raise Temporary("queue", f"sending a message to {queue.queue_name}") from error
