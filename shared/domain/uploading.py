"""Clips: an upload is recorded and its check owed; a verdict counts only for the version that it judged."""

from shared.domain.book import NOTHING, AuditLine, Case, Decision
from shared.domain.clips import Accepted, Checking, Clip, Earlier, Faulty, Finding, Gone
from shared.domain.effects import Post, QueueCheck, ShowCard
from shared.domain.events import ClipChecked, ClipGone, ClipRefused, UploadLost, UploadSeen
from shared.domain.names import ClipPath, printable
from shared.domain.records import Lost
from shared.errors import Refused

KEPT = 5  # earlier versions whose findings are remembered


def see_file(case: Case, event: UploadSeen | ClipChecked | ClipRefused | ClipGone | UploadLost) -> Decision:
    """News about one file in the clips container."""
    match event:
        case UploadSeen():
            return see_upload(case, event)
        case ClipChecked():
            return see_verdict(case, event)
        case ClipRefused():
            return see_refused(case, event)
        case ClipGone():
            return see_gone(case, event)
        case UploadLost():
            return see_lost(case, event)


def see_upload(case: Case, event: UploadSeen) -> Decision:
    known = case.book.clip
    if known and known.etag == event.etag and not isinstance(known.state, Gone):
        return NOTHING
    path = ClipPath(avatar=case.message.avatar, kind=event.clip_kind, file=event.file)
    clip = Clip(
        path=path, etag=event.etag, size=event.size, uploaded=case.now, burst=event.burst,
        earlier=_earlier(known) if known else (),
    )  # fmt: skip
    line = AuditLine(
        action="clip_uploaded", by=case.by, subject=clip.id, data={"kind": path.kind, "size": str(event.size)}
    )
    effects = (QueueCheck(clip=clip.id, etag=event.etag), ShowCard(card=f"burst:{clip.burst}", urgent=False))
    return Decision(puts=(clip,), audit=(line,), effects=effects)


def see_verdict(case: Case, event: ClipChecked) -> Decision:
    clip = case.book.clip
    if clip is None or clip.etag != event.etag or not clip.unjudged:
        return NOTHING  # a newer version was uploaded meanwhile, or this check was delivered twice
    errors = [finding for finding in event.findings if finding.severity == "error"]
    if errors:
        state = Faulty(
            facts=event.facts, findings=event.findings, passed=event.passed, pictures=event.pictures, checked=case.now
        )
    else:
        state = Accepted(
            fingerprint=event.fingerprint, facts=event.facts, findings=event.findings, passed=event.passed,
            pictures=event.pictures, checked=case.now,
        )  # fmt: skip
    judged = Clip(**clip.model_dump(exclude={"state"}), state=state)
    line = AuditLine(
        action="clip_checked", by=case.by, subject=clip.id, outcome=state.status,
        data={"rules": " ".join(finding.rule for finding in event.findings)},
    )  # fmt: skip
    bursts = dict.fromkeys((clip.burst, *(earlier.burst for earlier in clip.earlier)))
    replies = [ShowCard(card=f"clip:{clip.id}:{burst}") for burst in bursts]
    return Decision(puts=(judged,), audit=(line,), effects=(ShowCard(card=f"burst:{clip.burst}"), *replies))


def see_refused(case: Case, event: ClipRefused) -> Decision:
    """The service refused what we accepted: it is no part of the data set until another version is uploaded."""
    clip = case.book.clip
    if not case.terms.members.includes(case.terms.policy.operators, case.by):
        raise Refused(
            "not_an_operator", "The policy does not name you as an operator, so you can't report for the portal."
        )
    if clip is None or not isinstance(clip.state, Accepted):
        raise Refused("unknown_clip", "There is no accepted clip of that name: look at its spelling on the card.")
    if not event.what.strip():
        raise Refused("no_reason", "Paste what the portal says, so that whoever records it knows what to fix.")
    found = Finding(
        rule="SERVICE-REFUSED", severity="error", measured=printable(event.what), required="a file that the service takes",
        message="The service refused this file.", fix="Fix what the service says and upload the file again under the same name.",
        source="the portal, as an operator reported it",
    )  # fmt: skip
    state = clip.state
    faulty = Faulty(
        facts=state.facts,
        findings=(found, *state.findings),
        passed=state.passed,
        pictures=state.pictures,
        checked=case.now,
    )
    refused = clip.model_copy(update={"state": faulty})
    line = AuditLine(action="clip_refused", by=case.by, subject=clip.id, outcome="faulty")
    cards = (ShowCard(card=f"burst:{clip.burst}"), ShowCard(card=f"clip:{clip.id}:{clip.burst}"))
    told = Post(
        channel=case.book.known_avatar().channel, under=f"clip:{clip.id}:{clip.burst}",
        text=f":x: <@{case.book.known_avatar().owner}>, the service refused `{printable(clip.path.file)}`; <@{case.by}> saw it in the portal.",
    )  # fmt: skip
    return Decision(puts=(refused,), audit=(line,), effects=(*cards, told))


def _earlier(known: Clip) -> tuple[Earlier, ...]:
    """What was wrong with the versions before: told anew in their threads once this one is good."""
    if not isinstance(known.state, Faulty):
        return known.earlier if isinstance(known.state, Checking) else ()
    errors = [finding.message for finding in known.state.findings if finding.severity == "error"]
    return (*known.earlier, Earlier(burst=known.burst, messages=tuple(errors)))[-KEPT:]


def see_gone(case: Case, event: ClipGone) -> Decision:
    clip = case.book.clip
    if clip is None or clip.etag != event.etag or isinstance(clip.state, Gone):
        return NOTHING
    gone = Clip(**clip.model_dump(exclude={"state"}), state=Gone())
    line = AuditLine(action="clip_gone", by=case.by, subject=clip.id, outcome="gone")
    return Decision(puts=(gone,), audit=(line,), effects=(ShowCard(card=f"burst:{clip.burst}"),))


def see_lost(case: Case, event: UploadLost) -> Decision:
    """An upload that belongs nowhere is told to the maintainers; the blob stays as it is."""
    line = AuditLine(action="upload_lost", by=case.by, outcome="refused")
    told = Post(channel=case.terms.policy.maintainers_channel, text=f":warning: {event.sentence}")
    return Decision(puts=(Lost(),), audit=(line,), effects=(told,))
