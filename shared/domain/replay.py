"""What each decision changed, as the audit keeps it, and the records that a chain of such changes gives."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.audit import AuditRow
from shared.domain.base import digest
from shared.domain.book import Record
from shared.domain.clips import Clip
from shared.domain.deployments import Deployment
from shared.domain.operations import Operation
from shared.domain.records import Words
from shared.errors import Broken

Told = dict[str, Any]
Fields = dict[str, Any]

# Long, or in people's words (file names): the audit holds a digest of it.
FOLDED: dict[type, Fields] = {
    Clip: {"path": True, "earlier": True, "state": {"facts", "findings", "passed", "pictures"}},
    Operation: {"ask": {"clips", "warnings"}, "state": {"changes", "changed"}},
}
# What a look showed and no event decided.
OBSERVED: dict[type, Fields] = {Operation: {"state": {"evidence"}}, Deployment: {"usage": True}}


def told(record: Record) -> Told | None:
    """A record as its events tell it; None for words of people, which can be erased and so are in no event."""
    if isinstance(record, Words):
        return None
    folded, observed = FOLDED.get(type(record), {}), OBSERVED.get(type(record), {})
    left = {name: (folded.get(name) or set[str]()) | (observed.get(name) or set[str]()) for name in ("ask", "state")}
    whole = {name: True for fields in (folded, observed) for name, what in fields.items() if what is True}
    plain = record.model_dump(mode="json", exclude_none=True, exclude={**whole, **left})
    if folded:
        plain["folded"] = digest(record.model_dump(mode="json", exclude_none=True, include=folded))
    return _merged({}, plain)  # a merge patch has no word for a value that is null


def changes(before: Mapping[str, Record], puts: Mapping[str, Record], *, audited: bool) -> str:
    """What a decision changes, by key of the record, as JSON merge patches (RFC 7386) in one text.

    Raises:
        Broken: it changes something and leaves no line in the audit.
    """
    found: dict[str, Any] = {}
    for key, record in sorted(puts.items()):
        after = told(record)
        if after is None:
            continue
        patch = _patch((told(before[key]) if key in before else None) or {}, after)
        if patch:
            found[key] = patch
    if found and not audited:
        raise Broken("unaudited", f"a change of {', '.join(found)} without a line in the audit")
    return json.dumps(found, separators=(",", ":"), sort_keys=True) if found else ""


def replayed(rows: Iterable[AuditRow]) -> dict[str, Told] | None:
    """The records that the lines of one chain give, in order; None where older lines do not say what they changed."""
    records: dict[str, Told] = {}
    for row in rows:
        if row.changes is None:
            return None
        for key, patch in json.loads(row.changes or "{}").items():
            records[key] = _merged(records.get(key, {}), patch)
    return records


def differing(rows: Iterable[AuditRow], stored: Mapping[str, Record]) -> list[str]:
    """The keys of records that are not what the events of their chain say."""
    expected = replayed(rows)
    if expected is None:
        return []
    there = {key: plain for key, record in stored.items() if (plain := told(record)) is not None}
    return sorted(key for key in expected.keys() | there.keys() if expected.get(key) != there.get(key))


def _patch(before: Told, after: Told) -> Told:
    patch: Told = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        then = before.get(name)
        if isinstance(value, dict) and isinstance(then, dict):
            inner = _patch(then, value)  # pyright: ignore[reportUnknownArgumentType] - JSON
            if inner:
                patch[name] = inner
        elif value != then or name not in before:
            patch[name] = value
    return patch


def _merged(before: Told, patch: Told) -> Told:
    after = {name: value for name, value in before.items() if patch.get(name, "") is not None}
    for name, value in patch.items():
        if isinstance(value, dict):
            then = before.get(name)
            after[name] = _merged(then if isinstance(then, dict) else {}, value)  # pyright: ignore[reportUnknownArgumentType] - JSON
        elif value is not None:
            after[name] = value
    return after
