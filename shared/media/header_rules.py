"""Judge a clip by its name, header and index."""

from shared.domain.names import Kind
from shared.domain.records import Target
from shared.media.ledger import Ledger
from shared.media.probe import Audio, Probe, Video

CODECS = {"h264", "hevc", "prores"}
SOUND_CODECS = ("aac", "alac", "pcm_")
LONGEST_S = 3 * 3600.0
LENGTHS: dict[Kind, str] = {
    "natural": "DUR-NATURAL", "status0": "DUR-STATUS0", "silent": "DUR-SILENT", "gesture": "DUR-GESTURE",
    "interaction": "DUR-INTERACTION", "consent": "DUR-CONSENT",
}  # fmt: skip


def judge(seen: Probe, file: str, kind: Kind, target: Target, ledger: Ledger) -> None:
    """Write down everything that the name, the header and the index show."""
    if not file.lower().endswith((".mp4", ".mov")):
        ledger.fail("FILE-EXT", file.rpartition(".")[2] or "none", "The file's name does not end in .mp4 or .mov.")
    if seen.problem:
        _unopened(seen, ledger)
        return
    if seen.cut_off:
        _truncated(seen, ledger)
    if seen.encrypted:
        ledger.fail("FILE-ENCRYPTED", "encrypted", "A track of the file is encrypted.")
    fragments = seen.layout.kinds.count("moof")
    if fragments > ledger.most("FILE-FRAGMENTED"):
        ledger.fail("FILE-FRAGMENTED", f"{fragments} fragments", f"The file is cut into {fragments} fragments.")
    ledger.judged("file")
    if len(seen.videos) != 1:
        count = len(seen.videos) or "no"
        ledger.fail("STR-VIDEO", str(len(seen.videos)), f"The file has {count} picture tracks.")
    if not seen.audios:
        for rule in ("STR-AUDIO", "STR-AUDIO-MUTE"):
            ledger.fail(rule, "none", "The file has no sound track.")
        ledger.skip("AV-SYNC", "AUD-FORMAT", "AUD-CODEC")
    for video in seen.videos[:1]:
        _picture(video, target, ledger)
        _motion(video, ledger)
        _length(video, kind, ledger)
        for audio in seen.audios[:1]:
            _sound(video, audio, ledger)
        ledger.judged("header")


def _unopened(seen: Probe, ledger: Ledger) -> None:
    if seen.size == 0:
        ledger.fail("FILE-EMPTY", "0 bytes", "The file is empty.")
    elif not seen.layout.is_media:
        ledger.fail("FILE-CONTAINER", "something else", "This is not a video file, whatever its name says.")
    elif seen.layout.ends > seen.size or "moov" not in seen.layout.kinds:
        _truncated(seen, ledger)
    elif "samples" in seen.problem or "fragments" in seen.problem:
        ledger.fail("FILE-TOO-COMPLEX", seen.problem, f"The file can't be opened: {seen.problem}.")
    elif seen.problem.endswith("tracks"):
        ledger.fail(
            "FILE-TRACKS", seen.problem.removeprefix("it has "), f"The file has too many tracks: {seen.problem}."
        )
    else:
        ledger.fail("FILE-UNREADABLE", seen.problem, f"The file can't be opened: {seen.problem}.")


def _truncated(seen: Probe, ledger: Ledger) -> None:
    wanted = max(seen.layout.ends, seen.indexed_end)
    message = f"The file is cut off: it should have {wanted:,} bytes and has {seen.size:,}."
    if wanted <= seen.size:
        message = "The file is cut off: its index, which is written last, is missing."
    ledger.fail("FILE-TRUNCATED", f"{seen.size:,} bytes", message)


def _picture(video: Video, target: Target, ledger: Ledger) -> None:
    if video.codec not in CODECS:
        ledger.fail("VID-CODEC", video.codec, f"The picture is coded as {video.codec}.")
    size = f"{video.width}x{video.height}"
    if target != "4K":
        ledger.skip("VID-4K")
    if target == "4K" and (video.width, video.height) != (3840, 2160):
        ledger.skip("VID-RES", "VID-PORTRAIT", "VID-LARGE")
        ledger.fail("VID-4K", size, f"The picture is {size}, and this avatar's target is 4K.")
    elif video.height > video.width and video.width >= 1080 and video.height >= 1920:
        ledger.skip("VID-RES")
        ledger.fail("VID-PORTRAIT", size, f"The picture stands upright ({size}).")
    elif video.width < 1920 or video.height < 1080:
        ledger.fail("VID-RES", size, f"The picture is too small: {size}.")
    elif video.width > 3840 or video.height > 2160:
        ledger.fail("VID-LARGE", size, f"The picture is larger than 4K: {size}.")
    if video.turned is None:
        ledger.fail("VID-ROTATION", "another angle", "The file says that its picture is to be turned by an odd angle.")


def _motion(video: Video, ledger: Ledger) -> None:
    if video.fps < ledger.least("VID-FPS"):  # 24.9: joined files of 25 fps read about 24.98
        ledger.fail("VID-FPS", f"{video.fps:g} fps", f"The clip has {video.fps:g} frames per second.")
    if video.variation > ledger.most("VID-VFR"):
        measured = f"varies by {video.variation:.0%}"
        ledger.fail("VID-VFR", measured, "The time between frames varies, as phones record it.")


def _sound(video: Video, audio: Audio, ledger: Ledger) -> None:
    difference = abs(video.duration_s - audio.duration_s)
    if difference > ledger.most("AV-SYNC") and audio.duration_s:
        ledger.fail("AV-SYNC", f"{difference:.1f} s", f"Picture and sound differ in length by {difference:.1f} s.")
    if 0 < audio.rate < ledger.least("AUD-FORMAT"):
        ledger.fail("AUD-FORMAT", f"{audio.rate} Hz", f"The sound has {audio.rate:,} samples a second.")
    if not audio.codec.startswith(SOUND_CODECS):
        ledger.fail("AUD-CODEC", audio.codec, f"The sound is coded as {audio.codec}.")


def _length(video: Video, kind: Kind, ledger: Ledger) -> None:
    rule = LENGTHS[kind]
    seconds = video.duration_s
    length = f"{int(seconds // 60)}:{seconds % 60:04.1f} min" if seconds >= 60 else f"{seconds:.1f} s"
    if seconds > LONGEST_S:
        ledger.fail("DUR-LIMIT", length, f"The clip is {seconds / 3600:.1f} hours long.")
    if not ledger.least(rule) <= seconds <= ledger.most(rule):
        how = "short" if seconds < ledger.least(rule) else "long"
        ledger.fail(rule, length, f"The clip is too {how} for its kind ({kind}): {length}.")
