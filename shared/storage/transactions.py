"""Send a transaction as plain text: the same bytes as the SDK's, which writes and reads them as e-mail, on threads of their own.

That takes the SDK several milliseconds of processor time a transaction, more than all else that a decision does.
The SDK still builds each operation; only its `_batch_send` is replaced, and were that gone one day, its own way is taken.
"""

import json
import re
from email.utils import formatdate
from functools import partial
from typing import Any
from uuid import uuid4

from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest
from azure.data.tables import TableTransactionError

PART = (
    "--{changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {number}\r\n\r\n"
)
STATUS = re.compile(r"^HTTP/1\.1 (\d{3})", re.MULTILINE)


def in_plain_text(client: Any) -> Any:
    """The same client, whose transactions are sent by `_send`."""
    client._batch_send = partial(_send, client)  # noqa: SLF001 - the one seam there is, see above
    return client


def _send(client: Any, _table: str, *operations: HttpRequest, **options: Any) -> list[dict[str, str]]:
    """What the SDK's own does, but for the ETags of the answer, which nobody here asks for.

    Raises:
        TableTransactionError: nothing was written; `status_code` and `index` are those of the operation at fault.
    """
    boundary, changes, date = f"batch_{uuid4()}", f"changeset_{uuid4()}", formatdate(usegmt=True)
    request = HttpRequest(
        "POST",
        f"{client.scheme}://{client._primary_hostname}/$batch",  # noqa: SLF001
        headers={
            "x-ms-version": client.api_version, "DataServiceVersion": "3.0", "MaxDataServiceVersion": "3.0;NetFx",
            "Content-Type": f"multipart/mixed; boundary={boundary}", "Accept": "application/json",
        },
        content=_body(operations, boundary, changes, date).encode(),
    )  # fmt: skip
    response = client._client.send_request(request, stream=True, **options)  # noqa: SLF001
    response.read()  # asked for as a stream, since the SDK would take the answer for JSON
    if response.status_code != 202:
        raise HttpResponseError(response=response)
    answer = str(response.text())
    failed = next((int(status) for status in STATUS.findall(answer) if status[0] != "2"), None)
    if failed is not None:
        error = TableTransactionError(message=_message(answer), response=response)
        error.status_code = failed
        raise error
    return [{} for _ in operations]


def _body(operations: tuple[HttpRequest, ...], boundary: str, changes: str, date: str) -> str:
    parts = [f"--{boundary}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n"]
    for number, operation in enumerate(operations):
        headers = {**operation.headers, "x-ms-date": date, "Date": date}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        parts.append(PART.format(changes=changes, number=number))
        parts.append(f"{operation.method} {operation.url} HTTP/1.1\r\n{lines}\r\n{operation.content}\r\n")
    return "".join([*parts, f"--{changes}--\r\n\r\n--{boundary}--\r\n"])


def _message(answer: str) -> str:
    """The service's sentence; it begins with the number of the operation at fault and a colon."""
    found = re.search(r"^\{.*\}\s*$", answer, re.MULTILINE)
    return str(json.loads(found[0])["odata.error"]["message"]["value"]) if found else "0:no reason was given"
