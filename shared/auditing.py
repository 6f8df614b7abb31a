"""Read an avatar's audit and say whether it is whole; export it as JSON Lines."""

import json
from collections.abc import Iterator

from shared.clock import iso
from shared.domain.audit import AuditRow, Break, breaks
from shared.ports import Records


def audited(records: Records, avatar: str) -> tuple[list[AuditRow], list[Break]]:
    """All lines, and the first broken link of every chain that is broken."""
    heads = records.heads(avatar)
    rows = records.history(avatar)
    return rows, breaks(rows, heads, records.heads(avatar))


def exported(avatar: str, rows: list[AuditRow]) -> Iterator[str]:
    """One JSON object a line: chain by chain, in order, with hashes, so that anybody can verify it elsewhere."""
    for row in sorted(rows, key=lambda row: (row.chain, row.seq)):
        yield json.dumps(
            {
                "avatar": avatar, "chain": row.chain, "seq": row.seq, "at": iso(row.at), **row.line.model_dump(),
                "previous": row.previous, "hash": row.hash,
            }
        )  # fmt: skip
