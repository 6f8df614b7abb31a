"""Routes for tests and for the demo, under /_control: no part of Azure."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.speech import portal
from local.speech.answers import Answer, RefusedError, bad_request, not_found
from local.speech.faults import FaultRule
from local.speech.portal import Act, FailReason
from local.speech.reading import is_count, json_object, parse
from local.speech.records import Plan
from local.speech.world import World


class Control(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class TrainingOrder(Control):
    """How a training goes, before or while it runs: its compute hours, and what it fails for at their end."""

    resource: str
    model: str
    hours: float | None = Field(default=None, gt=0, le=96)
    fail_reason: FailReason | None = None


class ConsentOrder(Control):
    """Let a consent that is being checked fail."""

    resource: str
    consent: str
    fail_reason: Literal["AudioAndScriptNotMatch", "Internal"] = "AudioAndScriptNotMatch"


class UsageOrder(Control):
    """Real-time use, which leaves its trace in a metric only."""

    resource: str
    seconds: float = Field(gt=0, le=1e9)


class FaultsOrder(Control):
    rules: list[FaultRule]


class HeardOrder(Control):
    """What transcription hears from now on, in every recording."""

    text: str


class SwitchesOrder(Control):
    timestamps_without_z: bool | None = None
    batch_limit: bool | None = None
    wrong_default: bool | None = None
    call_limit: int | None = Field(default=None, ge=0)
    metric_delay_minutes: float | None = Field(default=None, ge=0, le=100_000)


def set_heard(world: World, body: Any) -> Any:
    world.heard = parse(HeardOrder, body).text
    return {}


def set_training(world: World, body: Any) -> Any:
    order = parse(TrainingOrder, body)
    state, now = portal.resource(world, order.resource), world.now()
    state.plans[order.model] = Plan(hours=order.hours, fail_reason=order.fail_reason)
    model = state.models.get(order.model)
    if model is None:
        return {"planned": order.model}
    if model.job not in state.trainings or model.job.finished(now):
        raise bad_request(f"The model '{order.model}' is not in training.", "model")
    if order.hours is not None:
        model.job.runs = max(timedelta(hours=order.hours), now - model.job.starts)
    model.job.failure = order.fail_reason
    return {"planned": order.model, "ends": world.stamp(model.job.ends)}


def fail_consent(world: World, body: Any) -> Any:
    order = parse(ConsentOrder, body)
    record = portal.resource(world, order.resource).consents.get(order.consent)
    if record is None:
        raise not_found("consent", order.consent)
    if record.job.finished(world.now()):
        raise bad_request(f"The consent '{order.consent}' is not being checked any more.", "consent")
    record.job.failure = order.fail_reason
    return {"consent": order.consent}


def add_usage(world: World, body: Any) -> Any:
    order = parse(UsageOrder, body)
    portal.resource(world, order.resource).videos.append((world.now(), order.seconds))
    return {"seconds": order.seconds}


def add_faults(world: World, body: Any) -> Any:
    world.faults.add(parse(FaultsOrder, body).rules)
    return {"rules": [rule.model_dump(mode="json") for rule in world.faults.remaining()]}


def set_switches(world: World, body: Any) -> Any:
    for name, value in parse(SwitchesOrder, body).model_dump(exclude_none=True).items():
        setattr(world, name, value)
    return {
        "timestamps_without_z": world.timestamps_without_z,
        "batch_limit": world.batch_limit,
        "wrong_default": world.wrong_default,
        "call_limit": world.call_limit,
        "metric_delay_minutes": world.metric_delay_minutes,
    }


def act(world: World, body: Any) -> Any:
    return portal.perform(world, parse(Act, body))


def reset(world: World, _: Any) -> Any:
    world.reset()
    return {}


ORDERS: dict[str, Callable[[World, Any], Any]] = {
    "portal": act,
    "training": set_training,
    "consent": fail_consent,
    "usage": add_usage,
    "faults": add_faults,
    "heard": set_heard,
    "switches": set_switches,
    "reset": reset,
}


def routes(world: World) -> list[Route]:
    async def journal(request: Request) -> Response:
        after = request.query_params.get("after", "0")
        entries = world.journal.entries(int(after) if is_count(after) else 0)
        return Answer(200, {"entries": [entry.model_dump(mode="json") for entry in entries]}).response()

    posts = [Route(f"/_control/{name}", _post(world, order), methods=["POST"]) for name, order in ORDERS.items()]
    return [Route("/_control/journal", journal, methods=["GET"]), *posts]


def _post(world: World, order: Callable[[World, Any], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            content = await json_object(request) if await request.body() else {}
            return Answer(200, order(world, content)).response()
        except RefusedError as refusal:
            return refusal.answer().response()

    return handle
