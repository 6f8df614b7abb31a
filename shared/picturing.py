"""Pictures of clips: where they are kept, and their files in Slack, each uploaded once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shared.domain.base import digest
from shared.domain.clips import Accepted, Clip, ClipPicture, Faulty
from shared.domain.operations import Operation
from shared.domain.readiness import accepted, used
from shared.errors import Broken
from shared.log import warn
from shared.services import Services

NOT_READY = "slack_file_not_ready"
PATIENCE = 6  # how often Slack may say that it is not ready with a file, until the card goes without
FRAME = "frame"  # for the picture beside the consent, not for the clip's own card
FACES = "faces"


def folder(clip: Clip) -> str:
    """Where the pictures of all versions of a clip lie."""
    return f"{clip.path.avatar}/{clip.id}"


def version_folder(clip: Clip) -> str:
    """Where the pictures of this version lie."""
    return f"{folder(clip)}/{digest(clip.etag)[:16]}"


def blob_name(clip: Clip, picture: str) -> str:
    return f"{version_folder(clip)}/{picture}.jpg"


@dataclass(frozen=True)
class Wanted:
    """A file that a card shows: its name on the card, the key under which it is remembered, and how it is made."""

    name: str
    key: str
    alt: str
    make: Callable[[], bytes | None]


class SlackFiles:
    """The files in Slack that cards show."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def of_clip(self, clip: Clip) -> list[Wanted]:
        """What the card of a clip shows: a contact sheet, and its sound."""
        pictures = clip.state.pictures if isinstance(clip.state, Accepted | Faulty) else ()
        return [self._picture(clip, picture) for picture in pictures if picture.name != FRAME]

    def of_training(self, operation: Operation, clips: Iterable[Clip]) -> list[Wanted]:
        """The talent of the consent video beside a picture of each clip that the training would use."""
        known = list(clips)
        covered = {(version.kind, version.file, version.fingerprint) for version in operation.ask.clips}
        mine = [clip for clip, state in used(known) if (clip.path.kind, clip.path.file, state.fingerprint) in covered]
        consents = [clip for clip, _ in accepted(known, "consent")]
        if not mine or not consents:
            return []
        alt = f"Left: the talent in the consent video. Right: one picture of each of {len(mine)} clips. Is it the same person?"
        return [Wanted(FACES, f"file:{operation.id}:{FACES}", alt, lambda: self._beside(consents[-1], mine))]

    def upload(self, avatar: str, wanted: Iterable[Wanted]) -> dict[str, str]:
        """File ids by name, each uploaded once; one that is gone, or that Slack would not take, is left out.

        Raises:
            Temporary: Slack can't be reached, or another worker is uploading it.
        """
        found = {one.name: self._file(avatar, one) for one in wanted}
        return {name: file for name, file in found.items() if file}

    def not_ready(self, avatar: str, wanted: Iterable[Wanted]) -> None:
        """Slack was not ready with one of the files; after a few times the card goes without them."""
        cards = self._services.cards
        for one in wanted:
            held = cards.lease(avatar, one.key, self._services.stopwatch.now())
            refused = int(held.shown or 0) + 1
            cards.release(held, held.channel, held.ts, str(refused))

    def _file(self, avatar: str, wanted: Wanted) -> str:
        services = self._services
        known = services.cards.peek(avatar, wanted.key)
        if known.ts:
            return "" if int(known.shown or 0) >= PATIENCE else known.ts
        held = services.cards.lease(avatar, known.key, services.stopwatch.now())
        file = held.ts
        try:
            if not file:
                content = wanted.make()
                name = f"{wanted.key.replace(':', '-')}.jpg"
                file = services.messenger.upload(name, content, wanted.alt) if content else ""
        except Broken as error:  # a verdict must not wait for a picture that Slack will never take
            warn("picture_refused", avatar=avatar, code=error.code)
            services.cards.release(held, "", "refused", str(PATIENCE))
            return ""
        except BaseException:
            services.cards.release(held, "", "", held.shown)
            raise
        services.cards.release(held, "", file, held.shown)
        return file

    def _picture(self, clip: Clip, picture: ClipPicture) -> Wanted:
        key = f"file:{clip.id}:{digest(clip.etag)[:16]}:{picture.name}"
        return Wanted(
            picture.name, key, picture.alt, lambda: self._services.pictures.get(blob_name(clip, picture.name))
        )

    def _beside(self, consent: Clip, clips: list[Clip]) -> bytes | None:
        from shared.media.beside import Still, draw_beside

        stills = [
            Still(f"{clip.path.kind}/{clip.path.file}", picture)
            for clip in (consent, *clips)
            if (picture := self._services.pictures.get(blob_name(clip, FRAME)))
        ]
        if len(stills) < 2 or not stills[0].name.startswith("consent/"):
            return None
        return draw_beside(stills[0], stills[1:])
