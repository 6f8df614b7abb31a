"""The contract files: what the published ones and ours declare, route by route."""

import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("SPEECH_OPENAPI") or ROOT / "../shared/reference/openapi").resolve()
OWN = ROOT / "local/contracts"
PUBLISHED = {
    "customvoice-openapi.json": "/r/{resource}/customvoice",
    "batchavatar-openapi.json": "/r/{resource}/avatar",
}
MISSING = "the published OpenAPI files are not there: set SPEECH_OPENAPI to the folder that has them"


def missing() -> bool:
    return not all((FOLDER / name).is_file() for name in PUBLISHED)


@dataclass(frozen=True)
class Route:
    """One operation of a contract file; `path` begins at the root of the stand-in."""

    method: str
    path: str
    said: Any  # the operation, as the file has it
    file: "File"

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def published(self) -> bool:
        return self.file.published

    @cached_property
    def parameters(self) -> list[Any]:
        return [self.file.resolved(parameter) for parameter in self.said.get("parameters", [])]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = re.split(r"(\{\w+\})", self.path)
        anything = {"{arm}": ".+"}
        return re.compile("".join(anything.get(p, "[^/:]+") if p.startswith("{") else re.escape(p) for p in parts))


@dataclass(frozen=True)
class File:
    """A contract file. Where it has no definition or parameter of a name, that of the Custom Voice file is meant."""

    published: bool
    said: Any
    definitions: dict[str, Any]
    parameters: dict[str, Any]

    def resolved(self, part: Any) -> Any:
        while "$ref" in part:
            _, kind, name = part["$ref"].split("/")
            part = (self.definitions if kind == "definitions" else self.parameters)[name]
        return part


@dataclass(frozen=True)
class Contracts:
    """All routes that are declared and served, and those that are published and, for a reason, not served."""

    routes: tuple[Route, ...]
    not_served: dict[str, str]

    def of(self, method: str, path: str) -> Route | None:
        return next((route for route in self.routes if route.method == method and route.pattern.fullmatch(path)), None)

    def route(self, method: str, ending: str) -> Route:
        return next(route for route in self.routes if route.method == method and route.path.endswith(ending))


def read() -> Contracts:
    """Both kinds of files, with what avatars add to the published ones."""
    more = _json(OWN / "additions.json")
    published = {served: _added(_json(FOLDER / name), more) for name, served in PUBLISHED.items()}
    voice = next(iter(published.values()))
    files = [(served, said, True) for served, said in published.items()]
    files += [
        (said["x-served-at"], said, False) for path in sorted(OWN.glob("*.json")) if "paths" in (said := _json(path))
    ]
    routes: list[Route] = []
    for served, said, is_published in files:
        definitions = (
            said.get("definitions", {}) if is_published else voice["definitions"] | said.get("definitions", {})
        )
        parameters = voice["parameters"] | said.get("parameters", {})
        file = File(is_published, said, _closed(definitions), parameters)
        routes += [
            Route(method.upper(), served + path, operation, file)
            for path, operations in said["paths"].items()
            for method, operation in operations.items()
            if not is_published or f"{method.upper()} {path}" not in more["not_served"]
        ]
    return Contracts(tuple(routes), more["not_served"])


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _added(said: Any, more: Any) -> Any:
    """What custom avatars need beyond the published definitions."""
    for name, definition in said["definitions"].items():
        if "enum" in definition:
            definition["enum"] += more["values"].get(name, [])
        definition.get("properties", {}).update(more["fields"].get(name, {}))
        definition["x-answered"] = more["always_answered"].get(name, [])
    return said


def _closed(schema: Any) -> Any:
    """The same, where an object holds nothing but what is declared."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
