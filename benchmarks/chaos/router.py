"""Spreads what comes from Slack and from the storage's events over the hosts that live."""

import itertools
from collections.abc import Sequence
from contextlib import suppress

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.chaos.hosts import Host

KEPT = {"content-type", "x-slack-request-timestamp", "x-slack-signature", "x-slack-retry-num"}


def build(hosts: Sequence[Host]) -> Starlette:
    """A host that does not take the connection is passed over; one that dies over a request costs that request."""
    turns = itertools.count()
    client = httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_keepalive_connections=0))

    async def forward(request: Request) -> Response:
        body = await request.body()
        headers = {name: value for name, value in request.headers.items() if name.lower() in KEPT}
        first = next(turns)
        for step in range(len(hosts)):
            host = hosts[(first + step) % len(hosts)]
            url = f"{host.address}{request.url.path}?{request.url.query}"
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                try:
                    answer = await client.request(request.method, url, content=body, headers=headers)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    raise
                except httpx.HTTPError:
                    return Response("the host died over it", 502)
                return Response(
                    answer.content, answer.status_code, {"content-type": answer.headers.get("content-type", "")}
                )
        return Response("no host lives", 503)

    return Starlette(routes=[Route("/{path:path}", forward, methods=["GET", "POST"])])
