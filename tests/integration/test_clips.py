"""The check of a clip, on really encoded files: good ones pass, and each fault is named with its fix."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from local.clips.making import Recipe, make
from shared.domain.names import Kind
from shared.domain.records import Target
from shared.domain.rules import RULES
from shared.media.check import check
from shared.media.ranges import BudgetSpentError, RangeFile
from shared.media.verdict import Verdict


class Bytes:
    """A reader over bytes that counts what it is asked for."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)
        self.read_bytes = 0

    def read(self, offset: int, length: int) -> bytes:
        part = self._content[offset : offset + length]
        self.read_bytes += len(part)
        return part

    def read_all(self, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        return (self.read(*span) for span in spans)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """8 seconds of 1080p25 with speech."""
    return make(tmp_path_factory.mktemp("clips") / "short.mp4", Recipe(8)).read_bytes()


def _check(content: bytes, kind: Kind = "gesture", file: str = "take.mp4", target: Target = "1080p") -> Verdict:
    return check(Bytes(content), file, kind, target)


def _rules(verdict: Verdict) -> set[str]:
    return {finding.rule for finding in verdict.findings}


@pytest.mark.parametrize("kind", ["consent", "natural", "silent"])
def test_a_good_clip_of_the_real_length_has_no_findings(good_clips: dict[str, bytes], kind: Kind) -> None:
    verdict = _check(good_clips[kind], kind)
    assert verdict.findings == ()
    assert (verdict.facts.width, verdict.facts.height, verdict.facts.fps) == (1920, 1080, 25.0)


def test_little_of_a_long_clip_is_read(good_clips: dict[str, bytes]) -> None:
    reader = Bytes(good_clips["natural"])
    check(reader, "talk.mp4", "natural", "1080p")
    assert reader.read_bytes < reader.size * 0.05


@pytest.mark.parametrize(
    ("width", "height", "fps", "rule"),
    [
        (1920, 1080, 25, None),
        (3840, 2160, 30, None),
        (1918, 1080, 25, "VID-RES"),
        (1280, 720, 25, "VID-RES"),
        (1080, 1920, 25, "VID-PORTRAIT"),
        (1920, 1080, 24, "VID-FPS"),
    ],
)
def test_picture_size_and_rate_just_inside_and_just_outside(
    tmp_path: Path, width: int, height: int, fps: int, rule: str | None
) -> None:
    content = make(tmp_path / "c.mp4", Recipe(1, width, height, fps)).read_bytes()
    assert _rules(_check(content)) == ({rule} if rule else set())


def test_a_4k_avatar_needs_4k_clips(short: bytes) -> None:
    assert _rules(_check(short, target="4K")) == {"VID-4K"}


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("natural", None), ("silent", "DUR-SILENT"), ("status0", "DUR-STATUS0"), ("gesture", None), ("consent", None)],
)
def test_eight_seconds_are_right_for_some_kinds_only(short: bytes, kind: Kind, rule: str | None) -> None:
    assert _rules(_check(short, kind)) == ({rule} if rule else set())


def test_a_gesture_of_sixteen_seconds_is_too_long(tmp_path: Path) -> None:
    content = make(tmp_path / "c.mp4", Recipe(16)).read_bytes()
    assert _rules(_check(content, "gesture")) == {"DUR-GESTURE"}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "FILE-EMPTY"),
        (b"This is no video.\n" * 50, "FILE-CONTAINER"),
        (b"#EXTM3U\n#EXTINF:4,\nhttp://10.0.0.1/a.ts\n", "FILE-CONTAINER"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "FILE-CONTAINER"),
        (b"\x1aE\xdf\xa3" + b"\x00" * 500, "FILE-CONTAINER"),
        (b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 12, "FILE-TRUNCATED"),
        (b"\x00\x00\x00\x0cftypmp42\x00\x00\x00\x10moov" + b"\xff" * 8, "FILE-UNREADABLE"),
        (b"\x00", "FILE-CONTAINER"),
    ],
    ids=[
        "empty",
        "text",
        "HLS playlist",
        "concat list",
        "renamed WebM",
        "only a beginning",
        "a broken index",
        "one byte",
    ],
)
def test_what_is_no_clip_is_one_clear_finding(content: bytes, rule: str) -> None:
    verdict = _check(content)
    assert _rules(verdict) == {rule}
    assert verdict.findings[0].fix


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_clip_that_is_cut_off_is_found_wherever_its_index_lies(short: bytes, tmp_path: Path, share: float) -> None:
    assert "FILE-TRUNCATED" in _rules(_check(short[: int(len(short) * share)]))
    index_last = tmp_path / "last.mp4"
    (tmp_path / "short.mp4").write_bytes(short)
    with av.open(str(tmp_path / "short.mp4")) as source, av.open(str(index_last), "w") as out:
        streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    content = index_last.read_bytes()
    assert _rules(_check(content)) == set()
    assert "FILE-TRUNCATED" in _rules(_check(content[: int(len(content) * share)]))


def test_a_clip_without_sound_fails_where_somebody_speaks_and_warns_elsewhere(tmp_path: Path, short: bytes) -> None:
    (tmp_path / "short.mp4").write_bytes(short)
    mute = tmp_path / "mute.mp4"
    with av.open(str(tmp_path / "short.mp4")) as source, av.open(str(mute), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    assert _rules(_check(mute.read_bytes(), "natural")) == {"STR-AUDIO"}
    assert _rules(_check(mute.read_bytes(), "gesture")) == {"STR-AUDIO-MUTE"}


def _encode(path: Path, times: list[int], options: dict[str, str] | None = None, rate: int = 48_000) -> bytes:
    """A 1080p clip whose frames are at these times (in 1/1000 s), with silent sound of two seconds."""
    with av.open(str(path), "w", options=options or {}) as out:
        video = out.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 1920, 1080, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        audio = out.add_stream("aac", rate=rate, layout="mono")
        for when in times:
            picture = av.VideoFrame(1920, 1080, "yuv420p")
            picture.pts, picture.time_base = when, Fraction(1, 1000)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
        for number in range(2 * rate // 1024):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
            sound.sample_rate, sound.pts = rate, number * 1024
            out.mux(audio.encode(sound))
        out.mux(audio.encode(None))
    return path.read_bytes()


def test_a_varying_frame_rate_warns_and_a_few_odd_gaps_do_not(tmp_path: Path) -> None:
    steady = [n * 40 for n in range(50)]
    phone = [n * 33 + (n % 2) * 20 for n in range(60)]
    joined = [*steady[:25], *(when + 40 for when in steady[25:])]
    assert _rules(_check(_encode(tmp_path / "steady.mp4", steady))) == set()
    assert _rules(_check(_encode(tmp_path / "joined.mp4", joined))) <= {"VID-VFR"}
    assert "VID-VFR" in _rules(_check(_encode(tmp_path / "phone.mp4", phone)))
    assert _check((tmp_path / "joined.mp4").read_bytes()).facts.fps == 25.0


def test_a_fragmented_recording_is_judged_like_any_other(tmp_path: Path) -> None:
    steady = [n * 40 for n in range(50)]
    for flags in ("frag_keyframe+empty_moov", "frag_keyframe+empty_moov+default_base_moof+global_sidx"):
        verdict = _check(_encode(tmp_path / f"{len(flags)}.mp4", steady, {"movflags": flags}))
        assert _rules(verdict) == set()
        assert verdict.facts.fps == 25.0


def test_sound_that_ends_before_the_picture_warns_where_somebody_speaks(tmp_path: Path) -> None:
    content = _encode(tmp_path / "long.mp4", [n * 40 for n in range(75)])
    assert _rules(_check(content, "natural")) == {"AV-SYNC"}
    assert _rules(_check(content, "gesture")) == set()


def test_telephone_sound_warns(tmp_path: Path) -> None:
    content = _encode(tmp_path / "phone.mp4", [n * 40 for n in range(50)], rate=8_000)
    assert _rules(_check(content, "natural")) == {"AUD-FORMAT"}


def test_the_ending_of_the_name_counts_whatever_its_case(short: bytes) -> None:
    assert _rules(_check(short, file="take.MP4")) == set()
    assert _rules(_check(short, file="take.avi")) == {"FILE-EXT"}


def test_the_same_content_has_the_same_fingerprint_and_other_content_another(short: bytes, tmp_path: Path) -> None:
    other = make(tmp_path / "other.mp4", Recipe(8, seed=5)).read_bytes()
    assert _check(short).fingerprint == _check(short, file="renamed.mp4").fingerprint
    assert _check(short).fingerprint != _check(other).fingerprint


def test_opening_stops_at_its_budget() -> None:
    file = RangeFile(Bytes(b"x" * 2_000_000), budget=300_000)
    with pytest.raises(BudgetSpentError):
        file.read()


def test_every_rule_says_where_it_comes_from_and_how_to_mend() -> None:
    for rule in RULES.values():
        assert rule.fix.endswith(".")
        assert rule.source
        assert rule.kinds


@pytest.mark.ffprobe
def test_an_independent_program_measures_the_same(good_clips: dict[str, bytes], tmp_path: Path) -> None:
    file = tmp_path / "natural.mp4"
    file.write_bytes(good_clips["natural"])
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-of", "json", str(file)]
    told = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 - an oracle on our own file
    stream = json.loads(told)["streams"][0]
    facts = _check(good_clips["natural"], "natural").facts
    assert (facts.width, facts.height, facts.video_codec) == (stream["width"], stream["height"], stream["codec_name"])
    assert facts.duration_s == pytest.approx(float(stream["duration"]), abs=0.05)
    numerator, denominator = stream["avg_frame_rate"].split("/")
    assert facts.fps == pytest.approx(int(numerator) / int(denominator), abs=0.05)
