"""decide(book, event, now, terms) -> decision: the whole of what this product may do, without any I/O."""

from dataclasses import replace
from datetime import datetime
from typing import Literal, assert_never

from shared.domain.adopting import ADOPTED, bring_together, must_suit
from shared.domain.asking import ask, consent_stands
from shared.domain.base import digest, short_id
from shared.domain.book import AuditLine, Book, Case, Decision, Terms
from shared.domain.confirming import confirmed
from shared.domain.deployments import Deployment, Removing
from shared.domain.effects import Answer, Effect, Page, Post, ShowCard
from shared.domain.events import (
    AdoptAsked,
    AlertAssigned,
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    ClipChecked,
    ClipGone,
    ClipRefused,
    CloseAsked,
    Compared,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Envelope,
    Erased,
    GlassBroken,
    HandedToPerson,
    HoursDue,
    HoursOff,
    HoursStay,
    InputsChanged,
    KeepClicked,
    LeftoverGone,
    MissingSeen,
    Observed,
    OwnerUnsure,
    PartDone,
    PolicySeen,
    PortalDiffers,
    PortalShows,
    PriceSeen,
    RejectClicked,
    RemovalPlanned,
    RemoveAsked,
    RetryAsked,
    ReviewClosed,
    SnoozeClicked,
    StartClaimed,
    Started,
    StartRefused,
    StillNeeded,
    StillRunning,
    StrayKnown,
    StrayUnwanted,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
    TimePassed,
    TrainAsked,
    TrialAsked,
    TrialSeen,
    UploadLost,
    UploadSeen,
    UsageSeen,
)
from shared.domain.following import follow
from shared.domain.keeping import keep_policy
from shared.domain.moving import cards_of
from shared.domain.names import portal_address
from shared.domain.operations import Succeeded
from shared.domain.records import Avatar, Consent, Words
from shared.domain.removing import remove
from shared.domain.resources import doubts
from shared.domain.resting import keep_hours
from shared.domain.retrying import as_meant
from shared.domain.strays import settle_strays
from shared.domain.trying import try_out
from shared.domain.uploading import see_file
from shared.domain.watching import watch
from shared.domain.withdrawing import ERASED, clear
from shared.errors import Refused


def decide(book: Book, message: Envelope, now: datetime, terms: Terms) -> Decision:
    """The decision on one event; a refusal is a decision too: it is audited, and the person is told."""
    try:
        case = Case(book, as_meant(book, message, now), now, terms)
        return confirmed(case, _with_cards(book, _unsaid(book, _decide(case))))
    except Refused as refusal:
        return refuse(book, message, refusal)


def _unsaid(book: Book, made: Decision) -> Decision:
    """After the erasure nothing that people write is kept."""
    if book.withdrawal is None or book.withdrawal.erased is None:
        return made
    puts = (Words(ref=record.ref, text=ERASED) if isinstance(record, Words) else record for record in made.puts)
    return replace(made, puts=tuple(puts))


def _with_cards(book: Book, made: Decision) -> Decision:
    """With the cards that are behind when deployments change: those that deployed, and questions to owners."""
    pairs = [(book.deployments.get(r.id), r) for r in made.puts if isinstance(r, Deployment)]
    cards = [*_deploy_cards(book, pairs), *_question_cards(pairs), *_alert_cards(pairs)]
    pages = [page for before, after in pairs for page in _pages(before, after)]
    behind = [card for card in cards if card not in made.effects]
    # A decision is one transaction. A card that has no room in it is drawn with the next change.
    room = max(0, ROWS - len(made.puts) - len(made.audit) - len(made.effects) - len(pages))
    return replace(made, effects=(*made.effects, *behind[:room], *pages))


ROWS = 97  # of the 100 that a transaction has room for: the store adds the event's id and the avatar's row


def _alert_cards(pairs: "Changed") -> list[ShowCard]:
    """An alert shows how its deployment stands, whoever moved it."""
    return [
        ShowCard(card=after.card)
        for before, after in pairs
        if before and after.alerts and before.state.status != after.state.status
    ]


ROUTES: tuple[Literal["pagerduty", "webhook"], ...] = ("pagerduty", "webhook")
Changed = list[tuple[Deployment | None, Deployment]]  # a deployment before and after


def _deploy_cards(book: Book, pairs: Changed) -> list[ShowCard]:
    """The card of a finished deployment shows whether it is live, and which older ones are."""
    changed = {
        by
        for before, after in pairs
        if (before is None and after.made_by == ADOPTED) or (before and _shown(before) != _shown(after))
        for by in (after.made_by, after.hours_by, before.hours_by if before else "")
    }
    live = (
        {deployment.made_by for deployment in book.deployments.values() if deployment.billed} if changed else set[str]()
    )
    return [
        ShowCard(card=operation.card)
        for operation in book.operations.values()
        if operation.id in live | changed and operation.ask.step == "deploy" and isinstance(operation.state, Succeeded)
    ]


def _shown(deployment: Deployment) -> tuple[object, ...]:
    """What the card that deployed it says of it."""
    going = deployment.hours is not None and isinstance(deployment.state, Removing)
    hours = (deployment.hours, deployment.hours_by, deployment.resting, deployment.stays, deployment.last_day, going)
    hours = (*hours, deployment.price_per_hour) if deployment.hours else hours
    return (deployment.billed, deployment.ends, *hours)


def _pages(before: Deployment | None, after: Deployment) -> list[Page]:
    """An alert wakes people by other routes as well, and ends there when it is settled here; a night's rest settles nothing."""
    was, now = before.alert if before else None, after.alert
    if now and not was:
        return [Page(route=route, action="trigger", deployment=after.id, card=after.card) for route in ROUTES]
    if now and was and now.assigned and not was.assigned:
        return [Page(route=route, action="acknowledge", deployment=after.id, card=after.card) for route in ROUTES]
    if before and was and not now:
        return [Page(route=route, action="resolve", deployment=after.id, card=before.card) for route in ROUTES]
    return []


def _question_cards(pairs: Changed) -> list[ShowCard]:
    """A question to an owner is asked, or settled by whatever happens to its deployment."""
    asked = [after for before, after in pairs if after.asked and not (before and before.asked)]
    settled = [
        before
        for before, after in pairs
        if before and before.asked and (before.asked, before.state.status) != (after.asked, after.state.status)
    ]
    return [ShowCard(card=deployment.question_card) for deployment in (*asked, *settled)]


def refuse(book: Book, message: Envelope, refusal: Refused) -> Decision:
    """Nothing changes but the record of the refusal; the person is told why."""
    event = message.event
    named = getattr(event, "operation", None) or getattr(event, "deployment", None) or ""
    subject = named if named in book.operations or named in book.deployments else ""  # people may type anything there
    line = AuditLine(action=event.kind, by=message.by, outcome="refused", subject=subject, data={"code": refusal.code})
    effects: list[Effect] = []
    if message.reply:
        effects.append(Answer(to=message.reply, text=refusal.sentence, card=refusal.card))
    # A late click means that the card somebody looked at was behind: bring it up to date.
    if subject in book.operations:
        effects += cards_of(book.operations[subject])
    elif subject:
        deployment = book.deployments[subject]
        cards = (deployment.card if deployment.alerts else "", deployment.question_card)
        effects += [ShowCard(card=card) for card in cards if card]
    return Decision(audit=(line,), effects=tuple(effects))


def _decide(case: Case) -> Decision:
    event = case.message.event
    match event:
        case AvatarAsked():
            return _new_avatar(case, event)
        case ConsentGiven():
            return _consent(case, event)
        case ConsentWithdrawn() | LeftoverGone() | Erased():
            return clear(case, event)
        case TrainAsked() | CopyAsked() | DeployAsked():
            return ask(case, event)
        case TrialAsked() | TrialSeen():
            return try_out(case, event)
        case RemoveAsked() | RemovalPlanned():
            return remove(case, event)
        case HoursDue() | HoursStay() | HoursOff():
            return keep_hours(case, event)
        case RetryAsked():
            raise AssertionError  # `as_meant` made another of it
        case (
            KeepClicked()
            | SnoozeClicked()
            | AlertAssigned()
            | StillNeeded()
            | OwnerUnsure()
            | UsageSeen()
            | PriceSeen()
        ):
            return watch(case, event)
        case UploadSeen() | ClipChecked() | ClipRefused() | ClipGone() | UploadLost():
            return see_file(case, event)
        case PolicySeen():
            return keep_policy(case, event)
        case AdoptAsked() | CloseAsked() | MissingSeen():
            return bring_together(case, event)
        case Compared() | StrayKnown() | StrayUnwanted():
            return settle_strays(case, event)
        case (
            ApproveClicked()
            | RejectClicked()
            | GlassBroken()
            | ReviewClosed()
            | CancelAsked()
            | TaskTaken()
            | PartDone()
            | TaskDone()
            | TaskFailed()
            | TaskHandedOn()
            | StillRunning()
            | PortalDiffers()
            | PortalShows()
            | StartClaimed()
            | Started()
            | HandedToPerson()
            | StartRefused()
            | InputsChanged()
            | Observed()
            | TimePassed()
        ):
            return follow(case, event)
        case _:
            assert_never(event)


def _new_avatar(case: Case, event: AvatarAsked) -> Decision:
    if case.book.avatar is not None:
        raise Refused(
            "avatar_exists",
            f"*{case.book.avatar.name}* exists already; <@{case.book.avatar.owner}> owns it. Choose another name: "
            "one avatar is one workspace.",
        )
    if case.message.reply is None:
        raise Refused("no_channel", "Make the avatar from the channel that it should report to.")
    must_suit(case, case.message.reply.channel, event.pictures, f"/avatar new {case.message.avatar}")
    resource = case.terms.resource(event.resource)
    resource.must_be_paid()
    if not resource.can_train:
        raise Refused(
            "region_cannot_train",
            f"`{resource.name}` is in {resource.region}, where avatars can't be trained. Choose a resource that can.",
        )
    if event.voice_sync and not resource.voice_sync:
        raise Refused("no_voice_sync", f"`{resource.name}` is in {resource.region}, which has no voice sync.")
    avatar = Avatar(
        name=case.message.avatar, team=case.message.team, owner=case.by, channel=case.message.reply.channel,
        resource=resource.name, target=event.target, voice_sync=event.voice_sync, created=case.now,
        portal_url=portal_address(event.portal_url),
    )  # fmt: skip
    how = "by API" if resource.assurance == "enforced" else "by an operator in the portal, step by step"
    told = Post(
        channel=avatar.channel,
        text=(
            f":sparkles: <@{avatar.owner}> made the avatar *{avatar.name}*: {avatar.target}, "
            f"{'with' if avatar.voice_sync else 'without'} voice sync, in `{resource.name}` ({resource.region}). "
            f"Its workspace there is made with the first training, {how}.\n"
            f"Next: `/avatar upload {avatar.name}` opens a page for the clips and the consent video, and "
            f"`/avatar consent {avatar.name}` records the consent."
            + "".join(f"\n:warning: Before that: {doubt}." for doubt in doubts(resource))
        ),
    )
    line = AuditLine(action="avatar_made", by=case.by, data={"resource": resource.name, "target": avatar.target})
    return Decision(puts=(avatar,), audit=(line,), effects=(told,))


def may_record_consent(case: Case) -> None:
    """Whether this person can record a consent now; the form asks before it is shown.

    Raises:
        Refused: they can not, or it was withdrawn.
    """
    consent_stands(case)
    owner, approvers = case.book.known_avatar().owner, case.terms.policy.steps["train"].approve
    if case.by != owner and not case.terms.members.includes(approvers, case.by):
        raise Refused("may_not_record", f"Only the owner, <@{owner}>, and the approvers can record the consent.")


def _consent(case: Case, event: ConsentGiven) -> Decision:
    avatar = case.book.known_avatar()
    may_record_consent(case)
    if not event.talent.strip() or not event.company.strip():
        raise Refused("consent_incomplete", "The consent needs the talent's name and the company's name, as spoken.")
    talent = Words(ref=short_id("w", case.message.id, "talent"), text=event.talent.strip()[:200])
    company = Words(ref=short_id("w", case.message.id, "company"), text=event.company.strip()[:200])
    names = digest([avatar.name, talent.text, company.text])[:16]
    consent = Consent(
        names=names,
        talent=talent.ref, company=company.ref, locale=event.locale, scope=event.scope, disclosed_by=case.by,
        recorded=case.now,
    )  # fmt: skip
    line = AuditLine(
        action="consent_recorded",
        by=case.by,
        subject=talent.ref,
        data={"locale": event.locale, "scope": event.scope},
    )
    covers = "the avatar and a synthetic voice" if event.scope == "avatar+voice" else "the avatar"
    told = Post(
        channel=avatar.channel,
        text=(
            f":memo: <@{case.by}> recorded the talent's consent for *{avatar.name}* ({event.locale}): it covers "
            f"{covers}, and the talent was given the disclosure. Microsoft checks the video against it during training."
        ),
    )
    return Decision(puts=(consent, talent, company), audit=(line,), effects=(told,))
