"""What is read of a clip: enough to judge by, within the bytes and requests that one check may cost."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.media.index import Index
from shared.media.plan import (
    FEWEST,
    HEARD_GAP_S,
    MOST,
    MOST_REQUESTS,
    PICTURE_BYTES,
    SOUND_BYTES,
    cost,
    ends,
    joined,
    listening,
    passage,
    shots,
)


def index(
    count: int, *, every_s: float = 0.04, gop: int = 50, size: int = 80_000, gap: int = 0, at_once: int = 1
) -> Index:
    """`count` samples, key every `gop`; `gap` bytes of another track after every `at_once` of them."""
    numbers = np.arange(count)
    key = numbers % gop == 0
    sizes = np.where(key, size * 5, size).astype(np.int64)
    before = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    pos = (before + numbers // at_once * gap).astype(np.int64)
    return Index(pos=pos, size=sizes, seconds=numbers * every_s, key=key)


def sound(seconds: float, at_once: int) -> Index:
    """AAC between pictures of 80 kB, so many frames together."""
    return index(int(seconds / 0.0213), every_s=0.0213, gop=1, size=100, gap=80_000, at_once=at_once)


@given(st.integers(1, 20_000), st.integers(1, 3000), st.integers(100, 400_000))
def test_pictures_cost_no_more_than_their_share_and_cover_what_they_say(count: int, gop: int, size: int) -> None:
    track = index(count, gop=gop, size=size)
    found, part = shots(track, track.end)
    spans = [span for shot in found for span in (shot.spans(track) if shot.first == shot.last else [])]
    keys = sum(length for _, length in spans)
    assert len(found) <= MOST
    assert keys <= max(PICTURE_BYTES, track.end // 40) + 5 * size
    assert 0 <= part <= 1
    assert all(track.key[shot.first] for shot in found)


def test_pictures_of_a_long_clip_are_spread_over_all_of_it() -> None:
    track = index(15_000)
    found, part = shots(track, track.end)
    times = [float(track.seconds[shot.last]) for shot in found]
    assert part == 1
    assert FEWEST <= len(found) <= MOST
    assert max(np.diff(times)) < 30
    assert times[0] == 0
    assert times[-1] > 570


def test_far_key_pictures_are_decoded_between_as_far_as_the_bytes_go() -> None:
    track = index(7500, gop=7500)
    found, part = shots(track, track.end)
    assert 0 < part < 1
    read = int(track.size[: found[-1].last + 1].sum())
    assert read <= max(PICTURE_BYTES, track.end // 40)
    whole, all_of_it = shots(index(250, gop=250, size=10_000), 2_500_000)
    assert all_of_it == 1
    assert len(whole) == FEWEST


@given(st.floats(1, 660), st.integers(1, 50))
def test_sound_is_heard_so_densely_that_three_seconds_cannot_hide(seconds: float, at_once: int) -> None:
    track = sound(seconds, at_once)
    plan = listening(track, seconds, 1_200_000_000)
    assert plan.gap_s <= HEARD_GAP_S
    assert plan.coverage >= (0.1 if at_once > 1 else 0.03)
    assert cost(track, plan.places) <= MOST_REQUESTS * 1.1
    assert sum(int(track.size[place.first : place.last + 1].sum()) for place in plan.places) <= 2 * SOUND_BYTES


def test_sound_in_whole_seconds_is_read_whole() -> None:
    plan = listening(sound(600, 47), 600, 1_200_000_000)
    assert (plan.coverage, plan.gap_s, len(plan.places)) == (1.0, 0.0, 1)


def test_of_an_hour_only_a_part_can_be_heard_and_the_plan_says_so() -> None:
    plan = listening(sound(3600, 1), 3600, 7_000_000_000)
    assert plan.gap_s > HEARD_GAP_S


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_samples_are_no_trouble(count: int) -> None:
    track = index(count)
    shots(track, 1000)
    ends(track)
    listening(track, 0.1, 1000)
    assert joined(track, 0, count - 1) == ([(0, int(track.end))] if count else [])


def test_a_passage_is_decoded_from_the_key_picture_before_it() -> None:
    track = index(500)
    shown = passage(track, 5.0, 6.0)
    assert track.key[shown.first]
    assert track.seconds[shown.first] <= 5.0 <= track.seconds[shown.last] <= 6.0


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 3)), min_size=1, max_size=60))
def test_joined_ranges_hold_every_sample_once_and_in_order(samples: list[tuple[int, int]]) -> None:
    at, pos, sizes = 0, [], []
    for size, gap in samples:
        pos.append(at)
        sizes.append(size)
        at += size + gap * 7
    rows: Any = Index(np.array(pos), np.array(sizes), np.arange(len(pos)) * 0.04, np.ones(len(pos), np.bool_))
    spans = joined(rows, 0, len(pos) - 1)
    assert sum(length for _, length in spans) == sum(sizes)
    assert all(one + length < other for (one, length), (other, _) in pairwise(spans))


def test_tiny_samples_in_a_row_are_suspicious_and_single_ones_are_not() -> None:
    track = index(500)
    track.size[100:130] = 90
    track.size[300:304] = 90
    assert track.small_runs(0.5) == [
        (pytest.approx(4.04), pytest.approx(5.16))
    ]  # the key picture before it is a usual one
