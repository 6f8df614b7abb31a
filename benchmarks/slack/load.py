"""So many requests at a time over HTTP, each over a connection that is kept; the seconds that every one took."""

import asyncio
import time
from collections.abc import Iterator

from benchmarks.slack.sent import Sent

PATH = "/api/slack/events"


def at_a_time(port: int, secret: str, requests: list[Sent], many: int) -> list[float]:
    """Seconds from the first byte sent to the last one read.

    Raises:
        RuntimeError: an answer was not 200.
    """
    return asyncio.run(_all(port, secret, iter(requests), many))


async def _all(port: int, secret: str, requests: Iterator[Sent], many: int) -> list[float]:
    took = await asyncio.gather(*(_one_after_another(port, secret, requests) for _ in range(many)))
    return [seconds for one in took for seconds in one]


async def _one_after_another(port: int, secret: str, requests: Iterator[Sent]) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took: list[float] = []
    for sent in requests:
        data = written(sent, secret)
        started = time.perf_counter()
        writer.write(data)
        status, body = await _answer(reader)
        took.append(time.perf_counter() - started)
        if status != 200:
            message = f"{sent.kind}: {status} {body!r}"
            raise RuntimeError(message)
    writer.close()
    await writer.wait_closed()
    return took


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    length = next((int(line.split(":")[1]) for line in head if line.lower().startswith("content-length:")), 0)
    return int(head[0].split()[1]), await reader.readexactly(length)


def written(sent: Sent, secret: str) -> bytes:
    """The request as it goes over the wire."""
    body = sent.body.encode()
    headers = {**sent.signed(secret), "Content-Length": str(len(body))}
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body
