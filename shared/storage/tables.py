"""Records in Table storage: one avatar is one partition, one decision is one transaction under ETags."""

from datetime import datetime, timedelta

from pydantic import TypeAdapter

from shared.clock import iso
from shared.domain.audit import AuditRow, Head, next_row
from shared.domain.base import SILENT
from shared.domain.book import RECORD, AuditLine, Decision, Record
from shared.domain.clips import Clip
from shared.domain.effects import Effect
from shared.domain.records import root_of
from shared.domain.replay import changes
from shared.errors import Broken, LostRace
from shared.ports import AlreadyDoneError, Loaded, Owed
from shared.storage.sdk import Entity, Row, RowExists, Table, Write

EFFECT: TypeAdapter[Effect] = TypeAdapter(Effect, config=SILENT)
SCHEMA = 2  # 1: one property of text a row, and lines of the audit that do not say what they changed
READABLE = (1, SCHEMA)
PIECE, PIECES = (
    16_000,
    24,
)  # characters, of up to four bytes: 64 KiB a property and 1 MiB a row; the emulator allows more
BURST_GAP = timedelta(seconds=60)
BURST_TOUCH = timedelta(seconds=10)


class TableRecords:
    """Implements `Records`.

    Rows of a partition: `person:*` and `rec:*` (what decisions are made from, one range), `clip:*`, `audit:*`,
    `owe:*`, `seen:*`, `burst`. Audit chain and sequence numbers live in the root row of an aggregate.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def load(self, avatar: str, clip: str | None = None) -> Loaded:
        if clip:
            root, chain = f"clip:{clip}", f"clip-{clip}"
            found = self._table.query(
                "PartitionKey eq @pk and (RowKey eq @root or RowKey eq 'rec:avatar')", pk=avatar, root=root
            )
        else:
            root, chain = _root(avatar), "avatar"
            found = self._rows(avatar, "person:", "rec;")
        rows: dict[str, tuple[str, Record]] = {}
        seq, head = 0, ""
        for entity in found:
            key = entity.text("RowKey")
            rows[key] = (entity.etag, _record(entity))
            if key == root:
                seq, head = entity.number("seq"), entity.text("head")
        return Loaded(avatar=avatar, chain=chain, root=root, rows=rows, seq=seq, head=head)

    def commit(self, loaded: Loaded, decision: Decision, message_id: str, now: datetime) -> list[Owed]:
        puts = {_row_key(record): record for record in decision.puts}
        if loaded.root not in puts:  # the root is always written: it carries the chain and guards the whole decision
            if loaded.root not in loaded.rows:
                raise Broken("no_root", f"a decision on {loaded.avatar} without its root record")
            puts[loaded.root] = loaded.rows[loaded.root][1]
        writes: list[Write] = []
        seq, head = loaded.seq, loaded.head
        if decision.audit:  # an event that leaves no line (a look at the service) is harmless to repeat
            seen = {"PartitionKey": loaded.avatar, "RowKey": f"seen:{message_id}", "at": iso(now)}
            writes.append(Write(seen, "create"))
        before = {key: record for key, (_, record) in loaded.rows.items()}
        changed = changes(before, puts, audited=bool(decision.audit))
        for number, line in enumerate(decision.audit):
            row = next_row(loaded.chain, (seq, head), now, line, "" if number else changed)
            seq, head = row.seq, row.hash
            writes.append(_audit_write(loaded.avatar, row))
        for key, record in puts.items():
            chain = {"seq": seq, "head": head} if key == loaded.root else {}
            writes.append(_write(loaded, key, record, chain))
        owed = [
            Owed(avatar=loaded.avatar, key=f"owe:{loaded.chain}:{message_id}:{n:02d}", effect=effect)
            for n, effect in enumerate(decision.effects)
        ]
        writes += [Write(_owe_row(item, now), "upsert") for item in owed]
        try:
            self._table.submit(writes)
        except RowExists as error:
            if decision.audit and error.index == 0:
                raise AlreadyDoneError from error
            raise
        return owed

    def owed(self, avatar: str) -> list[Owed]:
        return [
            Owed(avatar, row.text("RowKey"), EFFECT.validate_json(row.text("json")), row.number("tries"))
            for row in self._rows(avatar, "owe:", "owe;")
        ]

    def strike(self, owed: Owed) -> None:
        self._table.delete(owed.avatar, owed.key)

    def postpone(self, owed: Owed, code: str) -> None:
        row = {"PartitionKey": owed.avatar, "RowKey": owed.key, "tries": owed.tries + 1, "code": code}
        self._table.merge(row)

    def clips(self, avatar: str) -> tuple[Clip, ...]:
        records = map(_record, self._rows(avatar, "clip:", "clip;"))
        return tuple(record for record in records if isinstance(record, Clip))

    def history(self, avatar: str) -> list[AuditRow]:
        return [
            AuditRow(
                chain=row.text("chain"), seq=row.number("seq"), at=datetime.fromisoformat(row.text("at")),
                line=AuditLine.model_validate_json(row.text("json")), previous=row.text("previous"),
                hash=row.text("hash"), changes=None if row.number("v") == 1 else _joined(row, "changes"),
            )
            for row in self._rows(avatar, "audit:", "audit;")
        ]  # fmt: skip

    def heads(self, avatar: str) -> dict[str, Head]:
        root = self._table.get(avatar, _root(avatar))
        heads = {"avatar": (root.number("seq"), root.text("head"))} if root else {}
        for row in self._rows(avatar, "clip:", "clip;"):
            heads[f"clip-{row.text('RowKey').removeprefix('clip:')}"] = (row.number("seq"), row.text("head"))
        return heads

    def join_burst(self, avatar: str, now: datetime) -> str:
        for _ in range(8):
            row = self._table.get(avatar, "burst")
            silent = now - datetime.fromisoformat(row.text("last")) if row else BURST_GAP
            if row and silent < BURST_TOUCH:
                return row.text("id")  # hundreds of uploads a second need not all move the row
            burst = row.text("id") if row and silent < BURST_GAP else f"{now:%Y%m%d%H%M%S%f}"[:17]
            wanted = {"PartitionKey": avatar, "RowKey": "burst", "id": burst, "last": iso(now)}
            try:
                if row:
                    self._table.replace(wanted, row.etag)
                else:
                    self._table.create(wanted)
            except LostRace:
                continue
            return burst
        raise LostRace("lost_race", "joining a burst")

    def _rows(self, avatar: str, start: str, end: str) -> "list[Entity]":
        where = "PartitionKey eq @pk and RowKey ge @start and RowKey lt @end"
        return list(self._table.query(where, pk=avatar, start=start, end=end))


def _root(avatar: str) -> str:
    return f"rec:{root_of(avatar)}"


def _audit_write(avatar: str, row: AuditRow) -> Write:
    return Write(
        {
            "PartitionKey": avatar,
            "RowKey": f"audit:{row.chain}:{row.seq:08d}",
            "v": SCHEMA,
            "chain": row.chain,
            "seq": row.seq,
            "at": iso(row.at),
            "json": row.line.model_dump_json(),
            "previous": row.previous,
            "hash": row.hash,
            **_pieces(f"audit line {row.seq} of {avatar}", "changes", row.changes or ""),
        },
        "create",
    )


def _owe_row(owed: Owed, now: datetime) -> Row:
    return {
        "PartitionKey": owed.avatar,
        "RowKey": owed.key,
        "v": SCHEMA,
        "tries": 0,
        "at": iso(now),
        "json": owed.effect.model_dump_json(),
    }


def _write(loaded: Loaded, key: str, record: Record, chain: Row) -> Write:
    text = _pieces(f"the record {key} of {loaded.avatar}", "json", record.model_dump_json())
    row = {"PartitionKey": loaded.avatar, "RowKey": key, "v": SCHEMA, **text, **chain}
    return Write(row, "replace", loaded.rows[key][0]) if key in loaded.rows else Write(row, "create")


def _pieces(what: str, name: str, text: str) -> Row:
    """A long text as several properties: name, name1, name2, ..."""
    pieces = [text[start : start + PIECE] for start in range(0, max(1, len(text)), PIECE)]
    if len(pieces) > PIECES:
        raise Broken("too_large", f"{what} is too large to store ({len(text)} characters)")
    return {f"{name}{number or ''}": piece for number, piece in enumerate(pieces)}


def _joined(entity: Entity, name: str) -> str:
    names = (f"{name}{number or ''}" for number in range(PIECES))
    return "".join(str(entity.row.get(name, "")) for name in names)


def _row_key(record: Record) -> str:
    key = record.key
    return key if key.startswith(("clip:", "person:")) else f"rec:{key}"


def _record(entity: Entity) -> Record:
    if entity.number("v") not in READABLE:
        raise Broken("schema", f"row {entity.text('RowKey')} has version {entity.text('v')}; this code knows {SCHEMA}")
    return RECORD.validate_json(_joined(entity, "json"))
