"""The operators' card: who does it, numbered steps with every value to paste, and what to report."""

from shared.domain.moving import WORDS
from shared.domain.operations import (
    Operation,
    Running,
    Waiting,
)
from shared.slack.blocks import (
    actions,
    button,
    context,
    escaped,
    header,
    people,
    section,
    when,
)
from shared.slack.scene import Drawn, Scene


def task_card(operation: Operation, scene: Scene) -> Drawn:
    ask, state = operation.ask, operation.state
    title = f"🧰 Portal task: {ask.step} {ask.model}"
    blocks = [header(title), context(f"For *{ask.avatar}*, asked by {ask.asker}, approved. `{ask.id}`")]
    steps = scene.tasks.get(operation.id, [])
    value = f"{ask.avatar}|{ask.id}|{operation.revision}"
    text = f"Portal task for {ask.avatar}: {ask.step} {ask.model}, {WORDS[state.status]}"
    if not isinstance(state, Waiting | Running):
        blocks.append(section(f"{_outcome(state.status)} See the card in the avatar's channel."))
        return Drawn(scene.policy.operators_channel, text, blocks)
    taken_by = state.taken_by if isinstance(state, Waiting) else state.started_by
    if isinstance(state, Waiting) and not taken_by:
        summary = "\n".join(f"{number}. {sentence}" for number, (sentence, _) in enumerate(steps, 1))
        blocks += [
            section(f"{people(scene.policy.operators)}: who does this in the portal?\n{summary}"),
            actions(f"task-{operation.revision}", button("I'll take it", "take", value, "primary")),
        ]
        return Drawn(scene.policy.operators_channel, text, blocks)
    if isinstance(state, Waiting):
        for number, (sentence, values) in enumerate(steps, 1):
            blocks.append(section(f"*{number}.* {sentence}"))
            blocks += [section(f"{what}:\n```{part}```") for what, text_ in values for part in _parts(text_)]
        blocks = blocks[:45]
        labels = ("Done", "It failed")
    else:
        blocks.append(section(f"Training runs in the portal since {when(state.since)}. How did it end?"))
        labels = ("It succeeded", "It failed")
    blocks += [
        context(f"<@{taken_by}> has this task."),
        actions(f"task-{operation.revision}", button(labels[0], "done", value, "primary"),
                button(labels[1], "fail", value, "danger")),
    ]  # fmt: skip
    return Drawn(scene.policy.operators_channel, text, blocks)


def _parts(text: str) -> list[str]:
    """Values to paste, cut between lines into pieces that a section holds; none is left out."""
    parts: list[str] = []
    for line in filter(None, text.split("\n")):
        safe = escaped(line, 1000)
        if parts and len(parts[-1]) + len(safe) < 2500:
            parts[-1] += f"\n{safe}"
        else:
            parts.append(safe)
    return parts


def _outcome(status: str) -> str:
    return {"succeeded": ":tada: Done; thank you.", "failed": ":x: Reported as failed."}.get(
        status, f"This task is over: {WORDS[status]}."
    )
