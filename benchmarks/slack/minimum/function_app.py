"""The least that has the same parts: bare Bolt behind a route with a queue output, an SDK-type blob trigger, one setting."""

from typing import Any, List  # noqa: UP035 - the Functions worker accepts this spelling only

import azure.functions as func
from azurefunctions.extensions.bindings.blob import BlobClient
from pydantic_settings import BaseSettings
from slack_bolt import BoltRequest

from benchmarks.slack.bare import build


class Settings(BaseSettings):
    slack_signing_secret: str


bolt = build(Settings().slack_signing_secret)
app: Any = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="slack/events", methods=["POST"])
@app.queue_output(arg_name="events", queue_name="minimum", connection="STATE")
def slack_events(req: func.HttpRequest, events: func.Out[List[str]]) -> func.HttpResponse:  # noqa: UP006
    body = req.get_body().decode()
    answer = bolt.dispatch(BoltRequest(body=body, headers=dict(req.headers)))
    if answer.status == 200:
        events.set([body])
    return func.HttpResponse(answer.body, status_code=answer.status)


@app.blob_trigger(arg_name="blob", path="clips/{name}", connection="STATE", source="EventGrid")
def clip_uploaded(blob: BlobClient) -> None:
    pass
