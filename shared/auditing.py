"""Read an avatar's audit and say whether it is whole; export it as JSON Lines."""

import json
from collections.abc import Iterator

from shared.clock import iso
from shared.domain.audit import AuditRow, Break, breaks
from shared.domain.book import Record
from shared.domain.replay import differing
from shared.ports import Records


def audited(records: Records, avatar: str) -> tuple[list[AuditRow], list[Break]]:
    """All lines, and the first broken link of every chain that is broken.

    A chain that is whole must also give the records as they are stored: one that was changed from outside is a break, too.
    """
    heads = records.heads(avatar)
    rows = sorted(records.history(avatar), key=lambda row: row.seq)
    stored = _stored(records, avatar)
    later = records.heads(avatar)
    found = breaks(rows, heads, later)
    for chain in sorted(heads.keys() - {one.chain for one in found}):
        if heads[chain] != later[chain]:
            continue  # something was committed while this was read
        wrong = differing((row for row in rows if row.chain == chain), stored.get(chain, {}))
        if wrong:
            found.append(Break(chain, heads[chain][0], f"the record `{wrong[0]}` is not what the lines say"))
    return rows, found


def _stored(records: Records, avatar: str) -> dict[str, dict[str, Record]]:
    """The records as they are, by chain and key."""
    own = {key: record for key, (_, record) in records.load(avatar).rows.items()}
    stored: dict[str, dict[str, Record]] = {"avatar": own}
    for clip in records.clips(avatar):
        stored[f"clip-{clip.id}"] = {clip.key: clip}
    return stored


def exported(avatar: str, rows: list[AuditRow]) -> Iterator[str]:
    """One JSON object a line: chain by chain, in order, with hashes, so that anybody can verify it elsewhere."""
    for row in sorted(rows, key=lambda row: (row.chain, row.seq)):
        yield json.dumps(
            {
                "avatar": avatar, "chain": row.chain, "seq": row.seq, "at": iso(row.at), **row.line.model_dump(),
                "changes": row.changes, "previous": row.previous, "hash": row.hash,
            }
        )  # fmt: skip
