"""Many idle deployments at once are one message with a form, instead of a storm of alerts."""

import hashlib
import json
from collections.abc import Callable

from shared.domain.book import Book
from shared.domain.deployments import Deployment, Idle
from shared.domain.reminding import mentions
from shared.errors import Temporary
from shared.log import warn
from shared.ports import Card, Entry
from shared.services import Services
from shared.slack.many_idle import many_card

FLAGGED = "flagged"  # the work list: alerts without a message of their own
OWN, CARD = "~idle", "list"  # the message, in a partition of its own
TRIES = 8
PACED = "slack_pace"
Found = list[tuple[Entry, Deployment | None]]
FEW = 5  # as many are told one by one


def hold(services: Services, avatar: str, card: str) -> None:
    """An alert is due: it is told at the end of the run, by itself or among others."""
    services.lists.put(FLAGGED, Entry(avatar=avatar, item=card.split(":")[1], data={"card": card}))


def listed(services: Services, avatar: str, deployment: str) -> bool:
    """Whether this deployment is on the list of many."""
    known = services.lists.entries(FLAGGED)
    return any((entry.avatar, entry.item) == (avatar, deployment) for entry in known)


def tell_flagged(services: Services, tell_one: Callable[[str, str], None]) -> None:
    """Tell what was flagged: a few one by one, many as one list; and keep that list true until all of it is settled.

    `tell_one` shows one alert's own card.
    """
    found = _found(services)
    waiting = [entry for entry, deployment in found if deployment and isinstance(deployment.state, Idle)]
    if len(waiting) > FEW or (found and services.cards.peek(OWN, CARD).ts):
        _keep_list(services, found)
        return
    for entry in waiting:
        _told(services, lambda entry=entry: tell_one(entry.avatar, entry.data["card"]))
    for entry, _ in found:
        services.lists.drop(FLAGGED, entry)


def refresh(services: Services) -> None:
    """Somebody settled one of many: the list shows it, at once or at the next run of a timer."""
    try:
        if services.cards.peek(OWN, CARD).ts:
            _keep_list(services, _found(services))
    except Temporary as error:
        warn("list_behind", code=error.code)


def _keep_list(services: Services, found: Found) -> None:
    """The message as it must be now; once all is settled, the next many are another message."""
    _show(services, [deployment for _, deployment in found if deployment])
    if any(deployment and isinstance(deployment.state, Idle) for _, deployment in found):
        return
    for entry, _ in found:
        services.lists.drop(FLAGGED, entry)
    services.cards.forget(Card(avatar=OWN, key=CARD))


def _told(services: Services, tell: Callable[[], None]) -> None:
    """Slack takes a few posts at once in a channel, and then one a second.

    Raises:
        Temporary: it has not taken this one after some tries; the next run of a timer goes on.
    """
    for _ in range(TRIES):
        try:
            return tell()
        except Temporary as error:
            if error.code != PACED:
                raise
            services.stopwatch.pause(error.retry_after)
    return tell()


def _show(services: Services, deployments: list[Deployment]) -> None:
    held = services.cards.lease(OWN, CARD, services.stopwatch.now())
    sent = held
    try:
        channel = services.policy.on_call_channel
        text, blocks = many_card(deployments, services.policy, services.calendar.now())
        shown = hashlib.sha256(json.dumps([text, blocks]).encode()).hexdigest()[:16]
        if held.ts and held.shown != shown:
            services.messenger.update(held.channel, held.ts, text, blocks)
            sent = Card(OWN, CARD, held.channel, held.ts, shown)
        elif not held.ts:
            sent = Card(OWN, CARD, channel, services.messenger.post(channel, text, blocks), shown)
    finally:
        services.cards.release(held, sent.channel, sent.ts, sent.shown)


def tell_late(services: Services) -> bool:
    """Nobody settles what is on the list: those who approve removals hear of it once, in its thread; False where there is no list."""
    known = services.cards.peek(OWN, CARD)
    if not known.ts:
        return False
    policy = services.policy
    text = (
        f":bell: {mentions(policy.steps['remove'].approve)} nobody has settled this for {policy.idle.escalate_hours} hours: *Settle several …* "
        "above removes, keeps or snoozes what is on the list."
    )
    held = services.cards.lease(OWN, f"late:{known.ts}", services.stopwatch.now())
    ts = held.ts
    try:
        ts = ts or services.messenger.post(known.channel, text, None, known.ts)
    finally:
        services.cards.release(held, known.channel, ts, held.shown)
    return True


def open_ones(services: Services) -> list[Deployment]:
    """What is on the list and waits for somebody, the dearest first."""
    waiting = [deployment for _, deployment in _found(services) if deployment and isinstance(deployment.state, Idle)]
    return sorted(waiting, key=lambda deployment: -deployment.spent_since_use(services.calendar.now()).value)


def _found(services: Services) -> Found:
    """What is on the work list, as it is on record now."""
    entries = services.lists.entries(FLAGGED)
    return [
        (entry, Book.of(services.records.load(entry.avatar).records).deployments.get(entry.item)) for entry in entries
    ]
