"""HTTP: can we reach what we need? Each part is named, with no detail that helps a stranger."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import azure.functions as func

from shared.checkup import checkup
from shared.services import Services

KEEP = timedelta(seconds=10)  # anybody may ask, and each look asks Slack and uses up a turn of every resource's quota


def blueprint(services: Callable[[], Services]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed
    kept: dict[str, tuple[datetime, dict[str, str]]] = {}

    @door.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    def health(req: func.HttpRequest) -> func.HttpResponse:
        """200 when all parts answer, 503 otherwise."""
        _ = req
        now = services().stopwatch.now()
        at, parts = kept.get("last", (now - KEEP, {}))
        if now - at >= KEEP:
            parts = checkup(services())
            kept["last"] = (now, parts)
        status = 200 if all(word == "ok" for word in parts.values()) else 503
        return func.HttpResponse(json.dumps(parts), status_code=status, mimetype="application/json")

    return made
