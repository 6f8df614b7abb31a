"""Every rule for clips, on really encoded files: one clip just inside that it lets pass, one just outside that it names."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

from local.clips.person import BLUE, GREEN, WHITE, Pose
from shared.domain.names import Kind
from shared.domain.records import Target
from shared.domain.rules import RULES
from tests.integration.clip_kit import RATE, Bytes, Film, Look, Sound, checked, encode, found, remux, room, speech, sway


def moved(**pose: Any) -> Look:
    """A person who sways, with one thing about the picture changed."""
    return lambda at: replace(sway(at), **pose)


def passage(begin: float, end: float, inside: Look) -> Look:
    return lambda at: inside(at) if begin <= at < end else sway(at)


def cut(begin: float, end: float, change: Callable[[Sound], Sound]) -> Sound:
    """Speech with one passage changed."""
    sound = speech(8.0).copy()
    part = slice(int(begin * RATE), int(end * RATE))
    sound[part] = change(sound[part])
    return sound


def hushed(part: Sound) -> Sound:
    return room(len(part) / RATE)[: len(part)]


def sparse(seconds: float) -> Film:
    """A long clip for the rules on length: one tiny picture a second, and no sound."""
    return Film(seconds=seconds, fps=1, width=64, height=36, sound=room(0), look=lambda _at: Pose())


def full(**more: Any) -> Film:
    """A second of full size."""
    return Film(**{"seconds": 1.0, "width": 1920, "height": 1080, **more})


def patched(content: bytes, box: bytes, at: int, new: bytes) -> bytes:
    """Overwrite bytes of the first such box, counted from its type."""
    place = content.index(box) + at
    return content[:place] + new + content[place + len(new) :]


def turned(matrix: tuple[int, int, int, int], width: int = 1920, height: int = 1080) -> bytes:
    a, b, c, d = (value * 65536 for value in matrix)
    new = struct.pack(">iiiiiiiii", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return patched(encode(full(width=width, height=height)), b"tkhd", 4 + 40, new)


@cache
def fragments(count: int) -> bytes:
    """A clip of so many fragments, one a picture."""
    film = Film(seconds=count / 25, width=64, height=36, gop=1, sound=room(0), look=lambda _at: Pose())
    return encode(replace(film, flags="frag_keyframe+empty_moov"))


def two_pictures() -> bytes:
    import io

    import av

    content, made = encode(full()), io.BytesIO()
    with av.open(io.BytesIO(content)) as source, av.open(made, "w", format="mp4") as out:
        one, other = (out.add_stream_from_template(source.streams.video[0]) for _ in range(2))
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                data = bytes(packet)
                packet.stream = one
                again = av.Packet(data)
                again.pts, again.dts, again.time_base, again.stream = packet.pts, packet.dts, packet.time_base, other
                out.mux([packet, again])
    return made.getvalue()


@dataclass(frozen=True)
class Case:
    """Two clips; `file` and `target` where the rule is about them."""

    inside: Callable[[], bytes]
    outside: Callable[[], bytes]
    kind: Kind = "natural"
    file: str = "take.mp4"
    target: Target = "1080p"
    bad_file: str = "take.mp4"


def films(inside: Film, outside: Film, kind: Kind = "natural", **more: Any) -> Case:
    return Case(lambda: encode(inside), lambda: encode(outside), kind, **more)


GOOD = Film()
MUTE = Film(sound=room(0))
ENCRYPTION = {
    "encryption_scheme": "cenc-aes-ctr", "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",  # no secret: made up
    "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
}  # fmt: skip
HEX_SIZE = (60_000_000).to_bytes(4, "big")
BLACK: Look = lambda _at: None  # noqa: E731 - a look is a function, and this is a name for one
STILL: Look = lambda _at: sway(3.0)  # noqa: E731

CASES: dict[str, Case] = {
    "FILE-EXT": Case(lambda: encode(GOOD), lambda: encode(GOOD), file="TAKE.MOV", bad_file="take.avi"),
    "FILE-EMPTY": Case(lambda: encode(GOOD), lambda: b""),
    "FILE-CONTAINER": Case(lambda: encode(GOOD), lambda: b"\x1aE\xdf\xa3" + bytes(500)),
    "FILE-TRUNCATED": Case(lambda: encode(GOOD), lambda: encode(GOOD)[:-1]),
    "FILE-UNREADABLE": Case(lambda: encode(GOOD), lambda: patched(encode(GOOD), b"mdhd", 16, bytes(4))),
    "FILE-TOO-COMPLEX": Case(lambda: encode(GOOD), lambda: patched(encode(GOOD), b"stsz", 12, HEX_SIZE)),
    "FILE-TRACKS": Case(lambda: encode(GOOD), lambda: tracks(9)),
    "FILE-ENCRYPTED": Case(lambda: remux(encode(GOOD)), lambda: remux(encode(GOOD), **ENCRYPTION)),
    "FILE-FRAGMENTED": Case(lambda: fragments(1000), lambda: fragments(1001)),
    "STR-VIDEO": Case(lambda: encode(full()), two_pictures),
    "STR-AUDIO": films(GOOD, MUTE),
    "STR-AUDIO-MUTE": films(Film(sound=room(8)), MUTE, "silent"),
    "VID-CODEC": films(full(codec="libx265"), full(codec="mpeg4")),
    "VID-RES": films(full(), full(width=1918)),
    "VID-PORTRAIT": Case(lambda: turned((0, 1, -1, 0), 1080, 1920), lambda: encode(full(width=1080, height=1920))),
    "VID-4K": films(full(width=3840, height=2160), full(), target="4K"),
    "VID-LARGE": films(full(seconds=0.4, width=3840, height=2160), full(seconds=0.2, width=3856, height=2176)),
    "VID-ROTATION": Case(lambda: turned((-1, 0, 0, -1)), lambda: turned((3, 7, -7, 3))),
    "VID-FPS": films(full(fps=25), full(fps=24)),
    "VID-VFR": Case(lambda: uneven_times(1), lambda: uneven_times(9)),
    "VID-SAR": films(full(), full(setup=lambda stream: setattr(stream.codec_context, "sample_aspect_ratio", Fraction(4, 3)))),
    "VID-COLOR": films(
        full(encoder={"x264-params": "transfer=bt709"}), full(encoder={"x264-params": "transfer=smpte2084"})
    ),
    "VID-DEPTH": films(full(), full(codec="libx265", pix_fmt="yuv420p10le")),
    "AV-SYNC": films(Film(seconds=3, sound=speech(2.6)), Film(seconds=3, sound=speech(2.3))),
    "AUD-FORMAT": films(Film(rate=16_000, sound=speech(8.0)[::3]), Film(rate=8_000, sound=speech(8.0)[::6])),
    "AUD-CODEC": films(Film(audio="alac"), Film(audio="libmp3lame")),
    "DUR-LIMIT": films(sparse(10_799), sparse(10_802)),
    "DUR-NATURAL": films(sparse(600), sparse(603)),
    "DUR-STATUS0": films(sparse(180), sparse(178), "status0"),
    "DUR-SILENT": films(sparse(60), sparse(91), "silent"),
    "DUR-GESTURE": films(Film(seconds=10), Film(seconds=10.2), "gesture"),
    "DUR-INTERACTION": films(sparse(60), sparse(58), "interaction"),
    "DUR-CONSENT": films(Film(seconds=5), Film(seconds=4.8), "consent"),
    "VID-INTERLACED": films(GOOD, Film(encoder={"x264-params": "interlaced=1"})),
    "IMG-DAMAGED": Case(lambda: encode(GOOD), lambda: zeroed(encode(GOOD), "video")),
    "AUD-DAMAGED": Case(lambda: encode(GOOD), lambda: zeroed(encode(GOOD), "audio")),
    "IMG-BLACK": films(Film(look=passage(3, 3.4, BLACK)), Film(look=passage(3, 3.6, BLACK))),
    "IMG-FREEZE": films(Film(look=passage(3, 3.8, STILL)), Film(look=passage(3, 4.2, STILL))),
    "IMG-CUT": films(Film(look=passage(4, 8, moved(x=0.56))), Film(look=passage(4, 8, moved(x=0.63)))),
    "IMG-BG-UNIFORM": films(Film(look=moved(uneven=0.2)), Film(look=moved(uneven=0.6))),
    "IMG-BG-COLOR": films(Film(look=moved(background=GREEN)), Film(look=moved(background=BLUE))),
    "IMG-LIGHT": films(
        Film(look=lambda at: replace(sway(at), light=1 - 0.004 * at)),
        Film(look=lambda at: replace(sway(at), light=1 - 0.014 * at)),
    ),
    "FACE-NONE": films(Film(look=passage(7, 8, moved(people=0))), Film(look=passage(5, 8, moved(people=0)))),
    "FACE-ONE": films(GOOD, Film(look=passage(5, 8, moved(people=2)))),
    "FACE-CENTRE": films(Film(look=moved(x=0.58)), Film(look=moved(x=0.63))),
    "FACE-SIZE": films(Film(look=moved(size=0.24)), Film(look=moved(size=0.14))),
    "IMG-EXPOSURE": films(Film(look=moved(light=0.55)), Film(look=moved(light=0.3))),
    "GE-START-END": films(
        Film(look=lambda at: replace(sway(at), x=0.5 + 0.02 * np.sin(at * np.pi / 4))),
        Film(look=passage(7, 8, moved(x=0.58))), "gesture",
    ),
    "AUD-PRESENT": films(Film(sound=cut(3.5, 8, hushed)), Film(sound=cut(1.5, 8, hushed))),
    "AUD-PRESENT-CONSENT": films(
        Film(sound=cut(3, 8, hushed)), Film(sound=cut(1, 8, hushed)), "consent"
    ),
    "AUD-SNR": films(Film(sound=speech(8.0, 0.004)), Film(sound=speech(8.0, 0.02))),
    "AUD-SNR-CONSENT": films(Film(sound=speech(8.0, 0.004)), Film(sound=speech(8.0, 0.02)), "consent"),
    "AUD-LOUD": films(Film(sound=speech(8.0) * 0.35), Film(sound=speech(8.0) * 0.2)),
    "AUD-QUIET": films(Film(sound=speech(8.0) * 0.2), Film(sound=speech(8.0) * 0.1)),
    "AUD-CLIP": films(
        Film(sound=np.clip(speech(8.0) * 1.8, -0.9, 0.9)),
        Film(sound=cut(3, 3.5, lambda part: np.clip(part * 60, -1, 1))),
    ),
    "AUD-CUT": films(Film(sound=cut(3, 3.8, np.zeros_like)), Film(sound=cut(3, 4.3, np.zeros_like))),
    "AUD-SILENT": films(Film(sound=room(8)), Film(sound=speech(8.0)), "silent"),
    "AUD-SILENT-NOISE": films(Film(sound=room(8, 0.003)), Film(sound=room(8, 0.012)), "silent"),
}  # fmt: skip
# What only a crash or a limit can bring about is in test_sandbox.py and test_main_job.py.
ELSEWHERE = {"FILE-LIMIT", "FILE-UNCHECKED"}


def zeroed(content: bytes, kind: str) -> bytes:
    """The middle half of a track's samples is nothing but zeros."""
    import io

    import av

    with av.open(io.BytesIO(content)) as source:
        entries = list(next(stream for stream in source.streams if stream.type == kind).index_entries)
    damaged = bytearray(content)
    for entry in entries[len(entries) // 4 : len(entries) * 3 // 4]:
        damaged[entry.pos : entry.pos + entry.size] = bytes(entry.size)
    return bytes(damaged)


def tracks(count: int) -> bytes:
    import io

    import av

    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as opened:
        out: Any = opened
        streams = [out.add_stream("libx264", rate=25, options={"preset": "ultrafast"}) for _ in range(count)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for stream in streams:
            out.mux(stream.encode(av.VideoFrame(64, 36, "yuv420p")))
            out.mux(stream.encode(None))
    return made.getvalue()


def uneven_times(late: int) -> bytes:
    """25 pictures a second, every second one late by so many thousandths of a second."""
    import io

    import av

    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as opened:
        out: Any = opened
        video = out.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 36, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 1000)
        for number in range(100):
            picture = av.VideoFrame(64, 36, "yuv420p")
            picture.pts, picture.time_base = number * 40 + number % 2 * late, Fraction(1, 1000)
            out.mux(video.encode(picture))
        out.mux(video.encode(None))
    return made.getvalue()


def test_every_rule_has_its_two_clips() -> None:
    clip_rules = {rule.id for rule in RULES.values() if rule.stage not in {"set", "words"}}
    assert clip_rules == CASES.keys() | ELSEWHERE


@pytest.mark.parametrize("rule", CASES)
def test_a_clip_just_inside_passes_and_one_just_outside_is_named(rule: str) -> None:
    case = CASES[rule]
    inside = checked(case.inside(), case.kind, case.file, case.target)
    assert rule in inside.passed, (inside.findings, inside.passed)
    outside = checked(case.outside(), case.kind, case.bad_file, case.target)
    finding = found(outside, rule)
    assert finding is not None, outside.findings
    assert rule not in outside.passed
    assert (finding.status, finding.severity) == ("failed", RULES[rule].severity)
    assert finding.measured
    assert finding.message.endswith(".")
    assert finding.required == RULES[rule].needs


def test_what_was_not_judged_has_not_passed() -> None:
    verdict = checked(encode(Film(look=moved(people=0))))
    assert found(verdict, "FACE-NONE")
    assert not {"FACE-SIZE", "FACE-CENTRE", "IMG-EXPOSURE"} & set(verdict.passed)
    unread = checked(b"no clip")
    assert unread.passed == ()


def test_sound_that_nobody_can_decode_is_not_known_and_not_passed() -> None:
    verdict = checked(encode(Film(audio="libopus")))
    finding = found(verdict, "AUD-DAMAGED")
    assert finding
    assert (finding.status, finding.severity) == ("inconclusive", "warning")
    assert "opus" in finding.message
    assert "AUD-CLIP" not in verdict.passed


def test_all_findings_are_told_at_once() -> None:
    film = Film(look=lambda at: None if 2 <= at < 3 else replace(sway(at), x=0.7), sound=speech(8.0, 0.05), fps=20)
    verdict = checked(encode(film), file="take.avi", target="4K")
    wanted = {"FILE-EXT", "VID-4K", "VID-FPS", "IMG-BLACK", "FACE-CENTRE", "AUD-SNR"}
    assert wanted <= {finding.rule for finding in verdict.findings}


def test_pictures_between_key_pictures_that_are_far_apart_are_looked_at() -> None:
    """A clip with one key picture: black, drift and a cut in its middle are seen all the same."""
    drift = Film(gop=1000, look=lambda at: replace(sway(at), light=1 - 0.05 * at))
    assert found(checked(encode(drift)), "IMG-LIGHT")
    jump = Film(gop=1000, look=passage(4, 8, moved(x=0.65)))
    assert found(checked(encode(jump)), "IMG-CUT")


def test_upright_files_are_judged_as_they_are_shown() -> None:
    lying = turned((0, 1, -1, 0), 1080, 1920)
    verdict = checked(lying)
    assert (verdict.facts.width, verdict.facts.height) == (1920, 1080)


def test_white_is_a_background_too() -> None:
    verdict = checked(encode(Film(look=moved(background=WHITE))))
    finding = found(verdict, "IMG-BG-COLOR")
    assert finding
    assert finding.severity == "info"
    assert "white" in finding.message
    assert "IMG-BG-UNIFORM" in verdict.passed


def test_little_of_a_long_clip_is_read(good_clips: dict[str, bytes]) -> None:
    reader = Bytes(good_clips["natural"])
    from shared.media.check import check

    check(reader, "talk.mp4", "natural", "1080p")
    assert reader.read_bytes < reader.size * 0.1
    assert reader.requests < 2500
