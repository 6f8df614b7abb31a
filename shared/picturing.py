"""Pictures of clips: where they are kept, and their files in Slack, each uploaded once."""

from shared.domain.base import digest
from shared.domain.clips import Accepted, Clip, ClipPicture, Faulty
from shared.errors import Broken
from shared.log import warn
from shared.services import Services

NOT_READY = "slack_file_not_ready"
PATIENCE = 6  # how often Slack may say that it is not ready with a file, until the card goes without


def folder(clip: Clip) -> str:
    """Where the pictures of all versions of a clip lie."""
    return f"{clip.path.avatar}/{clip.id}"


def version_folder(clip: Clip) -> str:
    """Where the pictures of this version lie."""
    return f"{folder(clip)}/{digest(clip.etag)[:16]}"


def blob_name(clip: Clip, picture: str) -> str:
    return f"{version_folder(clip)}/{picture}.jpg"


class SlackFiles:
    """The files in Slack that a clip's card shows."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def of(self, clip: Clip) -> dict[str, str]:
        """File ids by the picture's name; a picture that is gone, or that Slack would not take, is left out.

        Raises:
            Temporary: Slack can't be reached, or another worker is uploading it.
        """
        pictures = clip.state.pictures if isinstance(clip.state, Accepted | Faulty) else ()
        found = {picture.name: self._file(clip, picture) for picture in pictures}
        return {name: file for name, file in found.items() if file}

    def not_ready(self, clip: Clip) -> None:
        """Slack was not ready with one of the files; after a few times the card goes without them."""
        cards = self._services.cards
        for name in self.of(clip):
            held = cards.lease(clip.path.avatar, _key(clip, name), self._services.stopwatch.now())
            refused = int(held.shown or 0) + 1
            cards.release(held, held.channel, held.ts, str(refused))

    def _file(self, clip: Clip, picture: ClipPicture) -> str:
        services = self._services
        known = services.cards.peek(clip.path.avatar, _key(clip, picture.name))
        if known.ts:
            return "" if int(known.shown or 0) >= PATIENCE else known.ts
        held = services.cards.lease(clip.path.avatar, known.key, services.stopwatch.now())
        file = held.ts
        try:
            if not file:
                file = self._upload(clip, picture)
        except Broken as error:  # a verdict must not wait for a picture that Slack will never take
            warn("picture_refused", avatar=clip.path.avatar, code=error.code)
            services.cards.release(held, "", "refused", str(PATIENCE))
            return ""
        except BaseException:
            services.cards.release(held, "", "", held.shown)
            raise
        services.cards.release(held, "", file, held.shown)
        return file

    def _upload(self, clip: Clip, picture: ClipPicture) -> str:
        content = self._services.pictures.get(blob_name(clip, picture.name))
        if content is None:
            return ""
        return self._services.messenger.upload(f"{clip.id}-{picture.name}.jpg", content, picture.alt)


def _key(clip: Clip, picture: str) -> str:
    return f"file:{clip.id}:{digest(clip.etag)[:16]}:{picture}"
