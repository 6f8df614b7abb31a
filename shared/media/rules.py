"""The rules for clips, as data: what each kind needs, where that is written, and how to mend it."""

from dataclasses import dataclass

from shared.domain.clips import Severity
from shared.domain.names import KINDS, Kind

GUIDE = "recording guide of the service"
OURS = "our reasoning"
SPEAKING: tuple[Kind, ...] = ("natural", "status0", "consent", "interaction")


@dataclass(frozen=True)
class Rule:
    """One rule. `fix` says what to do in one sentence."""

    id: str
    severity: Severity
    kinds: tuple[Kind, ...]
    required: str
    fix: str
    source: str


_ALL = KINDS
_MUTE: tuple[Kind, ...] = ("silent", "gesture")

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("FILE-EXT", "error", _ALL, ".mp4 or .mov", "Export the clip as .mp4 or .mov and upload that.", GUIDE),
        Rule("FILE-EMPTY", "error", _ALL, "more than 0 bytes", "Upload the file again; nothing arrived.", OURS),
        Rule("FILE-CONTAINER", "error", _ALL, "an MP4 or QuickTime file",
             "Export the clip as .mp4 or .mov from the editing program; renaming a file does not convert it.", GUIDE),
        Rule("FILE-TRUNCATED", "error", _ALL, "the whole file",
             "The upload or the export stopped in the middle: check that it plays to its end, and upload it again.", OURS),
        Rule("FILE-UNREADABLE", "error", _ALL, "a header that can be read",
             "Export the clip again from the editing program and upload that.", OURS),
        Rule("FILE-TOO-COMPLEX", "error", _ALL, "at most 1,000,000 pictures or sounds a track",
             "Export the clip again from the editing program; no camera writes such an index.", OURS),
        Rule("FILE-LIMIT", "error", _ALL, "a file that can be checked with limited time and memory",
             "Export the clip again from the editing program and upload that; if it stays so, tell the maintainers.", OURS),
        Rule("FILE-UNCHECKED", "error", _ALL, "a check that ends",
             "The maintainers were told. Upload the file again to have it checked anew.", OURS),
        Rule("FILE-TRACKS", "error", _ALL, "at most 8 tracks", "Export with one video and one sound track.", OURS),
        Rule("FILE-ENCRYPTED", "error", _ALL, "no encryption", "Export the clip without copy protection.", OURS),
        Rule("FILE-FRAGMENTED", "warning", _ALL, "at most 1,000 fragments",
             "Remux the recording (in OBS: File, Remux Recordings) and upload that.", OURS),
        Rule("STR-VIDEO", "error", _ALL, "exactly one picture track", "Export with one video track only.", OURS),
        Rule("STR-AUDIO", "error", SPEAKING, "a sound track", "Export with the sound of the recording.", OURS),
        Rule("STR-AUDIO-MUTE", "warning", _MUTE, "a sound track", "Keep the sound track, even where nobody speaks.", OURS),
        Rule("VID-CODEC", "warning", _ALL, "H.264, H.265 or ProRes", "Export as H.264, the safest choice.", OURS),
        Rule("VID-RES", "error", _ALL, "1920x1080 or more",
             "Record at 1920x1080 or 3840x2160; enlarging a smaller picture does not help.", GUIDE),
        Rule("VID-PORTRAIT", "warning", _ALL, "landscape in the guide",
             "Upright pictures are said to work; check with one clip before you record them all.", GUIDE),
        Rule("VID-4K", "error", _ALL, "3840x2160 for a 4K avatar",
             "Record at 3840x2160, or make the avatar with the target 1080p.", GUIDE),
        Rule("VID-FPS", "error", _ALL, "25 frames per second or more",
             "Record again at 25, 30 or 50 fps; converting does not add motion.", GUIDE),
        Rule("VID-VFR", "warning", _ALL, "a constant frame rate",
             "Record with a camera, or export with a constant frame rate.", OURS),
        Rule("VID-SAR", "warning", _ALL, "square pixels", "Export with square pixels (1:1).", OURS),
        Rule("VID-COLOR", "warning", _ALL, "standard colours (SDR, BT.709)", "Record or export in SDR.", OURS),
        Rule("AV-SYNC", "warning", SPEAKING, "picture and sound of one length, within 0.5 s",
             "Check that lips and voice agree to the end, and export again.", OURS),
        Rule("AUD-FORMAT", "warning", SPEAKING, "16,000 samples a second or more",
             "Record the sound at 48 kHz.", OURS),
        Rule("DUR-NATURAL", "error", ("natural",), "at most 10 minutes a clip",
             "Cut it into clips of less than 10 minutes, one of them at least 5 minutes without a break.", GUIDE),
        Rule("DUR-STATUS0", "error", ("status0",), "3 to 5 minutes", "Record 3 to 5 minutes of speech in status 0.", GUIDE),
        Rule("DUR-SILENT", "warning", ("silent",), "about 1 minute (45 to 90 s)",
             "Record one minute of listening without a word.", GUIDE),
        Rule("DUR-GESTURE", "error", ("gesture",), "at most 10 seconds", "Cut it to one gesture within 10 seconds.", GUIDE),
        Rule("DUR-INTERACTION", "warning", ("interaction",), "1 to 5 minutes", "Record 1 to 5 minutes.", GUIDE),
        Rule("DUR-CONSENT", "error", ("consent",), "5 seconds or more",
             "Record the talent saying the whole consent statement.", OURS),
    )
}  # fmt: skip
