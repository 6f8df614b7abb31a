"""One table in memory, behind the five verbs of `shared/storage/sdk.py`; the contract suite holds it to what Azurite does."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from shared.errors import Broken, LostRace
from shared.storage.sdk import Entity, Row, RowExists, Write

PARTITION = re.compile(r"PartitionKey eq @(\w+)")
CLAUSE = re.compile(r"(\w+) (eq|ne|ge|gt|le|lt) (@\w+|'[^']*'|true|false|\d+)")


class MemoryTable:
    """Stands where a `Table` stands; keeps copies, so that nobody shares a row with it."""

    def __init__(self) -> None:
        self._version = 0
        self._rows: dict[tuple[str, str], tuple[str, Row]] = {}
        self._partitions: dict[str, dict[tuple[str, str], tuple[str, Row]]] = {}  # the same rows

    def get(self, partition: str, key: str) -> Entity | None:
        found = self._rows.get((partition, key))
        return Entity(dict(found[1]), found[0]) if found else None

    def query(self, where: str, **parameters: Any) -> Iterator[Entity]:
        wanted = _condition(where, parameters)
        one = PARTITION.match(where)  # the usual question, for which the other partitions are not looked through
        looked = self._partitions.get(str(parameters[one[1]]), {}) if one and " or " not in where else self._rows
        found = [Entity(dict(row), etag) for _, (etag, row) in sorted(looked.items()) if wanted(row)]
        return iter(found)

    def create(self, row: Row) -> str:
        if _key(row) in self._rows:
            raise RowExists("creating a row")
        return self._put(row)

    def replace(self, row: Row, etag: str) -> str:
        if _key(row) not in self._rows:
            raise Broken("storage_refused", "replacing a row (status 404)")
        if self._rows[_key(row)][0] != etag:
            raise LostRace("lost_race", "replacing a row", 0.1)
        return self._put(row)

    def upsert(self, row: Row) -> str:
        return self._put(row)

    def merge(self, row: Row) -> None:
        if _key(row) in self._rows:
            self._put({**self._rows[_key(row)][1], **row})

    def delete(self, partition: str, key: str, etag: str = "") -> None:
        found = self._rows.get((partition, key))
        if found and etag and found[0] != etag:
            raise LostRace("lost_race", "removing a row", 0.1)
        self._rows.pop((partition, key), None)
        self._partitions.get(partition, {}).pop((partition, key), None)

    def submit(self, writes: Sequence[Write]) -> None:
        if len(writes) > 100:
            raise Broken("too_large", f"a transaction of {len(writes)} rows; 100 is the most")
        keys = [_key(write.row) for write in writes]
        assert len({partition for partition, _ in keys}) == 1, "a transaction is in one partition"
        assert len(set(keys)) == len(keys), "a row stands twice in a transaction"
        for index, write in enumerate(writes):
            found = self._rows.get(keys[index])
            if write.verb == "create" and found:
                raise RowExists("committing a transaction", index)
            if write.verb == "replace" and (found is None or found[0] != write.etag):
                raise LostRace("lost_race", "committing a transaction", 0.1)
        for write in writes:
            self._put(write.row)

    def _put(self, row: Row) -> str:
        self._version += 1
        key = _key(row)
        self._rows[key] = self._partitions.setdefault(key[0], {})[key] = (str(self._version), dict(row))
        return str(self._version)


def _key(row: Row) -> tuple[str, str]:
    return str(row["PartitionKey"]), str(row["RowKey"])


def _condition(where: str, parameters: dict[str, Any]) -> Any:
    """The filter as a function of a row; only what our own queries say is understood."""
    code = CLAUSE.sub(lambda found: f"_is(row, {found[1]!r}, {found[2]!r}, {_value(found[3])})", where)
    left = re.sub(r"_is\(row, '\w+', '\w+', (?:p\['\w+'\]|'[^']*'|True|False|\d+)\)|\band\b|\bor\b|[() ]", "", code)
    assert not left, f"this fake does not understand {where}"
    return eval(f"lambda row: {code}", {"_is": _is, "p": parameters})  # noqa: S307 - checked above, and from our own code


def _value(text: str) -> str:
    return f"p[{text[1:]!r}]" if text.startswith("@") else text.capitalize() if text in ("true", "false") else text


def _is(row: Row, name: str, verb: str, value: Any) -> bool:
    found = row.get(name)
    if found is None:
        return verb == "ne"
    order = (found > value) - (found < value)
    return {"eq": order == 0, "ne": order != 0, "ge": order >= 0, "gt": order > 0, "le": order <= 0, "lt": order < 0}[
        verb
    ]
