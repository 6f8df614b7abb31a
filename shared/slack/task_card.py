"""The operators' card: who does it, numbered steps with every value to paste, and what to report."""

from shared.domain.moving import WORDS
from shared.domain.operations import (
    Operation,
    Running,
    Waiting,
)
from shared.slack.blocks import (
    Json,
    actions,
    button,
    context,
    escaped,
    header,
    people,
    section,
    when,
)
from shared.slack.scene import Drawn, Scene, Steps


def task_card(operation: Operation, scene: Scene) -> Drawn:
    ask, state = operation.ask, operation.state
    title = f"🧰 Portal task: {ask.step} {ask.model}"
    blocks = [header(title), context(f"For *{ask.avatar}*, asked by {ask.asker}, approved. `{ask.id}`")]
    steps: Steps = scene.tasks.get(operation.id, [])
    value = f"{ask.avatar}|{ask.id}|{operation.revision}"
    text = f"Portal task for {ask.avatar}: {ask.step} {ask.model}, {WORDS[state.status]}"
    if not isinstance(state, Waiting | Running):
        blocks.append(section(f"{_outcome(state.status)} See the card in the avatar's channel."))
        return Drawn(scene.policy.operators_channel, text, blocks)
    if isinstance(state, Waiting) and not state.taken_by:
        return Drawn(scene.policy.operators_channel, text, [*blocks, *_offered(operation, state, steps, value, scene)])
    if isinstance(state, Waiting):
        for number, (sentence, values) in enumerate(steps, 1):
            blocks.append(section(f"*{number}.* {sentence}"))
            blocks += [section(f"{what}:\n```{part}```") for what, text_ in values for part in _parts(text_)]
        blocks = blocks[:44]
        holder, buttons = state.taken_by, _while_doing(operation, value)
    else:
        hours = state.evidence.metered_hours if state.evidence else None
        meter = f"The meter shows {hours} compute hours" if hours else "The meter has shown nothing yet; it comes late"
        blocks.append(section(f"Training runs in the portal since {when(state.since)}. {meter}. How does it go?"))
        holder = state.started_by
        buttons = [
            button("It succeeded", "done", value, "primary"),
            button("Still running", "still_running", value),
            button("It failed", "fail", value, "danger"),
        ]
    blocks += [context(f"<@{holder}> has this task."), actions(f"task-{operation.revision}", *buttons)]
    return Drawn(scene.policy.operators_channel, text, blocks)


def _offered(operation: Operation, state: Waiting, steps: Steps, value: str, scene: Scene) -> list[Json]:
    """To whoever asked first, if they are an operator."""
    summary = "\n".join(f"{number}. {sentence}" for number, (sentence, _) in enumerate(steps, 1))
    who = people(scene.policy.operators)
    if operation.ask.by in scene.operators:
        who = f"{operation.ask.asker}, you asked for it and are an operator: will you? Or another of {who}"
    handed: list[Json] = []
    if state.handed_by:
        why = escaped(scene.book.words.get(state.handed_why or "", "erased"), 600)
        handed = [section(f":raised_hands: <@{state.handed_by}> had it, and can't:\n> {why}")]
    return [
        *handed,
        section(f"{who}: who does this in the portal?\n{summary}"),
        actions(f"task-{operation.revision}", button("I'll take it", "take", value, "primary")),
    ]


def _while_doing(operation: Operation, value: str) -> list[Json]:
    """One click in the good case; a form only where something differed."""
    train = operation.ask.step == "train"
    files = [
        button("Links for the files", "links", value, spoken="Get links to the files, privately"),
        button("Compare the files", "portal_shows", value, spoken="Compare the portal's files with the data set"),
        button("A file was refused", "file_refused", value, spoken="The portal refused a file"),
    ]
    return [
        button("Done", "done", value, "primary"),
        *(files if train else []),
        button("Done, but different", "done_differently", value, spoken="Done, under another name"),
        button("It failed", "fail", value, "danger"),
        button("I can't", "hand_on", value, spoken="Hand this task on"),
        button("The portal looks different", "portal_differs", value),
    ]


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
