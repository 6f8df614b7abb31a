"""Every state of a clip meets every event; what comes late or twice changes nothing."""

import pytest

from shared.domain.book import Decision
from shared.domain.clips import Accepted, Checking, Clip, ClipState, Facts, Faulty, Finding, Gone
from shared.domain.deciding import decide
from shared.domain.events import ClipChecked, ClipGone, ClipRefused, Event, UploadSeen
from shared.domain.rules import RULES
from tests.builders import NOW, OMAR, book, clip, message, terms

FACTS = Facts(size=10)
ERROR = RULES["VID-RES"].finding("640x360", "The picture is too small: 640x360.")
WARNING = RULES["VID-VFR"].finding("varies", "The time between frames varies.")
UNSURE = ERROR.model_copy(update={"severity": "warning", "status": "inconclusive"})
CLIP_STATES: dict[str, ClipState | None] = {
    "none": None,
    "checking": Checking(),
    "accepted": Accepted(fingerprint="f", facts=FACTS, checked=NOW),
    "faulty": Faulty(facts=FACTS, findings=(ERROR,), checked=NOW),
    "gone": Gone(),
}


def _checked(etag: str, *findings: Finding) -> ClipChecked:
    return ClipChecked(clip="c", etag=etag, fingerprint="f", facts=FACTS, findings=findings)


CLIP_EVENTS: dict[str, Event] = {
    "new upload": UploadSeen(clip_kind="natural", file="a.mp4", etag="2", size=11, burst="b2"),
    "same upload": UploadSeen(clip_kind="natural", file="a.mp4", etag="1", size=10, burst="b2"),
    "check: good": _checked("1"),
    "check: warnings": _checked("1", WARNING, UNSURE),
    "check: errors": _checked("1", WARNING, ERROR),
    "late check": _checked("0", ERROR),
    "the service refused it": ClipRefused(clip="c", what="too dark"),
    "blob gone": ClipGone(clip="c", etag="1"),
    "old blob gone": ClipGone(clip="c", etag="0"),
}
CLIP_BECOMES: dict[tuple[str, str], str] = {
    **{(state, "new upload"): "checking" for state in CLIP_STATES},
    ("none", "same upload"): "checking",
    ("gone", "same upload"): "checking",
    ("checking", "check: good"): "accepted",
    ("checking", "check: warnings"): "accepted",
    ("checking", "check: errors"): "faulty",
    **{(state, "the service refused it"): "refused" for state in CLIP_STATES},
    ("accepted", "the service refused it"): "faulty",
    ("checking", "blob gone"): "gone",
    ("accepted", "blob gone"): "gone",
    ("faulty", "blob gone"): "gone",
}


def decided(state: str, event: str) -> Decision:
    known = CLIP_STATES[state]
    records = [clip("natural", state=known)] if known else []
    by = OMAR if isinstance(CLIP_EVENTS[event], ClipRefused) else "uploads"
    return decide(book(*records), message(CLIP_EVENTS[event], by, clip_id="c"), NOW, terms())


def outcome(decision: Decision) -> str:
    if any(line.outcome == "refused" for line in decision.audit):
        return "refused"
    changed = next((record for record in decision.puts if isinstance(record, Clip)), None)
    return changed.state.status if changed else "nothing"


@pytest.mark.parametrize("event", CLIP_EVENTS)
@pytest.mark.parametrize("state", CLIP_STATES)
def test_every_state_of_a_clip_meets_every_event(state: str, event: str) -> None:
    decision = decided(state, event)
    expected = CLIP_BECOMES.get((state, event), "nothing")
    assert outcome(decision) == expected
    assert decision.empty == (expected == "nothing")


def test_an_upload_remembers_what_was_wrong_with_the_one_before() -> None:
    replaced = next(r for r in decided("faulty", "new upload").puts if isinstance(r, Clip))
    assert [earlier.messages for earlier in replaced.earlier] == [(ERROR.message,)]
    assert replaced.burst == "b2"
    good = decide(book(replaced), message(_checked("2"), "uploads", clip_id="c"), NOW, terms())
    cards = {getattr(effect, "card", "") for effect in good.effects}
    assert {"burst:b2", f"clip:{replaced.id}:b2", f"clip:{replaced.id}:b1"} == cards


def test_only_so_many_earlier_versions_are_remembered() -> None:
    known = clip("natural", state=CLIP_STATES["faulty"])
    for number in range(12):
        upload = UploadSeen(clip_kind="natural", file="a.mp4", etag=f"e{number}", size=1, burst=f"b{number}")
        made = decide(book(known), message(upload, "uploads", clip_id="c"), NOW, terms())
        replaced = next(r for r in made.puts if isinstance(r, Clip))
        known = replaced.model_copy(update={"state": CLIP_STATES["faulty"]})
    assert len(known.earlier) == 5
