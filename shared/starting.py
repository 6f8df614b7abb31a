"""Start an approved operation: claim it, compare once more what was approved, act, record, tell."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from shared.domain.asking import endpoint_id
from shared.domain.base import digest
from shared.domain.book import Book, Case
from shared.domain.clips import Clip
from shared.domain.comparing import changes_since, still_checking
from shared.domain.deployments import hours_between
from shared.domain.events import Envelope, Event, HandedToPerson, InputsChanged, StartClaimed, Started, StartRefused
from shared.domain.names import ClipPath, Kind
from shared.domain.operations import Approved, Operation, Running, Starting, Succeeded, Waiting
from shared.domain.readiness import accepted
from shared.domain.removing import AUTO_RULE, IDLE_RULE
from shared.domain.resources import Resource
from shared.errors import Broken, Refused
from shared.gathering import gather
from shared.log import trace
from shared.ports import Job, NeedsPerson, NotYet, Underway
from shared.services import Services


class Starter:
    """Nothing paid is called but here."""

    def __init__(self, services: Services, handle: Callable[[Envelope], None]) -> None:
        self._services = services
        self._handle = handle

    def start(self, avatar: str, operation_id: str) -> None:
        """Start it unless it has started; repeats use the same ids and find the first call."""
        _, operation = self._load(avatar, operation_id)
        if isinstance(operation.state, Approved):
            self._tell(operation, StartClaimed(operation=operation_id), f"claim-{operation.state.attempt}")
            _, operation = self._load(avatar, operation_id)
        if not isinstance(operation.state, Starting):
            return
        # One worker at a time between the comparison and the call: what one starts, no other may declare changed.
        cards, clock = self._services.cards, self._services.stopwatch
        held = cards.lease(avatar, f"start:{operation_id}", clock.now())

        def hold() -> None:
            nonlocal held
            held = cards.renew(held, clock.now())

        try:
            self._compare_and_act(avatar, operation_id, hold)
        finally:
            cards.release(held, "", "", "")

    def _compare_and_act(self, avatar: str, operation_id: str, hold: Callable[[], None]) -> None:
        book, operation = self._load(avatar, operation_id)
        state = operation.state
        if not isinstance(state, Starting):
            return
        trace("claimed", operation=operation_id)
        message = self._envelope(operation, StartClaimed(operation=operation_id), "compare")
        terms = gather(self._services, message, book)
        case = Case(book, message, self._services.calendar.now(), terms)
        if still_checking(case, operation.ask):
            return  # a covered clip was uploaded again; the timer asks again when its check is done
        changes = changes_since(case, operation.ask) or self._used_again(book, operation)
        job = replace(job_for(self._services, book, operation, terms.clips), hold=hold)
        driver = self._services.drivers.of(job.resource)
        begun = bool(changes) and driver.begun(job)  # what runs already is not undone by calling it changed
        if changes and not begun:
            self._tell(
                operation, InputsChanged(operation=operation_id, changes=changes), f"stale-{digest(changes)[:8]}"
            )
            return
        try:
            answer = Underway() if begun else driver.start(job)
        except Refused as error:
            refused = StartRefused(operation=operation_id, code=error.code, text=error.sentence)
            self._tell(operation, refused, f"refused-{state.attempt}")
            return
        match answer:
            case Underway():
                self._tell(operation, Started(operation=operation_id), f"started-{state.attempt}")
            case NeedsPerson():
                self._tell(operation, HandedToPerson(operation=operation_id), f"handed-{state.attempt}")
            case NotYet():
                return  # the timer asks again; what was approved is compared again then

    def _used_again(self, book: Book, operation: Operation) -> tuple[str, ...]:
        """Idleness is looked at once more right before an idle deployment is removed."""
        ask, services = operation.ask, self._services
        deployment = book.deployments.get(ask.deployment or "")
        if ask.rule.name not in {IDLE_RULE, AUTO_RULE} or deployment is None or ask.resource not in services.resources:
            return ()
        now = services.calendar.now()
        neighbours = sum(1 for entry in services.lists.entries("live") if entry.data.get("resource") == ask.resource)
        ours = [trial for trial in book.trials.values() if trial.deployment == deployment.id]
        look = services.usage.look(services.resources[ask.resource], [deployment], now, ours, alone=neighbours <= 1)
        if ask.rule.name == AUTO_RULE and (look[deployment.id].verdict, look[deployment.id].confidence) != (
            "idle",
            "high",
        ):
            return ("nobody can tell any more that it is not used",)
        last = look[deployment.id].last_used
        unused = deployment.seen(look[deployment.id]).unused(now)
        if last is None or unused >= timedelta(hours=services.policy.idle.grace_hours):
            return ()
        return (f"it was used again, {hours_between(last, now)} h ago",)

    def _load(self, avatar: str, operation_id: str) -> tuple[Book, Operation]:
        book = Book.of(self._services.records.load(avatar).records)
        return book, book.operation(operation_id)

    def _tell(self, operation: Operation, event: Event, what: str) -> None:
        self._handle(self._envelope(operation, event, what))

    def _envelope(self, operation: Operation, event: Event, what: str) -> Envelope:
        return self._services.said(f"{operation.id}-{what}", operation.ask.avatar, "start", event)


def job_for(services: Services, book: Book, operation: Operation, clips: tuple[Clip, ...]) -> Job:
    """Everything a driver needs, with links to the files."""
    return job_of(book, operation, clips, services.resources, services.clips.link)


def job_of(
    book: Book, operation: Operation, clips: tuple[Clip, ...], resources: Mapping[str, Resource],
    link: Callable[[str], str],
) -> Job:  # fmt: skip
    """Everything a driver needs, from the records.

    Raises:
        Broken: the configuration no longer has a resource that the operation names.
    """
    ask, avatar = operation.ask, book.known_avatar()
    try:
        resource = resources[ask.resource]
        target = resources[ask.target] if ask.target else None
    except KeyError as error:
        raise Broken(
            "resource_gone", f"operation {ask.id} names the resource {error}, which is not configured"
        ) from None
    before = in_workspace(book, operation)
    now = {(clip.kind, clip.file): clip.fingerprint for clip in ask.clips}
    same = {place for place, content in before.items() if now.get(place) == content}
    attempt = operation.state.attempt if isinstance(operation.state, Approved | Starting | Waiting | Running) else 1
    consent = book.consent
    paths = [ClipPath(avatar=ask.avatar, kind=clip.kind, file=clip.file) for clip in ask.clips]
    paths += [clip.path for clip, _ in accepted(clips, "consent")]
    return Job(
        ask=ask, attempt=attempt, avatar=avatar, resource=resource, target=target,
        files=tuple((path.kind, path.blob) for path in paths),
        there=frozenset(ClipPath(avatar=ask.avatar, kind=kind, file=file).blob for kind, file in same),
        stale_there=tuple(sorted(place for place in before if place not in same)),
        talent=book.words.get(consent.talent, "") if consent else "",
        company=book.words.get(consent.company, "") if consent else "",
        locale=consent.locale if consent else "",
        endpoint=ask.deployment or endpoint_id(ask.id, attempt),
        link=link,
    )  # fmt: skip


def in_workspace(book: Book, operation: Operation) -> dict[tuple[Kind, str], str]:
    """Which clips the portal's workspace has, with their content, as the operators said of earlier trainings, failed ones too.

    A training whose clips are all there replaced what was there before. What was deleted since, nobody told us: the card asks
    to compare.
    """
    ask = operation.ask
    if ask.step != "train" or ask.assurance != "attested":
        return {}
    earlier = [
        other
        for other in book.operations.values()
        if other.id != operation.id and (other.ask.step, other.ask.resource) == ("train", ask.resource)
    ]
    there: dict[tuple[Kind, str], str] = {}
    for other in sorted(earlier, key=lambda other: other.ask.at):
        kinds = {clip.kind for clip in other.ask.clips}
        done = kinds if isinstance(other.state, Running | Succeeded) else set(other.uploaded)
        if done >= kinds:
            there = {}
        there = {place: content for place, content in there.items() if place[0] not in done}
        there |= {(clip.kind, clip.file): clip.fingerprint for clip in other.ask.clips if clip.kind in done}
    return there
