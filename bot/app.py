"""The Bolt app: verifies, translates and acknowledges; it decides nothing and touches no storage."""

from collections.abc import Callable
from typing import Any, cast

from slack_bolt import App, BoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from bot import actions, forms, modals
from bot.commands import HELP, MORE, Command, help_with, parse
from bot.desk import Desk
from bot.saying import event_of
from shared.domain.events import Asked
from shared.domain.resources import Resource
from shared.errors import Refused
from shared.log import warn
from shared.settings import Settings

FORM_FAILED = "Slack did not open the form; please try once more."


def build_app(settings: Settings, resources: dict[str, Resource]) -> App:
    """A Bolt app for one workspace; no request is sent, so it loads when Slack is down."""

    def authorize(team_id: str | None) -> AuthorizeResult:
        if (
            team_id != settings.slack_team_id
        ):  # left to Bolt, it would first send its answer to the request's own address
            raise Refused("another_workspace", "This app serves another workspace.")
        return AuthorizeResult(
            enterprise_id=None, team_id=team_id, bot_token=settings.slack_bot_token.get_secret_value(),
            bot_user_id=settings.slack_bot_user_id,
        )  # fmt: skip

    app = App(
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        authorize=cast("Any", authorize),
        process_before_response=True,
        client=WebClient(base_url=settings.slack_api_url, timeout=2),
        raise_error_for_unhandled_request=True,  # it would log them, with what people typed
    )
    register: Any = app  # Bolt's decorators are not fully typed
    register.error(_raised)
    register.command("/avatar")(_command(resources))
    register.event("app_home_opened")(_home)
    register.event("subteam_members_changed")(_group)
    register.event("subteam_updated")(_group)
    for action_id in actions.BUTTONS:
        register.action(action_id)(_button(resources))
    register.action(actions.LEFT_GONE)(_button(resources))
    for callback_id in forms.FORMS:
        register.view(callback_id)(_form(resources))
    return app


def _raised(error: Exception) -> None:
    """To the route, which knows what is a malformed request; Bolt would log the error's words, and answer 500."""
    raise error


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
            return help_with(options["verb"]) if options else HELP
        case "more":
            return MORE
        case verb if verb in ASKED:
            desk.ask(verb, command.avatar, options)
        case "hours" if "say" not in options:
            desk.ask("hours", command.avatar)
        case "new" if not options:
            if not any(resource.can_train for resource in resources.values()):
                raise Refused(
                    "nowhere_to_train",
                    "No configured resource can train, so nothing new can be made here: ask a maintainer.",
                )
            return opened(client, desk, modals.new_avatar(command.avatar, desk.channel, resources))
        case "import":
            return opened(client, desk, modals.many(desk.channel, resources))
        case "adopt" if not options:
            return opened(client, desk, modals.adopt("adopt", desk.channel, resources, name=command.avatar))
        case "withdraw":
            return _filled_later(client, desk, command)
        case "consent" if not options:
            return _filled_later(client, desk, command)
        case "train" | "copy" | "deploy" | "remove" if not command.avatar or (command.verb == "copy" and not options):
            return _filled_later(client, desk, command)
        case _:
            desk.say(command.avatar, event_of(command, resources))
    return ""


ASKED: tuple[Asked, ...] = (
    "waiting", "list", "status", "history", "rules", "shotlist", "stuck", "compare", "upload", "use", "script", "clips", "cost", "doctor",
    "policy", "try", "mute", "unmute", "requeue",
)  # fmt: skip


def _filled_later(client: WebClient, desk: Desk, command: Command) -> str:
    """A form whose pickers know the records: opened at once, and filled by a worker."""
    view = show(client, desk, modals.loading(command.verb))
    if not view:
        return FORM_FAILED
    desk.ask("form", command.avatar, {"form": command.verb, "view": view, "why": command.options.get("because", "")})
    return ""


def _home(context: BoltContext) -> None:
    desk = _desk(context)
    if desk.request.event and desk.request.event.tab == "home":
        desk.ask("home")


def _group(context: BoltContext) -> None:
    desk = _desk(context)
    if desk.request.event and desk.request.event.group:
        desk.ask("group", desk.request.event.group)


def _button(resources: dict[str, Resource]) -> Callable[..., None]:
    def listener(ack: Callable[..., Any], client: WebClient, context: BoltContext) -> None:
        desk = _desk(context)
        pressed = desk.request.actions[0]
        if pressed.action_id == "settle_idle":
            _filled_later(client, desk, Command("idle"))
            return ack()
        form = actions.press(desk, pressed.action_id, pressed.value, resources)
        if form:
            opened(client, desk, form)
        return ack()

    return listener


def _form(resources: dict[str, Resource]) -> Callable[..., None]:
    def listener(ack: Callable[..., Any], context: BoltContext) -> None:
        desk = _desk(context)
        problems = forms.submit(desk, desk.request.view, resources) if desk.request.view else {}
        ack(response_action="errors", errors=problems) if problems else ack()

    return listener


def opened(client: WebClient, desk: Desk, view: dict[str, Any]) -> str:
    """Open a form; the answer is empty, or what to tell the person."""
    return "" if show(client, desk, view) else FORM_FAILED


def show(client: WebClient, desk: Desk, view: dict[str, Any]) -> str:
    """Open a form within the 3 seconds that its trigger lives; its id, or nothing when Slack did not open it."""
    try:
        slack: Any = client
        return str(slack.views_open(trigger_id=desk.request.trigger_id, view=view)["view"]["id"])
    except (SlackApiError, OSError) as error:
        warn("form_not_opened", error=type(error).__name__)
        return ""
