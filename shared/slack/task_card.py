"""The operators' cards: who does it, numbered steps with every value to paste, and what to report; parts in the thread."""

from shared.domain.moving import WORDS
from shared.domain.operations import (
    Operation,
    Running,
    Waiting,
)
from shared.domain.tasks import Part, parts_of
from shared.slack.blocks import (
    Json,
    actions,
    button,
    confirm,
    context,
    escaped,
    header,
    people,
    quoted,
    section,
    when,
)
from shared.slack.scene import Drawn, Scene

WITHDRAWN = (
    ":octagonal_sign: *The talent withdrew the consent: upload nothing more, and start nothing.* What you uploaded already is on the list "
    "of what must be deleted, in the avatar's channel."
)


def _assent(operation: Operation) -> str:
    """Who stands behind it: people who approved, one who broke the glass, or a rule."""
    if operation.review:
        return f"started by <@{operation.review.by}> without its approvals"
    return (
        "approved" if operation.approvals and operation.ask.rule.needed else f"by the rule “{operation.ask.rule.name}”"
    )


def task_card(operation: Operation, scene: Scene) -> Drawn:
    ask, state = operation.ask, operation.state
    title = f"🧰 Portal task: {ask.step} {ask.model}"
    blocks = [header(title), context(f"For *{ask.avatar}*, asked by {ask.asker}, {_assent(operation)}. `{ask.id}`")]
    place = scene.resources.get(ask.resource)
    region = f" ({place.region})" if place else ""
    blocks.append(section(f":round_pushpin: In `{ask.resource}`{region}: switch the portal to this resource first."))
    parts = scene.tasks.get(operation.id, [])
    value = f"{ask.avatar}|{ask.id}|{operation.revision}"
    text = f"Portal task for {ask.avatar}: {ask.step} {ask.model}, {WORDS[state.status]}"
    if not isinstance(state, Waiting | Running):
        blocks.append(section(f"{_outcome(state.status)} See the card in the avatar's channel."))
        return Drawn(scene.policy.operators_channel, text, blocks)
    if isinstance(state, Waiting) and not state.taken_by:
        return Drawn(scene.policy.operators_channel, text, [*blocks, *_offered(operation, state, parts, value, scene)])
    if scene.book.withdrawal and ask.step != "remove" and isinstance(state, Waiting):
        holder, buttons = state.taken_by, _after_withdrawal(operation, value)
        blocks.append(section(WITHDRAWN))
    elif isinstance(state, Waiting):
        blocks += _doing(operation, state, parts)
        holder, buttons = state.taken_by, _while_doing(operation, state, parts, value)
        if state.silent(scene.now):
            buttons.append(button("Take it over", "take", value, spoken="Take this task over"))
    else:
        hours = state.evidence.metered_hours if state.evidence else None
        meter = f"The meter shows {hours} compute hours" if hours else "The meter has shown nothing yet; it comes late"
        blocks.append(
            section(f"Training has been running in the portal since {when(state.since)}. {meter}. How does it go?")
        )
        holder = state.started_by
        buttons = [
            button("It succeeded", "done", value, "primary"),
            button("Still running", "still_running", value),
            button("It failed", "fail", value, "danger"),
        ]
    blocks += [context(f"<@{holder}> has this task."), actions(f"task-{operation.revision}", *buttons)]
    return Drawn(scene.policy.operators_channel, text, blocks)


def part_message(rest: str, scene: Scene) -> Drawn | None:
    """One part of a training, in the thread of its task; None when there is nothing to do of it."""
    operation_id, _, name = rest.partition(":")
    operation = scene.book.operations.get(operation_id)
    if operation is None:
        return None
    ask, state, under = operation.ask, operation.state, f"task:{operation_id}"
    channel = scene.policy.operators_channel
    if not isinstance(state, Waiting) or not state.taken_by:
        over = f"Of a task that is {WORDS[state.status]}."
        return Drawn(channel, over, [context(over)], under) if scene.posted else None
    if scene.book.withdrawal:
        return Drawn(channel, WITHDRAWN, [section(WITHDRAWN)], under) if scene.posted else None
    part = next((part for part in scene.tasks.get(operation_id, []) if part.name == name), None)
    if part is None:
        return None
    if name in state.parts:
        return Drawn(channel, f"{part.title}: done", [section(f":white_check_mark: *{part.title}*: done")], under)
    blocks = [section(f"*{part.title}*\n{part.sentence}"), *_values(part)][:46]
    buttons = [button("Done", "part_done", f"{ask.avatar}|{ask.id}#{name}|0", "primary", spoken=f"Done: {part.title}")]
    if part.is_data or name == "consent":
        value = f"{ask.avatar}|{ask.id}|{operation.revision}"
        buttons += [
            button("Links for the files", "links", value, spoken="Get links to the files, privately"),
            button("A file was refused", "file_refused", value, spoken="The portal refused a file"),
        ]
    return Drawn(channel, f"{part.title} of {ask.model}", [*blocks, actions(f"part-{name}", *buttons)], under)


def _doing(operation: Operation, state: Waiting, parts: list[Part]) -> list[Json]:
    """What is done and what is left; parts with a message of their own are in the thread, the others are here."""
    own = parts_of(operation.ask)
    listed = [
        f"{':white_check_mark:' if part.name in state.parts else ':white_large_square:'} *{number}.* {part.title}"
        for number, part in enumerate(parts, 1)
        if part.name in own
    ]
    blocks = [section("\n".join([*listed, "_What to paste for each is in the thread._"]))] if listed else []
    for number, part in enumerate(parts, 1):
        if part.name not in own:
            blocks += [section(f"*{number}.* {part.sentence}"), *_values(part)]
    if state.differs:
        blocks.append(
            section(
                f":no_entry: *Don't train yet*: at the last comparison, {state.differs}. Fix it, and compare again."
            )
        )
    return blocks[:44]


def _values(part: Part) -> list[Json]:
    return [section(f"{what}:\n```{piece}```") for what, text in part.values for piece in _pieces(text)]


def _offered(operation: Operation, state: Waiting, parts: list[Part], value: str, scene: Scene) -> list[Json]:
    """To whoever asked first, if they are an operator."""
    done = {part.name: " :white_check_mark:" for part in parts if part.name in state.parts}
    summary = "\n".join(f"{number}. {part.sentence}{done.get(part.name, '')}" for number, part in enumerate(parts, 1))
    who = people(scene.policy.operators)
    if operation.ask.by in scene.operators:
        who = f"{operation.ask.asker}, you asked for it and are an operator: will you? Or another of {who}"
    handed: list[Json] = []
    if state.handed_by:
        why = quoted(scene.book.words.get(state.handed_why or "", "erased"))
        handed = [section(f":raised_hands: <@{state.handed_by}> had it, and can't:\n{why}")]
    return [
        *handed,
        section(f"{who}: who does this in the portal?\n{summary}"),
        actions(f"task-{operation.revision}", button("I'll take it", "take", value, "primary")),
    ]


def _after_withdrawal(operation: Operation, value: str) -> list[Json]:
    """All that is left to say: whether something began before."""
    done = "It had started already" if operation.ask.step == "train" else "It was done already"
    return [
        button("Nothing was started", "fail", value, "primary", spoken="Nothing was started: close this task"),
        button(done, "done", value),
    ]


def _while_doing(operation: Operation, state: Waiting, parts: list[Part], value: str) -> list[Json]:
    """One click in the good case; a form only where something differed, a question where parts are open."""
    own = parts_of(operation.ask)
    left = [part.title for part in parts if part.name in own and part.name not in state.parts]
    asked = None
    if left:
        listed = ", ".join(left[:4]) + (f" and {len(left) - 4} more" if len(left) > 4 else "")
        asked = confirm(
            "Started already?", f"Not ticked yet: {listed}. Say so if it runs in the portal all the same.", "It started"
        )
    compare = button("Compare the files", "portal_shows", value, spoken="Compare the portal's files with the data set")
    done = "Training started" if operation.ask.step == "train" else "Done"  # the parts in the thread have a Done each
    return [
        button(done, "done", value, "primary", asked),
        *([compare] if operation.ask.step == "train" else []),
        button("Done, but different", "done_differently", value, spoken="Done, under another name"),
        button("It failed", "fail", value, "danger"),
        button("I can't", "hand_on", value, spoken="Hand this task on"),
        button("The portal looks different", "portal_differs", value),
    ]


def _pieces(text: str) -> list[str]:
    """Values to paste, cut between lines into pieces that a section holds; none is left out."""
    pieces: list[str] = []
    for line in filter(None, text.split("\n")):
        safe = escaped(line, 1000)
        if pieces and len(pieces[-1]) + len(safe) < 2500:
            pieces[-1] += f"\n{safe}"
        else:
            pieces.append(safe)
    return pieces


def _outcome(status: str) -> str:
    return {"succeeded": ":tada: Done; thank you.", "failed": ":x: Reported as failed."}.get(
        status, f"This task is closed: {WORDS[status]}."
    )
