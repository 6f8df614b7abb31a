"""What we read of Slack's requests: commands, clicks, forms and events; deaf to the rest."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Payload(BaseModel):
    """Slack's JSON or form: unknown fields are ignored, and errors repeat no values."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Ref(Payload):
    id: str


class Option(Payload):
    value: str


class Answer(Payload):
    """One input of a form; a tick box and a picker of several have `selected_options`, a line each."""

    value: str | None = None
    selected_option: Option | None = None
    selected_options: tuple[Option, ...] = ()
    selected_date: str | None = None
    selected_user: str | None = None
    selected_conversation: str | None = None

    @property
    def text(self) -> str:
        chosen = self.selected_option.value if self.selected_option else ""
        picked = self.selected_date or self.selected_user or self.selected_conversation or ""
        several = "\n".join(option.value for option in self.selected_options)
        return (self.value or chosen or picked or several).strip()


class State(Payload):
    values: dict[str, dict[str, Answer]] = {}


class View(Payload):
    id: str = ""
    hash: str = ""
    callback_id: str = ""
    private_metadata: str = ""
    state: State = State()

    @property
    def filled(self) -> dict[str, str]:
        """What was filled in, by block; a tick is "yes"."""
        return {block: answer.text for block, answers in self.state.values.items() for answer in answers.values()}


class Pressed(Payload):
    action_id: str
    value: str = ""


class Event(Payload):
    type: str = ""
    user: str = ""
    tab: str = ""
    subteam_id: str = ""
    subteam: Ref | None = None

    @property
    def group(self) -> str:
        """The user group that changed."""
        return self.subteam_id or (self.subteam.id if self.subteam else "")


class Request(Payload):
    """One request of any kind; who, where, and which ids Slack gave it."""

    user_id: str = ""
    team_id: str = ""
    channel_id: str = ""
    command: str = ""
    text: str = ""
    trigger_id: str = ""
    event_id: str = ""
    response_url: str = ""
    user: Ref | None = None
    team: Ref | None = None
    channel: Ref | None = None
    view: View | None = None
    event: Event | None = None
    actions: tuple[Pressed, ...] = Field(())

    @property
    def who(self) -> str:
        return self.user_id or (self.user.id if self.user else "") or (self.event.user if self.event else "")

    @property
    def workspace(self) -> str:
        return self.team_id or (self.team.id if self.team else "")

    @property
    def place(self) -> str:
        """The channel, or the person where there is none (a form, the Home tab)."""
        return self.channel_id or (self.channel.id if self.channel else "") or self.who

    @property
    def name(self) -> str:
        """Slack's own id of this request: the same request has the same."""
        view = (self.view.hash or self.view.id) if self.view else ""
        return self.trigger_id or self.event_id or view


def read(body: Any) -> Request:
    """A request as Slack sent it.

    Raises:
        ValueError: it is none.
    """
    return Request.model_validate(body)
