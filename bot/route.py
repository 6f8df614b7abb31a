"""DOOR 1: the one HTTP function that Slack calls. Bolt has no adapter for Azure Functions, so this is ours."""

import time
from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb
from typing import Any, List, cast  # noqa: UP035 - see Messages
from urllib.parse import parse_qs

import azure.functions as func
from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.error import BoltUnhandledRequestError
from slack_sdk.signature import SignatureVerifier

from bot.desk import Desk
from bot.payloads import read
from shared.errors import Refused
from shared.log import warn
from shared.telemetry import measure, span

HERE = Path(__file__).parent
MOST_BYTES = 48 * 1024  # in base64 the 64 KiB that a queue takes; with more the host could not hand it over
# The Functions worker accepts this spelling of a list only, and does not load the function otherwise.
Messages = func.Out[List[str]]  # noqa: UP006


def slack_blueprint(bolt: Callable[[], App], verifier: Callable[[], SignatureVerifier]) -> func.Blueprint:
    """The route. Slack can't send a function key; its signature is the authentication."""
    blueprint = func.Blueprint()
    door: Any = blueprint  # the decorators are not fully typed

    @door.route(route="slack/events", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
    @door.queue_output(arg_name="events", queue_name="events", connection="STATE")
    def slack_events(req: func.HttpRequest, events: Messages) -> func.HttpResponse:
        """Verify, translate, hand over, acknowledge: within Slack's 3 seconds, without storage or threads."""
        begun = time.perf_counter()
        with span("request"):
            answer = slack_request(req, events)
        measure("ack", time.perf_counter() - begun)
        return answer

    def slack_request(req: func.HttpRequest, events: Messages) -> func.HttpResponse:
        try:
            body = req.get_body().decode("utf-8")
        except UnicodeDecodeError:
            return func.HttpResponse("the body is not UTF-8", status_code=400)
        if not verifier().is_valid(body, *_signature(req)):  # before anything is parsed
            return func.HttpResponse("the signature is wrong, missing or too old", status_code=401)
        outbox: list[str] = []
        try:
            answer = bolt().dispatch(_to_bolt(req, body, outbox))
        except BoltUnhandledRequestError:
            warn("unhandled_request")
            return func.HttpResponse("nothing here hears that", status_code=404)
        except Refused as refusal:
            warn(refusal.code)
            return func.HttpResponse(refusal.sentence)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
            warn("malformed_request", error=type(error).__name__, at=_place(error))
            return func.HttpResponse("this is not a request of Slack's", status_code=400)
        if any(len(message.encode()) > MOST_BYTES for message in outbox):
            warn("request_too_large")
            return func.HttpResponse("that is more than fits into one message", status_code=413)
        if answer.status == 200 and outbox:
            events.set(outbox)
        return _to_func(answer)

    return blueprint


def _place(error: Exception) -> str:
    """Where in our words it came up; its own words may repeat what was sent."""
    places = [(Path(frame.f_code.co_filename), line) for frame, line in walk_tb(error.__traceback__)]
    return next((f"{file.name}:{line}" for file, line in reversed(places) if file.parent == HERE), "")


def _signature(req: func.HttpRequest) -> tuple[str, str]:
    """Timestamp and signature; what is missing can't be valid, nor what the verifier could not compare."""
    headers = {str(name).lower(): str(value) for name, value in cast("Any", req.headers).items()}
    stamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    known = stamp.isascii() and stamp.isdecimal() and len(stamp) < 20  # a longer one is beyond what a clock shows
    return (stamp if known else "0"), (signature if signature.isascii() else "")


def _to_bolt(req: func.HttpRequest, body: str, outbox: list[str]) -> BoltRequest:
    headers: Any = {str(name): [str(value)] for name, value in cast("Any", req.headers).items()}
    query: Any = parse_qs(req.url.partition("?")[2])
    request = BoltRequest(body=body, query=query, headers=headers)
    request.context["desk"] = Desk(read(request.body), outbox)
    return request


def _to_func(answer: BoltResponse) -> func.HttpResponse:
    content_type = (answer.headers.get("content-type") or ["text/plain"])[0].split(";")[0]
    headers = {name: values[0] for name, values in answer.headers.items() if name.lower() != "content-type"}
    return func.HttpResponse(
        answer.body, status_code=answer.status, headers=headers, mimetype=content_type, charset="utf-8"
    )
