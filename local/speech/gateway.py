"""The one way in for the Speech APIs: sign-in, route, version, query, Operation-Id, body, then the handler."""

import hmac
import re
import uuid
from collections.abc import Mapping

from starlette.requests import Request

from local.speech import batch, copying, endpoints, models, projects, reading
from local.speech.answers import Answer, RefusedError, bad_argument, bad_request, not_found
from local.speech.resources import ResourceSpec
from local.speech.service import Call, Note, Outcome, Rule, Service
from local.speech.wire import ID
from local.speech.world import Operation, World


def get_operation(call: Call) -> Outcome:
    operation = call.state.operations.get((call.service, call.id))
    if operation is None:
        raise not_found("operation", call.id)
    return Outcome(Answer(200, {"id": call.id, "status": operation.job.status(call.now)}))


OPERATIONS = (Rule("GET", "/operations/{id}", get_operation),)
VOICE = Service(
    "customvoice", "2026-01-01", projects.RULES + copying.RULES + models.RULES + endpoints.RULES + OPERATIONS
)
AVATAR = Service("avatar", "2024-08-01", batch.RULES + OPERATIONS)
SERVICES = {service.name: service for service in (VOICE, AVATAR)}


async def serve(services: Mapping[str, Service], world: World, request: Request, note: Note) -> Answer:
    """Check one request and answer it.

    Raises:
        RefusedError: the request is not served; the journal says so when it breaks the contract.
    """
    name, service_name = str(request.path_params["resource"]), str(request.path_params["service"])
    state, service = world.states.get(name), services.get(service_name)
    if state is None or service is None:
        raise RefusedError(404, f"There is nothing at {request.url.path}.", violation=True)
    authenticate(state.spec, request)
    world.take_turn(state, service.name)
    path = f"/{request.path_params['rest']}"
    rule, found = service.find(request.method, path)
    query = list(request.query_params.multi_items())
    service.check_query(rule, query)
    note.operation_id = _operation_id(rule, request)
    fields = await reading.read(rule, request)
    note.at = world.now()
    call = Call(
        world=world,
        state=state,
        now=note.at,
        root=str(request.base_url).rstrip("/"),
        service=service.name,
        version=service.version,
        path=path,
        id=found,
        query=dict(query),
        body=reading.parse(rule.body, fields) if rule.body else None,
        digest=reading.digest(request.method, path, fields),
        note=note,
    )
    return _once(call, rule) if rule.operation else rule.handle(call).answer


def authenticate(spec: ResourceSpec, request: Request) -> None:
    key = request.headers.get("ocp-apim-subscription-key", "")
    token = request.headers.get("authorization", "")
    by_key = hmac.compare_digest(key.encode(), spec.key.encode())
    if not by_key and not hmac.compare_digest(token.encode(), f"Bearer local-{spec.name}".encode()):
        message = "Access denied due to invalid subscription key or wrong API endpoint."
        raise RefusedError(401, message)


def _operation_id(rule: Rule, request: Request) -> str | None:
    sent = request.headers.get("operation-id")
    if sent is None:
        return None
    if not rule.operation:
        raise bad_argument("This route takes no Operation-Id.", "Operation-Id")
    if not re.fullmatch(ID, sent):
        raise bad_argument(f"The header Operation-Id must match {ID}.", "Operation-Id")
    return sent


def _once(call: Call, rule: Rule) -> Answer:
    """Run a long-running operation, or repeat the answer when this very request was served before."""
    operations = call.state.operations
    name = call.note.operation_id or str(uuid.uuid4())
    known = operations.get((call.service, name))
    if known is not None:
        _check_identical(known, call)
        return known.answer
    outcome = rule.handle(call)
    assert outcome.job is not None
    location = f"{call.address}/operations/{name}?api-version={call.version}"
    headers = {"Operation-Id": name, "Operation-Location": location}
    answer = Answer(outcome.answer.status, outcome.answer.body, headers)
    operations[call.service, name] = Operation(digest=call.digest, answer=answer, job=outcome.job)
    return answer


def _check_identical(known: Operation, call: Call) -> None:
    if known.digest != call.digest:
        message = "The Operation-Id belongs to an earlier request that is not identical to this one."
        raise bad_request(message, "Operation-Id")
