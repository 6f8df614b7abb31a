"""Erase what is held of a talent who withdrew the consent: clips, consent video, pictures here and in Slack, names and words."""

from shared.clock import iso
from shared.domain.book import Book
from shared.domain.events import Erased
from shared.handling import Handling
from shared.log import note
from shared.ports import Entry

PORTIONS = 50


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
    for card in services.cards.known(avatar, "file:"):
        if card.ts.startswith("F"):
            services.messenger.delete_file(card.ts)
        services.cards.forget(card)
    for message in services.lists.entries("poison"):
        if message.avatar == avatar:
            services.lists.drop("poison", message)
    for number in range(PORTIONS):
        if gone.erased:
            services.lists.drop("erasures", entry)
            note("erased", avatar=avatar)
            return
        handling.handle(services.said(f"erase-{avatar}-{iso(now)}-{number}", avatar, "reconcile", Erased()))
        gone = Book.of(services.records.load(avatar).records).withdrawal or gone
