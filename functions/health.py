"""HTTP: can we reach what we need? Each part is named, with no detail that helps a stranger."""

import json
from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.checkup import checkup
from shared.services import Services


def blueprint(services: Callable[[], Services]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    def health(req: func.HttpRequest) -> func.HttpResponse:
        """200 when all parts answer, 503 otherwise."""
        _ = req
        parts = checkup(services())
        status = 200 if all(word == "ok" for word in parts.values()) else 503
        return func.HttpResponse(json.dumps(parts), status_code=status, mimetype="application/json")

    return made
