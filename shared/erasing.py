"""Erase what is held of a talent who withdrew the consent: clips, consent video, pictures here and in Slack, names and words."""

from shared.clock import iso
from shared.domain.book import Book
from shared.domain.events import Erased
from shared.errors import AppError, Broken
from shared.handling import Handling
from shared.log import note, warn
from shared.ports import Entry
from shared.services import Services

PORTIONS = 50
TOLD = "pictures-left"


def erase(handling: Handling, entry: Entry) -> None:
    """Erase, if the time to notice a mistake is over; what fails is tried again at the next run."""
    services, avatar = handling.services, entry.avatar
    gone = Book.of(services.records.load(avatar).records).withdrawal
    now = services.calendar.now()
    if gone is None or now < gone.erase_at:
        return
    for blob in list(services.clips.list(avatar)):
        services.clips.delete(blob.name)
    services.pictures.drop(avatar)
    left = _delete_pictures(services, avatar)
    for message in services.lists.entries("poison"):
        if message.avatar == avatar:
            services.lists.drop("poison", message)
    for number in range(PORTIONS):
        if gone.erased:
            if not left:
                services.lists.drop("erasures", entry)
                note("erased", avatar=avatar)
            return
        handling.handle(services.said(f"erase-{avatar}-{iso(now)}-{number}", avatar, "reconcile", Erased()))
        gone = Book.of(services.records.load(avatar).records).withdrawal or gone


def _delete_pictures(services: Services, avatar: str) -> int:
    """Pictures in Slack, one by one: what it refuses keeps nothing else from being erased. How many are left."""
    left = 0
    for card in services.cards.known(avatar, "file:"):
        try:
            if card.ts.startswith("F"):
                services.messenger.delete_file(card.ts)
        except AppError as error:
            left += 1
            warn("picture_not_deleted", avatar=avatar, code=error.code)
            if isinstance(error, Broken):
                _tell(services, avatar, error.code)
        else:
            services.cards.forget(card)
    return left


def _tell(services: Services, avatar: str, code: str) -> None:
    """The maintainers, once an avatar."""
    held = services.cards.lease(avatar, TOLD, services.stopwatch.now())
    channel, ts = held.channel, held.ts
    try:
        if not ts:
            channel = services.policy.maintainers_channel
            text = (
                f":rotating_light: The consent for *{avatar}* was withdrawn, and Slack does not delete all of its pictures (`{code}`). Delete them "
                "in Slack, or give the app the scope that is missing; it is tried again every ten minutes. All else is erased."
            )
            ts = services.messenger.post(channel, text)
    finally:
        services.cards.release(held, channel, ts, "")
