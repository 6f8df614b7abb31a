"""The one shell around the pure core: load, decide, commit, perform."""

import random
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from threading import RLock

from shared.clock import iso
from shared.domain.book import Book, Decision
from shared.domain.deciding import decide, refuse
from shared.domain.deployments import Deployment
from shared.domain.events import (
    AdoptAsked,
    AvatarAsked,
    ClipRefused,
    ConsentGiven,
    ConsentWithdrawn,
    Drain,
    Envelope,
    GlassBroken,
    StrayKnown,
    StrayUnwanted,
)
from shared.domain.learning import trained
from shared.domain.operations import Operation
from shared.domain.records import Avatar, Trial, Withdrawal
from shared.domain.retrying import as_meant
from shared.errors import Broken, LostRace, Refused
from shared.gathering import gather
from shared.log import note, warn
from shared.naming import completed, unknown
from shared.performing import Performer
from shared.ports import AlreadyDoneError, Entry, Loaded, Owed
from shared.services import Services
from shared.telemetry import count, traceparent

TRIES = 8
SOON_S = 5.0
FOUNDING = AvatarAsked | AdoptAsked | StrayKnown | StrayUnwanted | ClipRefused  # those that need no avatar on record
BY_WHOLE_NAME = ConsentGiven | ConsentWithdrawn | GlassBroken  # what can't be taken back is not guessed


class _MeantError(Exception):
    """Half a name was typed: the avatar that is meant."""

    def __init__(self, avatar: str) -> None:
        super().__init__(avatar)
        self.avatar = avatar


class Handling:
    """Handles one event at a time; safe to run in any number of processes at once."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._turns: dict[str, AbstractContextManager[bool]] = {}
        self.performer = Performer(services, self.handle)

    def handle(self, message: Envelope) -> None:
        """Decide on an event and perform what that owes. The same event again only performs what is left.

        Raises:
            Temporary: nothing was committed, or a person could not be told; the queue should try again.
            LostRace: other workers kept winning; the event must be queued anew.
        """
        repeated = False
        try:
            owed = self._committed(message)
        except _MeantError as meant:
            self.handle(message.model_copy(update={"avatar": meant.avatar}))
            return
        except AlreadyDoneError:
            note("event_repeated", event_kind=message.event.kind, avatar=message.avatar)
            owed, repeated = self.services.records.owed(message.avatar), True
        if self._perform(message.avatar, owed) and (repeated or any(item.key for item in owed)):
            self.services.lists.drop("owes", Entry(avatar=message.avatar, item=message.id))

    def drain(self, avatar: str, *, again: bool = True) -> bool:
        """Perform whatever is owed for an avatar, whoever left it; False when something is still left.

        `again`: what is left is queued for another try (the reconcile timer comes back by itself).
        """
        return self._perform(avatar, self.services.records.owed(avatar), again=again)

    def _committed(self, message: Envelope) -> list[Owed]:
        with ExitStack() as turn:
            return self._won(message, turn)

    def _won(self, message: Envelope, turn: ExitStack) -> list[Owed]:
        services = self.services
        for attempt in range(TRIES):
            loaded = services.records.load(message.avatar, message.clip)
            book = Book.of(loaded.records)
            if book.avatar is None and message.reply and not isinstance(message.event, FOUNDING | BY_WHOLE_NAME):
                meant = completed(services, message.avatar)
                if meant and meant != message.avatar:
                    raise _MeantError(meant)
            now = services.calendar.now()
            decision = self._decided(message, book, now)
            if decision.empty:
                return []
            if loaded.root not in loaded.rows and not decision.puts:
                # A refusal about an avatar that does not exist: nothing to record it on, but the person is told.
                return [Owed(message.avatar, "", effect) for effect in decision.effects]
            leaving = self._list_before(loaded, decision, message.id)
            try:
                owed = services.records.commit(loaded, decision, message.id, now)
            except LostRace:
                count("retries", what="race", code="lost_race")
                if attempt == TRIES - 1:
                    raise
                if attempt == 0:  # losers of one process wait for each other, instead of losing to each other again
                    turn.enter_context(self._turns.setdefault(message.avatar, RLock()))
                services.stopwatch.pause(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter, no secret
                continue
            outcome = "refused" if any(line.outcome == "refused" for line in decision.audit) else "decided"
            count("events", kind=message.event.kind, outcome=outcome)
            note("decided", event_kind=message.event.kind, avatar=message.avatar, effects=len(owed))
            for entry in leaving:  # unless somebody listed it anew since
                services.lists.drop("live", entry)
            return owed
        raise AssertionError

    def _decided(self, message: Envelope, book: Book, now: datetime) -> Decision:
        try:
            if book.avatar is None and message.reply and not isinstance(message.event, FOUNDING):
                return refuse(book, message, Refused("unknown_avatar", unknown(self.services, message.avatar)))
            message = as_meant(book, message, now)
            terms = gather(self.services, message, book)
        except Refused as refusal:
            return refuse(book, message, refusal)
        except Broken as error:
            if message.reply is None:
                raise
            warn("terms_broken", code=error.code)
            sentence = f"This can't be checked now ({error.code}): a maintainer has to look. Nothing was changed."
            return refuse(book, message, Refused(error.code, sentence))
        return decide(book, message, now, terms)

    def _list_before(self, loaded: Loaded, decision: Decision, message_id: str) -> list[Entry]:
        """Entries are written before the commit: a crash leaves one too many, never one too few.

        The answer: those of `live` that are over with it. From `open` the timer drops at its next look, so that no click waits for it.
        """
        leaving: list[Entry] = []
        lists, avatar = self.services.lists, loaded.avatar
        since = {"since": iso(self.services.stopwatch.now())}  # nobody may drop an entry whose commit is under way
        if decision.effects:
            lists.put("owes", Entry(avatar=avatar, item=message_id, data=since))
        for record in decision.puts:
            if isinstance(record, Avatar):
                lists.put("avatars", Entry(avatar=avatar))
            if isinstance(record, Withdrawal) and record.erased is None:
                lists.put("erasures", Entry(avatar=avatar))
            if isinstance(record, Trial) and record.status == "running":
                lists.put("trials", Entry(avatar=avatar, item=record.id, data=since))
            learnt = trained(record) if isinstance(record, Operation) else None
            if learnt:
                lists.put(
                    "trained", Entry(avatar=avatar, item=learnt.operation, data={"json": learnt.model_dump_json()})
                )
            if isinstance(record, Operation) and record.key not in _keys(loaded):
                lists.put("open", Entry(avatar=avatar, item=record.id, data=since))
            if isinstance(record, Deployment):
                leaving += self._list_deployment(loaded, record, since)
        return leaving

    def _list_deployment(self, loaded: Loaded, record: Deployment, since: dict[str, str]) -> list[Entry]:
        lists, leaving = self.services.lists, list[Entry]()
        before = next((known for known in loaded.records if known.key == record.key), None)
        was_live = isinstance(before, Deployment) and before.billed
        if not before or record.billed != was_live:
            entry = Entry(avatar=loaded.avatar, item=record.id, data={"resource": record.resource, **since})
            entry = lists.put("live", entry)
            leaving = [] if record.billed else [entry]
        if _keeps_hours(record) and not (isinstance(before, Deployment) and _keeps_hours(before)):
            lists.put("hours", Entry(avatar=loaded.avatar, item=record.id, data=since))
        return leaving

    def _perform(self, avatar: str, owed: list[Owed], *, again: bool = True) -> bool:
        """Perform each; what can't be done now stays owed and is tried again after the longest wait asked for."""
        done, wait = self.performer.perform_all(owed)
        if wait and again and not self._coming(avatar, wait):
            self.services.queues.events(Drain(avatar=avatar, trace=traceparent()).model_dump_json(), wait)
        return done

    def _coming(self, avatar: str, wait: float) -> bool:
        """Whether somebody else queued another try a moment ago: one is enough for all that waits for its turn."""
        services = self.services
        return wait <= SOON_S and services.lists.pace(f"drain-{avatar}", 2 / wait, 1, services.stopwatch.now()) > 0


def _keeps_hours(deployment: Deployment) -> bool:
    return deployment.hours is not None and (deployment.billed or deployment.resting)


def _keys(loaded: Loaded) -> set[str]:
    return {record.key for record in loaded.records}
