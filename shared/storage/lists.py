"""Work lists, card rows and shared rates: small rows moved by ETag, in a table of their own."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.clock import iso
from shared.errors import LostRace, Temporary
from shared.ports import Card, Entry
from shared.storage.sdk import Entity, Row, Table

LEASE = timedelta(seconds=60)  # longer than any call to Slack may take
SENDING = timedelta(seconds=5)  # what takes longer has probably died over it
NEVER = "1970-01-01T00:00:00+00:00"


class TableLists:
    """Implements `WorkLists` and `Cards`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, name: str, entry: Entry) -> Entry:
        row = {
            "PartitionKey": name,
            "RowKey": _item_key(entry),
            "avatar": entry.avatar,
            "item": entry.item,
            **entry.data,
        }
        return Entry(avatar=entry.avatar, item=entry.item, version=self._table.upsert(row), data=entry.data)

    def drop(self, name: str, entry: Entry) -> None:
        try:
            self._table.delete(name, _item_key(entry), entry.version)
        except LostRace:
            return  # somebody wrote it since: it is theirs to remove

    def entries(self, name: str) -> list[Entry]:
        return [_entry(row) for row in self._table.query("PartitionKey eq @pk", pk=name)]

    def pace(self, key: str, per_second: float, burst: int, now: datetime) -> float:
        try:
            return self.reserve(key, per_second, burst, now, 0.0)
        except Temporary as error:
            return error.retry_after

    def reserve(self, key: str, per_second: float, burst: int, now: datetime, patience: float) -> float:
        """A leaky bucket: `at` is when it will be empty again; a use adds 1/per_second to it."""
        step, room = timedelta(seconds=1 / per_second), timedelta(seconds=(burst - 1) / per_second)
        for _ in range(8):
            row = self._table.get("pace", key)
            empty = datetime.fromisoformat(row.text("at")) if row else now
            wait = max(0.0, (empty - room - now).total_seconds())
            if wait > patience:
                raise Temporary("rate_kept", f"the rate {key} is used up", wait)
            if self._moved({"PartitionKey": "pace", "RowKey": key, "at": iso(max(empty, now) + step)}, row):
                return wait
        raise Temporary("rate_kept", f"many want a turn of {key}", 1.0)

    def lease(self, avatar: str, key: str, now: datetime) -> Card:
        row = self._table.get(f"card:{avatar}", key)
        known = _card(avatar, key, row)
        busy = row is not None and datetime.fromisoformat(row.text("leased")) > now
        version = "" if busy else self._moved(_card_row(known, iso(now + LEASE)), row)
        if not version:
            raise Temporary("card_leased", f"the card {key} is being sent by another worker", _patience(row, now))
        return replace(known, version=version)

    def renew(self, card: Card, now: datetime) -> Card:
        try:
            return replace(card, version=self._table.replace(_card_row(card, iso(now + LEASE)), card.version))
        except LostRace as error:
            raise Temporary("card_leased", f"the card {card.key} was taken by another worker", 1.0) from error

    def release(self, card: Card, channel: str, ts: str, shown: str) -> None:
        sent = Card(avatar=card.avatar, key=card.key, channel=channel, ts=ts, shown=shown)
        try:
            self._table.replace(_card_row(sent, NEVER), card.version)
        except LostRace:
            return  # the lease had lapsed, and another worker holds the card by now

    def peek(self, avatar: str, key: str) -> Card:
        return _card(avatar, key, self._table.get(f"card:{avatar}", key))

    def known(self, avatar: str, start: str) -> list[Card]:
        where = "PartitionKey eq @pk and RowKey ge @start and RowKey lt @end"
        rows = self._table.query(where, pk=f"card:{avatar}", start=start, end=start[:-1] + chr(ord(start[-1]) + 1))
        return [_card(avatar, row.text("RowKey"), row) for row in rows]

    def forget(self, card: Card) -> None:
        self._table.delete(f"card:{card.avatar}", card.key)

    def _moved(self, wanted: Row, row: Entity | None) -> str:
        """Write it unless somebody else did since `row` was read; the new ETag, or nothing."""
        try:
            return self._table.create(wanted) if row is None else self._table.replace(wanted, row.etag)
        except LostRace:
            return ""


def _patience(row: Entity | None, now: datetime) -> float:
    """Seconds after which to try again: soon while somebody is sending, at the lease's end once nobody may be alive to do so."""
    left = (datetime.fromisoformat(row.text("leased")) - now).total_seconds() if row else 0.0
    return 1.0 if left <= 1.0 or left > (LEASE - SENDING).total_seconds() else left


def _item_key(entry: Entry) -> str:
    return f"{entry.avatar}|{entry.item}" if entry.item else entry.avatar


def _entry(entity: Entity) -> Entry:
    known = {"PartitionKey", "RowKey", "avatar", "item"}
    data = {key: str(value) for key, value in entity.row.items() if key not in known}
    return Entry(avatar=entity.text("avatar"), item=entity.text("item"), version=entity.etag, data=data)


def _card_row(card: Card, leased: str) -> Row:
    return {
        "PartitionKey": f"card:{card.avatar}",
        "RowKey": card.key,
        "channel": card.channel,
        "ts": card.ts,
        "shown": card.shown,
        "leased": leased,
    }


def _card(avatar: str, key: str, row: Entity | None) -> Card:
    if row is None:
        return Card(avatar=avatar, key=key)
    return Card(avatar=avatar, key=key, channel=row.text("channel"), ts=row.text("ts"), shown=row.text("shown"))
