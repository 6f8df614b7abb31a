"""What a card is drawn from, and what drawing gives."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.book import Book
from shared.domain.clips import Clip
from shared.domain.learning import Trained
from shared.domain.money import Amount
from shared.domain.policy import Policy
from shared.domain.resources import Resource
from shared.domain.tasks import Part
from shared.slack.blocks import Json


@dataclass(frozen=True)
class Scene:
    """Everything that a card is drawn from."""

    book: Book
    policy: Policy
    resources: dict[str, Resource]
    now: datetime
    clips: tuple[Clip, ...] = ()
    tasks: dict[str, list[Part]] = field(default_factory=dict[str, list[Part]])  # by operation
    operators: tuple[str, ...] = ()  # by name, where a task is offered
    posted: bool = True  # this card is in Slack already
    trial: Amount | None = None  # what trying a new deployment costs
    past: tuple[Trained, ...] = ()  # earlier trainings, where one is asked for or runs
    files: dict[str, str] = field(default_factory=dict[str, str])  # pictures that the card shows: name -> Slack file id


@dataclass(frozen=True)
class Drawn:
    """A message: where it goes, its fallback text and its blocks; `under` names the card whose thread it is in."""

    channel: str
    text: str
    blocks: list[Json]
    under: str = ""
