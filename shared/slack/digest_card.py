"""The digest: what was saved, what runs and costs, what is idle, and what waits for whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from shared.cost.ledger import Ledger
from shared.domain.book import Book
from shared.domain.deployments import Idle
from shared.domain.operations import Proposed, Waiting
from shared.domain.policy import Policy
from shared.slack.blocks import Json, context, header, money, of_budget, people, section
from shared.slack.office import overdue
from shared.slack.overview import live_line

SHOWN = 12


def digest_card(
    told: Ledger, books: Mapping[str, Book], policy: Policy, now: datetime, title: str, *, late: tuple[str, ...], chart: Sequence[Json]
) -> tuple[str, list[Json]]:  # fmt: skip
    """Fallback text and blocks. `late`: what could not be watched; `chart`: its blocks, however this workspace shows one."""
    removed = f" by removing {told.removed} idle deployment{'s' * (told.removed != 1)}" if told.removed else ""
    if told.rested:
        removed += f" and *{money(told.rested)}* by office hours"
    head = f"You saved *{money(told.saved)}* this month{removed}; what runs costs *{money(told.a_day)}* a day."
    blocks = [header(f"☀️ {title}"), section(head)]
    if told.idle:
        blocks.append(
            section(
                f":money_with_wings: {told.idle} idle, *{money(told.missed)}* spent since they were flagged: <#{policy.on_call_channel}>"
            )
        )
    blocks += [section(f":warning: {line}") for line in late]
    live = sorted(
        (d for book in books.values() for d in book.deployments.values() if d.billed or d.resting),
        key=lambda d: d.idle_since(),
    )
    if live:
        more = f"\n… and {len(live) - SHOWN} more: `/avatar cost`" if len(live) > SHOWN else ""
        blocks.append(
            section(
                "*Live, the longest unused first*\n"
                + "\n".join(f"• {live_line(d, now, books[d.avatar])}" for d in live[:SHOWN])
                + more
            )
        )
    spent = sum(told.month.values(), Decimal(0))
    so_far = of_budget(spent, policy.budgets.overall)
    lines = [f"*This month* (done, under way, asked for, and live until its end): {so_far}"]
    lines += [f"• {name}: {money(value)}" for name, value in _top(told.month)]
    blocks.append(section("\n".join(lines)))
    if len(told.owners) > 1:
        blocks.append(
            context("By owner: " + ", ".join(f"<@{owner}> {money(value)}" for owner, value in _top(told.owners)))
        )
    if told.resources:
        blocks.append(
            context(
                "Hosting a day by resource: "
                + ", ".join(f"`{name}` {money(value)}" for name, value in _top(told.resources))
            )
        )
    blocks += chart
    waits = _waits(books, policy, now)
    blocks.append(
        section("*Waiting for somebody*\n" + "\n".join(waits[:SHOWN]) if waits else "Nothing is waiting for anybody.")
    )
    return f"{title}: what runs costs {money(told.a_day)} a day, {money(told.saved)} saved this month", blocks


def _waits(books: Mapping[str, Book], policy: Policy, now: datetime) -> list[str]:
    idle = [d for book in books.values() for d in book.deployments.values() if isinstance(d.state, Idle)]
    lines: list[str] = []
    if idle:
        lines.append(
            f"• {people(policy.on_call)}: settle {len(idle)} idle deployment{'s' * (len(idle) != 1)}, in <#{policy.on_call_channel}>"
        )
    for book in books.values():
        for operation in book.operations.values():
            ask, state = operation.ask, operation.state
            what = f"{ask.step} `{ask.model}` of *{ask.avatar}*"
            if isinstance(state, Proposed):
                lines.append(f"• {people(ask.rule.approve)}: approve {what}?")
            elif isinstance(state, Waiting):
                holder = f"<@{state.taken_by}>" if state.taken_by else people(policy.operators)
                gone = book.deployments.get(ask.deployment or "") if ask.step == "remove" else None
                cost = f"; until then it costs {gone.price_per_hour} an hour" if gone else ""
                lines.append(f"• {holder}: portal task, {what}{cost}")
        lines += [
            f"• <@{book.known_avatar().owner}>: `{d.model}` in `{d.resource}`. {late}."
            for d in book.deployments.values()
            if (late := overdue(d, now, book))
        ]
        lines += [
            f"• <@{book.known_avatar().owner}>: is `{d.model}` in `{d.resource}` still needed?"
            for d in book.deployments.values()
            if d.asked and d.state.status == "live"
        ]
    return lines


def _top(values: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(values.items(), key=lambda item: -item[1])[:SHOWN]
