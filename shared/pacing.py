"""Slack's pace, kept in rows that all processes share: about one post a second in a channel, about 50 edits a minute in a workspace."""

from shared.errors import Temporary
from shared.services import Services

PACED = "slack_pace"
POSTS = (0.95, 3)  # with the burst no more than 60 a minute
EDITS = (0.6, 12)
PROGRESS_ROOM = 6  # progress may use only the first part of the edits; decisions and alerts the rest


def pace_post(services: Services, channel: str) -> None:
    """Take one post in a channel.

    Raises:
        Temporary: it is too early; `retry_after` says for how long.
    """
    rate, burst = POSTS
    _take(services, f"posts-{channel}", rate, burst)


def pace_edit(services: Services, *, urgent: bool) -> None:
    """Take one edit in the workspace; raises as `pace_post` does."""
    rate, burst = EDITS
    _take(services, "edits", rate, burst if urgent else PROGRESS_ROOM)


def _take(services: Services, key: str, rate: float, burst: int) -> None:
    scale = services.settings.slack_pace
    wait = services.lists.pace(key, rate * scale, max(1, int(burst * scale)), services.stopwatch.now())
    if wait > 0:
        raise Temporary(PACED, "Slack's pace is kept", wait)
