"""Mutated clips: whatever is in a file, its check ends in time, within its bytes, with a verdict."""

import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from local.clips.person import Pose
from shared.domain.names import KINDS
from shared.media import sandbox
from shared.media.protocol import Job
from shared.media.verdict import Verdict
from tests.integration.clip_kit import Bytes, Film, encode, remux, speech

MANY = 2000 if os.environ.get("ALL_TESTS") else 100
LIMIT_S = 20.0
TOGETHER = 40  # clips for one child, whose processor time is limited as a whole
SMALL = {"seconds": 1.0, "width": 96, "height": 54, "look": lambda at: Pose(x=0.5 + 0.01 * at), "sound": speech(1.0)}
BASES: tuple[Callable[[], bytes], ...] = (
    lambda: encode(Film(**SMALL)),
    lambda: remux(encode(Film(**SMALL)), "faststart"),
    lambda: encode(Film(**SMALL, codec="libx265")),
    lambda: remux(encode(Film(**SMALL, gop=5)), "frag_keyframe+empty_moov"),
    lambda: encode(Film(**SMALL, codec="prores_ks", pix_fmt="yuv422p10le", audio="pcm_s16le", format="mov")),
    lambda: encode(Film(**SMALL, codec="mpeg4", audio="alac")),
)
EXTREMES = (0, 1, 7, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)


@cache
def base(number: int) -> bytes:
    return BASES[number]()


def mutated(seed: int) -> tuple[str, bytes]:
    """What was done, and the clip; the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    content = bytearray(base(dice.randrange(len(BASES))))
    index = content.find(b"moov")
    what = dice.choice(["index bytes", "index numbers", "samples", "cut off", "doubled", "header"])
    if what == "index bytes":
        for _ in range(dice.choice([1, 4, 16, 64])):
            content[dice.randrange(index, len(content))] = dice.randrange(256)
    elif what == "index numbers":
        for _ in range(dice.choice([1, 2, 8])):
            at = dice.randrange(index, len(content) - 4)
            content[at : at + 4] = dice.choice(EXTREMES).to_bytes(4, "big")
    elif what == "samples":
        for _ in range(dice.choice([4, 64, 512])):
            content[dice.randrange(40, len(content))] = dice.randrange(256)
    elif what == "cut off":
        del content[dice.randrange(len(content)) :]
    elif what == "doubled":
        at = dice.randrange(len(content))
        content[at:at] = content[max(0, at - 200) : at + 200]
    else:
        for _ in range(4):
            content[dice.randrange(64)] = dice.randrange(256)
    return what, bytes(content)


class Checker:
    """One locked child for many clips; a child that ended is replaced."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._clips = 0

    def check(self, content: bytes, seed: int) -> tuple[Verdict | None, Bytes]:
        if self._process is None or self._clips >= TOGETHER:
            self.close()
            self._process, self._clips = sandbox.start("tests.integration.fuzz_child"), 0
        self._clips += 1
        reader = Bytes(content)
        job = Job(size=reader.size, file="take.mp4", clip_kind=KINDS[seed % len(KINDS)], target="1080p")
        try:
            return sandbox.converse(self._process, reader, job, None, LIMIT_S), reader
        except sandbox.LimitError:
            self.close()
            return None, reader

    def close(self) -> None:
        if self._process:
            sandbox.end(self._process)
        self._process = None


@pytest.mark.timeout(900)
def test_every_mutated_clip_ends_in_a_verdict() -> None:
    outcomes: Counter[str] = Counter()
    checker = Checker()
    try:
        for seed in range(MANY):
            what, content = mutated(seed)
            began = time.monotonic()
            verdict, reader = checker.check(content, seed)
            took = time.monotonic() - began
            assert took < LIMIT_S + 2, (seed, what)
            assert reader.read_bytes <= 128 * 1024 * 1024, (seed, what)
            if verdict is None:  # a crash or a limit: the real door turns it into one honest finding
                verdict = sandbox.examine(
                    Bytes(content), Job(size=len(content), file="t.mp4", clip_kind="natural", target="1080p")
                )
                assert verdict.findings, (seed, what)
                outcomes[f"{what}: ended by a limit"] += 1
                continue
            worst = next((f.rule for f in verdict.findings if f.severity == "error"), "no error")
            outcomes[f"{what}: {worst}"] += 1
    finally:
        checker.close()
    assert sum(outcomes.values()) == MANY
    limits = sum(count for name, count in outcomes.items() if "limit" in name)
    assert limits <= MANY * 0.02, outcomes
    print("\n" + "\n".join(f"{count:5d}  {name}" for name, count in sorted(outcomes.items())))
