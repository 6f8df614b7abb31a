"""Trials of live deployments: ask the service for the video, and put it into the thread."""

from collections.abc import Callable

from shared.domain.book import Book
from shared.domain.events import Envelope, TrialSeen
from shared.domain.records import Trial
from shared.domain.resources import Resource
from shared.errors import Refused, Temporary
from shared.log import trace, warn
from shared.services import Services


def start_trial(services: Services, handle: Callable[[Envelope], None], avatar: str, trial_id: str) -> None:
    """Ask for the video; a repeat under the same id finds the first call."""
    trial, resource = _of(services, avatar, trial_id)
    if trial is None or resource is None or trial.status != "running":
        return
    book = Book.of(services.records.load(avatar).records)
    live = book.deployments.get(trial.deployment)
    if book.withdrawal or live is None or not live.billed:
        text = (
            "It was not made: the consent was withdrawn meanwhile."
            if book.withdrawal
            else "It was not made: it is no longer live."
        )
        handle(
            services.said(f"{trial.id}-late", avatar, "start", TrialSeen(trial=trial.id, status="failed", text=text))
        )
        return
    trace("trial_begun", operation=trial.id)
    try:
        services.synthesis.start(resource, trial)
    except Refused as refusal:
        refused = TrialSeen(trial=trial.id, status="failed", text=refusal.sentence)
        handle(services.said(f"{trial.id}-refused", avatar, "start", refused))


def show_video(services: Services, avatar: str, trial_id: str) -> None:
    """Put the video into the trial's thread, once.

    Raises:
        Temporary: Slack or the service can't be reached, or another worker does it.
    """
    trial, resource = _of(services, avatar, trial_id)
    if trial is None or resource is None or Book.of(services.records.load(avatar).records).withdrawal:
        return
    card = services.cards.peek(avatar, trial.under or trial.card)
    if not card.ts:
        raise Temporary("thread_missing", "the message above is not posted yet", 1.0)
    held = services.cards.lease(
        avatar, f"file:{trial.id}", services.stopwatch.now()
    )  # erasing finds it under this name
    file = held.ts
    try:
        file = file or _shared(services, resource, trial, card.channel, card.ts)
    finally:
        services.cards.release(held, "", file, held.shown)


def _shared(services: Services, resource: Resource, trial: Trial, channel: str, thread: str) -> str:
    try:
        video = services.synthesis.video(resource, trial)
    except Refused as refusal:
        warn("video_refused", code=refusal.code)
        text = f":warning: The video of `{trial.model}` could not be fetched: {refusal.sentence} Try it once more."
        services.messenger.post(channel, text, None, thread)
        return "refused"
    return services.messenger.share(
        channel, thread, f"{trial.model}-trial.mp4", video, f"{trial.model}: two seconds, made just now"
    )


def _of(services: Services, avatar: str, trial_id: str) -> tuple[Trial | None, Resource | None]:
    trial = Book.of(services.records.load(avatar).records).trials.get(trial_id)
    return trial, services.resources.get(trial.resource) if trial else None
