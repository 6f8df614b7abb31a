"""What came of an operation: what is there now, what it costs, and what can be done with it."""

from datetime import datetime, timedelta

from shared.domain.deployments import Deployment, Removed
from shared.domain.money import TRAINING_HOURS, Money
from shared.domain.operations import STAY_RULE, Operation, Succeeded
from shared.slack.blocks import Json, actions, button, confirm, context, section, span, when
from shared.slack.office import hours_buttons, hours_line
from shared.slack.scene import Scene


def outcome(operation: Operation, scene: Scene, state: Succeeded) -> list[Json]:
    """The end of a finished operation's card."""
    told = [section(_done(operation, scene, state)), *_unmetered(operation, state)]
    hours = _of_hours(operation, scene)
    return [*told, *_tryable(operation, scene), *(hours_buttons(hours) if hours else []), *_older(operation, scene)]


def _of_hours(operation: Operation, scene: Scene) -> Deployment | None:
    """The deployment that keeps the office hours which were approved with this."""
    kept = [d for d in scene.book.deployments.values() if d.hours and (d.billed or d.resting)]
    return next((d for d in kept if d.hours_by == operation.id), None)


def _unmetered(operation: Operation, state: Succeeded) -> list[Json]:
    """A training that somebody says is done, and that no meter has seen."""
    if operation.ask.step != "train" or not state.said_by or (state.evidence and state.evidence.metered_hours):
        return []
    return [
        context(
            ":warning: The meter has shown no compute hours for it. It comes late; if it stays so, look in the portal "
            "whether it was trained at all."
        )
    ]


def _tryable(operation: Operation, scene: Scene) -> list[Json]:
    """See it work, while it is live: a click that costs a few cents."""
    ask = operation.ask
    found = next((d for d in scene.book.deployments.values() if d.billed and d.made_by == operation.id), None)
    if ask.step != "deploy" or found is None or scene.trial is None:
        return []
    asked = confirm(
        f"Try {found.model}?",
        f"Two seconds of video are made by batch synthesis, for about {scene.trial} ({scene.trial.basis}). The video comes into this "
        "card's thread.",
        "Try it",
    )
    value = f"{ask.avatar}|{found.id}|0"
    return [
        actions(
            f"try-{found.id}",
            button("Try it", "try", value, spoken=f"Try {found.model}: two seconds of video", confirm=asked),
        )
    ]


def _older(operation: Operation, scene: Scene) -> list[Json]:
    """What else of this avatar is live beside a new deployment: it costs until it is removed."""
    ask = operation.ask
    if ask.step != "deploy":
        return []
    own = next((d for d in scene.book.deployments.values() if d.billed and d.made_by == operation.id), None)
    if own is None:
        return []
    blocks: list[Json] = []
    made = {model.name: model.made for model in scene.book.models}

    def age(one: Deployment) -> tuple[datetime, datetime]:
        return made.get(one.model, one.live_since), one.live_since

    beside = [d for d in scene.book.deployments.values() if d.billed and d.model != own.model and age(d) < age(own)]
    for other in beside[:3]:
        cost = f"`{other.model}` in `{other.resource}` is still live, at {other.price_per_hour} an hour."
        if other.ends:
            blocks.append(section(f"{cost} {_plan(other)}."))
            continue
        value = f"{ask.avatar}|{other.id}|0"
        later = button(
            f"Remove {other.model[:60]} on …", "plan_removal", value, spoken=f"Choose a day to remove {other.model}"
        )
        blocks += [
            section(f"{cost} Once its callers have changed over, it can go."),
            actions(f"older-{other.id}", later),
        ]
    return blocks


def _plan(deployment: Deployment) -> str:
    """What comes on the day that somebody planned."""
    day = deployment.ends.date() if deployment.ends else "-"
    what = "Its office hours end" if deployment.hours else "Its removal is asked for"
    return f"{what} on {day}, as <@{deployment.ends_by}> planned"


def _actual(operation: Operation, state: Succeeded) -> str:
    """What a training cost by its meter, beside what was approved."""
    hours, amount = state.evidence.metered_hours if state.evidence else None, operation.ask.amount
    if not hours or amount is None:
        return ""
    cost = Money(value=amount.low.value / TRAINING_HOURS[0] * hours, currency=amount.low.currency)
    return f" and {hours} compute hours: about {cost}, {amount.low} to {amount.high} was the estimate"


def _done(operation: Operation, scene: Scene, state: Succeeded) -> str:
    ask, took, model = operation.ask, span(state.since, state.at), state.model or operation.ask.model
    gone = scene.book.withdrawal
    if gone and state.at >= gone.at and ask.step != "remove":  # it could not be stopped in time
        return f"`{model}`: {ask.step} done{f' (as <@{state.said_by}> said)' if state.said_by else ''}, after the talent withdrew the consent: what it made must go."
    said = f" (as <@{state.said_by}> said)" if state.said_by else ""
    if state.model:
        said += f", under another name than was approved (`{ask.model}`)"
    match ask.step:
        case "train":
            next_step = f"`{model}` is ready{said} after {took}{_actual(operation, state)}. Next: `/avatar deploy {ask.avatar}`."
        case "copy":
            next_step = f"`{model}` is in `{ask.target}`{said}. Next: `/avatar deploy {ask.avatar} in {ask.target}`."
        case "deploy":
            month = ask.amount.low if ask.amount else None
            found = [d for d in scene.book.deployments.values() if operation.id in (d.hours_by, d.made_by)]
            own = found[0] if found else None
            if ask.rule.name == STAY_RULE:
                return f"`{model}` was deployed past its office hours, {when(state.at)}, until its next ones are over."
            elsewhere = f"`{model}` was deployed with this{said}, {when(state.at)}. When it is live is on the card of another request."
            if own is None and ask.deployment:
                return elsewhere
            if own and isinstance(own.state, Removed) and not own.resting:
                return f"`{model}` was live{said} since {when(state.at)}, and was removed {when(own.state.at)}. It costs nothing any more."
            if own and own.hours_by not in ("", operation.id):
                return elsewhere
            live = f"is live{said} and billed from now on ({month} a month until it is removed)."
            if own and own.hours:
                verb = "is approved for" if own.resting else "is live in"
                live = f"{verb} its office hours ({month} a month). {hours_line(own)}."
            next_step = f"`{model}` {live} How to call it: `/avatar use {ask.avatar}`."
            if own and own.ends:
                day = (own.ends + timedelta(days=30)).date()
                # A later day than was approved is a request of its own.
                verb, by = ("deploy", "until") if ask.ends else ("remove", "on")
                next_step += f" {_plan(own)}; another day: `/avatar {verb} {ask.avatar} in {own.resource} {by} {day}`."
        case "remove":
            deployment = scene.book.deployments.get(ask.deployment or "")
            hour = ""
            if deployment:
                spent = deployment.cost(deployment.live_since, state.at)
                cost = Money(value=spent, currency=deployment.price_per_hour.currency)
                hour = f" and stops costing {deployment.price_per_hour} an hour ({cost} for {span(deployment.live_since, state.at)} of hosting)"
            next_step = (
                f"`{model}` is no longer deployed{said}{hour}. The model stays: `/avatar deploy {ask.avatar}` "
                "brings it back."
            )
    return next_step
