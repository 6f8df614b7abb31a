"""Faults to order: the next matching requests get an error, lose their answer, or wait."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from local.storm import Storm


class FaultRule(BaseModel):
    """`status` answers that status without doing the work (`seconds` becomes Retry-After); `drop_after` does the
    work and closes the connection; `wrong_json` does the work and answers half of a JSON; `delay` waits `seconds` of
    real time, then serves the request."""

    model_config = ConfigDict(extra="forbid")

    path_contains: str
    method: str = "*"
    times: int = Field(default=1, ge=1)
    kind: Literal["status", "drop_after", "wrong_json", "delay"]
    status: int | None = Field(default=None, ge=400, le=599)
    seconds: float | None = Field(default=None, ge=0, le=3600)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind == "status" and self.status is None:
            raise ValueError("a fault of kind 'status' needs a status")
        if self.kind == "delay" and self.seconds is None:
            raise ValueError("a fault of kind 'delay' needs seconds")
        return self


class Faults:
    """The rules still to be used, the first that matches is taken; where none does, the storm has its turn."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []
        self.storm: Storm | None = None

    def add(self, rules: list[FaultRule]) -> None:
        self._rules.extend(rules)

    def clear(self) -> None:
        self._rules.clear()

    def remaining(self) -> list[FaultRule]:
        return list(self._rules)

    def take(self, method: str, path: str) -> FaultRule | None:
        for rule in self._rules:
            if rule.path_contains in path and rule.method.upper() in ("*", method):
                rule.times -= 1
                if rule.times == 0:
                    self._rules.remove(rule)
                return rule
        gust = self.storm.gust(writes=method not in {"GET", "HEAD"}) if self.storm else None
        return gust and FaultRule(path_contains=path, kind=gust.kind, status=gust.status, seconds=gust.seconds)
