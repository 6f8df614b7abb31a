"""A command's words as the event that they mean; what is missing or wrong is said with an example."""

from collections.abc import Callable, Mapping

from bot.adopting import adopt_event, day
from bot.commands import Command
from shared.domain.events import (
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    ConsentGiven,
    CopyAsked,
    DeployAsked,
    Event,
    GlassBroken,
    HoursOff,
    HoursStay,
    KeepClicked,
    RejectClicked,
    RemovalPlanned,
    RemoveAsked,
    RetryAsked,
    SnoozeClicked,
    TrainAsked,
)
from shared.domain.names import portal_address
from shared.domain.resources import Resource
from shared.domain.statements import LOCALES
from shared.errors import Refused

Options = dict[str, str]
Resources = Mapping[str, Resource]


def event_of(command: Command, resources: Resources) -> Event:
    """The event that a command means.

    Raises:
        Refused: something is missing or wrong in it.
    """
    return MEANS[command.verb](command.options, resources)


def _new(options: Options, resources: Resources) -> Event:
    default = next((name for name, resource in resources.items() if resource.can_train), "")
    target = options.get("target", "1080p").lower()
    if target not in {"1080p", "4k"}:
        raise Refused("wrong_target", "The target is `1080p` or `4K`: `/avatar new presenter target=4K`.")
    sync = _voice_sync(options, "/avatar new presenter voicesync=yes")
    pictures = options.get("pictures", "").lower()
    if pictures not in {"", "public"}:
        raise Refused("wrong_pictures", "It is `pictures=public`, and only needed in a public channel.")
    return AvatarAsked(
        resource=options.get("in", default), target="4K" if target == "4k" else "1080p", voice_sync=sync is True,
        portal_url=portal_address(options.get("portal", "")), pictures="public" if pictures else "",
    )  # fmt: skip


def _copy(options: Options, _: Resources) -> Event:
    if "to" not in options:
        raise Refused("missing_target", "Say where to: `/avatar copy presenter to studio-neu`.")
    without = _voice_sync(options, "/avatar copy presenter to studio-neu voicesync=no") is False
    return CopyAsked(target=options["to"], model=options.get("model"), without_voice=without, why=_why(options))


def _voice_sync(options: Options, example: str) -> bool | None:
    """What was said of it, if anything."""
    said = options.get("voicesync")
    if said is not None and said.lower() not in {"yes", "no"}:
        raise Refused("wrong_voicesync", f"Voice sync is `yes` or `no`: `{example}`.")
    return None if said is None else said.lower() == "yes"


def _deploy(options: Options, _: Resources) -> Event:
    until = options.get("until", "")
    open_ended = until.lower() == "never"
    return DeployAsked(
        resource=options.get("in"), model=options.get("model"), until=day(until) if until and not open_ended else None,
        open_ended=open_ended, hours=options.get("hours", ""), why=_why(options),
    )  # fmt: skip


def _hours(options: Options, _: Resources) -> Event:
    if options.get("say") == "stay":
        return HoursStay(deployment=options.get("in"))
    return HoursOff(deployment=options.get("in"))


def _remove(options: Options, _: Resources) -> Event:
    if "on" in options:
        return RemovalPlanned(deployment=options.get("in"), on=day(options["on"]))
    return RemoveAsked(deployment=options.get("in"), why=_why(options))


def _why(options: Options) -> str:
    return options.get("because", "")


def _named(options: Options, verb: str) -> str:
    if "operation" not in options:
        raise Refused("missing_operation", f"Say which: `/avatar {verb} presenter train-0123456789` (see its card).")
    return options["operation"]


MEANS: dict[str, Callable[[Options, Resources], Event]] = {
    "new": _new,
    "consent": lambda options, _: consent_event(options),
    "train": lambda options, _: TrainAsked(why=_why(options)),
    "copy": _copy,
    "deploy": _deploy,
    "hours": _hours,
    "remove": _remove,
    "adopt": adopt_event,
    "approve": lambda options, _: ApproveClicked(operation=_named(options, "approve")),
    "reject": lambda options, _: RejectClicked(operation=_named(options, "reject"), why=_why(options)),
    "cancel": lambda options, _: CancelAsked(operation=_named(options, "cancel"), why=_why(options)),
    "break-glass": lambda options, _: GlassBroken(operation=_named(options, "break-glass"), why=_why(options)),
    "retry": lambda options, _: RetryAsked(operation=options.get("operation", ""), why=_why(options)),
    "keep": lambda options, _: KeepClicked(deployment=options.get("in"), why=_why(options)),
    "snooze": lambda options, _: SnoozeClicked(deployment=options.get("in")),
}


def consent_event(filled: dict[str, str]) -> ConsentGiven:
    """The consent from a form or from options.

    Raises:
        Refused: something is missing; the sentence shows how it looks.
    """
    example = (
        '`/avatar consent presenter talent="Ada Lovelace" company=Contoso locale=en-US scope=avatar disclosed=yes`'
    )
    missing = [name for name in ("talent", "company", "locale") if not filled.get(name)]
    if missing:
        raise Refused("consent_incomplete", f"The consent also needs {', '.join(missing)}: {example}.")
    if filled.get("disclosed", "").lower() != "yes":
        raise Refused("not_disclosed", f"Say that the talent was given the disclosure, with disclosed=yes: {example}.")
    if filled["locale"] not in LOCALES:
        raise Refused("unknown_locale", f"There is no consent statement for that locale; for example en-US: {example}.")
    scope = filled.get("scope", "avatar")
    if scope not in {"avatar", "avatar+voice"}:
        raise Refused("wrong_scope", f"The scope is `avatar` or `avatar+voice`: {example}.")
    return ConsentGiven(
        talent=filled["talent"], company=filled["company"], locale=filled["locale"],
        scope="avatar+voice" if scope == "avatar+voice" else "avatar",
    )  # fmt: skip
