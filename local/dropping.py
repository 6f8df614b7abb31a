"""Close a connection without an answer, as a network does: for the stand-ins' faults."""

import httpx
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

TRANSPORT = "local.transport"


class Droppable(Starlette):
    """Hands the server's transport on, so that a fault can close a connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)
        await super().__call__(scope, receive, send)


class Dropped(Response):
    """Closes the connection without an answer. In process, the client's own error for that is raised."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del send  # nothing is sent
        transport = scope.get(TRANSPORT)
        if transport is None:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        transport.close()
        while (await receive())["type"] != "http.disconnect":
            pass
