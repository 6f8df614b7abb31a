"""Whoever acts far from the card that this concerns is told privately what came of it, and where it is shown."""

from dataclasses import replace

from shared.domain.book import Case, Decision
from shared.domain.deployments import Deployment
from shared.domain.effects import Answer
from shared.domain.events import (
    AdoptAsked,
    ApproveClicked,
    CancelAsked,
    ConsentGiven,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    GlassBroken,
    HoursDue,
    HoursOff,
    HoursStay,
    KeepClicked,
    RejectClicked,
    RemoveAsked,
    SnoozeClicked,
    TrainAsked,
)
from shared.domain.operations import Operation

ON_A_CARD = ApproveClicked | RejectClicked | CancelAsked | GlassBroken | KeepClicked | SnoozeClicked
NEW = (
    TrainAsked
    | CopyAsked
    | DeployAsked
    | RemoveAsked
    | AdoptAsked
    | ConsentGiven
    | ConsentWithdrawn
    | HoursDue
    | HoursStay
    | HoursOff
)


def confirmed(case: Case, made: Decision) -> Decision:
    """A decision with a word to whoever typed it: its card may be days above, or in another channel.

    A new card in the channel where it was asked for speaks for itself.
    """
    to, event = case.message.reply, case.message.event
    if to is None or made.empty or any(isinstance(effect, Answer) for effect in made.effects):
        return made
    if isinstance(event, AdoptAsked) and event.line is not None:  # an import is told as a whole
        return made
    channel = case.book.avatar.channel if case.book.avatar else to.channel
    if not (isinstance(event, ON_A_CARD) and to.typed) and not (isinstance(event, NEW) and to.channel != channel):
        return made
    card = _card(case, made)
    text = "" if card else f":white_check_mark: Recorded; <#{channel}> reads it too."
    return replace(made, effects=(*made.effects, Answer(to=to, text=text, card=card)))


def _card(case: Case, made: Decision) -> str:
    """The card of what was decided on."""
    for record in made.puts:
        if isinstance(record, Operation):
            return record.card
        before = case.book.deployments.get(record.id) if isinstance(record, Deployment) else None
        if before and (before.asked or before.alerts):
            return before.question_card or before.card
    return ""
