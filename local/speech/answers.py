"""What goes back over the wire: answers, and refusals in the service's error envelope."""

from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

CODES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    415: "UnsupportedMediaType",
    429: "TooManyRequests",
    500: "InternalServerError",
    503: "ServiceUnavailable",
}


@dataclass(frozen=True)
class Answer:
    """A status, a JSON body (None: empty) and headers."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def response(self) -> Response:
        if self.body is None:
            return Response(status_code=self.status, headers=self.headers)
        return JSONResponse(self.body, status_code=self.status, headers=self.headers)


class RefusedError(Exception):
    """A request that is not served. A violation is a client's mistake against the contract, not bad luck."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        target: str | None = None,
        violation: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or CODES.get(status, "InternalServerError" if status >= 500 else "BadRequest")
        self.target = target
        self.violation = violation
        self.headers = headers or {}

    def answer(self) -> Answer:
        error = {"code": self.code, "message": self.message}
        if self.target:
            error["target"] = self.target
        return Answer(self.status, {"error": error}, {"x-ms-error-code": self.code, **self.headers})


def bad_argument(message: str, target: str | None = None) -> RefusedError:
    """400 for a request that breaks the contract."""
    return RefusedError(400, message, code="BadArgument", target=target, violation=True)


def bad_request(message: str, target: str | None = None) -> RefusedError:
    """400 for a well-formed request that the state of things does not allow."""
    return RefusedError(400, message, target=target)


def not_found(what: str, name: str) -> RefusedError:
    return RefusedError(404, f"The specified {what} '{name}' doesn't exist.", target=what)
