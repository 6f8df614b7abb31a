"""The app's Home tab: what waits for me, my avatars, what is live and costs, the month, and what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.domain.money import Money
from shared.slack.blocks import Json, context, divider, header, section

SHOWN = 20


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


def home_view(home: Home) -> Json:
    """A Home view within its 100 blocks, whatever the number of lines."""
    blocks = [header("👋 Waiting for you")]
    blocks += _lines(home.waiting, "Nothing waits for you.", "`/avatar` shows all")
    blocks += [divider(), header("💸 Live deployments")]
    if home.live:
        budget = f" of a budget of {_money(home.budget)} ({home.month / home.budget:.0%})" if home.budget else ""
        blocks.append(
            section(f"*{_money(home.a_day)} a day* as long as they stay · this month: {_money(home.month)}{budget}")
        )
    blocks += _lines(home.live, "Nothing is deployed, so nothing is billed by the hour.", "`/avatar cost` shows all")
    blocks += [divider(), header("🎭 Avatars")]
    blocks += _lines(home.avatars, "There is none yet: `/avatar new presenter` makes one.", "`/avatar list` shows all")
    if home.failed:
        blocks += [divider(), header("❌ Failed lately"), *_lines(home.failed, "", "")]
    blocks.append(context("`/avatar help` shows what you can do."))
    return {"type": "home", "blocks": blocks}


def _lines(lines: Sequence[str], none: str, more: str) -> list[Json]:
    if not lines:
        return [section(none)]
    hidden = [context(f"… and {len(lines) - SHOWN} more: {more}")] if len(lines) > SHOWN else []
    return [*(section(line) for line in lines[:SHOWN]), *hidden]


def _money(value: Decimal) -> str:
    return str(Money(value=value))
