"""Answers in words: the status of an avatar, and its history."""

import re
from datetime import datetime

from shared.domain.audit import AuditRow, Break
from shared.domain.book import AuditLine, Book
from shared.domain.moving import WORDS
from shared.domain.names import ClipPath
from shared.domain.readiness import Readiness
from shared.slack.blocks import escaped, exactly, span, when
from shared.slack.office import ends_text, hours_line

MOST = 60
PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
STEPS = ("train", "copy", "deploy", "remove")
MACHINES = {
    "uploads": "upload:",
    "start": "service:",
    "training-poll": "service:",
    "idle-watch": "idle watch:",
    "office-hours": "office hours:",
}


def status_text(book: Book, ready: Readiness, now: datetime) -> str:
    """Where an avatar stands and what comes next."""
    avatar = book.known_avatar()
    sync = "with" if avatar.voice_sync else "without"
    made = "" if avatar.adopted else f"{avatar.target}, {sync} voice sync, "  # nobody said so of what was adopted
    lines = [f"*{avatar.name}*: {made}in `{avatar.resource}`, owner <@{avatar.owner}>{', adopted' * avatar.adopted}"]
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(ready.counts.items())) or "none yet"
    lines.append(f"*Clips*: {counts} ({ready.minutes:.1f} minutes for training)")
    gone = book.withdrawal
    if gone:
        lines.append(
            f":octagonal_sign: The talent withdrew the consent ({when(gone.at)}): nothing can be made any more"
        )
    else:
        lines += _next(book, ready)
    lines += [f":information_source: {note}" for note in ready.notes]
    for model in book.models:
        lines.append(f"*Model* `{model.name}` in `{model.resource}` ({model.region}), since {when(model.made)}")
    for deployment in book.deployments.values():
        if deployment.billed:
            live = span(deployment.live_since, now)
            lines.append(
                f"*Live* `{deployment.model}` in `{deployment.resource}` for {live}: {deployment.price_per_hour} an hour"
                + ends_text(deployment)
            )
        if deployment.hours and (deployment.billed or deployment.resting):
            lines.append(f"`{deployment.model}`: {hours_line(deployment, now, book)}")
    for operation in book.operations.values():
        if operation.open:
            lines.append(f"*{operation.ask.step.title()}* `{operation.ask.model}`: {WORDS[operation.state.status]}")
    return "\n".join(lines)


def _next(book: Book, ready: Readiness) -> list[str]:
    """What comes next; what is under way is said below."""
    avatar = book.known_avatar()
    under_way = {operation.ask.step for operation in book.operations.values() if operation.open}
    live = any(deployment.billed or deployment.resting for deployment in book.deployments.values())
    lines: list[str] = []
    if book.models and not live and not under_way & {"deploy", "copy", "train"}:
        lines.append(f":arrow_forward: Next: `/avatar deploy {avatar.name}`")
    if "train" in under_way:
        return lines
    if ready.ready:
        what = "Ready to train a new version" if book.models else "Ready to train"
        return [*lines, f":white_check_mark: {what}: `/avatar train {avatar.name}`"]
    if avatar.adopted and not ready.counts:  # it was trained elsewhere
        return lines
    return [*lines, "*Still missing before training*", *(f"• {line}" for line in ready.missing)]


def history_text(avatar: str, rows: list[AuditRow], book: Book, files: dict[str, ClipPath], broken: list[Break]) -> str:
    """Who did what, when and why; the newest lines when there are many; and whether the record is whole."""
    told = sorted(
        (row for row in rows if row.line.action.rpartition("_")[2] != "claimed"), key=lambda row: (row.at, row.seq)
    )
    if not told:
        return f"Nothing is on record for *{avatar}* yet."
    shown = [_line(row, book, files) for row in told[-MOST:]]
    top = f"*History of {avatar}*" + (f" (the last {MOST} of {len(told)} lines)" if len(told) > MOST else "")
    whole = f":link: The record is whole: {len(rows)} lines, none changed or missing."
    if broken:
        whole = f":rotating_light: The record was changed from outside: {broken[0]}. Tell the maintainers."
    return "\n".join([top, *shown, whole])


def _line(row: AuditRow, book: Book, files: dict[str, ClipPath]) -> str:
    line = row.line
    person = bool(PERSON.fullmatch(line.by))
    who = f"<@{line.by}>" if person else MACHINES.get(line.by, line.by)
    why = f" “{escaped(book.words.get(line.data['why'], 'erased'), 200)}”" if "why" in line.data else ""
    return f"• {exactly(row.at)}: {who} {_did(line, book, files)}{why}"


# What needs words of its own.
SAID = {
    "trial_asked": "tried {about}: two seconds of video ({amount})",
    "trial_seen": "the trial {outcome}",
    "owner_asked": "asked the owner whether {about} is still needed",
    "question_settled": "use of {about} was seen, nobody has to answer any more",
    "deployment_still_needed": "said that {about} is still needed",
    "deployment_owner_unsure": "did not know whether {about} is needed; on-call was asked",
    "deployment_unanswered": "nobody answered whether {about} is needed; on-call was asked",
    "removal_planned": "planned to remove {about} on {on}",
    "hours_stay": "kept {about} live past its office hours, until {until}",
    "hours_off": "ended the office hours of {about}",
    "hours_over": "the office hours of {about} are over",
    "hours_not_begun": "the office hours of {about} could not begin",
    "train_part_done": "did a part of the training in the portal: {part}",
    "stray_unwanted": "asked to delete the model `{name}`, which nobody recorded",
}


def _told(line: AuditLine) -> dict[str, str]:
    return {name: line.data.get(name, "") for name in ("amount", "on", "part", "name", "until")}


def _did(line: AuditLine, book: Book, files: dict[str, ClipPath]) -> str:
    """What was done, in words; a refusal names its code."""
    step, _, verb = line.action.partition("_")
    operation, deployment = book.operations.get(line.subject), book.deployments.get(line.subject)
    path = files.get(line.subject)
    about = f"`{operation.ask.model}`" if operation else f"`{deployment.model}`" if deployment else ""
    if line.outcome == "refused" and "code" in line.data:
        asked = line.action.removesuffix("_asked").removesuffix("_clicked").replace("_", " ")
        return f"tried: {asked} {about}, refused ({line.data['code'].replace('_', ' ')})".replace(" ,", ",")
    if path:
        rules = f": {line.data['rules']}" if line.data.get("rules") else ""
        verdict = "uploaded" if line.action == "clip_uploaded" else f"checked, {line.outcome}{rules}"
        return f"`{path.kind}/{escaped(path.file, 60)}` {verdict}"
    if line.action in SAID:
        return SAID[line.action].format(
            about=about or f"`{line.data.get('model', '')}`", outcome=line.outcome, **_told(line)
        )
    if verb == "asked":
        amount = f" ({line.data['amount']})" if line.data.get("amount") else ""
        own_rule = f" by the rule “{line.data['rule']}”" if line.outcome == "approved" else ""
        return f"asked to {step} `{line.data.get('model', '')}`{amount}{own_rule}"
    if step in STEPS:
        return f"{step} {about}: {verb.replace('_', ' ')}"
    return f"{line.action.replace('_', ' ')} {about}".strip()
