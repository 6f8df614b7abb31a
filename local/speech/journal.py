"""What was asked of the stand-in, in order: who started paid work, and who broke the contract. Never a secret."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Work = Literal["training", "deployment", "copy", "synthesis"]


class Started(BaseModel):
    """Paid work that a request started."""

    model_config = ConfigDict(frozen=True)

    kind: Work
    id: str


class Entry(BaseModel):
    """One request. `at` is business time; a person's act in the portal has the method PORTAL."""

    model_config = ConfigDict(frozen=True)

    seq: int
    at: datetime
    resource: str | None
    method: str
    path: str
    operation_id: str | None
    status: int
    started: Started | None
    violation: str | None
    fault: str | None


class Journal:
    """Entries in memory, numbered from 1."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(
        self,
        *,
        at: datetime,
        method: str,
        path: str,
        status: int,
        resource: str | None = None,
        operation_id: str | None = None,
        started: Started | None = None,
        violation: str | None = None,
        fault: str | None = None,
    ) -> None:
        self._entries.append(
            Entry(
                seq=len(self._entries) + 1,
                at=at,
                resource=resource,
                method=method,
                path=path,
                operation_id=operation_id,
                status=status,
                started=started,
                violation=violation,
                fault=fault,
            )
        )

    def entries(self, after: int = 0) -> tuple[Entry, ...]:
        return tuple(self._entries[after:])

    def violations(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self._entries if entry.violation)

    def started(self, kind: Work | None = None) -> tuple[Entry, ...]:
        return tuple(e for e in self._entries if e.started and kind in (None, e.started.kind))

    def clear(self) -> None:
        self._entries.clear()
