"""Uploads: a new blob becomes a clip of its avatar, or is told to the maintainers when it belongs nowhere."""

from dataclasses import dataclass
from datetime import timedelta

from shared.clock import iso
from shared.domain.base import digest
from shared.domain.clips import Checking, Clip, Facts, Gone, clip_id
from shared.domain.events import CheckWanted, ClipChecked, ClipGone, UploadLost, UploadSeen
from shared.domain.names import ClipPath, clip_path, printable
from shared.domain.records import LOST, Avatar, Withdrawal
from shared.domain.rules import RULES
from shared.errors import Refused
from shared.handling import Handling
from shared.listening import compared
from shared.picturing import blob_name, folder, version_folder
from shared.ports import BlobInfo
from shared.services import Services

CHECK_LATE = timedelta(minutes=15)


def record_upload(handling: Handling, blob: BlobInfo, *, again: str = "") -> None:
    """Record one version of one blob. Seeing it again changes nothing, unless `again` says that a look back found it."""
    services = handling.services
    name = f"blob-{digest([blob.name, blob.etag, again])[:24]}"
    try:
        path = _placed(handling, blob)
    except Refused as refusal:
        lost = UploadLost(blob=digest(blob.name)[:16], sentence=refusal.sentence)
        told = f"blob-{digest([blob.name, blob.etag])[:24]}"  # once a version, however often it is looked at
        handling.handle(services.said(told, LOST, "uploads", lost))
        return
    burst = services.records.join_burst(path.avatar, services.stopwatch.now())
    seen = UploadSeen(clip_kind=path.kind, file=path.file, etag=blob.etag, size=blob.size, burst=burst)
    handling.handle(services.said(name, path.avatar, "uploads", seen, clip_id(path)))


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
    gone = next((record for record in known if isinstance(record, Withdrawal)), None)
    if gone:
        raise Refused(
            "consent_withdrawn",
            f"`{printable(blob.name)}` was uploaded, but the talent of *{path.avatar}* withdrew the consent: it is not looked at. "
            "Delete it.",
        )
    return path


def check_clip(handling: Handling, wanted: CheckWanted) -> None:
    """Check one version of a clip and record the verdict; a version that was replaced meanwhile is left alone."""
    from shared.media.protocol import Job
    from shared.media.sandbox import SPEECH, examine

    services = handling.services
    records = list(services.records.load(wanted.avatar, wanted.clip).records)
    clip = next((record for record in records if isinstance(record, Clip)), None)
    avatar = next((record for record in records if isinstance(record, Avatar)), None)
    if clip is None or avatar is None or clip.etag != wanted.etag:
        return
    if not clip.unjudged:  # asked for twice: the verdict is there, only what it owes may be left
        services.pictures.drop(folder(clip), but=version_folder(clip))
        handling.drain(wanted.avatar)
        return
    name = f"{wanted.clip}-{wanted.etag}"
    try:
        reader = services.clips.open(clip.path.blob, clip.etag)
        job = Job(
            size=reader.size, file=clip.path.file, clip_kind=clip.path.kind, target=avatar.target,
            tuning=services.policy.clips, speech=clip.path.kind == "consent" and services.policy.consent.transcribe,
        )  # fmt: skip
        recording: list[bytes] = []

        def keep(name: str, content: bytes) -> None:
            if name == SPEECH:  # heard once, and never kept
                recording.append(content)
            else:
                services.pictures.put(blob_name(clip, name), content)

        verdict = examine(reader, job, keep=keep)
    except Refused:  # the blob is another one by now, or gone; its own event follows
        if services.clips.info(clip.path.blob) is None:
            gone = ClipGone(clip=wanted.clip, etag=wanted.etag)
            handling.handle(services.said(f"gone-{name}", wanted.avatar, "uploads", gone, wanted.clip))
        services.pictures.drop(version_folder(clip))
        return
    event = ClipChecked(
        clip=wanted.clip, etag=wanted.etag, fingerprint=verdict.fingerprint, facts=verdict.facts,
        findings=(*verdict.findings, *compared(services, clip, recording[0] if recording else None)),
        passed=verdict.passed, pictures=verdict.pictures,
    )  # fmt: skip
    handling.handle(services.said(f"checked-{name}", wanted.avatar, "uploads", event, wanted.clip))
    newest = next((r for r in services.records.load(wanted.avatar, wanted.clip).records if isinstance(r, Clip)), clip)
    services.pictures.drop(folder(clip), but=version_folder(newest))


@dataclass(frozen=True)
class Missed:
    """Where the container and the records differ."""

    unrecorded: tuple[BlobInfo, ...]  # uploads that no record has at this version
    late: tuple[Clip, ...]  # their check never came
    gone: tuple[Clip, ...]  # records without a blob

    @property
    def count(self) -> int:
        return len(self.unrecorded) + len(self.late) + len(self.gone)


def missed(services: Services) -> Missed:
    """Compare the container with the records; nothing is changed."""
    now = services.calendar.now()
    known = {
        clip.path.blob: clip
        for entry in services.lists.entries("avatars")
        for clip in services.records.clips(entry.avatar)
        if not isinstance(clip.state, Gone)
    }
    unrecorded: list[BlobInfo] = []
    late: list[Clip] = []
    for blob in services.clips.list():
        clip = known.pop(blob.name, None)
        if clip is None or clip.etag != blob.etag:
            unrecorded.append(blob)
        elif isinstance(clip.state, Checking) and now - clip.uploaded > CHECK_LATE:
            late.append(clip)
    # what was uploaded after the listing is not gone
    gone = [clip for clip in known.values() if services.clips.info(clip.path.blob) is None]
    return Missed(tuple(unrecorded), tuple(late), tuple(gone))


def find_missed(handling: Handling) -> int:
    """Have every difference between the container and the records fixed: checks asked for, deleted files noted.

    The answer is how many differences there were.
    """
    services = handling.services
    found = missed(services)
    for blob in found.unrecorded:
        record_upload(handling, blob, again=iso(services.calendar.now()))
    for clip in found.late:
        wanted = CheckWanted(avatar=clip.path.avatar, clip=clip.id, etag=clip.etag)
        services.queues.checks(wanted.model_dump_json())
    for clip in found.gone:
        gone = ClipGone(clip=clip.id, etag=clip.etag)
        handling.handle(services.said(f"gone-{clip.id}-{clip.etag}", clip.path.avatar, "uploads", gone, clip.id))
        services.pictures.drop(folder(clip))
    return found.count


def give_up(handling: Handling, wanted: CheckWanted) -> None:
    """A check that failed again and again: the clip says so, instead of waiting for ever."""
    found = RULES["FILE-UNCHECKED"].finding("no verdict", "The check itself failed; nothing is known about this file.")
    unsure = found.model_copy(update={"status": "inconclusive"})
    event = ClipChecked(clip=wanted.clip, etag=wanted.etag, fingerprint="", facts=Facts(size=0), findings=(unsure,))
    name = f"given-up-{wanted.clip}-{wanted.etag}"
    handling.handle(handling.services.said(name, wanted.avatar, "uploads", event, wanted.clip))
