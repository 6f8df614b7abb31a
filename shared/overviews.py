"""What waits for a person, what is live and what it costs: read from the records for Home and for answers."""

from decimal import Decimal

from shared.digesting import late
from shared.domain.book import Book
from shared.domain.budgeting import committed
from shared.domain.deployments import Live
from shared.domain.operations import Operation, Proposed, Running, Waiting
from shared.domain.policy import Members
from shared.services import Services
from shared.slack.blocks import when
from shared.slack.home import Home
from shared.slack.overview import avatar_line, failures, live_line


def home_of(services: Services, user: str) -> Home:
    """Everything that a person's Home shows."""
    books = {name: book for name, book in services.books().items() if book.avatar}
    now = services.calendar.now()
    live = [d for book in books.values() for d in book.deployments.values() if d.billed or d.resting]
    live.sort(key=lambda deployment: deployment.idle_since())
    mine = sorted(books.values(), key=lambda book: (book.known_avatar().owner != user, book.known_avatar().name))
    return Home(
        waiting=tuple(waiting_for(services, books, user)),
        avatars=tuple(avatar_line(book) for book in mine),
        live=tuple(live_line(deployment, now) for deployment in live),
        a_day=sum((d.a_day.value for d in live), Decimal(0)),
        month=sum((committed(book, now) for book in books.values()), Decimal(0)),
        budget=services.policy.budgets.overall,
        failed=tuple(failures(books)),
        late=late(services),
    )


def waiting_for(services: Services, books: dict[str, Book], user: str) -> list[str]:
    """What this person is to decide, to do, or to say."""
    policy = services.policy
    listed = (*(entry for rule in policy.steps.values() for entry in rule.approve), *policy.operators)
    members = Members(groups=services.groups.members(listed, anew=False))
    operates = members.includes(policy.operators, user)
    waiting: list[str] = []
    for book in books.values():
        avatar = book.known_avatar()
        left = [item for item in book.withdrawal.left if not item.gone] if book.withdrawal else []
        if left and operates:
            waiting.append(
                f"Withdrawn consent: {len(left)} things left to remove of *{avatar.name}*, in <#{avatar.channel}>"
            )
        waiting += [
            f"Answer: is `{d.model}` in `{d.resource}` still needed, in <#{avatar.channel}>"
            for d in book.deployments.values()
            if d.asked and isinstance(d.state, Live) and avatar.owner == user
        ]
        for operation in book.operations.values():
            told = _asks(operation, members, user, operates=operates)
            in_portal = isinstance(operation.state, Waiting | Running)
            if told:
                waiting.append(f"{told}, in <#{policy.operators_channel if in_portal else avatar.channel}>")
    return waiting


def _asks(operation: Operation, members: Members, user: str, *, operates: bool) -> str:
    """What one operation asks of this person; nothing is empty."""
    ask, state = operation.ask, operation.state
    line = f"{ask.step} `{ask.model}` of *{ask.avatar}*, asked by {ask.asker}"
    approves = ask.by != user and members.includes(ask.rule.approve, user)
    if isinstance(state, Proposed) and approves and all(approval.by != user for approval in operation.approvals):
        return f"Decide: {line}, until {when(ask.expires)}"
    if operation.in_review and approves:
        return f"Review: {line}, started without its approvals"
    if isinstance(state, Waiting) and operates and state.taken_by in {None, user}:
        return f"Portal task{' of yours' if state.taken_by else ''}: {line}"
    if isinstance(state, Running) and state.started_by == user:
        return f"Say how it goes: {line}, in the portal since {when(state.since)}"
    return ""
