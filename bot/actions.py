"""Buttons and forms: an operation or deployment id and a revision, never data to trust."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

from bot import modals
from bot.desk import Desk
from bot.payloads import View
from shared.domain.clips import clip_id
from shared.domain.events import (
    AdoptAsked,
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    ClipRefused,
    CloseAsked,
    ConsentGiven,
    Event,
    KeepClicked,
    LeftoverGone,
    PortalDiffers,
    PortalShows,
    RejectClicked,
    RemoveAsked,
    ReviewClosed,
    SnoozeClicked,
    StillRunning,
    StrayKnown,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
)
from shared.domain.names import clip_path, printable
from shared.domain.resources import Resource
from shared.errors import Refused

LEFT_GONE = re.compile(r"left_gone_\d{1,2}")


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
    form = _form(action, about)
    if form:
        return form
    if action == "links":
        desk.ask("links", f"{avatar}|{subject}")
        return None
    name = "left_gone" if LEFT_GONE.fullmatch(action) else action
    if name in CLICKS:
        desk.say(avatar, CLICKS[name](subject, revision))
    return None


def _form(action: str, about: dict[str, str]) -> dict[str, Any] | None:
    """The form that a button opens, if it opens one."""
    if action in modals.QUESTIONS:
        return modals.reason(action, *modals.QUESTIONS[action], **about)
    return modals.file_refused(**about) if action == "file_refused" else None


# What a button says, of its subject (an operation, a deployment or an item) and the revision of its card.
CLICKS: dict[str, Callable[[str, int], Event]] = {
    "approve": lambda subject, revision: ApproveClicked(operation=subject, revision=revision),
    "cancel": lambda subject, _: CancelAsked(operation=subject),
    "take": lambda subject, _: TaskTaken(operation=subject),
    "done": lambda subject, revision: TaskDone(operation=subject, revision=revision),
    "still_running": lambda subject, _: StillRunning(operation=subject),
    "remove_idle": lambda subject, _: RemoveAsked(deployment=subject, from_alert=True),
    "snooze": lambda subject, _: SnoozeClicked(deployment=subject),
    "close_missing": lambda subject, _: CloseAsked(deployment=subject),
    "redeploy_missing": lambda subject, _: CloseAsked(deployment=subject, redeploy=True),
    "left_gone": lambda subject, _: LeftoverGone(item=subject),
}
# What a form with one text says.
SAID: dict[str, Callable[[str, int, str], Event]] = {
    "reject": lambda subject, revision, why: RejectClicked(operation=subject, revision=revision, why=why),
    "close_review": lambda subject, _, why: ReviewClosed(operation=subject, finding=why),
    "fail": lambda subject, revision, why: TaskFailed(operation=subject, revision=revision, why=why),
    "know_stray": lambda subject, _, why: StrayKnown(stray=subject, why=why),
    "done_differently": lambda subject, revision, why: TaskDone(operation=subject, revision=revision, model=why),
    "hand_on": lambda subject, revision, why: TaskHandedOn(operation=subject, revision=revision, why=why),
    "portal_differs": lambda subject, _, why: PortalDiffers(operation=subject, what=why),
    "portal_shows": lambda subject, _, why: PortalShows(operation=subject, files=why),
    "keep": lambda subject, _, why: KeepClicked(deployment=subject, why=why),
}


BUTTONS = (
    *(name for name in CLICKS if name != "left_gone"),
    *modals.QUESTIONS,
    "adopt_stray",
    "remove_stray",
    "links",
    "file_refused",
)
FORMS = ("new_avatar", "consent", "adopt", "adopt_remove", "file_refused", *SAID)


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
                portal_url=filled.get("portal", ""),
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
        case "file_refused":
            try:
                path = clip_path(f"{about.get('avatar', '')}/{filled['file'].strip()}")
            except Refused:
                return {"file": "Write it as on the card, for example natural/talk.mp4."}
            refused = ClipRefused(clip=clip_id(path), what=filled["why"])
            desk.say(path.avatar, refused, channel, clip=clip_id(path))
            return {}
        case name:
            if not filled.get("why"):
                return {"why": "Say it in a few words."}
            event = SAID[name](subject, revision, filled["why"])
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
