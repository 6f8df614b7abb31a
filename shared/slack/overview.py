"""Overviews in words: every avatar's stage, its clips, and what the month costs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from shared.domain.book import Book
from shared.domain.budgeting import committed, month
from shared.domain.clips import Accepted, Clip, Faulty
from shared.domain.deployments import Deployment
from shared.domain.operations import Failed, Operation, Running
from shared.domain.policy import Budgets
from shared.slack.blocks import clock, escaped, money, of_budget, span, when
from shared.slack.office import ends_text, hours_line, overdue

MOST = 40


def stage(book: Book) -> str:
    """Where an avatar stands, in a few words."""
    if book.withdrawal:
        return "the consent was withdrawn"
    open_ = [operation for operation in book.operations.values() if operation.open]
    live = sum(deployment.billed for deployment in book.deployments.values())
    told = [_under_way(operation) for operation in open_[:2]]
    if live:
        told.append(f"{live} live")
    resting = sum(deployment.resting for deployment in book.deployments.values())
    if resting:
        told.append(f"{resting} resting until its office hours")
    elif not live and book.models:
        told.append(f"{len(book.models)} model{'s' * (len(book.models) > 1)}, nothing live")
    return ", ".join(told) or ("adopted" if book.avatar and book.avatar.adopted else "nothing trained yet")


def _under_way(operation: Operation) -> str:
    words = {"proposed": "waits for approval", "waiting": "waits for an operator", "running": "runs"}
    return f"{operation.ask.step} `{operation.ask.model}` {words.get(operation.state.status, 'is starting')}"


def avatar_line(book: Book) -> str:
    avatar = book.known_avatar()
    return f"*{avatar.name}*: {stage(book)}; owner <@{avatar.owner}>, in `{avatar.resource}`, <#{avatar.channel}>"


def live_line(deployment: Deployment, now: datetime, book: Book) -> str:
    """One live deployment with its price and how long nobody was seen using it."""
    since = "the last use seen" if deployment.usage and deployment.usage.last_used else "it went live, no use seen"
    if deployment.resting:
        return f"`{deployment.model}` of *{deployment.avatar}* in `{deployment.resource}`: {hours_line(deployment, now, book)}"
    return (
        f"`{deployment.model}` of *{deployment.avatar}* in `{deployment.resource}`: {deployment.price_per_hour} an hour, "
        f"{deployment.stands}; {span(deployment.idle_since(), now)} since {since} ({deployment.spent_since_use(now)}){ends_text(deployment)}"
        + (f"; {overdue(deployment, now, book) or f'office hours {deployment.hours}'}" if deployment.hours else "")
    )


def clips_text(avatar: str, clips: Sequence[Clip]) -> str:
    """Every clip with its verdict; the faulty ones first."""
    order = ["faulty", "checking", "accepted"]
    known = sorted(
        (clip for clip in clips if clip.state.status in order),
        key=lambda clip: (order.index(clip.state.status), clip.path.kind, clip.path.file),
    )
    if not known:
        return f"*{avatar}* has no clips yet: `/avatar upload {avatar}` gives you a page to drop them on."
    lines = [f"*Clips of {avatar}*: {len(known)}"]
    lines += [_clip_line(clip) for clip in known[:MOST]]
    if len(known) > MOST:
        lines.append(f"… and {len(known) - MOST} more")
    lines.append(f"Next: `/avatar status {avatar}` says what is still missing.")
    return "\n".join(lines)


def _clip_line(clip: Clip) -> str:
    name = f"`{clip.path.kind}/{escaped(clip.path.file, 60)}`"
    match clip.state:
        case Faulty(findings=findings):
            first = next((f.message for f in findings if f.severity == "error"), "can't be used")
            return f":x: {name} {escaped(first, 200)}"
        case Accepted(facts=facts, findings=findings):
            warned = sum(finding.severity == "warning" for finding in findings)
            return f":white_check_mark: {name} {clock(facts.duration_s or 0)}" + (
                f", {warned} warnings" if warned else ""
            )
        case _:
            return f":hourglass_flowing_sand: {name} is being checked"


def failures(books: Mapping[str, Book]) -> list[str]:
    """The last five steps that failed, the newest first."""
    failed = [
        (operation.state.at, operation, book)
        for book in books.values()
        for operation in book.operations.values()
        if isinstance(operation.state, Failed)
    ]
    failed.sort(key=lambda found: found[0], reverse=True)
    return [
        f"{operation.ask.step} `{operation.ask.model}` of *{operation.ask.avatar}*, {when(at)}: "
        f"{escaped(book.words.get(operation.state.why, 'erased') if isinstance(operation.state, Failed) else '', 150)}"
        for at, operation, book in failed[:5]
    ]


def cost_text(books: Mapping[str, Book], budgets: Budgets, now: datetime, wanted: str = "") -> str:
    """What is live costs now, and the month as far as it is known, by avatar, beside the budgets."""
    chosen = {name: book for name, book in books.items() if book.avatar and (not wanted or name == wanted)}
    known = [d for book in chosen.values() for d in book.deployments.values() if d.billed or d.resting]
    known.sort(key=lambda deployment: deployment.idle_since())
    live, resting = [d for d in known if d.billed], [d for d in known if d.resting]
    day = sum((d.a_day.value for d in known), Decimal(0))
    count = f"{len(live)} live" + (f", {len(resting)} resting" if resting else "")
    _, end = month(now)
    training = any(
        isinstance(operation.state, Running) and operation.ask.step == "train"
        for book in chosen.values()
        for operation in book.operations.values()
    )
    lines = [
        f"*What runs now costs {money(day)} a day* ({count})"
        if known
        else f"*No deployment is live*{'; a training runs, and is paid by its compute hours' * training}",
        *(f"• {live_line(deployment, now, chosen[deployment.avatar])}" for deployment in known[:MOST]),
    ]
    spent = {name: committed(book, now) for name, book in chosen.items()}
    total = sum(spent.values(), Decimal(0))
    so_far = money(total) if wanted else of_budget(total, budgets.overall)  # the budget for all is of all
    lines.append(f"*The month to {end:%Y-%m-%d}*: {so_far} (spent, under way, asked for, and what is live if it stays)")
    lines += [
        f"• *{name}*: {of_budget(value, budgets.of(name))}"
        for name, value in sorted(spent.items(), key=lambda item: -item[1])[:MOST]
        if value
    ]
    lines.append(
        "List prices; trainings by their meter where it is known, else the high end of the range. Use by callers is billed on top."
    )
    return "\n".join(lines)
