"""Puts the stand-in together as one ASGI application; every request but the controls goes through the journal."""

from collections.abc import Awaitable, Callable, Mapping

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.dropping import Droppable, Dropped
from local.speech import control, gateway, metrics, prices, results, transcription
from local.speech.answers import Answer, RefusedError
from local.speech.faults import FaultRule
from local.speech.service import Note, Service
from local.speech.world import World

METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"]

Work = Callable[[Note], Awaitable[Answer]]


def build(world: World, services: Mapping[str, Service] = gateway.SERVICES) -> Starlette:
    """The application over a world; the world can be changed while it runs."""

    async def speech(request: Request) -> Response:
        name = str(request.path_params["resource"])
        return await _journaled(world, request, name, lambda note: gateway.serve(services, world, request, note))

    async def monitor(request: Request) -> Response:
        state = world.by_arm_id(f"/{request.path_params['arm']}")

        async def work(_: Note) -> Answer:
            return Answer(200, metrics.serve(world, request, state))

        return await _journaled(world, request, state.spec.name if state else None, work)

    async def retail(request: Request) -> Response:
        async def work(_: Note) -> Answer:
            return Answer(200, prices.serve(world, request))

        return await _journaled(world, request, None, work)

    async def result(request: Request) -> Response:
        try:
            return await results.serve(world, request)
        except RefusedError as refusal:
            return refusal.answer().response()

    async def heard(request: Request) -> Response:
        name = str(request.path_params["resource"])
        return await _journaled(world, request, name, lambda _: transcription.serve(world, request))

    async def elsewhere(request: Request, _: object = None) -> Response:
        async def work(_: Note) -> Answer:
            raise RefusedError(404, f"There is nothing at {request.url.path}.", violation=True)

        return await _journaled(world, request, None, work)

    return Droppable(
        routes=[
            *control.routes(world),
            Route("/r/{resource}/speechtotext/transcriptions:transcribe", heard, methods=["POST"]),
            Route("/r/{resource}/{service}/{rest:path}", speech, methods=METHODS),
            Route("/management/{arm:path}/providers/Microsoft.Insights/metrics", monitor),
            Route("/results/{resource}/{id}/0001.mp4", result),
            Route("/results/{resource}/{id}/summary.json", result),
            Route("/prices/api/retail/prices", retail),
            Route("/{rest:path}", elsewhere, methods=METHODS),
        ],
        exception_handlers={404: elsewhere},  # a path with a line break fits no route
    )


async def _journaled(world: World, request: Request, resource: str | None, work: Work) -> Response:
    """Do the work under the ordered faults, and write down what happened."""
    note, fault = Note(), world.faults.take(request.method, request.url.path)
    try:
        answer = await _under(fault, note, work)
    except RefusedError as refusal:
        answer = refusal.answer()
        note.violation = refusal.message if refusal.violation else None
    world.journal.add(
        at=note.at or world.now(),
        method=request.method,
        path=request.url.path,
        status=answer.status,
        resource=resource,
        operation_id=note.operation_id,
        started=note.started,
        violation=note.violation,
        fault=fault.kind if fault else None,
    )
    if fault and fault.kind == "wrong_json":
        return Response(b'{"id": "', answer.status, media_type="application/json")
    return Dropped() if fault and fault.kind == "drop_after" else answer.response()


async def _under(fault: FaultRule | None, note: Note, work: Work) -> Answer:
    if fault is not None and fault.status is not None and fault.kind == "status":
        headers = {} if fault.seconds is None else {"Retry-After": f"{fault.seconds:g}"}
        raise RefusedError(fault.status, "This failure was ordered.", headers=headers)
    if fault is not None and fault.kind == "delay":
        await anyio.sleep(fault.seconds or 0)
    return await work(note)
