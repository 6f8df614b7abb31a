"""What was made earlier in the portal, as people type it: one at a time, or many as lines of a CSV."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time

from shared.domain.events import AdoptAsked
from shared.domain.names import avatar_name, printable
from shared.domain.resources import Resource
from shared.errors import Refused

EXAMPLE = "`/avatar adopt presenter in studio-weu model=presenter-v1 since=2026-11-01`"
COLUMNS = ("avatar", "resource", "model", "since", "owner", "endpoint")
OWNER = re.compile(r"<@([UW][A-Z0-9]+)(\|[^>]*)?>|([UW][A-Z0-9]{2,})")
TOLD = 8  # wrong lines named at once


def adopt_event(options: Mapping[str, str], resources: Mapping[str, Resource]) -> AdoptAsked:
    """What was made earlier, from options.

    Raises:
        Refused: something is missing or wrong; the sentence shows how it looks.
    """
    if "in" not in options:
        raise Refused("missing_resource", f"Say in which resource it is ({', '.join(resources)}): {EXAMPLE}.")
    owner = OWNER.fullmatch(options.get("owner", ""))
    if "owner" in options and not owner:
        raise Refused("wrong_owner", f"Name the owner as a mention, or leave it out; you become the owner. {EXAMPLE}.")
    pictures = options.get("pictures", "").lower()
    if pictures not in {"", "public"}:
        raise Refused("wrong_pictures", "It is `pictures=public`, and only needed in a public channel.")
    return AdoptAsked(
        resource=options["in"], model=options.get("model"), endpoint=options.get("endpoint"),
        live_since=day(options["since"]) if "since" in options else None,
        owner=(owner.group(1) or owner.group(3)) if owner else None, why=options.get("because", ""), pictures="public" if pictures else "",
    )  # fmt: skip


def adopt_events(text: str, resources: Mapping[str, Resource]) -> list[tuple[str, AdoptAsked]]:
    """Avatar and event for each line: `avatar,resource,model,since,owner,endpoint`, the last four may be empty.

    A first line of headings is skipped; commas, semicolons and tabs separate.

    Raises:
        Refused: lines are wrong; the sentence names each with its number, and none is taken.
    """
    found: list[tuple[str, AdoptAsked]] = []
    wrong: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in _lines(text):
        try:
            one = _line(cells, resources)
        except Refused as refusal:
            wrong.append(f"Line {number}: {refusal.sentence}")
            continue
        same = (one[0], one[1].resource, (one[1].model or "").lower())
        for known in (same, (one[1].endpoint,)) if one[1].endpoint else (same,):
            if known in seen:
                wrong.append(f"Line {number}: the same as line {seen[known]}.")
            seen[known] = number
        found.append((one[0], one[1].model_copy(update={"line": number})))
    if wrong:
        more = f" And {len(wrong) - TOLD} more." if len(wrong) > TOLD else ""
        raise Refused("wrong_lines", f"Nothing was taken yet. {' '.join(wrong[:TOLD])}{more}".replace("`", ""))
    if not found:
        raise Refused("no_lines", f"Paste at least one line: {','.join(COLUMNS)}.")
    return found


def day(text: str) -> datetime:
    """The first moment of a day, UTC.

    Raises:
        Refused: it is no day.
    """
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise Refused("wrong_date", f"“{printable(text)}” is not a date; write it like 2026-11-01.") from error


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    rows = text.splitlines()
    first = next((row for row in rows if row.strip()), "")
    mark = max(",;\t", key=first.count)
    begun = False
    for number, cells in enumerate(csv.reader(rows, delimiter=mark), 1):
        told = [cell.strip() for cell in cells]
        if any(told) and (begun or told[0].lower() != COLUMNS[0]):
            yield number, told
        begun = begun or any(told)


def _line(cells: list[str], resources: Mapping[str, Resource]) -> tuple[str, AdoptAsked]:
    if len(cells) > len(COLUMNS):
        raise Refused("columns", f"it has {len(cells)} columns; they are {', '.join(COLUMNS)}.")
    named = {name: cell for name, cell in zip(COLUMNS, cells, strict=False) if cell}
    name = avatar_name(named.pop("avatar", ""))
    if "resource" in named:
        named["in"] = named.pop("resource")
    if named.get("in", "") not in resources:
        raise Refused(
            "unknown_resource",
            f"“{printable(named.get('in', ''))}” is not a configured resource; they are {', '.join(resources)}.",
        )
    if "since" in named and "model" not in named:
        raise Refused("which_model", "say which model is live.")
    if "owner" in named and not OWNER.fullmatch(named["owner"]):
        raise Refused("wrong_owner", "the owner is a Slack member id such as U0123ABCD, or empty: it is you then.")
    return name, adopt_event(named, resources)
