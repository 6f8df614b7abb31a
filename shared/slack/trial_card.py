"""The message of a trial: who tried what, for how much, and how it went."""

from shared.domain.deployments import Deployment
from shared.domain.money import Amount
from shared.slack.blocks import Json, actions, button, context, quoted, section, when
from shared.slack.scene import Drawn, Scene


def offer(deployment: Deployment, amount: Amount) -> tuple[str, list[Json]]:
    """What a trial costs and the button that asks for it, to whoever typed the command."""
    text = (
        f"Two seconds of video by `{deployment.model}` in `{deployment.resource}`, by batch synthesis: about {amount} ({amount.basis}). It "
        "comes into the thread of its deployment."
    )
    value = f"{deployment.avatar}|{deployment.id}|0"
    return text, [section(text), actions(f"try-{deployment.id}", button("Try it", "try", value, "primary"))]


def trial_card(trial_id: str, scene: Scene) -> Drawn | None:
    trial = scene.book.trials.get(trial_id)
    avatar = scene.book.avatar
    if trial is None or avatar is None:
        return None
    match trial.status:
        case "running":
            head = f"🎬 Trying `{trial.model}`: two seconds by batch synthesis. The video comes into this thread in some minutes."
        case "succeeded":
            head = f"🎬 `{trial.model}` works: the video is in this thread."
        case "failed":
            said = quoted(scene.book.words.get(trial.why or "", "erased"))
            head = (
                f"❌ The trial of `{trial.model}` in `{trial.resource}` failed:\n{said}\nWhether it is deployed says the portal's list; "
                f"`/avatar use {avatar.name}` shows how programs call it."
            )
    text = f"Trial of {trial.model}: {trial.status}"
    who = f"Asked by <@{trial.by}>, {when(trial.at)} · about {trial.amount} ({trial.amount.basis}) · `{trial.id}`"
    return Drawn(avatar.channel, text, [section(head), context(who)], trial.under)
