"""The index of one track as arrays, and what it tells without reading a sample."""

import itertools
import statistics
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# A picture that is smaller than this share of the usual one, or than so many bytes, may be black or frozen.
SMALL, TINY = 0.05, 256


@dataclass(frozen=True)
class Index:
    """One entry a sample, in file order of the track: place and size in bytes, decoding time in seconds, key or not."""

    pos: Ints
    size: Ints
    seconds: NDArray[np.float64]
    key: Bools

    @staticmethod
    def of(entries: Iterable[Any], time_base: float) -> "Index":
        columns = (array("q"), array("q"), array("q"), array("b"))
        for entry in entries:
            row = (entry.pos, entry.size, entry.timestamp, entry.is_keyframe)
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        pos, size, ticks = (np.frombuffer(column, np.int64) for column in columns[:3])
        ticks = ticks - min(0, int(ticks.min(initial=0)))  # edit lists and pictures out of order begin before zero
        seconds = (ticks * time_base).astype(np.float64)
        return Index(pos, size, seconds, np.frombuffer(columns[3], np.int8).astype(np.bool_))

    def __len__(self) -> int:
        return len(self.pos)

    @property
    def end(self) -> int:
        """Where the last sample ends in the file."""
        return int((self.pos + self.size).max()) if len(self) else 0

    @property
    def keys(self) -> Ints:
        """The numbers of the key samples."""
        return np.flatnonzero(self.key).astype(np.int64)

    def within(self, size: int) -> "Index":
        """Without the samples that lie beyond the end of a file of this size, and without those of no bytes."""
        there = (self.pos >= 0) & (self.size > 0) & (self.pos + self.size <= size)
        return Index(self.pos[there], self.size[there], self.seconds[there], self.key[there])

    def steadiness(self) -> tuple[float, float]:
        """The usual frame rate (0: none), and the deviation of the time between frames over its mean."""
        times = np.sort(self.seconds)
        gaps = [gap for gap in np.diff(times).tolist() if gap > 0]
        if not gaps:
            return 0.0, 0.0
        usual, mean = statistics.median(gaps), statistics.fmean(gaps)
        # Joined and fragmented files have a few odd gaps; the frame rate is that of all the others.
        steady = sum(abs(gap - usual) <= 0.02 * usual for gap in gaps) >= 0.95 * len(gaps)
        return (1 / usual if steady else 0.0), statistics.pstdev(gaps) / mean

    def small_runs(self, least_s: float) -> list[tuple[float, float]]:
        """Passages of this length whose samples are tiny beside the usual: black, frozen, or a very still picture."""
        others = self.size[~self.key]
        usual = float(np.median(others if len(others) else self.size)) if len(self) else 0.0
        small = self.size < max(SMALL * usual, TINY)
        if len(others):  # a key picture is never tiny: it belongs to what is around it
            before, after = np.append(True, small[:-1]), np.append(small[1:], True)
            small = np.where(self.key, before & after, small)
        runs: list[tuple[float, float]] = []
        for is_small, group in itertools.groupby(range(len(self)), lambda number: bool(small[number])):
            numbers = list(group)
            start, end = float(self.seconds[numbers[0]]), float(self.seconds[numbers[-1]])
            if is_small and end - start >= least_s - 0.1:
                runs.append((start, end))
        return runs
