"""Gather what a decision needs beyond the records: members, clips, prices, taken names; only what its event asks for."""

from collections import Counter
from decimal import Decimal

from shared.domain.book import Book, Terms
from shared.domain.budgeting import committed
from shared.domain.clips import Clip, Gone
from shared.domain.events import (
    AdoptAsked,
    AlertAssigned,
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    ClipRefused,
    CloseAsked,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Envelope,
    GlassBroken,
    HoursDue,
    HoursOff,
    HoursStay,
    KeepClicked,
    LeftoverGone,
    OwnerUnsure,
    PartDone,
    PortalDiffers,
    PortalShows,
    RejectClicked,
    RemovalPlanned,
    RemoveAsked,
    ReviewClosed,
    SnoozeClicked,
    StartClaimed,
    StillNeeded,
    StillRunning,
    StrayKnown,
    StrayUnwanted,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
    TrainAsked,
    TrialAsked,
)
from shared.domain.policy import Members, Step
from shared.services import Services

STEPS: dict[type, Step] = {TrainAsked: "train", CopyAsked: "copy", DeployAsked: "deploy", RemoveAsked: "remove"}


def gather(services: Services, message: Envelope, book: Book) -> Terms:
    """The terms of one decision.

    Raises:
        Refused, Temporary, Broken: as the service behind a name, a price or a group says.
    """
    event = message.event
    wanted: dict[str, object] = {"members": _members(services, message, book)}
    compares = isinstance(event, TrainAsked | ApproveClicked | GlassBroken | StartClaimed | TaskTaken | TaskDone)
    if compares:
        clips = services.records.clips(message.avatar)
        wanted["clips"] = clips
        if isinstance(event, ApproveClicked | GlassBroken | StartClaimed | TaskTaken):
            operation = book.operations.get(event.operation)
            if operation and operation.ask.step == "train":
                wanted["unseen"] = _unseen(services, message.avatar, clips)
    if compares or isinstance(event, DeployAsked | CloseAsked | HoursDue | HoursStay):
        wanted |= _prices(services, book)
    if isinstance(event, AdoptAsked):
        wanted |= {**_prices(services, book, event.resource), "recorded": _recorded(services)}
    if isinstance(event, AvatarAsked | AdoptAsked) and message.reply and book.avatar is None:
        channel = (event.channel if isinstance(event, AdoptAsked) else None) or message.reply.channel
        if channel.startswith(("C", "G")):
            room = services.messenger.room(channel)
            wanted |= {"private": room.private, "present": room.member}
    if isinstance(event, TrialAsked):
        wanted["synthesis_price"] = _synthesis(services, book)
    if isinstance(event, DeployAsked) and any(place.quotas.deployments for place in services.resources.values()):
        wanted["hosted"] = Counter(entry.data.get("resource", "") for entry in services.lists.entries("live"))
    if services.policy.budgets.overall and isinstance(
        event, TrainAsked | DeployAsked | ApproveClicked | CloseAsked | HoursDue | HoursStay
    ):
        wanted["elsewhere"] = _elsewhere(services, message.avatar)
    place = event.target if isinstance(event, CopyAsked) else book.avatar.resource if book.avatar else ""
    if isinstance(event, TrainAsked | CopyAsked) and place in services.resources:
        resource = services.resources[place]
        wanted["taken"] = {place: services.drivers.of(resource).names(resource)}
    return Terms.model_validate({"policy": services.policy, "resources": services.resources, **wanted})


def _unseen(services: Services, avatar: str, clips: tuple[Clip, ...]) -> frozenset[str]:
    """Clips on record whose blob is not the version on record."""
    there = {blob.name: blob.etag for blob in services.clips.list(avatar)}
    recorded = [clip for clip in clips if not isinstance(clip.state, Gone)]
    return frozenset(clip.path.blob for clip in recorded if there.get(clip.path.blob) != clip.etag)


def _prices(services: Services, book: Book, *also: str) -> dict[str, object]:
    now = services.calendar.now()
    places = (
        {model.resource for model in book.models} | set(also) | ({book.avatar.resource} if book.avatar else set[str]())
    )
    regions = {services.resources[place].region for place in places if place in services.resources}
    training = {region: services.prices.training(region, now) for region in regions}
    hosting = {region: services.prices.hosting(region, now) for region in regions}
    return {
        "training_price": {region: price for region, price in training.items() if price},
        "hosting_price": {region: price for region, price in hosting.items() if price},
    }


def _synthesis(services: Services, book: Book) -> dict[str, object]:
    """The price of batch synthesis where this avatar is live."""
    now = services.calendar.now()
    regions = {deployment.region for deployment in book.deployments.values() if deployment.billed}
    found = {region: services.prices.synthesis(region, now) for region in regions}
    return {region: price for region, price in found.items() if price}


def _recorded(services: Services) -> dict[str, str]:
    """Every model and every endpoint on record and whose it is."""
    books = services.books()
    models = {f"{model.resource}|{model.name}".lower(): name for name, book in books.items() for model in book.models}
    there = {
        f"endpoint|{d.id}": name
        for name, book in books.items()
        for d in book.deployments.values()
        if d.billed or d.resting
    }
    return models | there


def _elsewhere(services: Services, avatar: str) -> Decimal:
    """What the other avatars cost this month; read only where a budget for all is set."""
    now = services.calendar.now()
    return sum((committed(book, now) for name, book in services.books().items() if name != avatar), Decimal(0))


def _members(services: Services, message: Envelope, book: Book) -> Members:
    """The user groups that this decision depends on; machines have no rights to check."""
    policy, event = services.policy, message.event
    listed: tuple[str, ...] = ()
    match event:
        case TrainAsked() | CopyAsked() | DeployAsked() | RemoveAsked():
            rule = policy.steps[STEPS[type(event)]]
            listed = (*rule.ask, *rule.approve, *(policy.on_call if isinstance(event, RemoveAsked) else ()))
        case HoursDue() | HoursStay():
            listed = (*policy.steps["deploy"].approve, *policy.on_call)
        case HoursOff():
            listed = (*policy.steps["remove"].ask, *policy.on_call)
        case ConsentGiven():
            listed = policy.steps["train"].approve
        case ApproveClicked() | RejectClicked() | CancelAsked() | GlassBroken() | ReviewClosed():
            operation = book.operations.get(event.operation)
            listed = (*(operation.ask.rule.approve if operation else ()), *policy.break_glass)
        case AdoptAsked() | CloseAsked() | StrayKnown() | StrayUnwanted():
            listed = (*policy.steps["deploy"].ask, *policy.steps["deploy"].approve, *policy.steps["remove"].ask)
            listed = (*listed, *policy.steps["remove"].approve, *policy.operators, *policy.on_call)
        case (
            TaskTaken()
            | PartDone()
            | TaskDone()
            | TaskFailed()
            | TaskHandedOn()
            | StillRunning()
            | PortalDiffers()
            | PortalShows()
            | LeftoverGone()
            | ClipRefused()
        ):
            listed = policy.operators
        case TrialAsked():
            listed = (*policy.steps["deploy"].ask, *policy.steps["deploy"].approve, *policy.operators)
        case RemovalPlanned():
            listed = (*policy.steps["remove"].ask, *policy.on_call)
        case ConsentWithdrawn():
            listed = (*policy.steps["train"].approve, *policy.operators, *policy.steps["remove"].approve)
        case KeepClicked() | SnoozeClicked() | AlertAssigned() | StillNeeded() | OwnerUnsure():
            listed = policy.on_call
        case _:
            pass
    grants = isinstance(event, ApproveClicked | GlassBroken | HoursStay) or (
        isinstance(event, RemoveAsked) and event.from_alert
    )
    return Members(groups=services.groups.members(listed, anew=grants))
