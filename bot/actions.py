"""Buttons: an operation or deployment id and a revision, never data to trust."""

import re
from collections.abc import Callable
from typing import Any

from bot import modals
from bot.desk import Desk
from shared.domain.events import (
    ApproveClicked,
    CancelAsked,
    CloseAsked,
    Event,
    HoursOff,
    HoursStay,
    LeftoverGone,
    OwnerUnsure,
    PartDone,
    RemoveAsked,
    SnoozeClicked,
    StillRunning,
    StrayUnwanted,
    TaskDone,
    TaskTaken,
    TrialAsked,
)
from shared.domain.resources import Resource

HOME_PAGES = ("home_before", "home_after")
LEFT_GONE = re.compile(r"left_gone_\d{1,2}")


def press(desk: Desk, action: str, value: str, resources: dict[str, Resource]) -> dict[str, Any] | None:
    """Hand a click to the queue, or give the form that it needs first."""
    if action in {"adopt_stray", "remove_stray"}:
        place, model, endpoint, since = [*value.split("|"), "", "", ""][:4]
        callback = "adopt" if action == "adopt_stray" else "adopt_remove"
        return modals.adopt(callback, desk.channel, resources, place=place, model=model, endpoint=endpoint, since=since)
    avatar, _, rest = value.partition("|")
    subject, _, revision_text = rest.partition("|")
    revision = number(revision_text)
    about = {"avatar": avatar, "subject": subject, "revision": str(revision), "channel": desk.channel}
    form = _form(action, about)
    if form:
        return form
    if action == "links":
        desk.ask("links", f"{avatar}|{subject}")
        return None
    if action in HOME_PAGES:
        desk.ask("home", options={"page": value})
        return None
    name = "left_gone" if LEFT_GONE.fullmatch(action) else action
    if name in CLICKS:
        desk.say(avatar, CLICKS[name](subject, revision))
    return None


def _form(action: str, about: dict[str, str]) -> dict[str, Any] | None:
    """The form that a button opens, if it opens one."""
    if action in modals.QUESTIONS:
        return modals.reason(action, *modals.QUESTIONS[action], **about)
    if action == "plan_removal":
        return modals.plan_removal(**about)
    if action == "assign":
        return modals.assign(**about)
    if action == "still_needed":
        return modals.still_needed(**about)
    return modals.file_refused(**about) if action == "file_refused" else None


# What a button says, of its subject (an operation, a deployment or an item) and the revision of its card.
CLICKS: dict[str, Callable[[str, int], Event]] = {
    "approve": lambda subject, revision: ApproveClicked(operation=subject, revision=revision),
    "cancel": lambda subject, _: CancelAsked(operation=subject),
    "take": lambda subject, _: TaskTaken(operation=subject),
    "part_done": lambda subject, _: PartDone(operation=subject.partition("#")[0], part=subject.partition("#")[2]),
    "done": lambda subject, revision: TaskDone(operation=subject, revision=revision),
    "still_running": lambda subject, _: StillRunning(operation=subject),
    "remove_idle": lambda subject, _: RemoveAsked(deployment=subject, from_alert=True),
    "try": lambda subject, _: TrialAsked(deployment=subject),
    "remove_unneeded": lambda subject, _: RemoveAsked(deployment=subject, why="its owner no longer needs it"),
    "owner_unsure": lambda subject, _: OwnerUnsure(deployment=subject),
    "hours_stay": lambda subject, _: HoursStay(deployment=subject),
    "hours_off": lambda subject, _: HoursOff(deployment=subject),
    "snooze": lambda subject, _: SnoozeClicked(deployment=subject),
    "close_missing": lambda subject, _: CloseAsked(deployment=subject),
    "redeploy_missing": lambda subject, _: CloseAsked(deployment=subject, redeploy=True),
    "delete_stray": lambda subject, _: StrayUnwanted(stray=subject),
    "left_gone": lambda subject, _: LeftoverGone(item=subject),
}
BUTTONS = (
    *(name for name in CLICKS if name != "left_gone"),
    *modals.QUESTIONS,
    "adopt_stray",
    "remove_stray",
    "links",
    *HOME_PAGES,
    "file_refused",
    "plan_removal",
    "still_needed",
    "assign",
    "settle_idle",
)


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
