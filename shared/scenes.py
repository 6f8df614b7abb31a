"""Read what a card is drawn from: the records as they are now, and the files that it shows."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.book import Book
from shared.domain.clips import Clip
from shared.domain.learning import Trained
from shared.domain.money import Amount, trial_amount
from shared.domain.operations import Operation, Proposed, Running, Succeeded, Waiting
from shared.domain.policy import Members
from shared.picturing import SlackFiles, Wanted
from shared.services import Services
from shared.slack.scene import Scene
from shared.speech.portal import steps
from shared.starting import job_for


class Scenes:
    """What each card is drawn from."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.files = SlackFiles(services)

    def pictures(self, avatar: str, card: str) -> list[Wanted]:
        """The files that a card shows."""
        kind, _, rest = card.partition(":")
        clip = self._clip_of(avatar, card)
        if clip:
            return self.files.of_clip(clip)
        if kind != "op" or not rest.startswith("train"):
            return []
        operation = Book.of(self._services.records.load(avatar).records).operations.get(rest)
        if operation is None or not isinstance(operation.state, Proposed):
            return []  # it was there to decide by
        return self.files.of_training(operation, self._services.records.clips(avatar))

    def of(self, avatar: str, card: str, wanted: Sequence[Wanted] = (), *, posted: bool = True) -> Scene:
        """`wanted`: its files, as `pictures` named them; `posted`: it is in Slack already."""
        services = self._services
        now = services.calendar.now()
        files = self.files.upload(avatar, wanted)
        kind, _, rest = card.partition(":")
        if kind == "clip":  # a clip is an aggregate of its own: the others are not read
            book = Book.of(services.records.load(avatar, card.split(":")[1]).records)
            clips = (book.clip,) if book.clip else ()
            return Scene(book, services.policy, services.resources, now, clips, files=files)
        book = Book.of(services.records.load(avatar).records)
        clips = services.records.clips(avatar) if kind == "burst" else ()
        tasks, operators = {}, ()
        operation = book.operations.get(rest.split(":")[0])
        if kind in {"task", "part"} and operation and isinstance(operation.state, Waiting):
            clips = services.records.clips(avatar)
            tasks = {operation.id: steps(job_for(services, book, operation, clips))}
            listed = services.policy.operators
            operators = Members(groups=services.groups.members(listed, anew=False)).people(listed)
        trial = self._trial_amount(operation, now) if kind == "op" and operation else None
        return Scene(
            book,
            services.policy,
            services.resources,
            now,
            clips,
            tasks,
            operators,
            posted=posted,
            trial=trial,
            past=self._past(operation) if kind == "op" and operation else (),
            files=files,
        )

    def _past(self, operation: Operation) -> tuple[Trained, ...]:
        """What earlier trainings took, for the card of one that is asked for or runs."""
        if operation.ask.step != "train" or not isinstance(operation.state, Proposed | Running):
            return ()
        return tuple(
            Trained.model_validate_json(entry.data["json"]) for entry in self._services.lists.entries("trained")
        )

    def _trial_amount(self, operation: Operation, now: datetime) -> Amount | None:
        """What trying a new deployment costs, for its card."""
        place = self._services.resources.get(operation.ask.resource)
        if operation.ask.step != "deploy" or not isinstance(operation.state, Succeeded) or place is None:
            return None
        price = self._services.prices.synthesis(place.region, now)
        return trial_amount(price) if price and place.endpoint else None

    def _clip_of(self, avatar: str, card: str) -> Clip | None:
        """The clip whose newest verdict a card shows."""
        kind, _, rest = card.partition(":")
        clip_id, _, burst = rest.partition(":")
        if kind != "clip":
            return None
        clip = Book.of(self._services.records.load(avatar, clip_id).records).clip
        return clip if clip and clip.burst == burst else None
