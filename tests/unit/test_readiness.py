"""Readiness: what is missing is said, what is complete is ready, and nothing else blocks."""

import pytest

from shared.domain.clips import Accepted, Clip
from shared.domain.names import Kind
from shared.domain.readiness import data_set, readiness
from shared.domain.rules import Tuning, tuned
from tests.builders import avatar, checking, clip, consent, faulty, full_set


def test_consent_natural_and_silent_are_enough() -> None:
    assert readiness(avatar(), consent(), full_set()).ready


@pytest.mark.parametrize(
    ("clips", "says"),
    [
        (full_set()[1:], "consent video"),
        ((clip("consent"), clip("silent")), "at least 5 minutes"),
        ((clip("consent"), clip("natural", 299.9), clip("silent")), "the longest is 4:59"),
        ((clip("consent"), clip("natural", 304)), "silent clip"),
        ((*full_set(), clip("gesture", 8)), "status 0"),
        ((*full_set(), clip("status0", 200), *(clip("gesture", 8, f"{n}.mp4") for n in range(11))), "there are 11"),
        ((*full_set(), *(clip("natural", 590, f"{n}.mp4") for n in range(3))), "At most 30 minutes"),
        ((*full_set(), checking("status0")), "check of `a.mp4` to finish"),
    ],
)
def test_what_is_missing_is_named(clips: tuple[Clip, ...], says: str) -> None:
    ready = readiness(avatar(), consent(), clips)
    assert not ready.ready
    assert any(says in line for line in ready.missing), ready.missing


def test_five_minutes_exactly_are_enough() -> None:
    assert readiness(avatar(), consent(), (clip("consent"), clip("natural", 300.0), clip("silent"))).ready


def test_without_a_recorded_statement_nothing_is_ready() -> None:
    assert "/avatar consent presenter" in " ".join(readiness(avatar(), None, full_set()).missing)


def test_voice_sync_needs_the_wider_consent() -> None:
    with_sync = avatar(voice_sync=True)
    assert not readiness(with_sync, consent("avatar"), full_set()).ready
    assert readiness(with_sync, consent("avatar+voice"), full_set()).ready


def test_a_faulty_clip_is_a_note_and_no_part_of_the_data_set() -> None:
    clips = (*full_set(), faulty("natural"))
    ready = readiness(avatar(), consent(), clips)
    assert ready.ready
    assert "bad.mp4" in " ".join(ready.notes)
    assert {version.file for version in data_set(clips)} == {"a.mp4"}


def test_the_data_set_has_one_order_and_no_consent_in_it() -> None:
    assert data_set(full_set()) == data_set(tuple(reversed(full_set())))
    assert {version.kind for version in data_set(full_set())} == {"natural", "silent"}


def _seen(kind: Kind, file: str, seconds: float = 304, **facts: object) -> Clip:
    made = clip(kind, seconds, file)
    assert isinstance(made.state, Accepted)
    state = made.state.model_copy(update={"facts": made.state.facts.model_copy(update=facts)})
    return made.model_copy(update={"state": state})


GREEN = (60.0, -50.0, 30.0)


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        ("SET-SIZE", {"width": 1920}, {"width": 3840}),
        ("SET-RATE", {"fps": 25.02}, {"fps": 50.0}),
        ("SET-CODEC", {"video_codec": None}, {"video_codec": "hevc"}),
        ("SET-BRIGHT", {"background": (63.0, -50.0, 30.0)}, {"background": (65.0, -50.0, 30.0)}),
        ("SET-BACKGROUND", {"background": (60.0, -44.0, 30.0)}, {"background": (60.0, 0.0, 0.0)}),
        ("SET-FACE", {"face": (0.54, 0.4, 0.2)}, {"face": (0.56, 0.4, 0.2)}),
        ("SET-FACE", {"face": (0.5, 0.4, 0.23)}, {"face": (0.5, 0.4, 0.25)}),
        ("SET-LOUD", {"loudness": -27.0}, {"loudness": -28.5}),
    ],
)
def test_what_is_unlike_over_the_clips_is_a_warning(
    rule: str, inside: dict[str, object], outside: dict[str, object]
) -> None:
    usual = {"background": GREEN, "face": (0.5, 0.4, 0.2), "loudness": -22.0}
    same = (*full_set(), _seen("natural", "b.mp4", **usual), _seen("natural", "c.mp4", **usual))
    good = readiness(avatar(), consent(), (*same, _seen("natural", "odd.mp4", **{**usual, **inside})))
    assert rule not in {finding.rule for finding in good.findings}
    unlike = readiness(avatar(), consent(), (*same, _seen("natural", "odd.mp4", **{**usual, **outside})))
    (finding,) = [finding for finding in unlike.findings if finding.rule == rule]
    assert finding.severity == "warning"
    assert "odd.mp4" in finding.message
    assert unlike.ready


def test_the_same_content_twice_is_told() -> None:
    one = clip("natural", 304)
    twin = one.model_copy(update={"path": one.path.model_copy(update={"file": "twin.mp4"})})
    notes = " ".join(readiness(avatar(), consent(), (*full_set(), twin)).notes)
    assert "twin.mp4" in notes
    assert "there twice" in notes


def test_everything_is_3840x2160_for_a_4k_avatar() -> None:
    large = avatar().model_copy(update={"target": "4K"})
    assert any("4K" in line for line in readiness(large, consent(), full_set()).missing)
    clips = tuple(_seen(c.path.kind, c.path.file, width=3840, height=2160) for c in full_set())
    assert readiness(large, consent(), clips).ready


def test_documents_that_contradict_each_other_are_a_warning_that_says_so() -> None:
    note = next(f for f in readiness(avatar(), consent(), full_set()).findings if f.rule == "SET-TOTAL")
    assert note.severity == "warning"
    assert "warning only" in note.message


def test_a_rule_of_the_set_can_be_switched_off() -> None:
    twice = (*full_set(), clip("natural", 304, "b.mp4"), _seen("natural", "odd.mp4", width=3840))
    off = tuned({"SET-TWICE": Tuning(off=True), "SET-BACKGROUND": Tuning(off=True), "SET-CODEC": Tuning(off=True)})
    assert readiness(avatar(), consent(), twice, off).ready
