"""The tables of states and events in docs/states.md are made from the code, and fresh (`make states` writes them)."""

import os
from pathlib import Path

from shared.domain.deciding import decide
from tests.builders import NOW, book, full_set, message, model, operation, terms
from tests.unit import test_clip_table as clips
from tests.unit import test_decisions_table as decisions

FILE = Path(__file__).parents[2] / "docs/states.md"
BEGIN, END = "<!-- tables of states: made by `make states` -->", "<!-- end of the tables -->"


def _table(title: str, states: list[str], events: list[str], cell: dict[tuple[str, str], str]) -> str:
    """Events down, states across; what changes nothing is left empty."""
    head = f"| {title} | {' | '.join(states)} |\n|{'---|' * (len(states) + 1)}\n"
    rows = []
    for event in events:
        cells = [{"nothing": "", "refused": "✗"}.get(cell[state, event], cell[state, event]) for state in states]
        rows.append(f"| {event} | {' | '.join(cells)} |")
    return head + "\n".join(rows) + "\n"


def tables() -> str:
    operations = {
        (state, event): decisions._outcome(
            decide(
                book(known := operation(state=decisions.STATES[state], resource="wus")),
                message(*decisions.EVENTS[event]), NOW, terms(full_set()),
            ),
            known.key,
        )
        for state in decisions.STATES
        for event in decisions.EVENTS
    }  # fmt: skip
    live = {
        (state, event): decisions._outcome(
            decide(
                book(
                    known := decisions.deployment_in(state),
                    model(),
                ),
                message(*decisions.DEPLOYMENT_EVENTS[event]), NOW, terms(),
            ),
            known.key,
        )
        for state in decisions.DEPLOYMENT_STATES
        for event in decisions.DEPLOYMENT_EVENTS
    }  # fmt: skip
    uploads = {
        (state, event): clips.outcome(clips.decided(state, event))
        for state in clips.CLIP_STATES
        for event in clips.CLIP_EVENTS
    }
    return "\n".join(
        [
            _table("operation", list(decisions.STATES), list(decisions.EVENTS), operations),
            _table("deployment", list(decisions.DEPLOYMENT_STATES), list(decisions.DEPLOYMENT_EVENTS), live),
            _table("clip", list(clips.CLIP_STATES), list(clips.CLIP_EVENTS), uploads),
        ]
    )


def test_the_tables_in_the_architecture_are_those_of_the_code() -> None:
    text = FILE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, behind = rest.partition(END)
    wanted = f"{before}{BEGIN}\n\n{tables()}\n{END}{behind}"
    if os.environ.get("WRITE_STATES"):
        FILE.write_text(wanted, encoding="utf-8")
    assert text == wanted or os.environ.get("WRITE_STATES"), (
        "run `make states`: the tables in docs/states.md are behind"
    )
