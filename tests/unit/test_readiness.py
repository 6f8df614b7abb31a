"""Readiness: what is missing is said, what is complete is ready, and nothing else blocks."""

import pytest

from shared.domain.clips import Clip
from shared.domain.readiness import data_set, readiness
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
