"""What an operator says of a task in the portal: taken, done, failed, handed on, and what is seen there."""

from collections import Counter

from shared.domain.base import short_id
from shared.domain.book import AuditLine, Case, Decision, minute
from shared.domain.comparing import changes_since, must_be_settled
from shared.domain.effects import Answer, Effect, Post, ShowCard
from shared.domain.events import (
    PartDone,
    PortalDiffers,
    PortalShows,
    StillRunning,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
)
from shared.domain.moving import already, moved
from shared.domain.names import Kind, must_be_model, printable
from shared.domain.operations import Ask, Operation, Running, Succeeded, Waiting
from shared.domain.records import Words
from shared.domain.reminding import mentions
from shared.domain.removing import used_since
from shared.domain.tasks import KIND_OF, part_card, parts_of
from shared.domain.working import differs, failed_as, succeed, went_stale
from shared.errors import Refused

Report = TaskTaken | TaskDone | TaskFailed | TaskHandedOn | PartDone


def report(case: Case, operation: Operation, event: Report) -> Decision:
    """What an operator says. For a training that waits, Done means: it was started there."""
    _is_operator(case)
    if isinstance(event, TaskTaken):
        return _take(case, operation)
    state = _held(case, operation)
    if isinstance(event, PartDone):
        return _part(case, operation, state, event.part)
    if event.revision != operation.revision:  # a second click on Done must not mean more than the first
        raise Refused("card_was_behind", "This was noted already. The card has moved on: look at it again.")
    if isinstance(event, TaskHandedOn):
        return _hand_on(case, operation, state, event.why)
    if isinstance(event, TaskFailed):
        return failed_as(case, operation, "operator_reported", event.why)
    model = event.model if event.model != operation.ask.model else ""
    if model:
        must_be_model(model)
        _must_be_free(case, operation.ask, model)
    if operation.ask.step == "train" and isinstance(state, Waiting):
        if state.differs and not event.model:
            raise Refused(
                "files_differ",
                f"Not noted: when you compared the files, the portal differed from what was approved ({state.differs}). Fix it there and "
                "compare again. If the training was started with those files nevertheless, press *Done, but different*: the approvers are "
                "told.",
            )
        # It was started there: that is a fact, whatever changed meanwhile; but a change is on record and is shown.
        files = (f"the portal's files: {state.differs}",) if state.differs else ()
        changed = "; ".join((*changes_since(case, operation.ask), *files))[:300]
        running = Running(since=case.now, attempt=state.attempt, started_by=case.by, changed=changed, model=model)
        data = ({"changed": "yes"} if changed else {}) | ({"model": model} if model else {})
        told = differs(case, operation, model, state.differs)
        kinds: list[Kind] = [clip.kind for clip in operation.ask.clips]
        there = operation.with_uploaded(*kinds)
        return moved(case, there, running, "task_started", effects=told, data=data)
    return succeed(case, operation, said_by=case.by, model=model)


def ask_about(case: Case, operation: Operation, event: StillRunning | PortalDiffers | PortalShows) -> Decision:
    """An operator's word that moves nothing: an answer to our question, or what the portal shows."""
    _is_operator(case)
    ask, line = operation.ask, _line(case, operation, event.kind)
    match event:
        case StillRunning():
            if not isinstance(operation.state, Running):
                raise Refused("already_over", already(operation))
            if ask.assurance != "attested":
                raise Refused("no_task", "This is not a task in the portal: the app follows it by itself.")
            told = Post(channel=case.terms.policy.operators_channel, under=f"task:{operation.id}",
                        text=f":hourglass_flowing_sand: <@{case.by}> says that it still runs.")  # fmt: skip
            return Decision(audit=(line,), effects=(told,))
        case PortalDiffers(what=what):
            if not what.strip():
                raise Refused("no_reason", "Say what looks different: where you are, and what you see.")
            text = f":mag: <@{case.by}> reports on *{ask.step} {ask.model}* of *{ask.avatar}*: the portal looks different.\n> {printable(what)}"
            where = Post(channel=case.terms.policy.maintainers_channel, text=text)
            thanks = "Thank you: the maintainers have it. Do what the step means, or press *I can't*."
            return Decision(audit=(line,), effects=(where, *_answered(case, thanks)))
        case PortalShows(files=files):
            differs, text = _beside(ask, files)
            state = operation.state
            if not isinstance(state, Waiting) or ask.step != "train":
                return Decision(audit=(line,), effects=_answered(case, text))
            noted = operation.seen(_heard(case, state, differs=differs))
            shown = ShowCard(card=f"task:{operation.id}")
            return Decision(puts=(noted,), audit=(line,), effects=(shown, *_answered(case, text)))


def _part(case: Case, operation: Operation, state: Waiting | Running, part: str) -> Decision:
    """One part is done: whoever takes over sees it, and nothing else moves."""
    if not isinstance(state, Waiting) or part not in parts_of(operation.ask):
        raise Refused("already_over", "The training was started: its parts need nobody any more.")
    if part in state.parts:
        raise Refused("already_noted", "This was noted already.")
    kind = KIND_OF.get(part)
    there = operation.with_uploaded(kind) if kind else operation
    noted = there.seen(_heard(case, state, parts=(*state.parts, part)))
    shown = (ShowCard(card=part_card(operation.id, part)), ShowCard(card=f"task:{operation.id}"))
    line = AuditLine(action="train_part_done", by=case.by, subject=operation.id, data={"part": part})
    return Decision(puts=(noted,), audit=(line,), effects=shown)


def _heard(case: Case, state: Waiting, **noted: object) -> Waiting:
    """With what somebody noted; whoever has the task and says something is not silent."""
    heard = case.now if state.taken_by == case.by else state.heard
    return state.model_copy(update={**noted, "heard": heard})


def _beside(ask: Ask, files: str) -> tuple[str, str]:
    """How what the portal shows differs from the data set, in short, and what to do about it."""
    there = Counter(line.strip().lower().rsplit("/", 1)[-1] for line in files.splitlines() if line.strip())
    places: dict[str, list[str]] = {}
    for clip in ask.clips:
        places.setdefault(clip.file.lower(), []).append(f"{clip.kind}/{clip.file}")
    wanted = Counter({name: len(known) for name, known in places.items()})  # files of two types may have the same name
    missing = [" or ".join(places[name]) for name in sorted((wanted - there).elements())]
    more = sorted((there - wanted).elements())
    if not missing and not more:
        return "", f":white_check_mark: The portal shows just the {wanted.total()} files of the data set: go on."
    lines = [f"• not there: `{printable(name)}`: upload it" for name in missing[:20]]
    lines += [
        f"• there, and no part of what was approved: `{printable(name)}`: delete it in the portal" for name in more[:20]
    ]
    short = f"{len(missing)} not there, {len(more)} too many"
    return short, ":no_entry: *Don't train yet*: all that is there goes into the training.\n" + "\n".join(lines)


def _answered(case: Case, text: str) -> tuple[Effect, ...]:
    return (Answer(to=case.message.reply, text=text),) if case.message.reply else ()


def _line(case: Case, operation: Operation, action: str) -> AuditLine:
    return AuditLine(action=f"{operation.ask.step}_{action}", by=case.by, subject=operation.id)


def _is_operator(case: Case) -> None:
    if not case.terms.members.includes(case.terms.policy.operators, case.by):
        raise Refused("not_an_operator", "The policy does not name you as an operator, so you can't do portal tasks.")


def _held(case: Case, operation: Operation) -> Waiting | Running:
    """The state of a task that this operator may report on."""
    state = operation.state
    portal = operation.ask.assurance == "attested"
    if not isinstance(state, Waiting) and not (isinstance(state, Running) and portal):
        undo = ""
        if portal and not isinstance(state, Succeeded):
            undo = f" If you did it in the portal nevertheless, undo it there, or record it with `/avatar adopt {operation.ask.avatar}`."
        raise Refused("already_over", already(operation) + undo)
    if isinstance(state, Waiting) and state.taken_by != case.by:
        holder = f"<@{state.taken_by}> has it" if state.taken_by else "press *I'll take it* first"
        raise Refused("not_your_task", f"Only the person who took this task can report on it: {holder}.")
    return state


def _must_be_free(case: Case, ask: Ask, model: str) -> None:
    """What is trained or copied is a model of its own."""
    place = ask.target or ask.resource
    if ask.step in {"train", "copy"} and any(
        (known.name.lower(), known.resource) == (model.lower(), place) for known in case.book.models
    ):
        raise Refused(
            "name_taken",
            f"`{model}` in `{place}` is on record as another model. Look in the portal how this one is named there.",
        )


def _hand_on(case: Case, operation: Operation, state: Waiting | Running, why: str) -> Decision:
    if not isinstance(state, Waiting):
        raise Refused("already_started", "It was started already, so it can't be handed on: report how it ended.")
    if not why.strip():
        raise Refused("no_reason", "Say in a few words why you can't, so that the next one knows.")
    if case.book.withdrawal:  # nobody is to go on with it
        return went_stale(case, operation, changes_since(case, operation.ask))
    words = Words(ref=short_id("w", case.message.id), text=why.strip()[:500])
    free = Waiting(
        since=state.since, attempt=state.attempt, handed_by=case.by, handed_why=words.ref, parts=state.parts,
        differs=state.differs,
    )  # fmt: skip
    bell = Post(
        channel=case.terms.policy.operators_channel, under=f"task:{operation.id}",
        text=f":raised_hands: <@{case.by}> can't do it. {mentions(case.terms.policy.operators)}: who takes it?",
    )  # fmt: skip
    return moved(case, operation, free, "task_handed_on", words, effects=(bell,), data={"why": words.ref})


def _take(case: Case, operation: Operation) -> Decision:
    state = operation.state
    if not isinstance(state, Waiting):
        raise Refused("already_over", already(operation))
    if state.taken_by and (state.taken_by == case.by or not state.silent(case.now)):
        raise Refused(
            "already_taken",
            f"<@{state.taken_by}> took this task, {minute(state.taken or state.since)}. Another operator can take it over after a day "
            "without a word.",
        )
    must_be_settled(case, operation.ask)
    # After a takeover it may be half done: use that was seen before the first one deleted it says nothing.
    changes = (*changes_since(case, operation.ask), *(() if state.taken_by else used_since(case, operation)))
    if changes:
        return went_stale(case, operation, changes)
    taken = Waiting(
        since=state.since, attempt=state.attempt, taken_by=case.by, taken=case.now, parts=state.parts,
        differs=state.differs,
    )  # fmt: skip
    told: tuple[Effect, ...] = ()
    if state.taken_by:
        text = f":raised_hands: <@{case.by}> takes it over from <@{state.taken_by}>, who took it {minute(state.taken or state.since)}."
        told = (Post(channel=case.terms.policy.operators_channel, text=text, under=f"task:{operation.id}"),)
    data = {"from": state.taken_by} if state.taken_by else None
    return moved(case, operation, taken, "task_taken", effects=told, data=data)
