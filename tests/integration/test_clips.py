"""The check of a clip as a whole: good clips of every make pass every rule, bad files are one clear finding each."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.clips.person import BLUE, WHITE
from shared.domain.names import Kind
from shared.domain.rules import RULES
from shared.media.ranges import BudgetSpentError, RangeFile
from tests.integration.clip_kit import RATE, Bytes, Film, checked, encode, found, remux, room, rules, speech, sway

KINDS_OF_RULES: tuple[Kind, ...] = ("natural", "silent", "gesture", "consent")  # the others share all their rules
HD = Film(seconds=3, width=1920, height=1080)

GOOD: dict[str, Callable[[], bytes]] = {
    "H.264, index at the end": lambda: encode(HD),
    "H.265": lambda: encode(replace(HD, codec="libx265")),
    "4K": lambda: encode(replace(HD, width=3840, height=2160, look=lambda at: sway(round(at * 2) / 2))),
    "ProRes and PCM in a .mov": lambda: encode(
        replace(HD, codec="prores_ks", pix_fmt="yuv422p10le", audio="pcm_s16le", format="mov")
    ),
    "ALAC": lambda: encode(replace(HD, audio="alac")),
    "50 fps": lambda: encode(replace(HD, fps=50)),
    "pictures out of order, as cameras and exports have them": lambda: encode(
        replace(HD, encoder={"preset": "veryfast", "bf": "3"})
    ),
    "one key picture": lambda: encode(replace(HD, gop=1000)),
    "fragments": lambda: remux(encode(HD), "frag_keyframe+empty_moov"),
    "fragments with an index of segments": lambda: remux(
        encode(HD), "frag_keyframe+empty_moov+default_base_moof+global_sidx"
    ),
    "a white wall": lambda: encode(replace(HD, look=lambda at: replace(sway(at), background=WHITE))),
    "a blue wall": lambda: encode(replace(HD, look=lambda at: replace(sway(at), background=BLUE))),
    "a little noise": lambda: encode(replace(HD, sound=speech(3.0, 0.003))),
    "pauses of three seconds": lambda: encode(replace(HD, seconds=6, sound=_pauses())),
    "loud, not distorted": lambda: encode(replace(HD, sound=np.clip(speech(3.0) * 1.8, -0.97, 0.97))),
}  # fmt: skip


def _pauses() -> np.ndarray:
    sound = speech(6.0).copy()
    sound[2 * RATE : 5 * RATE] = room(3)
    return sound


@cache
def good(name: str) -> bytes:
    return GOOD[name]()


@pytest.mark.parametrize("name", GOOD)
def test_no_rule_of_any_kind_raises_a_false_alarm_about_a_good_clip(name: str) -> None:
    """Every rule against every good clip; only its length, and its words, do not fit every kind."""
    for kind in KINDS_OF_RULES:
        verdict = checked(good(name), kind, file="take.mov" if ".mov" in name else "take.mp4")
        wrong = {rule for rule in rules(verdict) if not rule.startswith(("DUR-", "AUD-SILENT"))}
        assert wrong == set(), (kind, verdict.findings)
        assert verdict.facts.frames
        assert verdict.facts.heard == 1.0


@pytest.mark.parametrize("kind", ["consent", "natural", "silent"])
def test_a_good_clip_of_the_real_length_passes_every_rule_of_its_kind(good_clips: dict[str, bytes], kind: Kind) -> None:
    verdict = checked(good_clips[kind], kind)
    unread = {"AUD-CLIP"} if verdict.facts.heard != 1.0 and kind != "silent" else set[str]()
    assert {finding.rule for finding in verdict.findings} == unread
    assert all((finding.status, finding.severity) == ("inconclusive", "info") for finding in verdict.findings)
    wanted = {
        rule.id
        for rule in RULES.values()
        if kind in rule.kinds and rule.stage not in {"set", "words"} and rule.id != "VID-4K"
    }
    assert set(verdict.passed) == wanted - unread
    assert (verdict.facts.width, verdict.facts.height, verdict.facts.fps) == (1920, 1080, 25.0)
    assert {picture.name for picture in verdict.pictures} == {"sheet", "frame", "sound"}
    assert "Nothing is marked" in verdict.pictures[0].alt


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
    verdict = checked(content)
    assert rules(verdict) == {rule}
    assert verdict.findings[0].fix
    assert verdict.passed == ()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_clip_that_is_cut_off_is_found_wherever_its_index_lies(tmp_path: Path, share: float) -> None:
    index_last = encode(Film())
    assert "FILE-TRUNCATED" in rules(checked(index_last[: int(len(index_last) * share)]))
    from local.clips.making import Recipe, make

    index_first = make(tmp_path / "first.mp4", Recipe(2, 640, 360)).read_bytes()
    verdict = checked(index_first[: int(len(index_first) * share)])
    assert "FILE-TRUNCATED" in rules(verdict)
    assert "AUD-DAMAGED" not in rules(verdict)  # what is there is whole


def _sound_only(*, cover: bool) -> bytes:
    import io

    import av
    from av.stream import Disposition

    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as out:
        audio = out.add_stream("aac", rate=RATE, layout="mono")
        if cover:
            picture = out.add_stream("mjpeg", rate=25)
            picture.width, picture.height, picture.pix_fmt = 64, 36, "yuvj420p"
            picture.disposition = Disposition.attached_pic
            out.mux(picture.encode(av.VideoFrame(64, 36, "yuvj420p")))
        for at in range(0, RATE * 2, 1024):
            part = np.ascontiguousarray(speech(3.0)[None, at : at + 1024])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    return made.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {"preset": "veryfast", "bf": "3"},
        {"preset": "veryfast", "x264-params": "open-gop=1:keyint=25:bframes=3"},
        {"preset": "veryfast", "x264-params": "intra-refresh=1:keyint=50"},
    ],
    ids=["out of order", "open groups", "no key pictures but the first"],
)
def test_a_good_clip_is_good_however_its_pictures_rest_on_each_other(options: dict[str, str]) -> None:
    verdict = checked(encode(Film(encoder=options)))
    assert {f.rule for f in verdict.findings if f.status == "failed"} == {"VID-RES"}


def test_sound_of_eight_channels_is_not_known_and_crashes_nothing() -> None:
    """The decoder package damages its memory as soon as it tells of such a track, so it is never asked to."""
    content = bytearray(encode(Film(audio="pcm_s16le", format="mov")))
    at = content.index(b"sowt") + 4 + 16  # the number of channels in the sample entry
    content[at : at + 2] = (8).to_bytes(2, "big")
    finding = found(checked(bytes(content)), "AUD-DAMAGED")
    assert finding
    assert finding.status == "inconclusive"
    assert "8 channels" in finding.message


@pytest.mark.parametrize("cover", [False, True])
def test_a_file_with_sound_only_has_no_picture_track_even_with_a_cover_picture(cover: bool) -> None:
    verdict = checked(_sound_only(cover=cover))
    finding = found(verdict, "STR-VIDEO")
    assert finding
    assert "no picture tracks" in finding.message


def test_the_same_content_has_the_same_fingerprint_and_other_content_another() -> None:
    one, other = encode(Film()), encode(Film(look=lambda at: sway(at + 1)))
    assert checked(one).fingerprint == checked(one, file="renamed.mp4").fingerprint
    assert checked(one).fingerprint != checked(other).fingerprint


def test_opening_stops_at_its_budget() -> None:
    file = RangeFile(Bytes(b"x" * 2_000_000), budget=300_000)
    with pytest.raises(BudgetSpentError):
        file.read()


@cache
def _minute_of_pictures() -> bytes:
    return encode(Film(seconds=64, width=128, height=72, sound=room(0)))


def _with_sound(sound: np.ndarray) -> bytes:
    """A minute whose sound lies in small pieces between the pictures, so that only a part of it is read."""
    import io

    import av

    made, voice = io.BytesIO(), encode(Film(seconds=1 / 25, width=64, height=36, sound=sound))
    with (
        av.open(io.BytesIO(_minute_of_pictures())) as pictures,
        av.open(io.BytesIO(voice)) as spoken,
        av.open(made, "w", format="mp4") as out,
    ):
        video = out.add_stream_from_template(pictures.streams.video[0])
        audio = out.add_stream_from_template(spoken.streams.audio[0])
        packets = [(p, video) for p in pictures.demux(video=0) if p.size]
        packets += [(p, audio) for p in spoken.demux(audio=0) if p.size]
        for packet, stream in sorted(packets, key=lambda pair: float(pair[0].dts * pair[0].time_base)):
            packet.stream = stream
            out.mux(packet)
    return made.getvalue()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.floats(0.5, 60.5), st.sampled_from(["hum", "words", "nothing"]))
def test_three_seconds_of_distortion_or_nothing_never_pass_wherever_they_are(at: float, what: str) -> None:
    sound = speech(64.0).copy()
    part = slice(int(at * RATE), int((at + 3) * RATE))
    hum = np.sin(np.arange(3 * RATE) * 2 * np.pi * 100 / RATE).astype(np.float32)[: len(sound[part])]
    sound[part] = {"hum": np.clip(hum * 9, -1, 1), "words": np.clip(sound[part] * 60, -1, 1), "nothing": hum * 0}[what]
    verdict = checked(_with_sound(sound))
    assert verdict.facts.heard
    assert 0.1 <= verdict.facts.heard < 0.2
    rule = "AUD-CUT" if what == "nothing" else "AUD-CLIP"
    finding = found(verdict, rule)
    assert finding
    assert rule not in verdict.passed
    if what == "words" and finding.status == "inconclusive":
        return  # loud words with pauses between them may lie between two places: then nobody says that all is well
    assert finding.status == "failed"
    assert finding.at_s is not None
    assert abs(finding.at_s - at) < 2.4


def test_a_clip_of_which_a_part_is_heard_and_nothing_is_wrong_says_so() -> None:
    verdict = checked(_with_sound(speech(64.0)))
    assert {"AUD-CUT", "AUD-PRESENT", "AUD-SNR"} <= set(verdict.passed)
    finding = found(verdict, "AUD-CLIP")
    assert finding
    assert (finding.status, finding.severity) == ("inconclusive", "info")
    assert "10% of the sound" in finding.message


@pytest.mark.ffprobe
def test_an_independent_program_measures_the_same(good_clips: dict[str, bytes], tmp_path: Path) -> None:
    file = tmp_path / "natural.mp4"
    file.write_bytes(good_clips["natural"])
    told = _run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-of", "json", str(file)).stdout
    stream = json.loads(told)["streams"][0]
    facts = checked(good_clips["natural"], "natural").facts
    assert (facts.width, facts.height, facts.video_codec) == (stream["width"], stream["height"], stream["codec_name"])
    assert facts.duration_s == pytest.approx(float(stream["duration"]), abs=0.05)
    numerator, denominator = stream["avg_frame_rate"].split("/")
    assert facts.fps == pytest.approx(int(numerator) / int(denominator), abs=0.05)


@pytest.mark.ffprobe
def test_an_independent_program_hears_and_sees_the_same(tmp_path: Path) -> None:
    film = Film(
        look=lambda at: None if 3 <= at < 4 else sway(at) if not 5 <= at < 7 else sway(5), sound=speech(8.0) * 0.5
    )
    file = tmp_path / "clip.mp4"
    file.write_bytes(encode(film))
    filters = ["-vf", "blackdetect=d=0.5,freezedetect=n=0.0001:d=1", "-af", "ebur128=peak=sample"]
    told = _run("ffmpeg", "-hide_banner", "-nostats", "-i", str(file), *filters, "-f", "null", "-").stderr
    verdict = checked(file.read_bytes())
    black, frozen = found(verdict, "IMG-BLACK"), found(verdict, "IMG-FREEZE")
    assert black
    assert frozen
    assert black.at_s == pytest.approx(_number(r"black_start:([\d.]+)", told), abs=0.1)
    assert float(black.measured.split()[0]) == pytest.approx(_number(r"black_duration:([\d.]+)", told), abs=0.1)
    assert frozen.at_s == pytest.approx(_number(r"freeze_start: (4[\d.]+)", told), abs=0.15)
    assert verdict.facts.loudness == pytest.approx(_number(r"I:\s+(-[\d.]+) LUFS\s+Threshold", told), abs=0.3)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, check=True, text=True)  # noqa: S603 - an oracle on our own file


def _number(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    assert match, text
    return float(match[1])
