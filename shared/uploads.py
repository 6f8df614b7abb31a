"""Uploads: a new blob becomes a clip of its avatar, or is told to the maintainers when it belongs nowhere."""

from shared.domain.base import digest
from shared.domain.clips import Clip, clip_id
from shared.domain.events import CheckWanted, ClipChecked, ClipGone, Envelope, Event, UploadLost, UploadSeen
from shared.domain.names import ClipPath, clip_path, printable
from shared.domain.records import LOST, Avatar
from shared.errors import Refused
from shared.handling import Handling
from shared.ports import BlobInfo


def record_upload(handling: Handling, blob: BlobInfo) -> None:
    """Record one version of one blob. Seeing it again changes nothing."""
    services = handling.services
    name = f"blob-{digest([blob.name, blob.etag])[:24]}"
    try:
        path = _placed(handling, blob)
    except Refused as refusal:
        lost = UploadLost(blob=digest(blob.name)[:16], sentence=refusal.sentence)
        handling.handle(_envelope(handling, name, LOST, lost, None))
        return
    burst = services.records.join_burst(path.avatar, services.stopwatch.now())
    seen = UploadSeen(clip_kind=path.kind, file=path.file, etag=blob.etag, size=blob.size, burst=burst)
    handling.handle(_envelope(handling, name, path.avatar, seen, clip_id(path)))


def _placed(handling: Handling, blob: BlobInfo) -> ClipPath:
    """Where the blob belongs.

    Raises:
        Refused: its folder is no clip folder, or its avatar does not exist.
    """
    path = clip_path(blob.name)
    known = handling.services.records.load(path.avatar).records
    if not any(isinstance(record, Avatar) for record in known):
        raise Refused(
            "unknown_avatar",
            f"`{printable(blob.name)}` was uploaded, but there is no avatar “{path.avatar}”. Make it with "
            f"`/avatar new {path.avatar}` and upload again, or move the file to the right folder.",
        )
    return path


def check_clip(handling: Handling, wanted: CheckWanted) -> None:
    """Check one version of a clip and record the verdict; a version that was replaced meanwhile is left alone."""
    from shared.media.check import check  # the decoders are heavy, and only this needs them

    services = handling.services
    records = list(services.records.load(wanted.avatar, wanted.clip).records)
    clip = next((record for record in records if isinstance(record, Clip)), None)
    avatar = next((record for record in records if isinstance(record, Avatar)), None)
    if clip is None or avatar is None or clip.etag != wanted.etag:
        return
    name = f"{wanted.clip}-{wanted.etag}"
    try:
        verdict = check(services.clips.open(clip.path.blob, clip.etag), clip.path.file, clip.path.kind, avatar.target)
    except Refused:  # the blob is another one by now, or gone; its own event follows
        if services.clips.info(clip.path.blob) is None:
            gone = ClipGone(clip=wanted.clip, etag=wanted.etag)
            handling.handle(_envelope(handling, f"gone-{name}", wanted.avatar, gone, wanted.clip))
        return
    event = ClipChecked(
        clip=wanted.clip, etag=wanted.etag, fingerprint=verdict.fingerprint, facts=verdict.facts,
        findings=verdict.findings,
    )  # fmt: skip
    handling.handle(_envelope(handling, f"checked-{name}", wanted.avatar, event, wanted.clip))


def find_missed(handling: Handling) -> int:
    """Compare the container with the records; whatever has no record is recorded now. How many there were."""
    services = handling.services
    found = 0
    known: dict[str, dict[str, Clip]] = {}
    for blob in services.clips.list():
        avatar = blob.name.split("/")[0]
        if avatar not in known:
            known[avatar] = {clip.path.blob: clip for clip in services.records.clips(avatar)}
        clip = known[avatar].get(blob.name)
        if clip is None or clip.etag != blob.etag:
            record_upload(handling, blob)
            found += 1
    return found


def _envelope(handling: Handling, name: str, avatar: str, event: Event, clip: str | None) -> Envelope:
    services = handling.services
    return Envelope(
        id=name, team=services.settings.slack_team_id, avatar=avatar, by="uploads", event=event, clip=clip,
        at=services.calendar.now(),
    )  # fmt: skip
