"""HTTP: programs that call a deployment say that it is used. The deployment's token in the body is the authentication."""

from collections.abc import Callable
from typing import Any

import azure.functions as func

from shared.beacons import hear, known
from shared.errors import Temporary
from shared.services import Services

LONGEST = 200  # bytes of a body, and letters of an id; a token has 32


def blueprint(services: Callable[[], Services]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.route(route="usage/{deployment}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
    def usage(req: func.HttpRequest) -> func.HttpResponse:
        """The body is the token alone, so that a page can send it with `navigator.sendBeacon` and no address holds it."""
        body, deployment, ours = req.get_body(), str(req.route_params.get("deployment") or ""), services()
        plain = len(body) <= LONGEST and body.isascii() and len(deployment) <= LONGEST and deployment.isascii()
        if not plain or not known(ours.settings, deployment, body.decode("ascii")):
            return func.HttpResponse("the token is wrong: `/avatar use` shows it", status_code=403)
        try:
            wait = hear(ours.lists, deployment, ours.calendar.now(), ours.stopwatch.now())
        except Temporary:
            return func.HttpResponse("busy", status_code=503, headers={"Retry-After": "10"})
        if wait > 0:
            return func.HttpResponse("too many", status_code=429, headers={"Retry-After": str(int(wait) + 1)})
        return func.HttpResponse(status_code=204)

    return made
