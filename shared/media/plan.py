"""Which samples to read: enough to judge by, spread over the whole clip, for few bytes and few requests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.media.index import Index, Ints

Span = tuple[int, int]  # offset and length, bytes

# Pictures.
EVERY_S = 10.0
FEWEST, MOST = 12, 60
PICTURE_BYTES = 32 * 1024 * 1024  # or a fortieth of the file, where that is more
# Sound. A passage of 3 seconds must be heard wherever it is, so places lie 2.2 apart.
WHOLE_REQUESTS = 1200
SOUND_BYTES = 24 * 1024 * 1024
MOST_REQUESTS = 2100
SPACING_S = 2.2
FEWEST_SAMPLES = 4  # two windows of a twentieth of a second hardly fit into fewer
PLACE_S = 0.205
LEAST_PART = 0.1  # of the sound is heard, where the requests allow
HEARD_GAP_S = 2.6  # places further apart than this can miss a passage of 3 s


@dataclass(frozen=True)
class Shot:
    """One picture to look at: decode the samples `first` to `last` (numbers in the index), and keep the last picture."""

    first: int
    last: int

    def spans(self, index: Index) -> list[Span]:
        return joined(index, self.first, self.last)


@dataclass(frozen=True)
class Place:
    """A stretch of sound: samples `first` to `last`; the first only primes the decoder where it is not the beginning."""

    first: int
    last: int
    primed: bool


@dataclass(frozen=True)
class Listening:
    """`gap_s`: the longest passage between two places that is not listened to; 0 when all of the sound is read.

    `place_s`: how long a place is.
    """

    places: tuple[Place, ...]
    coverage: float
    gap_s: float
    place_s: float = 0.0


def shots(index: Index, size: int) -> tuple[list[Shot], float]:
    """Pictures at even distances, and the part of the clip (0 to 1) that they stand for.

    Key pictures where they are dense enough; where they are far apart, the pictures between are decoded as well, from the
    beginning on, as far as the bytes go.
    """
    if not len(index):
        return [], 0.0
    start, end = float(index.seconds.min()), float(index.seconds.max())
    wanted = int(min(MOST, max(FEWEST, (end - start) / EVERY_S)))
    times = np.linspace(start, end, wanted, endpoint=False)
    keys = index.keys if len(index.keys) else np.array([0], np.int64)
    at_or_before = np.maximum(np.searchsorted(index.seconds[keys], times, side="right") - 1, 0)
    nearest = np.unique(keys[at_or_before])
    budget = max(PICTURE_BYTES, size // 40)
    if len(nearest) >= min(FEWEST, wanted) or len(nearest) == len(index):
        fits = int(budget / max(1.0, float(index.size[nearest].mean())))
        kept = {round(place) for place in evenly(0, len(nearest) - 1, max(1, min(fits, len(nearest))))}
        thinned = nearest[sorted(kept)]
        return [Shot(int(key), int(key)) for key in thinned.tolist()], 1.0
    return _between_keys(index, keys, times, budget)


def _between_keys(index: Index, keys: Ints, times: NDArray[np.float64], budget: int) -> tuple[list[Shot], float]:
    found: list[Shot] = []
    spent = 0
    for time in map(float, times):
        last = max(0, int(np.searchsorted(index.seconds, time, side="right")) - 1)
        first = int(keys[max(0, int(np.searchsorted(keys, last, side="right")) - 1)])
        previous = found[-1] if found else None
        begin = previous.last + 1 if previous and previous.first == first else first
        spent += int(index.size[begin : last + 1].sum())
        if spent > budget:
            return found, len(found) / len(times)
        if previous is None or last != previous.last:
            found.append(Shot(first, last))
    return found, 1.0


def ends(index: Index) -> list[Shot]:
    """The first picture and the last one, however far its key picture is."""
    if not len(index):
        return []
    last = len(index) - 1
    keys = index.keys
    first = int(keys[max(0, int(np.searchsorted(keys, last, side="right")) - 1)]) if len(keys) else 0
    return [Shot(0, 0), Shot(first, last)]


def passage(index: Index, start: float, end: float) -> Shot:
    """The pictures of a passage, from the key picture before it: at most two seconds of it."""
    keys = index.keys if len(index.keys) else np.array([0], np.int64)
    from_ = int(np.searchsorted(index.seconds, start, side="left"))
    last = int(np.searchsorted(index.seconds, min(end, start + 2.0), side="right")) - 1
    return Shot(int(keys[max(0, int(np.searchsorted(keys, from_, side="right")) - 1)]), max(from_, last))


def evenly(first: float, last: float, count: int) -> list[float]:
    """`count` numbers from `first` to `last`, both included, evenly spread."""
    return [first + (last - first) * number / max(1, count - 1) for number in range(count)]


def joined(index: Index, first: int, last: int) -> list[Span]:
    """The byte ranges of consecutive samples, those that touch made one."""
    spans: list[Span] = []
    for pos, size in zip(index.pos[first : last + 1].tolist(), index.size[first : last + 1].tolist(), strict=True):
        if spans and sum(spans[-1]) == pos:
            spans[-1] = (spans[-1][0], spans[-1][1] + size)
        else:
            spans.append((pos, size))
    return spans


def listening(index: Index, duration_s: float, size: int) -> Listening:
    """All of the sound where that takes few requests and bytes, otherwise places spread evenly."""
    count = len(index)
    if not count or duration_s <= 0:
        return Listening((), 0.0, duration_s)
    breaks = 1 + np.count_nonzero(index.pos[1:] != index.pos[:-1] + index.size[:-1])
    if breaks <= WHOLE_REQUESTS and int(index.size.sum()) <= max(SOUND_BYTES, size // 40):
        return Listening((Place(0, count - 1, primed=True),), 1.0, 0.0)
    sample_s = duration_s / count
    dense = int(np.ceil(duration_s / SPACING_S))
    length, requests = int(np.ceil(PLACE_S / sample_s)), 0.0
    while True:
        requests = (length + 1) * breaks / count + 1  # a place usually begins in the middle of a chunk
        if length <= FEWEST_SAMPLES or dense * requests <= MOST_REQUESTS:
            break
        length -= 1  # rather shorter places than places so far apart that something hides between them
    budget_bytes = max(SOUND_BYTES, size // 40) / max(1.0, float(index.size.mean()) * (length + 1))
    wanted = max(dense, int(np.ceil(LEAST_PART * count / length)))
    number = int(min(wanted, MOST_REQUESTS / requests, budget_bytes))
    firsts = [int(first) for first in evenly(0, max(0, count - length), max(1, number))]
    places = tuple(Place(max(0, first - 1), min(count, first + length) - 1, primed=first == 0) for first in firsts)
    gap = (max(np.diff(firsts).tolist()) - length) * sample_s if number > 1 else duration_s
    return Listening(places, min(1.0, number * length / count), gap, length * sample_s)


def around(index: Index, start: float, end: float, margin: float) -> Place:
    """The sound from `margin` seconds before a passage to as long after it."""
    first = int(np.searchsorted(index.seconds, start - margin, side="left"))
    last = int(np.searchsorted(index.seconds, end + margin, side="right")) - 1
    return Place(max(0, first), max(first, last), primed=first <= 0)


def cost(index: Index, places: Sequence[Place]) -> int:
    """How many requests these places take."""
    return sum(len(joined(index, place.first, place.last)) for place in places)
