"""Buttons and forms: an operation or deployment id and a revision, never data to trust."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from bot import modals
from bot.desk import Desk
from bot.payloads import View
from shared.domain.events import (
    AdoptAsked,
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    CloseAsked,
    ConsentGiven,
    Event,
    KeepClicked,
    LeftoverGone,
    RejectClicked,
    RemoveAsked,
    ReviewClosed,
    SnoozeClicked,
    StrayKnown,
    TaskDone,
    TaskFailed,
    TaskTaken,
)
from shared.domain.names import printable
from shared.domain.resources import Resource
from shared.errors import Refused

BUTTONS = (
    "approve", "reject", "cancel", "take", "done", "fail", "remove_idle", "keep", "snooze", "close_review", "adopt_stray",
    "remove_stray", "know_stray", "close_missing", "redeploy_missing",
)  # fmt: skip
LEFT_GONE = re.compile(r"left_gone_\d{1,2}")
FORMS = ("new_avatar", "consent", "reject", "fail", "keep", "close_review", "know_stray", "adopt", "adopt_remove")


def press(desk: Desk, action: str, value: str, resources: dict[str, Resource]) -> dict[str, Any] | None:
    """Hand a click to the queue, or give the form that it needs first."""
    if action in {"adopt_stray", "remove_stray"}:
        place, model, endpoint, since = [*value.split("|"), "", "", ""][:4]
        callback = "adopt" if action == "adopt_stray" else "adopt_remove"
        return modals.adopt(callback, desk.channel, resources, place=place, model=model, endpoint=endpoint, since=since)
    avatar, _, rest = value.partition("|")
    subject, _, revision_text = rest.partition("|")
    revision = _number(revision_text)
    about = {"avatar": avatar, "subject": subject, "revision": str(revision), "channel": desk.channel}
    event: Event
    match action:
        case "reject":
            return modals.reason("reject", "Reject", "Why? The asker will read it.", "Reject", **about)
        case "fail":
            return modals.reason("fail", "It failed", "What does the portal say? Paste its text.", "Report it", **about)
        case "close_review":
            return modals.reason("close_review", "Close the review", "What came of it?", "Close it", **about)
        case "know_stray":
            return modals.reason("know_stray", "What is it?", "So that nobody looks for it again", "Save", **about)
        case "keep":
            return modals.reason("keep", "Keep it", "Why is it still needed?", "Keep", **about)
        case "approve":
            event = ApproveClicked(operation=subject, revision=revision)
        case "cancel":
            event = CancelAsked(operation=subject)
        case "take":
            event = TaskTaken(operation=subject)
        case "done":
            event = TaskDone(operation=subject, revision=revision)
        case "remove_idle":
            event = RemoveAsked(deployment=subject, from_alert=True)
        case "close_missing":
            event = CloseAsked(deployment=subject)
        case "redeploy_missing":
            event = CloseAsked(deployment=subject, redeploy=True)
        case "snooze":
            event = SnoozeClicked(deployment=subject)
        case _ if LEFT_GONE.fullmatch(action):
            event = LeftoverGone(item=subject)
        case _:
            return None
    desk.say(avatar, event)
    return None


def submit(desk: Desk, submitted: View) -> dict[str, str]:
    """Hand a filled form to the queue; the answer is what is wrong with it, by block."""
    filled, about = submitted.filled, modals.about(submitted.private_metadata)
    channel, subject = about.get("channel", ""), about.get("subject", "")
    revision = _number(about.get("revision", ""))
    event: Event
    match submitted.callback_id:
        case "new_avatar":
            problems = modals.problems_of_new(filled)
            if problems:
                return problems
            about["avatar"] = filled["name"].lower()
            event = AvatarAsked(
                resource=filled["resource"],
                target="4K" if filled["target"] == "4K" else "1080p",
                voice_sync=filled["voicesync"] == "yes",
            )
        case "consent":
            problems = _problems_of_consent(filled)
            if problems:
                return problems
            event = ConsentGiven(
                talent=filled["talent"], company=filled["company"], locale=filled["locale"],
                scope="avatar+voice" if filled["scope"] == "avatar+voice" else "avatar",
            )  # fmt: skip
        case "adopt" | "adopt_remove":
            problems = modals.problems_of_new(filled) | _problems_of_adopting(filled)
            if problems:
                return problems
            about["avatar"] = filled["name"].lower()
            event = AdoptAsked(
                resource=filled["resource"], model=filled.get("model") or None, owner=filled.get("owner") or None,
                live_since=day(filled["since"]) if filled.get("since") else None, endpoint=about.get("endpoint") or None,
                remove=submitted.callback_id == "adopt_remove", channel=filled.get("reports") or None,
            )  # fmt: skip
        case "know_stray":
            event = StrayKnown(stray=subject, why=filled["why"])
        case "reject":
            event = RejectClicked(operation=subject, revision=revision, why=filled["why"])
        case "close_review":
            event = ReviewClosed(operation=subject, finding=filled["why"])
        case "fail":
            event = TaskFailed(operation=subject, revision=revision, why=filled["why"])
        case _:
            event = KeepClicked(deployment=subject, why=filled["why"])
    if not filled.get("why", "-"):
        return {"why": "Say it in a few words."}
    desk.say(about.get("avatar", ""), event, channel)
    return {}


def day(text: str) -> datetime:
    """The first moment of a day, UTC.

    Raises:
        Refused: it is no day.
    """
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError as error:
        raise Refused("wrong_date", f"“{printable(text)}” is no day; write it like 2026-11-01.") from error


def _problems_of_adopting(filled: dict[str, str]) -> dict[str, str]:
    try:
        if filled.get("since"):
            day(filled["since"])
            if not filled.get("model"):
                return {"model": "Say which model is deployed."}
    except Refused as refusal:
        return {"since": refusal.sentence}
    return {}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _problems_of_consent(filled: dict[str, str]) -> dict[str, str]:
    problems = {block: "This is needed." for block in ("talent", "company") if not filled.get(block)}
    if not filled.get("disclosed"):
        problems["disclosed"] = "The talent must be given the disclosure before a consent counts."
    return problems
