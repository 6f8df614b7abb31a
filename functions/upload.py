"""HTTP: the upload page, and the two questions it asks. The signed pass in each request is the authentication."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import azure.functions as func

from shared.errors import Refused, Temporary
from shared.services import Services
from shared.upload_links import Wish, opened, permit, read_wish, verdict

PAGE = Path(__file__).parent / "upload_page"
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def blueprint(services: Callable[[], Services]) -> func.Blueprint:
    made = func.Blueprint()
    door: Any = made  # the decorators are not fully typed

    @door.route(route="upload/{what?}", methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
    def upload(req: func.HttpRequest) -> func.HttpResponse:
        """GET: the page and its parts. POST: `pass`, `permit` or `verdict`, answered in JSON."""
        what = str(req.route_params.get("what") or "")
        if req.method == "GET":
            return _part(services(), what or "page.html")
        asked: dict[str, Callable[[Services, Wish], dict[str, Any]]] = {
            "pass": lambda known, wish: opened(known, wish.token), "permit": permit, "verdict": verdict,
        }  # fmt: skip
        if what not in asked:
            return func.HttpResponse("not found", status_code=404)
        try:
            return _json(200, asked[what](services(), read_wish(req.get_body())))
        except Refused as refusal:
            return _json(403 if refusal.code == "pass_over" else 400, {"sentence": refusal.sentence})
        except Temporary as error:
            return _json(503, {"sentence": "The app is busy; the page tries again.", "code": error.code})

    return made


def _part(services: Services, name: str) -> func.HttpResponse:
    file = PAGE / name
    if name not in {"page.html", "page.js", "page.css"}:
        return func.HttpResponse("not found", status_code=404)
    headers = {
        "Content-Security-Policy": f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {services.clips.address}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
    }  # fmt: skip
    return func.HttpResponse(file.read_bytes(), headers=headers, mimetype=TYPES[file.suffix], charset="utf-8")


def _json(status: int, body: dict[str, Any]) -> func.HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return func.HttpResponse(json.dumps(body), status_code=status, headers=headers, mimetype="application/json")
