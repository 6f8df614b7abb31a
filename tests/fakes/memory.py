"""Records, work lists and cards in memory; the contract suite holds them to what the tables do."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.clock import iso
from shared.domain.audit import AuditRow, Head, next_row
from shared.domain.book import Decision, Record
from shared.domain.clips import Clip
from shared.domain.records import root_of
from shared.domain.replay import changes
from shared.errors import Broken, LostRace, Temporary
from shared.ports import AlreadyDoneError, Card, Entry, Loaded, Owed


class MemoryRecords:
    """Implements `Records`."""

    def __init__(self) -> None:
        self._version = 0
        self._rows: dict[tuple[str, str], tuple[str, Record]] = {}
        self._chains: dict[tuple[str, str], tuple[int, str]] = {}
        self._audit: dict[str, list[AuditRow]] = {}
        self._owed: dict[tuple[str, str], Owed] = {}
        self._seen: set[tuple[str, str]] = set()
        self._bursts: dict[str, tuple[str, datetime]] = {}

    def load(self, avatar: str, clip: str | None = None) -> Loaded:
        root = f"clip:{clip}" if clip else f"rec:{root_of(avatar)}"
        wanted = {root, "rec:avatar"} if clip else None
        rows = {
            key: row
            for (owner, key), row in self._rows.items()
            if owner == avatar and (key in wanted if wanted else not key.startswith("clip:"))
        }
        seq, head = self._chains.get((avatar, root), (0, ""))
        chain = f"clip-{clip}" if clip else "avatar"
        return Loaded(avatar=avatar, chain=chain, root=root, rows=rows, seq=seq, head=head)

    def commit(self, loaded: Loaded, decision: Decision, message_id: str, now: datetime) -> list[Owed]:
        puts = {_key(record): record for record in decision.puts}
        if loaded.root not in puts:
            if loaded.root not in loaded.rows:
                raise Broken("no_root", "a decision without its root record")
            puts[loaded.root] = loaded.rows[loaded.root][1]
        if decision.audit and (loaded.avatar, message_id) in self._seen:
            raise AlreadyDoneError
        for key in puts:
            if self._rows.get((loaded.avatar, key), ("", None))[0] != loaded.rows.get(key, ("", None))[0]:
                raise LostRace("lost_race", "committing")
        seq, head = loaded.seq, loaded.head
        before = {key: record for key, (_, record) in loaded.rows.items()}
        changed = changes(before, puts, audited=bool(decision.audit))
        for number, line in enumerate(decision.audit):
            at = datetime.fromisoformat(iso(now))
            row = next_row(loaded.chain, (seq, head), at, line, "" if number else changed)
            self._audit.setdefault(loaded.avatar, []).append(row)
            seq, head = row.seq, row.hash
        for key, record in puts.items():
            self._version += 1
            self._rows[loaded.avatar, key] = (str(self._version), record)
        self._chains[loaded.avatar, loaded.root] = (seq, head)
        if decision.audit:
            self._seen.add((loaded.avatar, message_id))
        owed = [
            Owed(loaded.avatar, f"owe:{loaded.chain}:{message_id}:{n:02d}", effect)
            for n, effect in enumerate(decision.effects)
        ]
        self._owed |= {(item.avatar, item.key): item for item in owed}
        return owed

    def owed(self, avatar: str) -> list[Owed]:
        return [item for (owner, _), item in sorted(self._owed.items()) if owner == avatar]

    def strike(self, owed: Owed) -> None:
        self._owed.pop((owed.avatar, owed.key), None)

    def postpone(self, owed: Owed, code: str) -> None:
        _ = code
        if (owed.avatar, owed.key) in self._owed:
            self._owed[owed.avatar, owed.key] = replace(owed, tries=owed.tries + 1)

    def clips(self, avatar: str) -> tuple[Clip, ...]:
        return tuple(r for (owner, _), (_, r) in self._rows.items() if owner == avatar and isinstance(r, Clip))

    def history(self, avatar: str) -> list[AuditRow]:
        return list(self._audit.get(avatar, []))

    def heads(self, avatar: str) -> dict[str, Head]:
        chains = {root: head for (owner, root), head in self._chains.items() if owner == avatar}
        return {f"clip-{root[5:]}" if root.startswith("clip:") else "avatar": head for root, head in chains.items()}

    def join_burst(self, avatar: str, now: datetime) -> str:
        burst, last = self._bursts.get(avatar, ("", now - timedelta(days=1)))
        if now - last >= timedelta(seconds=60):
            burst = f"{now:%Y%m%d%H%M%S%f}"[:17]
        if now - last >= timedelta(seconds=10):
            self._bursts[avatar] = (burst, now)
        return burst


class MemoryLists:
    """Implements `WorkLists` and `Cards`."""

    def __init__(self) -> None:
        self._version = 0
        self._lists: dict[str, dict[tuple[str, str], Entry]] = {}
        self._pace: dict[str, datetime] = {}
        self._cards: dict[tuple[str, str], Card] = {}
        self._leases: dict[tuple[str, str], datetime] = {}
        self._holders: dict[tuple[str, str], str] = {}

    def put(self, name: str, entry: Entry) -> Entry:
        self._version += 1
        written = replace(entry, version=str(self._version))
        self._lists.setdefault(name, {})[entry.avatar, entry.item] = written
        return written

    def drop(self, name: str, entry: Entry) -> None:
        kept = self._lists.get(name, {})
        found = kept.get((entry.avatar, entry.item))
        if found and entry.version in {"", found.version}:
            del kept[entry.avatar, entry.item]

    def entries(self, name: str) -> list[Entry]:
        return [entry for _, entry in sorted(self._lists.get(name, {}).items())]

    def pace(self, key: str, per_second: float, burst: int, now: datetime) -> float:
        empty = self._pace.get(key, now)
        wait = (empty - timedelta(seconds=(burst - 1) / per_second) - now).total_seconds()
        if wait > 0:
            return wait
        self._pace[key] = max(empty, now) + timedelta(seconds=1 / per_second)
        return 0.0

    def lease(self, avatar: str, key: str, now: datetime) -> Card:
        if self._leases.get((avatar, key), now) > now:
            left = (self._leases[avatar, key] - now).total_seconds()
            raise Temporary("card_leased", "the card is being sent by another worker", left if 1 < left <= 55 else 1.0)
        self._version += 1
        self._leases[avatar, key] = now + timedelta(seconds=60)
        self._holders[avatar, key] = str(self._version)
        return replace(self.peek(avatar, key), version=str(self._version))

    def renew(self, card: Card, now: datetime) -> Card:
        if self._holders.get((card.avatar, card.key)) != card.version:
            raise Temporary("card_leased", "the card was taken by another worker", 1.0)
        self._leases[card.avatar, card.key] = now + timedelta(seconds=60)
        return card

    def release(self, card: Card, channel: str, ts: str, shown: str) -> None:
        if self._holders.get((card.avatar, card.key)) != card.version:
            return  # the lease had lapsed, and another worker holds the card by now
        self._cards[card.avatar, card.key] = Card(card.avatar, card.key, channel, ts, shown)
        self._leases.pop((card.avatar, card.key), None)

    def peek(self, avatar: str, key: str) -> Card:
        return self._cards.get((avatar, key), Card(avatar, key))


def _key(record: Record) -> str:
    return record.key if record.key.startswith(("clip:", "person:")) else f"rec:{record.key}"
