"""HTTP triggers and the webhook that Event Grid calls, as a Starlette app."""

import json
import re
from collections.abc import Callable
from typing import Any

import azure.functions as func
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.host.loading import Function
from local.host.queues import Output

Send = Callable[[dict[str, Any], list[str]], None]


def build(functions: list[Function], send: Send, blob_created: Callable[[str, str], None]) -> Starlette:
    """The HTTP side of the host. `blob_created(function, blob)` hands a blob event over."""
    routes = [
        route for function in functions if function.kind == "httpTrigger" for route in _http_routes(function, send)
    ]

    async def blobs(request: Request) -> Response:
        name = request.query_params.get("functionName", "").removeprefix("Host.Functions.")
        if name not in {function.name for function in functions if function.kind == "blobTrigger"}:
            return Response(status_code=404)
        for event in json.loads(await request.body()):
            if event["eventType"] == "Microsoft.EventGrid.SubscriptionValidationEvent":
                return JSONResponse({"validationResponse": event["data"]["validationCode"]})
            blob = event["subject"].split("/blobs/", 1)[1]
            await run_in_threadpool(blob_created, name, blob)
        return Response(status_code=202)

    routes.append(Route("/runtime/webhooks/blobs", blobs, methods=["POST"]))
    return Starlette(routes=routes)


def _http_routes(function: Function, send: Send) -> list[Route]:
    methods = [str(getattr(method, "value", method)) for method in function.trigger.get("methods") or ["GET", "POST"]]

    async def serve(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_call, request, body)

    def _call(request: Request, body: bytes) -> Response:
        outputs = {output["name"]: Output() for output in function.outputs}
        answer: func.HttpResponse = function.call(
            func.HttpRequest(
                request.method, str(request.url), headers=dict(request.headers), params=dict(request.query_params),
                route_params=dict(request.path_params), body=body,
            ),
            **outputs,
        )  # fmt: skip
        for binding in function.outputs:
            send(binding, outputs[binding["name"]].messages())
        return Response(
            answer.get_body(), answer.status_code, dict(answer.headers), f"{answer.mimetype}; charset={answer.charset}"
        )

    path = f"/api/{function.trigger.get('route') or function.name}"
    rest = re.search(r"/\{(\w+)\?\}$", path)  # a last part that may be left out
    paths = [path[: rest.start()], f"{path[: rest.start()]}/{{{rest[1]}}}"] if rest else [path]
    return [Route(found, serve, methods=methods) for found in paths]
