"""The app's Home tab: what waits for me, my avatars, what is live and costs, the month, and what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.slack.blocks import Json, actions, button, context, divider, header, money, of_budget, paragraphs, section

SHOWN = 20
PAGE = 40


@dataclass(frozen=True)
class Home:
    """What one person's Home shows; lines of mrkdwn, the most important first."""

    waiting: tuple[str, ...] = ()
    avatars: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    a_day: Decimal = Decimal(0)
    month: Decimal = Decimal(0)
    budget: Decimal | None = None
    failed: tuple[str, ...] = ()
    late: tuple[str, ...] = ()  # timers that did not run


def home_view(home: Home, page: int = 0) -> Json:
    """A Home view within its 100 blocks, whatever the number of lines; `page`: of the avatars, from 0."""
    blocks = [header("👋 Waiting for you")]
    blocks += _lines(home.waiting, "Nothing waits for you.", "`/avatar` shows all")
    blocks += [section(f":warning: {line}") for line in home.late]
    blocks += [divider(), header("💸 Live deployments")]
    if home.live:
        spent = of_budget(home.month, home.budget)
        blocks.append(section(f"*{money(home.a_day)} a day* as long as they stay · this month: {spent}"))
    blocks += _lines(home.live, "Nothing is deployed, so nothing is billed by the hour.", "`/avatar cost` shows all")
    blocks += [divider(), header("🎭 Avatars")]
    blocks += _avatars(home.avatars, page)
    if home.failed:
        blocks += [divider(), header("❌ Failed lately"), *_lines(home.failed, "", "")]
    blocks.append(context("`/avatar help` shows what you can do."))
    return {"type": "home", "blocks": blocks}


def _lines(lines: Sequence[str], none: str, more: str) -> list[Json]:
    if not lines:
        return [section(none)]
    hidden = [context(f"… and {len(lines) - SHOWN} more: {more}")] if len(lines) > SHOWN else []
    return [*paragraphs("\n".join(f"• {line}" for line in lines[:SHOWN])), *hidden]


def _avatars(lines: Sequence[str], page: int) -> list[Json]:
    """One page of them, mine first."""
    if not lines:
        return [section("There is none yet: `/avatar new presenter` makes one.")]
    last = (len(lines) - 1) // PAGE
    page = min(page, last)
    first = page * PAGE
    shown = lines[first : first + PAGE]
    blocks = paragraphs("\n".join(f"• {line}" for line in shown))
    if not last:
        return blocks
    told = f"{first + 1} to {first + len(shown)} of {len(lines)}"
    before = [button("◀ Before", "home_before", str(page - 1), spoken="The avatars before these")] if page else []
    after = [button("After ▶", "home_after", str(page + 1), spoken="The avatars after these")] if page < last else []
    return [*blocks, context(told), actions(f"home-{page}", *before, *after)]
