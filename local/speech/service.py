"""A published API as a table of rules: method, path, what may be sent, and who answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from local.speech.answers import Answer, RefusedError, bad_argument, bad_request
from local.speech.journal import Started, Work
from local.speech.records import Job
from local.speech.resources import ResourceSpec
from local.speech.wire import ID, Wire
from local.speech.world import ResourceState, World

UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
F0_SENTENCE = "Avatar is currently only available on Standard S0 resource"

Body = TypeVar("Body", bound=Wire)


@dataclass
class Note:
    """What the journal will say about a request, filled in while it is served."""

    at: datetime | None = None
    operation_id: str | None = None
    started: Started | None = None
    violation: str | None = None


@dataclass
class Call:
    """One checked request. `root` is the stand-in's absolute address, `path` begins after the service's name."""

    world: World
    state: ResourceState
    now: datetime
    root: str
    service: str
    version: str
    path: str
    id: str
    query: dict[str, str]
    body: Wire | None
    digest: str
    note: Note

    @property
    def spec(self) -> ResourceSpec:
        return self.state.spec

    @property
    def address(self) -> str:
        """The absolute address of the API."""
        return f"{self.root}/r/{self.spec.name}/{self.service}"

    def sent(self, kind: type[Body]) -> Body:
        assert isinstance(self.body, kind)
        own_id: str | None = getattr(self.body, "id", None)
        if own_id not in (None, self.id):
            raise bad_argument("The id in the body differs from the id in the path.", "id")
        return self.body

    def started(self, work: Work, name: str) -> None:
        self.note.started = Started(kind=work, id=name)

    def refuse_f0(self) -> None:
        if self.spec.sku == "F0":
            raise RefusedError(403, F0_SENTENCE)

    def refuse_taken(self, what: str, existing_digest: str | None) -> None:
        """Nothing is made twice: an existing id is refused, whatever the body."""
        if existing_digest is None:
            return
        same = "the same" if existing_digest == self.digest else "another"
        raise bad_request(f"The {what} '{self.id}' already exists, made by {same} request.", "id")


@dataclass(frozen=True)
class Outcome:
    """A handler's answer, and the job behind it when it is a long-running operation."""

    answer: Answer
    job: Job | None = None


Handler = Callable[[Call], Outcome]


@dataclass(frozen=True)
class Rule:
    """One route. A rule with `operation` accepts an Operation-Id."""

    method: str
    path: str
    handle: Handler
    query: frozenset[str] = frozenset()
    body: type[Wire] | None = None
    form: bool = False
    operation: bool = False
    uuid: bool = False
    most_bytes: int | None = None

    def match(self, path: str) -> str | None:
        """The id in the path ("" where the route has none), or None when this is another route."""
        pattern = re.escape(self.path).replace(r"\{id\}", "(?P<id>[^/:]*)")
        found = re.fullmatch(pattern, path)
        return found.groupdict().get("id", "") if found else None


LIST_QUERY = frozenset({"skip", "maxpagesize"})


@dataclass(frozen=True)
class Service:
    """An API under one path of a resource, at exactly one version."""

    name: str
    version: str
    rules: tuple[Rule, ...] = field(default=())

    def find(self, method: str, path: str) -> tuple[Rule, str]:
        """The rule and the id for a request.

        Raises:
            RefusedError: no such route, or an id that the published pattern does not allow.
        """
        matches = [(rule, found) for rule in self.rules if (found := rule.match(path)) is not None]
        for rule, found in matches:
            if rule.method == method:
                self._check_id(rule, found)
                return rule, found
        known = ", ".join(sorted({rule.method for rule, _ in matches}))
        hint = f" It knows {known} there." if known else ""
        raise RefusedError(404, f"The API has no route {method} {path}.{hint}", violation=True)

    def check_query(self, rule: Rule, query: list[tuple[str, str]]) -> None:
        names = [name for name, _ in query]
        for name in names:
            if name != "api-version" and name not in rule.query:
                raise bad_argument(f"The query parameter '{name}' is not known here.", name)
            if names.count(name) > 1:
                raise bad_argument(f"The query parameter '{name}' is given more than once.", name)
        if dict(query).get("api-version") != self.version:
            raise bad_argument(f"The query parameter 'api-version' must be '{self.version}'.", "api-version")

    @staticmethod
    def _check_id(rule: Rule, found: str) -> None:
        if "{id}" not in rule.path:
            return
        if rule.uuid and not re.fullmatch(UUID, found):
            raise bad_argument("The id in the path must be a UUID.", "id")
        if not rule.uuid and not re.fullmatch(ID, found):
            raise bad_argument(f"The id in the path must match {ID}.", "id")
