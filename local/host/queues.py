"""Queue triggers and queue output over Azure Storage queues."""

import base64
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import azure.functions as func
import urllib3
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.queue import (
    QueueClient,
    QueueSasPermissions,
    TextBase64DecodePolicy,
    TextBase64EncodePolicy,
    generate_queue_sas,
)

from local.host.loading import QueueRules, connection

LOG = logging.getLogger("local.host")
IDLE_S = (0.05, 0.5)


def client(name: str, connection_name: str, rules: QueueRules) -> QueueClient:
    """A queue, made when it is missing, as the real host does."""
    policies: dict[str, Any] = (
        {"message_encode_policy": TextBase64EncodePolicy(), "message_decode_policy": TextBase64DecodePolicy()}
        if rules.base64
        else {}
    )
    queue = QueueClient.from_connection_string(connection(connection_name), name, **policies)
    try:
        queue.create_queue()
    except HttpResponseError as error:
        if error.status_code not in {204, 409}:
            raise
    return queue


class Sender:
    """Adds messages to a queue by the plainest request there is.

    The real host does this in a process of its own; here it would cost a request of Slack's more than our route does.
    """

    def __init__(self, queue: QueueClient, rules: QueueRules) -> None:
        credential: Any = queue.credential
        sas = generate_queue_sas(
            str(queue.account_name), queue.queue_name, credential.account_key,
            permission=QueueSasPermissions(add=True), expiry=datetime.now(UTC) + timedelta(days=365),
        )  # fmt: skip
        self._path = f"{urlsplit(queue.url).path}/messages?{sas}"
        again = urllib3.Retry(3, allowed_methods=None)  # an idle connection may be closed; a message twice does no harm
        self._pool = urllib3.connection_from_url(queue.url, maxsize=40, retries=again)
        self._base64 = rules.base64

    def send(self, message: str) -> None:
        text = base64.b64encode(message.encode()).decode() if self._base64 else escape(message)
        body = f"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>"
        answer = self._pool.request("POST", self._path, body=body.encode(), headers={"Content-Type": "application/xml"})
        if answer.status != 201:
            refused = f"a message could not be added: {answer.status}"
            raise RuntimeError(refused)


class Listener(threading.Thread):
    """Receives messages of one queue and calls one function, several at a time."""

    def __init__(
        self, queue: QueueClient, poison: QueueClient, call: Callable[[func.QueueMessage], None], rules: QueueRules,
        stop: threading.Event, lease_s: int = 60,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True, name=f"queue {queue.queue_name}")
        self._queue, self._poison, self._call, self._rules, self._stop_asked = queue, poison, call, rules, stop
        self._lease_s = lease_s
        self._pool = ThreadPoolExecutor(rules.batch, thread_name_prefix=str(queue.queue_name))
        self._running: set[Future[None]] = set()

    def run(self) -> None:
        idle = IDLE_S[0]
        while not self._stop_asked.is_set():
            self._running = {future for future in self._running if not future.done()}
            received = self._receive(self._rules.batch - len(self._running))
            self._running |= {self._pool.submit(self._handle, message) for message in received}
            idle = IDLE_S[0] if received else min(idle * 2, IDLE_S[1])
            self._stop_asked.wait(idle)
        self._pool.shutdown(wait=True)

    def _receive(self, most: int) -> list[Any]:
        if most <= 0:
            return []
        try:
            return list(self._queue.receive_messages(max_messages=min(most, 32), visibility_timeout=self._lease_s))[
                :most
            ]
        except AzureError as error:
            LOG.warning("queue %s: %s", self._queue.queue_name, type(error).__name__)
            return []

    def _handle(self, message: Any) -> None:
        try:
            self._call(func.QueueMessage(id=message.id, body=message.content, pop_receipt=message.pop_receipt))
        except Exception as error:  # noqa: BLE001 - the outermost line of a function call, as in the real host
            self._failed(message, error)
            return
        self._quietly(lambda: self._queue.delete_message(message))

    def _failed(self, message: Any, error: Exception) -> None:
        count = int(message.dequeue_count or 1)
        LOG.warning("%s failed (try %d): %s: %s", self._queue.queue_name, count, type(error).__name__, error)
        if count >= self._rules.most:
            self._quietly(lambda: self._poison.send_message(message.content))
            self._quietly(lambda: self._queue.delete_message(message))
        else:
            delay = self._rules.delay_s
            self._quietly(lambda: self._queue.update_message(message, visibility_timeout=delay))

    def _quietly(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except AzureError as error:  # the message comes back by itself and is handled again
            LOG.warning("queue %s: %s", self._queue.queue_name, type(error).__name__)


class Output:
    """`func.Out` of a queue binding; its messages are sent when the function has returned."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, value: Any) -> None:
        self._value = value

    def get(self) -> Any:
        return self._value

    def messages(self) -> list[str]:
        if self._value is None:
            return []
        return [self._value] if isinstance(self._value, str) else [str(item) for item in self._value]
