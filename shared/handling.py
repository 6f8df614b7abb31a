"""The one shell around the pure core: load, decide, commit, perform."""

import random

from shared.clock import iso
from shared.domain.book import Book, Decision, Members, Terms
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment
from shared.domain.events import (
    ApproveClicked,
    CancelAsked,
    CopyAsked,
    DeployAsked,
    Drain,
    Envelope,
    KeepClicked,
    RejectClicked,
    RemoveAsked,
    SnoozeClicked,
    TaskDone,
    TaskFailed,
    TaskTaken,
    TrainAsked,
)
from shared.domain.operations import Operation
from shared.domain.policy import Step
from shared.domain.records import Avatar
from shared.errors import LostRace
from shared.log import note
from shared.performing import Performer
from shared.ports import AlreadyDoneError, Entry, Loaded, Owed
from shared.services import Services

TRIES = 8
STEPS: dict[type, Step] = {TrainAsked: "train", CopyAsked: "copy", DeployAsked: "deploy", RemoveAsked: "remove"}


class Handling:
    """Handles one event at a time; safe to run in any number of processes at once."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.performer = Performer(services, self.handle)

    def handle(self, message: Envelope) -> None:
        """Decide on an event and perform what that owes. The same event again only performs what is left.

        Raises:
            Temporary: nothing was committed, or a person could not be told; the queue should try again.
            LostRace: other workers kept winning; the event must be queued anew.
        """
        try:
            owed = self._committed(message)
        except AlreadyDoneError:
            note("event_repeated", event_kind=message.event.kind, avatar=message.avatar)
            owed = self.services.records.owed(message.avatar)
        if self._perform(message.avatar, owed) and any(item.key for item in owed):
            self.services.lists.drop("owes", Entry(avatar=message.avatar, item=message.id))

    def drain(self, avatar: str) -> bool:
        """Perform whatever is owed for an avatar, whoever left it; False when something is still left."""
        return self._perform(avatar, self.services.records.owed(avatar))

    def _committed(self, message: Envelope) -> list[Owed]:
        services = self.services
        for attempt in range(TRIES):
            loaded = services.records.load(message.avatar, message.clip)
            book = Book.of(loaded.records)
            now = services.calendar.now()
            decision = decide(book, message, now, self._terms(message, book))
            if decision.empty:
                return []
            if loaded.root not in loaded.rows and not decision.puts:
                # A refusal about an avatar that does not exist: nothing to record it on, but the person is told.
                return [Owed(message.avatar, "", effect) for effect in decision.effects]
            self._list_before(loaded, decision, message.id)
            try:
                owed = services.records.commit(loaded, decision, message.id, now)
            except LostRace:
                if attempt == TRIES - 1:
                    raise
                services.stopwatch.pause(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter, no secret
                continue
            note("decided", event_kind=message.event.kind, avatar=message.avatar, effects=len(owed))
            self._list_after(loaded, decision)
            return owed
        raise AssertionError

    def _terms(self, message: Envelope, book: Book) -> Terms:
        """What this event needs to know; prices, names and clips only where it asks for them."""
        services, event = self.services, message.event
        wanted: dict[str, object] = {"members": self._members(message, book)}
        if isinstance(event, TrainAsked | ApproveClicked):
            wanted["clips"] = services.records.clips(message.avatar)
        if isinstance(event, TrainAsked | DeployAsked):
            wanted |= self._prices(book)
        place = event.target if isinstance(event, CopyAsked) else book.avatar.resource if book.avatar else ""
        if isinstance(event, TrainAsked | CopyAsked) and place in services.resources:
            resource = services.resources[place]
            wanted["taken"] = {place: services.drivers.of(resource).names(resource)}
        return Terms.model_validate({"policy": services.policy, "resources": services.resources, **wanted})

    def _prices(self, book: Book) -> dict[str, object]:
        services, now = self.services, self.services.calendar.now()
        places = {model.resource for model in book.models} | ({book.avatar.resource} if book.avatar else set[str]())
        regions = {services.resources[place].region for place in places if place in services.resources}
        training = {region: services.prices.training(region, now) for region in regions}
        hosting = {region: services.prices.hosting(region, now) for region in regions}
        return {
            "training_price": {region: price for region, price in training.items() if price},
            "hosting_price": {region: price for region, price in hosting.items() if price},
        }

    def _members(self, message: Envelope, book: Book) -> Members:
        """The user groups that this decision depends on; machines have no rights to check."""
        policy, event = self.services.policy, message.event
        listed: tuple[str, ...] = ()
        match event:
            case TrainAsked() | CopyAsked() | DeployAsked() | RemoveAsked():
                rule = policy.steps[STEPS[type(event)]]
                listed = (*rule.ask, *rule.approve, *(policy.on_call if isinstance(event, RemoveAsked) else ()))
            case ApproveClicked() | RejectClicked() | CancelAsked():
                operation = book.operations.get(event.operation)
                listed = operation.ask.rule.approve if operation else ()
            case TaskTaken() | TaskDone() | TaskFailed():
                listed = policy.operators
            case KeepClicked() | SnoozeClicked():
                listed = policy.on_call
            case _:
                pass
        grants = isinstance(event, ApproveClicked) or (isinstance(event, RemoveAsked) and event.from_alert)
        return Members(groups=self.services.groups.members(listed, anew=grants))

    def _list_before(self, loaded: Loaded, decision: Decision, message_id: str) -> None:
        """Entries are written before the commit: a crash leaves one too many, never one too few."""
        lists, avatar = self.services.lists, loaded.avatar
        if decision.effects:
            since = iso(self.services.stopwatch.now())
            lists.put("owes", Entry(avatar=avatar, item=message_id, data={"since": since}))
        known = [record for _, record in loaded.rows.values()]
        for record in decision.puts:
            if record in known:
                continue
            if isinstance(record, Avatar):
                lists.put("avatars", Entry(avatar=avatar))
            if isinstance(record, Operation) and record.open and record.revision <= 2:  # 2: approved by its own rule
                lists.put("open", Entry(avatar=avatar, item=record.id))
            if isinstance(record, Deployment) and record.revision == 1:
                lists.put("live", Entry(avatar=avatar, item=record.id, data={"resource": record.resource}))

    def _list_after(self, loaded: Loaded, decision: Decision) -> None:
        lists = self.services.lists
        for record in decision.puts:
            if isinstance(record, Operation) and not record.open:
                lists.drop("open", Entry(avatar=loaded.avatar, item=record.id))
            if isinstance(record, Deployment) and not record.billed:
                lists.drop("live", Entry(avatar=loaded.avatar, item=record.id))

    def _perform(self, avatar: str, owed: list[Owed]) -> bool:
        """Perform each; what can't be done now stays owed and is tried again after the longest wait asked for."""
        wait = self.performer.perform_all(owed)
        if wait:
            self.services.queues.events(Drain(avatar=avatar).model_dump_json(), wait)
        return not wait
