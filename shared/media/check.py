"""Check one clip: every finding at once, each with what was measured, what is required and how to mend it."""

from collections.abc import Iterator

from shared.domain.clips import Facts, Finding
from shared.domain.names import Kind
from shared.domain.records import Target
from shared.media.probe import Audio, Probe, Video, probe
from shared.media.rules import RULES, SPEAKING
from shared.media.verdict import Verdict
from shared.ports import Reader

CODECS = {"h264", "hevc", "prores"}
ENCRYPTED = {"encv", "enca"}
LENGTHS: dict[Kind, tuple[str, float, float]] = {  # rule, at least, at most (seconds), tolerances included
    "natural": ("DUR-NATURAL", 0, 601),
    "status0": ("DUR-STATUS0", 179, 301),
    "silent": ("DUR-SILENT", 45, 90),
    "gesture": ("DUR-GESTURE", 0, 10.1),
    "interaction": ("DUR-INTERACTION", 60, 301),
    "consent": ("DUR-CONSENT", 5, 3600),
}


def check(reader: Reader, file: str, kind: Kind, target: Target) -> Verdict:
    """Check a clip from its name, header and index."""
    seen = probe(reader)
    findings = tuple(_findings(seen, file, kind, target))
    video = seen.videos[0] if seen.videos else None
    facts = Facts(
        size=seen.size,
        duration_s=round(video.duration_s, 3) if video else None,
        width=video.width if video else None,
        height=video.height if video else None,
        fps=video.fps if video else None,
        video_codec=video.codec if video else None,
        audio_codec=seen.audios[0].codec if seen.audios else None,
    )
    return Verdict(facts=facts, findings=findings, fingerprint=seen.fingerprint)


def _findings(seen: Probe, file: str, kind: Kind, target: Target) -> Iterator[Finding]:
    if not file.lower().endswith((".mp4", ".mov")):
        yield _finding("FILE-EXT", file.rpartition(".")[2] or "none", f"The file's ending is not .mp4 or .mov: {file}.")
    if seen.problem:
        yield _unopened(seen)
        return
    if max(seen.layout.ends, seen.indexed_end) > seen.size:
        yield _truncated(seen)
    if len(seen.videos) != 1:
        yield _finding("STR-VIDEO", str(len(seen.videos)), f"The file has {len(seen.videos)} picture tracks.")
    if not seen.audios:
        rule = "STR-AUDIO" if kind in RULES["STR-AUDIO"].kinds else "STR-AUDIO-MUTE"
        yield _finding(rule, "none", "The file has no sound track.")
    if any(track.tag in ENCRYPTED for track in (*seen.videos, *seen.audios)):
        yield _finding("FILE-ENCRYPTED", "encrypted", "A track of the file is encrypted.")
    fragments = seen.layout.kinds.count("moof")
    if fragments > 1000:
        yield _finding("FILE-FRAGMENTED", f"{fragments} fragments", f"The file is cut into {fragments} fragments.")
    for video in seen.videos[:1]:
        yield from _picture(video, target)
        yield from _motion(video)
        yield from _length(video, kind)
        if seen.audios and kind in SPEAKING:
            yield from _sound(video, seen.audios[0])


def _unopened(seen: Probe) -> Finding:
    if seen.size == 0:
        return _finding("FILE-EMPTY", "0 bytes", "The file is empty.")
    if not seen.layout.is_media:
        return _finding("FILE-CONTAINER", "something else", "This is no video file, whatever its name says.")
    if seen.layout.ends > seen.size or "moov" not in seen.layout.kinds:
        return _truncated(seen)
    if "samples" in seen.problem:
        return _finding("FILE-TOO-COMPLEX", "more than 1,000,000", "The file can't be opened: " + seen.problem + ".")
    if "tracks" in seen.problem:
        return _finding(
            "FILE-TRACKS", seen.problem.removeprefix("it has "), "The file has too many tracks: " + seen.problem + "."
        )
    return _finding("FILE-UNREADABLE", seen.problem, "The file can't be opened: " + seen.problem + ".")


def _truncated(seen: Probe) -> Finding:
    wanted = max(seen.layout.ends, seen.indexed_end)
    message = f"The file is cut off: it should have {wanted:,} bytes and has {seen.size:,}."
    if wanted <= seen.size:
        message = "The file is cut off: its index, which is written last, is missing."
    return _finding("FILE-TRUNCATED", f"{seen.size:,} bytes", message)


def _picture(video: Video, target: Target) -> Iterator[Finding]:
    if video.codec not in CODECS:
        yield _finding("VID-CODEC", video.codec, f"The picture is coded as {video.codec}.")
    size = f"{video.width}x{video.height}"
    if video.height > video.width and video.width >= 1080 and video.height >= 1920:
        yield _finding("VID-PORTRAIT", size, f"The picture stands upright ({size}).")
    elif video.width < 1920 or video.height < 1080:
        yield _finding("VID-RES", size, f"The picture is too small: {size}.")
    elif target == "4K" and (video.width, video.height) != (3840, 2160):
        yield _finding("VID-4K", size, f"The picture is {size}, and this avatar's target is 4K.")
    if abs(video.pixel_aspect - 1) > 0.01:
        yield _finding(
            "VID-SAR", f"{video.pixel_aspect:.3f}", "The pixels are not square, so the picture is stretched."
        )
    if video.hdr:
        yield _finding("VID-COLOR", "HDR", "The picture is HDR.")


def _motion(video: Video) -> Iterator[Finding]:
    if video.fps < 24.9:  # joined files of 25 fps read about 24.98
        yield _finding("VID-FPS", f"{video.fps:g} fps", f"The clip has {video.fps:g} frames per second.")

    if video.variation > 0.1:
        measured = f"varies by {video.variation:.0%}"
        yield _finding("VID-VFR", measured, "The time between frames varies, as phones record it.")


def _sound(video: Video, audio: Audio) -> Iterator[Finding]:
    difference = abs(video.duration_s - audio.duration_s)
    if difference > 0.5 and audio.duration_s:
        yield _finding("AV-SYNC", f"{difference:.1f} s", f"Picture and sound differ in length by {difference:.1f} s.")
    if 0 < audio.rate < 16_000:
        yield _finding("AUD-FORMAT", f"{audio.rate} Hz", f"The sound has {audio.rate} samples a second.")


def _length(video: Video, kind: Kind) -> Iterator[Finding]:
    rule, least, most = LENGTHS[kind]
    seconds = video.duration_s
    if not least <= seconds <= most:
        length = f"{int(seconds // 60)}:{seconds % 60:04.1f} min" if seconds >= 60 else f"{seconds:.1f} s"
        how = "short" if seconds < least else "long"
        yield _finding(rule, length, f"The clip is too {how} for its kind ({kind}): {length}.")


def _finding(rule_id: str, measured: str, message: str) -> Finding:
    rule = RULES[rule_id]
    return Finding(
        rule=rule.id, severity=rule.severity, measured=measured, required=rule.required, message=message, fix=rule.fix,
        source=rule.source,
    )  # fmt: skip
