"""A wish to retry: the request that is meant, looked up now and approved anew."""

from datetime import datetime

from shared.domain.book import Book
from shared.domain.events import CopyAsked, DeployAsked, Envelope, Event, HoursDue, RemoveAsked, RetryAsked, TrainAsked
from shared.domain.operations import OFFICE, Ask, Cancelled, Expired, Failed, Rejected, Stale
from shared.domain.policy import Step
from shared.domain.resting import due
from shared.errors import Refused


def as_meant(book: Book, message: Envelope, now: datetime) -> Envelope:
    """A wish to retry as the request that is meant: what is asked for is looked up now, and approved anew.

    Raises:
        Refused: nothing failed, expired, changed, or was rejected or cancelled.
    """
    event = message.event
    if not isinstance(event, RetryAsked):
        return message
    book.known_avatar()
    over = [
        operation.ask
        for operation in book.operations.values()
        if isinstance(operation.state, Failed | Stale | Expired | Rejected | Cancelled)
        and (not event.operation or operation.id == event.operation)
        and ((operation.ask.by, operation.ask.step) != (OFFICE, "remove") or _still_due(book, operation.ask, now))
    ]
    if not over:
        raise Refused(
            "nothing_to_retry",
            "There is nothing to retry: no request for this avatar failed, expired, changed, or was rejected or cancelled.",
        )
    ask = max(over, key=lambda ask: ask.at)
    lost = ask.step == "copy" and bool(ask.warnings)
    asked: dict[Step, Event] = {
        "train": TrainAsked(why=event.why),
        "copy": CopyAsked(target=str(ask.target), model=ask.model, without_voice=lost, why=event.why),
        "deploy": DeployAsked(
            resource=ask.resource,
            model=ask.model,
            until=ask.ends if ask.ends and ask.ends > now else None,
            open_ended=ask.ends is None,
            hours=ask.hours.said if ask.hours else "",
            why=event.why,
        ),
        "remove": RemoveAsked(deployment=ask.deployment, why=event.why),
    }
    kept = (ask.by, ask.step) == (OFFICE, "remove")
    return message.model_copy(update={"event": HoursDue(deployment=str(ask.deployment)) if kept else asked[ask.step]})


def _still_due(book: Book, ask: Ask, now: datetime) -> bool:
    """Whether its office hours are over, and it is live all the same."""
    deployment = book.deployments.get(str(ask.deployment))
    return deployment is not None and due(book, deployment, now) == "rest"
