"""The Table SDK behind five verbs, typed, with its errors translated in one place."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.data.tables import TableClient, TableTransactionError, UpdateMode

from shared.errors import Broken, LostRace, Temporary
from shared.storage.transactions import in_plain_text

Row = dict[str, Any]


class RowExists(LostRace):
    """The row was there already; `index` is its place in a transaction."""

    def __init__(self, doing: str, index: int = 0) -> None:
        super().__init__("row_exists", doing, 0.1)
        self.index = index


@dataclass(frozen=True)
class Entity:
    """A row as it was read, with the ETag to guard a change by."""

    row: Row
    etag: str

    def text(self, name: str) -> str:
        return str(self.row[name])

    def number(self, name: str) -> int:
        return int(self.row[name])


@dataclass(frozen=True)
class Write:
    """One row of a transaction: created, replaced under its ETag, or put whatever is there."""

    row: Row
    verb: str  # create, replace, upsert
    etag: str = ""


class Table:
    """One table."""

    def __init__(self, client: TableClient) -> None:
        self._client: Any = in_plain_text(client)

    def get(self, partition: str, key: str) -> Entity | None:
        with _translated("reading a row"):
            try:
                return _entity(self._client.get_entity(partition, key))
            except HttpResponseError as error:
                if error.status_code == 404:
                    return None
                raise

    def query(self, where: str, **parameters: str) -> Iterator[Entity]:
        with _translated("reading rows"):
            for found in self._client.query_entities(where, parameters=parameters):
                yield _entity(found)

    def create(self, row: Row) -> str:
        """Its ETag."""
        with _translated("creating a row"):
            return str(self._client.create_entity(row)["etag"])

    def replace(self, row: Row, etag: str) -> str:
        """Its new ETag."""
        with _translated("replacing a row"):
            try:
                return str(self._client.update_entity(row, mode=UpdateMode.REPLACE, **_guard(etag))["etag"])
            except HttpResponseError as error:
                if error.status_code == 404:  # it is gone
                    raise LostRace("lost_race", "replacing a row", 0.1) from error
                raise

    def upsert(self, row: Row) -> str:
        with _translated("writing a row"):
            return str(self._client.upsert_entity(row, mode=UpdateMode.REPLACE)["etag"])

    def merge(self, row: Row) -> None:
        """Change some properties of a row; nothing happens if it is gone."""
        with _translated("changing a row"):
            try:
                self._client.update_entity(row, mode=UpdateMode.MERGE)
            except HttpResponseError as error:
                if error.status_code != 404:
                    raise

    def delete(self, partition: str, key: str, etag: str = "") -> None:
        """Remove a row; nothing happens if it is gone."""
        with _translated("removing a row"):
            self._client.delete_entity(partition, key, **(_guard(etag) if etag else {}))

    def submit(self, writes: Sequence[Write]) -> None:
        """All or nothing, in one partition, at most 100 rows (the emulator does not say so itself)."""
        if len(writes) > 100:
            raise Broken("too_large", f"a transaction of {len(writes)} rows; 100 is the most")
        with _translated("committing a transaction"):
            try:
                self._send([_operation(write) for write in writes])
            except TableTransactionError as error:
                if error.status_code == 409:
                    raise RowExists("committing a transaction", error.index) from error
                if error.status_code == 404:  # a row that was to be replaced is gone
                    raise LostRace("lost_race", "committing a transaction", 0.1) from error
                raise

    def _send(self, operations: list[tuple[Any, ...]]) -> None:
        """Twice where the answer was lost, as on a connection that was closed while it was idle: rows are guarded by their ETags."""
        try:
            self._client.submit_transaction(operations)
        except ServiceResponseError:
            self._client.submit_transaction(operations)


def _operation(write: Write) -> tuple[Any, ...]:
    if write.verb == "replace":
        return ("update", write.row, {"mode": UpdateMode.REPLACE, **_guard(write.etag)})
    if write.verb == "upsert":
        return ("upsert", write.row, {"mode": UpdateMode.REPLACE})
    return ("create", write.row)


def _guard(etag: str) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}


def _entity(found: Any) -> Entity:
    return Entity(row=dict(found), etag=str(found.metadata["etag"]))


@contextmanager
def _translated(doing: str) -> Generator[None]:
    try:
        yield
    except (ServiceRequestError, ServiceResponseError) as error:
        raise Temporary("storage_unreachable", doing) from error
    except HttpResponseError as error:
        status = error.status_code or 0
        if status in {408, 429} or status >= 500:
            raise Temporary("storage_busy", f"{doing} (status {status})") from error
        if status == 409:
            raise RowExists(doing) from error
        if status == 412:
            raise LostRace("lost_race", doing, 0.1) from error
        raise Broken("storage_refused", f"{doing} (status {status})") from error
