"""What a decision owes to the outside world; each is harmless to repeat."""

from typing import Annotated, Literal

from pydantic import Field

from shared.domain.base import Frozen
from shared.domain.events import Reply


class ShowCard(Frozen):
    """Card X is behind; it is rendered from the records when it is sent. `urgent` goes before progress."""

    kind: Literal["show_card"] = "show_card"
    card: str
    urgent: bool = True


class Answer(Frozen):
    """A private sentence to the person who asked or clicked, with a link to a card where that helps.

    Without a text it says what the card says by then.
    """

    kind: Literal["answer"] = "answer"
    to: Reply
    text: str
    card: str = ""


class Post(Frozen):
    """A plain sentence in a channel, or in the thread of a card."""

    kind: Literal["post"] = "post"
    channel: str
    text: str
    under: str | None = None  # a card: post into its thread
    bell: str = ""  # a person whom this only informs: left out where they muted that


class StartWork(Frozen):
    """Start an approved operation: claim, act, record, tell."""

    kind: Literal["start_work"] = "start_work"
    operation: str


class QueueCheck(Frozen):
    """Have one version of a clip checked."""

    kind: Literal["queue_check"] = "queue_check"
    clip: str
    etag: str


class StartTrial(Frozen):
    """Have a live deployment make two seconds of video."""

    kind: Literal["start_trial"] = "start_trial"
    trial: str


class ShowVideo(Frozen):
    """Put the video of a trial into its thread."""

    kind: Literal["show_video"] = "show_video"
    trial: str


class Page(Frozen):
    """Tell of an alert by another route than Slack, where that is configured; of one alert always under the same key."""

    kind: Literal["page"] = "page"
    route: Literal["pagerduty", "webhook"]
    action: Literal["trigger", "acknowledge", "resolve"]
    deployment: str
    card: str  # of the alert


Effect = Annotated[
    ShowCard | Answer | Post | StartWork | QueueCheck | StartTrial | ShowVideo | Page, Field(discriminator="kind")
]
