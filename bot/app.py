"""The Bolt app: verifies, translates and acknowledges; it decides nothing and touches no storage."""

from collections.abc import Callable
from typing import Any, cast

from slack_bolt import App, BoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from bot import actions, forms, modals
from bot.adopting import adopt_event, day
from bot.commands import HELP, Command, parse
from bot.desk import Desk
from shared.domain.events import (
    AvatarAsked,
    CancelAsked,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Event,
    GlassBroken,
    RemovalPlanned,
    RemoveAsked,
    TrainAsked,
    TrialAsked,
)
from shared.domain.names import portal_address
from shared.domain.resources import Resource
from shared.errors import Refused
from shared.log import warn
from shared.settings import Settings

FORM_FAILED = "Slack did not open the form; please try once more."


def build_app(settings: Settings, resources: dict[str, Resource]) -> App:
    """A Bolt app for one workspace; no request is sent, so it loads when Slack is down."""

    def authorize(team_id: str | None) -> AuthorizeResult | None:
        if team_id != settings.slack_team_id:
            return None
        return AuthorizeResult(
            enterprise_id=None, team_id=team_id, bot_token=settings.slack_bot_token.get_secret_value(),
            bot_user_id=settings.slack_bot_user_id,
        )  # fmt: skip

    app = App(
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        authorize=cast("Any", authorize),
        process_before_response=True,
        client=WebClient(base_url=settings.slack_api_url, timeout=2),
    )
    register: Any = app  # Bolt's decorators are not fully typed
    register.command("/avatar")(_command(resources))
    register.event("app_home_opened")(_home)
    for action_id in actions.BUTTONS:
        register.action(action_id)(_button(resources))
    register.action(actions.LEFT_GONE)(_button(resources))
    for callback_id in forms.FORMS:
        register.view(callback_id)(_form(resources))
    return app


def _desk(context: BoltContext) -> Desk:
    found: Any = cast("dict[str, Any]", context)["desk"]
    return cast("Desk", found)


def _command(resources: dict[str, Resource]) -> Callable[..., None]:
    def listener(ack: Callable[..., Any], client: WebClient, context: BoltContext) -> None:
        desk = _desk(context)
        try:
            command = parse(desk.request.text)
            said = _said(command, desk, resources, client)
        except Refused as refusal:
            said = refusal.sentence
        ack(text=said) if said else ack()

    return listener


def _said(command: Command, desk: Desk, resources: dict[str, Resource], client: WebClient) -> str:
    """Hand the command over; the answer is what can be said at once, usually nothing."""
    options = command.options
    match command.verb:
        case "help":
            return HELP
        case (
            "waiting"
            | "list"
            | "status"
            | "history"
            | "rules"
            | "shotlist"
            | "stuck"
            | "compare"
            | "upload"
            | "use"
            | "script"
        ):
            desk.ask(command.verb, command.avatar, options)
        case "new" if not options:
            return opened(client, desk, modals.new_avatar(command.avatar, desk.channel, resources))
        case "import":
            return opened(client, desk, modals.many(desk.channel, resources))
        case "adopt" if not options:
            return opened(client, desk, modals.adopt("adopt", desk.channel, resources, name=command.avatar))
        case "consent" if not options:
            return opened(client, desk, modals.consent(command.avatar, desk.channel))
        case _:
            desk.say(command.avatar, _event(command, resources))
    return ""


def _event(command: Command, resources: dict[str, Resource]) -> Event:
    options = command.options
    why = options.get("because", "")
    match command.verb:
        case "new":
            default = next((name for name, resource in resources.items() if resource.can_train), "")
            target = options.get("target", "1080p").lower()
            if target not in {"1080p", "4k"}:
                raise Refused("wrong_target", "The target is `1080p` or `4K`: `/avatar new presenter target=4K`.")
            sync = options.get("voicesync", "no").lower()
            if sync not in {"yes", "no"}:
                raise Refused("wrong_voicesync", "Voice sync is `yes` or `no`: `/avatar new presenter voicesync=yes`.")
            return AvatarAsked(
                resource=options.get("in", default),
                target="4K" if target == "4k" else "1080p",
                voice_sync=sync == "yes",
                portal_url=portal_address(options.get("portal", "")),
            )
        case "consent":
            return consent_event(options)
        case "adopt":
            return adopt_event(options, resources)
        case "copy":
            if "to" not in options:
                raise Refused("missing_target", "Say where to: `/avatar copy presenter to studio-neu`.")
            without = options.get("voicesync", "").lower() == "no"
            return CopyAsked(target=options["to"], model=options.get("model"), without_voice=without, why=why)
        case "deploy":
            return DeployAsked(resource=options.get("in"), model=options.get("model"), why=why)
        case "remove" if "on" in options:
            return RemovalPlanned(deployment=options.get("in"), on=day(options["on"]))
        case "remove":
            return RemoveAsked(deployment=options.get("in"), why=why)
        case "try":
            return TrialAsked(deployment=options.get("in"))
        case "withdraw":
            return ConsentWithdrawn(why=why)
        case "break-glass":
            return GlassBroken(operation=_named(options, "break-glass"), why=why)
        case "cancel":
            return CancelAsked(operation=_named(options, "cancel"), why=why)
        case _:
            return TrainAsked(why=why)


def _named(options: dict[str, str], verb: str) -> str:
    if "operation" not in options:
        raise Refused("missing_operation", f"Say which: `/avatar {verb} presenter train-0123456789` (see its card).")
    return options["operation"]


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
    if filled["locale"] not in modals.LOCALES:
        raise Refused("unknown_locale", f"There is no consent statement for that locale; for example en-US: {example}.")
    scope = filled.get("scope", "avatar")
    if scope not in {"avatar", "avatar+voice"}:
        raise Refused("wrong_scope", f"The scope is `avatar` or `avatar+voice`: {example}.")
    return ConsentGiven(
        talent=filled["talent"], company=filled["company"], locale=filled["locale"],
        scope="avatar+voice" if scope == "avatar+voice" else "avatar",
    )  # fmt: skip


def _home(context: BoltContext) -> None:
    desk = _desk(context)
    if desk.request.event and desk.request.event.tab == "home":
        desk.ask("home")


def _button(resources: dict[str, Resource]) -> Callable[..., None]:
    def listener(ack: Callable[..., Any], client: WebClient, context: BoltContext) -> None:
        desk = _desk(context)
        pressed = desk.request.actions[0]
        form = actions.press(desk, pressed.action_id, pressed.value, resources)
        if form:
            opened(client, desk, form)
        ack()

    return listener


def _form(resources: dict[str, Resource]) -> Callable[..., None]:
    def listener(ack: Callable[..., Any], context: BoltContext) -> None:
        desk = _desk(context)
        problems = forms.submit(desk, desk.request.view, resources) if desk.request.view else {}
        ack(response_action="errors", errors=problems) if problems else ack()

    return listener


def opened(client: WebClient, desk: Desk, view: dict[str, Any]) -> str:
    """Open a form within the 3 seconds that its trigger lives; the answer is empty, or what to tell the person."""
    try:
        slack: Any = client
        slack.views_open(trigger_id=desk.request.trigger_id, view=view)
    except (SlackApiError, OSError) as error:
        warn("form_not_opened", error=type(error).__name__)
        return FORM_FAILED
    return ""
