"""Many idle deployments at once are one message with a form, instead of a storm of alerts."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from shared.domain.book import Book
from shared.domain.deployments import Deployment, Idle
from shared.domain.reminding import mentions
from shared.errors import AppError, Broken, Temporary
from shared.log import warn
from shared.pacing import PACED
from shared.ports import Card, Entry
from shared.services import Services
from shared.slack.blocks import escaped
from shared.slack.many_idle import many_card
from shared.slack.scene import Drawn

FLAGGED = "flagged"  # the work list: alerts without a message of their own
OWN, CARD = "~idle", "list"  # the message, in a partition of its own
LIST_KEY = "avatar-ops/idle-list"  # of the list of many, for other routes
FEW = 5  # as many are told one by one
TRIES = 8
STUCK = Entry(avatar=OWN, item="idle-alerts")
Found = list[tuple[Entry, Deployment | None]]


class Put(Protocol):
    """Post or update a message that is no avatar's card; `once`: what is posted stays as it is."""

    def __call__(self, avatar: str, key: str, draw: Callable[[], Drawn], *, once: bool = False) -> None: ...


class IdleList:
    """Decides how an alert is told; `show` draws one alert's own card."""

    def __init__(self, services: Services, show: Callable[[str, str], None], put: Put) -> None:
        self._services = services
        self._show = show
        self._put = put
        self._together = False

    @contextmanager
    def together(self) -> Generator[None]:
        """Alerts that come due inside are put on the work list, and told by `tell`."""
        self._together = True
        try:
            yield
        finally:
            self._together = False

    def takes(self, avatar: str, card: str) -> bool:
        """Whether an alert that is behind has no message of its own: it is told with others, and the list of many shows it now.

        Raises:
            Temporary: Slack can't be reached, or its pace is kept.
        """
        services, deployment = self._services, card.split(":")[1]
        if services.cards.peek(avatar, card).ts:
            return False
        if self._together:
            services.lists.put(FLAGGED, Entry(avatar=avatar, item=deployment, data={"card": card}))
            return True
        found = _found(services)
        listed = any((entry.avatar, entry.item) == (avatar, deployment) for entry, _ in found)
        if listed and self._is_open():
            self._keep(found)
        return listed

    def takes_reply(self, avatar: str, card: str) -> bool:
        """Whether what would go into an alert's thread is of one among many: then all of them are told of once, in the list's."""
        services = self._services
        if services.cards.peek(avatar, card).ts or not self._is_open():
            return False
        above = services.cards.peek(OWN, CARD)
        policy = services.policy
        text = (
            f":bell: {mentions(policy.steps['remove'].approve)}: nobody has settled this for {policy.idle.escalate_hours} hours: "
            "*Settle several …* above removes, keeps or snoozes what is on the list."
        )
        self._put(OWN, f"late:{above.ts}", lambda: Drawn(above.channel, text, [], CARD), once=True)
        return True

    def page_key(self, avatar: str, deployment: str, card: str, *, ends: bool) -> str:
        """Under which key other routes know an alert: its own, or that of the list of many. Empty: others are still open there.

        Raises:
            Temporary: it is not decided yet how it is told.
        """
        services = self._services
        if services.cards.peek(avatar, card).ts:
            return f"avatar-ops/{card}"
        found = _found(services)
        listed = any((entry.avatar, entry.item) == (avatar, deployment) for entry, _ in found)
        if not ends and (self._together or not (listed and self._is_open())):
            raise Temporary("not_told_yet", "an alert that comes with others", 20)
        return LIST_KEY if not ends or not any(_waits(deployment) for _, deployment in found) else ""

    def tell(self) -> None:
        """Tell what was flagged: a few one by one, many as one list; and keep that list true until all of it is settled.

        Raises:
            Temporary: not all could be told; the next run of a timer goes on.
            Broken: Slack refuses; it is on the list of what is stuck, and the maintainers were told once.
        """
        found = _found(self._services)
        if not found:
            return
        try:
            self._told(found)
        except Broken as error:
            self._refused(error)
            raise
        self._services.lists.drop("stuck", STUCK)

    def _refused(self, error: Broken) -> None:
        services = self._services
        if any(entry.item == STUCK.item for entry in services.lists.entries("stuck")):
            return
        text = (
            f":warning: Idle deployments could not be told ({escaped(error.sentence)}, `{error.code}`). It is tried again every few "
            "minutes. The runbook says what to do: “Something could not be delivered”."
        )
        try:
            services.messenger.post(services.policy.maintainers_channel, text)
        except AppError as silent:  # not listed: the next run tells them
            warn("maintainers_unreachable", code=silent.code)
            return
        services.lists.put("stuck", replace(STUCK, data={"code": error.code, "effect": "idle alerts"}))

    def _told(self, found: Found) -> None:
        services = self._services
        if self._is_open():
            self._keep(found)
            return
        waiting = [entry for entry, deployment in found if _waits(deployment)]
        if len(waiting) > FEW:
            self._keep(found)
            return
        for entry in waiting:
            self._one(entry)
        for entry, _ in found:
            services.lists.drop(FLAGGED, entry)

    def _one(self, entry: Entry) -> None:
        """Slack takes a few posts at once in a channel, and then one a second."""
        for _ in range(TRIES):
            try:
                return self._show(entry.avatar, entry.data["card"])
            except Temporary as error:
                if error.code != PACED:
                    raise
                self._services.stopwatch.pause(error.retry_after)
        return self._show(entry.avatar, entry.data["card"])

    def _is_open(self) -> bool:
        return bool(self._services.cards.peek(OWN, CARD).ts)

    def _keep(self, found: Found) -> None:
        """The message as it must be now; once all is settled, the next many are another message."""
        services = self._services

        def draw() -> Drawn:
            known = [deployment for _, deployment in _found(services) if deployment]
            text, blocks = many_card(known, services.policy, services.calendar.now())
            return Drawn(services.policy.on_call_channel, text, blocks)

        self._put(OWN, CARD, draw)
        services.lists.drop("stuck", STUCK)
        if any(_waits(deployment) for _, deployment in found):
            return
        services.cards.forget(
            Card(avatar=OWN, key=CARD)
        )  # first: an entry too many is dropped by `tell`, a message too many never
        for entry, _ in found:
            services.lists.drop(FLAGGED, entry)


def open_ones(services: Services) -> list[Deployment]:
    """What is on the list and waits for somebody, the dearest first."""
    waiting = [deployment for _, deployment in _found(services) if deployment and _waits(deployment)]
    return sorted(waiting, key=lambda deployment: -deployment.spent_since_use(services.calendar.now()).value)


def _waits(deployment: Deployment | None) -> bool:
    return deployment is not None and isinstance(deployment.state, Idle)


def _found(services: Services) -> Found:
    """What is on the work list, as it is on record now."""
    entries = services.lists.entries(FLAGGED)
    return [
        (entry, Book.of(services.records.load(entry.avatar).records).deployments.get(entry.item)) for entry in entries
    ]
