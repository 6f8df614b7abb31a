"""Builds that break one promise each: a copy of the tree with one patch. Used to see whether the judge notices."""

import shutil
from dataclasses import dataclass
from pathlib import Path

TREE = ("bot", "functions", "shared", "local", "function_app.py", "host.json", "prices.json")
LEFT_OUT = shutil.ignore_patterns("node_modules", "page", "__pycache__", "*.pyc")


@dataclass(frozen=True)
class Sabotage:
    """What is broken, and how: file, text there, text instead. It is caught when one of these counts is not zero."""

    name: str
    caught_by: tuple[str, ...]
    patch: tuple[tuple[str, str, str], ...]
    crowded: bool = False  # many people at one avatar, while the timers look at what runs


SABOTAGES = (
    Sabotage(
        "strike off before performing", ("lost_effects",),
        (("shared/performing.py", "        try:\n            with span(",
          "        if owed.key:\n            self._services.records.strike(owed)\n        try:\n            with span("),),
    ),
    Sabotage(
        "no claim", ("unapproved", "double_paid"),
        (
            ("shared/starting.py", ("        if isinstance(operation.state, Approved):\n"
             '            self._tell(operation, StartClaimed(operation=operation_id), f"claim-{operation.state.attempt}")\n'
             "            _, operation = self._load(avatar, operation_id)\n"), ""),
            ("shared/starting.py", "if not isinstance(operation.state, Starting):",
             "if not isinstance(operation.state, Starting | Approved):"),
            ("shared/starting.py", "if not isinstance(state, Starting):", "if not isinstance(state, Starting | Approved):"),
            ("shared/domain/working.py", "case Starting(attempt=attempt), Started():",
             "case (Starting(attempt=attempt) | Approved(attempt=attempt)), Started():"),
            ("shared/domain/working.py", "case Starting(), InputsChanged(changes=changes):",
             "case (Starting() | Approved()), InputsChanged(changes=changes):"),
            ("shared/domain/working.py", "case Starting(), StartRefused(code=code, text=text):",
             "case (Starting() | Approved()), StartRefused(code=code, text=text):"),
        ),
    ),
    Sabotage(
        "no ETag", ("broken_chains", "double_paid"),
        (("shared/storage/sdk.py",
          '    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}\n', "    return {}\n"),),
        crowded=True,
    ),
    Sabotage(
        "approval not read again", ("unapproved",),
        (
            ("shared/starting.py", "        if still_checking(case, operation.ask):\n", "        if False:\n"),
            ("shared/starting.py", "        changes = changes_since(case, operation.ask) or self._used_again(book, operation)\n",
             "        changes: tuple[str, ...] = ()\n"),
        ),
    ),
    Sabotage(
        "random paid id", ("double_paid", "lost_effects"),
        (
            ("shared/ports.py", '        return f"{self.ask.id}-{self.attempt}"\n',
             '        import uuid\n        return f"{self.ask.id}-{uuid.uuid4().hex[:8]}"\n'),
            ("shared/starting.py", "        endpoint=ask.deployment or endpoint_id(ask.id, attempt),\n",
             '        endpoint=ask.deployment or str(__import__("uuid").uuid4()),\n'),
        ),
    ),
    Sabotage(
        "chain not advanced", ("broken_chains",),
        (("shared/storage/tables.py", "            seq, head = row.seq, row.hash\n", "            seq = row.seq\n"),),
    ),
)  # fmt: skip


def build(sabotage: Sabotage, tree: Path, place: Path) -> Path:
    """The tree with this one patch, at a place of its own.

    Raises:
        ValueError: a text to patch is not there exactly once; the code has moved on, and so must the patch.
    """
    for name in TREE:
        source = tree / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=LEFT_OUT)
        elif source.exists():
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place / name)
    for file, before, after in sabotage.patch:
        path = place / file
        text = path.read_text(encoding="utf-8")
        if text.count(before) != 1:
            message = f"{sabotage.name}: the text to patch in {file} is there {text.count(before)} times"
            raise ValueError(message)
        path.write_text(text.replace(before, after), encoding="utf-8")
    return place
