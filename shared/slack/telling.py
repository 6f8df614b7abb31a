"""Answers in words: the status of an avatar, and its history."""

from datetime import datetime

from shared.domain.book import Book
from shared.domain.following import WORDS
from shared.domain.readiness import Readiness
from shared.ports import AuditRow
from shared.slack.blocks import escaped, span, when

MOST = 40


def status_text(book: Book, ready: Readiness, now: datetime) -> str:
    """Where an avatar stands and what comes next."""
    avatar = book.known_avatar()
    sync = "with" if avatar.voice_sync else "without"
    lines = [f"*{avatar.name}*: {avatar.target}, {sync} voice sync, in `{avatar.resource}`, owner <@{avatar.owner}>"]
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(ready.counts.items())) or "none yet"
    lines.append(f"*Clips*: {counts} ({ready.minutes:.1f} minutes for training)")
    if ready.ready:
        lines.append(f":white_check_mark: Ready to train: `/avatar train {avatar.name}`")
    else:
        lines += ["*Still missing before training*", *(f"• {line}" for line in ready.missing)]
    lines += [f":information_source: {note}" for note in ready.notes]
    for model in book.models:
        lines.append(f"*Model* `{model.name}` in `{model.resource}` ({model.region}), since {when(model.made)}")
    for deployment in book.deployments.values():
        if deployment.billed:
            live = span(deployment.live_since, now)
            lines.append(
                f"*Live* `{deployment.model}` in `{deployment.resource}` for {live}: {deployment.price_per_hour} an hour"
            )
    for operation in book.operations.values():
        if operation.open:
            lines.append(f"*{operation.ask.step.title()}* `{operation.ask.model}`: {WORDS[operation.state.status]}")
    return "\n".join(lines)


def history_text(avatar: str, rows: list[AuditRow], words: dict[str, str]) -> str:
    """Who did what, when and why; the newest lines when there are many."""
    if not rows:
        return f"Nothing is on record for *{avatar}* yet."
    newest = sorted(rows, key=lambda row: (row.at, row.chain, row.seq))
    shown = [_line(row, words) for row in newest[-MOST:]]
    hidden = len(newest) - len(shown)
    top = f"*History of {avatar}*" + (f" (the last {MOST} of {len(newest)} lines)" if hidden else "")
    return "\n".join([top, *shown])


def _line(row: AuditRow, words: dict[str, str]) -> str:
    line = row.line
    person = line.by[:1] in {"U", "W"} and line.by[1:2].isupper()
    who = f"<@{line.by}>" if person else f"_{line.by}_"
    what = line.action.replace("_", " ")
    outcome = "" if line.outcome in {"done", line.action} else f" → {line.outcome}"
    details = [
        value
        for key, value in line.data.items()
        if key in {"model", "amount", "kind", "code", "rules", "rule"} and value
    ]
    why = f" “{escaped(words.get(line.data['why'], 'erased'), 200)}”" if "why" in line.data else ""
    about = f" ({', '.join(details)})" if details else ""
    return f"• {when(row.at)}: {who} {what}{outcome}{about}{why}"
