"""Filled forms: ids that we put into them and what people wrote, handed to the queue as events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot import modals
from bot.actions import number
from bot.adopting import adopt_events, day
from bot.desk import Desk
from bot.payloads import View
from shared.domain.clips import clip_id
from shared.domain.events import (
    AdoptAsked,
    AlertAssigned,
    AvatarAsked,
    ClipRefused,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Event,
    KeepClicked,
    PortalDiffers,
    PortalShows,
    RejectClicked,
    RemovalPlanned,
    RemoveAsked,
    ReviewClosed,
    SnoozeClicked,
    StillNeeded,
    StrayKnown,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TrainAsked,
)
from shared.domain.names import avatar_name, clip_path, portal_address
from shared.domain.resources import Resource
from shared.errors import Refused


class ProblemsError(Exception):
    """What is wrong with a form, by block."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Filled:
    """A form: what was written, by block, and the ids that it carries."""

    values: Mapping[str, str]
    about: Mapping[str, str]
    resources: Mapping[str, Resource]

    @property
    def avatar(self) -> str:
        return self.about.get("avatar", "")

    @property
    def subject(self) -> str:
        return self.about.get("subject", "")

    def get(self, block: str) -> str:
        return self.values.get(block, "")


@dataclass(frozen=True)
class Told:
    """An event for an avatar, or for one of its clips."""

    avatar: str
    event: Event
    clip: str | None = None


# What a form with one text says, of its subject and the revision of its card.
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
    "withdraw": lambda _, __, why: ConsentWithdrawn(why=why),
}


def submit(desk: Desk, submitted: View, resources: Mapping[str, Resource]) -> dict[str, str]:
    """Hand a filled form to the queue; the answer is what is wrong with it, by block."""
    form = Filled(submitted.filled, modals.about(submitted.private_metadata), resources)
    try:
        told = (
            READ[submitted.callback_id](form) if submitted.callback_id in READ else _said(submitted.callback_id, form)
        )
    except ProblemsError as error:
        return error.problems
    channel = form.about.get("channel", "")
    for place, one in enumerate(told):
        desk.say(one.avatar, one.event, channel, one.clip, place)
    if submitted.callback_id == "import":
        desk.ask("imported", options={"lines": str(len(told))}, channel=channel)
    return {}


def _said(callback: str, form: Filled) -> list[Told]:
    why = form.get("why")
    if not why:
        raise ProblemsError({"why": "Say it in a few words."})
    return [Told(form.avatar, SAID[callback](form.subject, number(form.about.get("revision", "")), why))]


def _new_avatar(form: Filled) -> list[Told]:
    name = _checked(form, "name", avatar_name) | _checked(form, "portal", portal_address)
    if name:
        raise ProblemsError(name)
    event = AvatarAsked(
        resource=form.get("resource"), target="4K" if form.get("target") == "4K" else "1080p",
        voice_sync=form.get("voicesync") == "yes", portal_url=form.get("portal"),
        pictures="public" if form.get("pictures") else "",
    )  # fmt: skip
    return [Told(form.get("name").lower(), event)]


def _consent(form: Filled) -> list[Told]:
    problems = {block: "This is needed." for block in ("talent", "company") if not form.get(block)}
    if not form.get("disclosed"):
        problems["disclosed"] = "The talent must be given the disclosure before a consent counts."
    if problems:
        raise ProblemsError(problems)
    event = ConsentGiven(
        talent=form.get("talent"), company=form.get("company"), locale=form.get("locale"),
        scope="avatar+voice" if form.get("scope") == "avatar+voice" else "avatar",
    )  # fmt: skip
    return [Told(form.avatar, event)]


def _adopt(form: Filled, *, remove: bool = False) -> list[Told]:
    problems = _checked(form, "name", avatar_name)
    if form.get("since"):
        problems |= _checked(form, "since", day)
        if not form.get("model"):
            problems["model"] = "Say which model is deployed."
    if problems:
        raise ProblemsError(problems)
    event = AdoptAsked(
        resource=form.get("resource"), model=form.get("model") or None, owner=form.get("owner") or None,
        live_since=day(form.get("since")) if form.get("since") else None, endpoint=form.get("endpoint") or form.about.get("endpoint") or None,
        remove=remove, channel=form.get("reports") or None,
    )  # fmt: skip
    return [Told(form.get("name").lower(), event)]


def _import(form: Filled) -> list[Told]:
    try:
        found = adopt_events(form.get("lines"), form.resources)
    except Refused as refusal:
        raise ProblemsError({"lines": refusal.sentence}) from refusal
    reports = form.get("reports") or None
    return [Told(avatar, event.model_copy(update={"channel": reports})) for avatar, event in found]


def _file_refused(form: Filled) -> list[Told]:
    try:
        path = clip_path(f"{form.avatar}/{form.get('file').strip()}")
    except Refused as refusal:
        raise ProblemsError({"file": "Write it as on the card, for example natural/talk.mp4."}) from refusal
    return [Told(path.avatar, ClipRefused(clip=clip_id(path), what=form.get("why")), clip_id(path))]


def _plan_removal(form: Filled) -> list[Told]:
    problems = _checked(form, "on", day)
    if problems:
        raise ProblemsError(problems)
    return [Told(form.avatar, RemovalPlanned(deployment=form.subject, on=day(form.get("on"))))]


def _still_needed(form: Filled) -> list[Told]:
    problems = _checked(form, "until", day)
    if problems:
        raise ProblemsError(problems)
    return [Told(form.avatar, StillNeeded(deployment=form.subject, until=day(form.get("until")), why=form.get("why")))]


def _assign(form: Filled) -> list[Told]:
    if not form.get("to"):
        raise ProblemsError({"to": "Choose somebody."})
    return [Told(form.avatar, AlertAssigned(deployment=form.subject, to=form.get("to")))]


def _settle_idle(form: Filled) -> list[Told]:
    """Several alerts at once, an event each."""
    what, why = form.get("what"), form.get("why")
    chosen = [line.partition("|") for line in form.get("which").split("\n") if line]
    if not chosen:
        raise ProblemsError({"which": "Choose at least one."})
    if what == "keep" and not why:
        raise ProblemsError({"why": "Say in a few words why they must stay."})

    def event(deployment: str) -> Event:
        if what == "keep":
            return KeepClicked(deployment=deployment, why=why)
        return (
            SnoozeClicked(deployment=deployment)
            if what == "snooze"
            else RemoveAsked(deployment=deployment, from_alert=True)
        )

    return [Told(avatar, event(deployment)) for avatar, _, deployment in chosen]


def _train(form: Filled) -> list[Told]:
    return [Told(form.get("avatar"), TrainAsked(why=form.get("why")))]


def _copy(form: Filled) -> list[Told]:
    avatar, _, model = _chosen(form, "model")
    without = form.get("without") == "yes"
    return [Told(avatar, CopyAsked(target=form.get("target"), model=model, without_voice=without, why=form.get("why")))]


def _deploy(form: Filled) -> list[Told]:
    avatar, resource, model = _chosen(form, "model")
    until = form.get("until")
    problems = _checked(form, "until", day) if until else {}
    if problems:
        raise ProblemsError(problems)
    event = DeployAsked(
        resource=resource,
        model=model,
        until=day(until) if until else None,
        open_ended=not until,
        hours="office" if form.get("hours") == "office" else "",
        why=form.get("why"),
    )
    return [Told(avatar, event)]


def _remove(form: Filled) -> list[Told]:
    avatar, _, deployment = _chosen(form, "deployment")
    if not form.get("on"):
        return [Told(avatar, RemoveAsked(deployment=deployment, why=form.get("why")))]
    problems = _checked(form, "on", day)
    if problems:
        raise ProblemsError(problems)
    return [Told(avatar, RemovalPlanned(deployment=deployment, on=day(form.get("on"))))]


def _chosen(form: Filled, block: str) -> tuple[str, str, str]:
    """Avatar, resource, and what was picked: ids of ours, checked again by the decision."""
    avatar, resource, picked = [*form.get(block).split("|"), "", "", ""][:3]
    return avatar, resource, picked


def _checked(form: Filled, block: str, check: Callable[[str], object]) -> dict[str, str]:
    """What is wrong with one field; nothing when all is well."""
    try:
        check(form.get(block))
    except Refused as refusal:
        return {block: refusal.sentence.replace("`", "")}
    return {}


READ: dict[str, Callable[[Filled], list[Told]]] = {
    "new_avatar": _new_avatar,
    "consent": _consent,
    "adopt": _adopt,
    "adopt_remove": lambda form: _adopt(form, remove=True),
    "import": _import,
    "file_refused": _file_refused,
    "plan_removal": _plan_removal,
    "still_needed": _still_needed,
    "assign": _assign,
    "settle_idle": _settle_idle,
    "train": _train,
    "copy": _copy,
    "deploy": _deploy,
    "remove": _remove,
}
FORMS = (*READ, *SAID)
