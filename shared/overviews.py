"""What waits for a person, what is live and what it costs: read from the records for Home and for answers."""

from decimal import Decimal
from itertools import zip_longest

from shared.digesting import late
from shared.domain.book import Book
from shared.domain.budgeting import committed
from shared.domain.deployments import Idle, Live
from shared.domain.operations import Operation, Proposed, Running, Waiting
from shared.domain.policy import Members
from shared.errors import AppError
from shared.log import warn
from shared.services import Services
from shared.slack.blocks import when
from shared.slack.home import Home
from shared.slack.overview import avatar_line, failures, live_line

LINKED = 10  # an address is a question to Slack, once


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
        live=tuple(live_line(deployment, now, books[deployment.avatar]) for deployment in live),
        a_day=sum((d.a_day.value for d in live), Decimal(0)),
        month=sum((committed(book, now) for book in books.values()), Decimal(0)),
        budget=services.policy.budgets.overall,
        failed=tuple(failures(books)),
        late=late(services),
    )


def waiting_for(services: Services, books: dict[str, Book], user: str) -> list[str]:
    """What this person is to decide, to do, or to say, each with where its card is."""
    waiting = _waiting_for(services, books, user)
    links = _links(services, [(avatar, card) for _, _, avatar, card in waiting[:LINKED]])
    return [
        f"{told}; {f'<{link}|its card> in ' if link else ''}<#{channel}>"
        for (told, channel, _, _), link in zip_longest(waiting, links)
    ]


def _links(services: Services, cards: list[tuple[str, str]]) -> list[str]:
    """Where these cards are, as far as Slack says it."""
    links: list[str] = []
    for avatar, card in cards:
        try:
            links.append(services.link_to(avatar, card))
        except AppError as error:
            warn("link_unknown", code=error.code)
            break
    return links


def _waiting_for(services: Services, books: dict[str, Book], user: str) -> list[tuple[str, str, str, str]]:
    """What to tell, the channel, and avatar and key of the card there."""
    policy = services.policy
    listed = (*(entry for rule in policy.steps.values() for entry in rule.approve), *policy.operators, *policy.on_call)
    members = Members(groups=services.groups.members(listed, anew=False))
    operates, calls = members.includes(policy.operators, user), members.includes(policy.on_call, user)
    waiting: list[tuple[str, str, str, str]] = []
    for book in books.values():
        avatar = book.known_avatar()
        left = [item for item in book.withdrawal.left if not item.gone] if book.withdrawal else []
        if left and operates:
            told = f"Withdrawn consent: {len(left)} things left to remove of *{avatar.name}*"
            waiting.append((told, avatar.channel, avatar.name, "withdrawal"))
        waiting += [
            (f"Answer: is `{d.model}` in `{d.resource}` still needed", avatar.channel, avatar.name, d.question_card)
            for d in book.deployments.values()
            if d.asked and isinstance(d.state, Live) and avatar.owner == user
        ]
        waiting += [
            (
                f"Settle: `{d.model}` in `{d.resource}` is idle, {d.price_per_hour} an hour",
                policy.on_call_channel,
                avatar.name,
                d.card,
            )
            for d in book.deployments.values()
            if isinstance(d.state, Idle) and (d.state.assigned == user if d.state.assigned else calls)
        ]
        for operation in book.operations.values():
            told, task = _asks(operation, members, user, operates=operates)
            channel, card = (
                (policy.operators_channel, f"task:{operation.id}") if task else (avatar.channel, operation.card)
            )
            if told:
                waiting.append((told, channel, avatar.name, card))
    return waiting


def _asks(operation: Operation, members: Members, user: str, *, operates: bool) -> tuple[str, bool]:
    """What one operation asks of this person (nothing is empty), and whether the operators' card of it does."""
    ask, state = operation.ask, operation.state
    line = f"{ask.step} `{ask.model}` of *{ask.avatar}*, asked by {ask.asker}"
    approves = ask.by != user and members.includes(ask.rule.approve, user)
    if isinstance(state, Proposed) and approves and all(approval.by != user for approval in operation.approvals):
        return f"Decide: {line}, until {when(ask.expires)}", False
    if operation.in_review and approves:
        return f"Review: {line}, started without its approvals", False
    if isinstance(state, Waiting) and operates and state.taken_by in {None, user}:
        return f"Portal task{' of yours' if state.taken_by else ''}: {line}", True
    if isinstance(state, Running) and state.started_by == user:
        return f"Say how it goes: {line}, in the portal since {when(state.since)}", True
    return "", False
