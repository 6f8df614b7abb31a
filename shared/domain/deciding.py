"""decide(book, event, now, terms) -> decision: the whole of what this product may do, without any I/O."""

from datetime import datetime
from typing import assert_never

from shared.domain.asking import ask_copy, ask_deploy, ask_remove, ask_train
from shared.domain.base import short_id
from shared.domain.book import AuditLine, Book, Decision, Terms
from shared.domain.effects import Answer, Effect, Post, ShowCard
from shared.domain.events import (
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    ClipChecked,
    ClipGone,
    ConsentGiven,
    CopyAsked,
    DeployAsked,
    Envelope,
    HandedToPerson,
    InputsChanged,
    KeepClicked,
    Observed,
    RejectClicked,
    RemoveAsked,
    SnoozeClicked,
    StartClaimed,
    Started,
    StartRefused,
    TaskDone,
    TaskFailed,
    TaskTaken,
    TimePassed,
    TrainAsked,
    UploadLost,
    UploadSeen,
    UsageSeen,
)
from shared.domain.following import follow
from shared.domain.records import Avatar, Consent, Words
from shared.domain.uploading import see_gone, see_lost, see_upload, see_verdict
from shared.domain.watching import see_usage, settle
from shared.errors import Refused


def decide(book: Book, message: Envelope, now: datetime, terms: Terms) -> Decision:
    """The decision on one event; a refusal is a decision too: it is audited, and the person is told."""
    try:
        return _decide(book, message, now, terms)
    except Refused as refusal:
        event = message.event
        subject = getattr(event, "operation", None) or getattr(event, "deployment", None) or ""
        line = AuditLine(
            action=event.kind, by=message.by, outcome="refused", subject=subject, data={"code": refusal.code}
        )
        effects: list[Effect] = [Answer(to=message.reply, text=refusal.sentence)] if message.reply else []
        # A late click means that the card somebody looked at was behind: bring it up to date.
        if subject in book.operations:
            effects.append(ShowCard(card=book.operations[subject].card))
        elif subject in book.deployments:
            effects.append(ShowCard(card=book.deployments[subject].card))
        return Decision(audit=(line,), effects=tuple(effects))


def _decide(book: Book, message: Envelope, now: datetime, terms: Terms) -> Decision:
    event = message.event
    match event:
        case AvatarAsked():
            return _new_avatar(book, message, event, now, terms)
        case ConsentGiven():
            return _consent(book, message, event, now)
        case TrainAsked():
            return ask_train(book, message, event, now, terms)
        case CopyAsked():
            return ask_copy(book, message, event, now, terms)
        case DeployAsked():
            return ask_deploy(book, message, event, now, terms)
        case RemoveAsked():
            return ask_remove(book, message, event, now, terms)
        case KeepClicked() | SnoozeClicked():
            return settle(book, message, event, now, terms)
        case UsageSeen():
            return see_usage(book, message, event, now, terms)
        case UploadSeen():
            return see_upload(book, message, event, now)
        case ClipChecked():
            return see_verdict(book, message, event, now)
        case ClipGone():
            return see_gone(book, message, event)
        case UploadLost():
            return see_lost(message, event, terms)
        case (
            ApproveClicked()
            | RejectClicked()
            | CancelAsked()
            | TaskTaken()
            | TaskDone()
            | TaskFailed()
            | StartClaimed()
            | Started()
            | HandedToPerson()
            | StartRefused()
            | InputsChanged()
            | Observed()
            | TimePassed()
        ):
            return follow(book, message, event, now, terms)
        case _:
            assert_never(event)


def _new_avatar(book: Book, message: Envelope, event: AvatarAsked, now: datetime, terms: Terms) -> Decision:
    if book.avatar is not None:
        raise Refused(
            "avatar_exists",
            f"*{book.avatar.name}* exists already; <@{book.avatar.owner}> owns it. Choose another name: "
            "one avatar is one workspace.",
        )
    if message.reply is None:
        raise Refused("no_channel", "Make the avatar from the channel that it should report to.")
    resource = terms.resource(event.resource)
    if not resource.can_train:
        raise Refused(
            "region_cannot_train",
            f"`{resource.name}` is in {resource.region}, where avatars can't be trained. Choose a resource that can.",
        )
    if event.voice_sync and not resource.voice_sync:
        raise Refused("no_voice_sync", f"`{resource.name}` is in {resource.region}, which has no voice sync.")
    avatar = Avatar(
        name=message.avatar, team=message.team, owner=message.by, channel=message.reply.channel,
        resource=resource.name, target=event.target, voice_sync=event.voice_sync, created=now,
    )  # fmt: skip
    how = "by API" if resource.assurance == "enforced" else "by an operator in the portal, step by step"
    told = Post(
        channel=avatar.channel,
        text=(
            f":sparkles: <@{avatar.owner}> made the avatar *{avatar.name}*: {avatar.target}, "
            f"{'with' if avatar.voice_sync else 'without'} voice sync, in `{resource.name}` ({resource.region}); "
            f"training there is started {how}.\n"
            f"Next: upload clips to `{avatar.name}/<kind>/`, and record the consent with "
            f"`/avatar consent {avatar.name}`."
        ),
    )
    line = AuditLine(action="avatar_made", by=message.by, data={"resource": resource.name, "target": avatar.target})
    return Decision(puts=(avatar,), audit=(line,), effects=(told,))


def _consent(book: Book, message: Envelope, event: ConsentGiven, now: datetime) -> Decision:
    avatar = book.known_avatar()
    if not event.talent.strip() or not event.company.strip():
        raise Refused("consent_incomplete", "The consent needs the talent's name and the company's name, as spoken.")
    talent = Words(ref=short_id("w", message.id, "talent"), text=event.talent.strip()[:200])
    company = Words(ref=short_id("w", message.id, "company"), text=event.company.strip()[:200])
    consent = Consent(
        talent=talent.ref, company=company.ref, locale=event.locale, scope=event.scope, disclosed_by=message.by,
        recorded=now,
    )  # fmt: skip
    line = AuditLine(
        action="consent_recorded",
        by=message.by,
        subject=talent.ref,
        data={"locale": event.locale, "scope": event.scope},
    )
    covers = "the avatar and a synthetic voice" if event.scope == "avatar+voice" else "the avatar"
    told = Post(
        channel=avatar.channel,
        text=(
            f":memo: <@{message.by}> recorded the talent's consent for *{avatar.name}* ({event.locale}): it covers "
            f"{covers}, and the talent was given the disclosure. Microsoft checks the video against it during training."
        ),
    )
    return Decision(puts=(consent, talent, company), audit=(line,), effects=(told,))
