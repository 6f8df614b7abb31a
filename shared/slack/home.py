"""The app's Home tab: what waits for me, my avatars, what is live and costs, the month, and what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.slack.blocks import Json, context, divider, header, money, of_budget, section

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
    late: tuple[str, ...] = ()  # timers that did not run


def home_view(home: Home) -> Json:
    """A Home view within its 100 blocks, whatever the number of lines."""
    blocks = [header("👋 Waiting for you")]
    blocks += _lines(home.waiting, "Nothing waits for you.", "`/avatar` shows all")
    blocks += [section(f":warning: {line}") for line in home.late]
    blocks += [divider(), header("💸 Live deployments")]
    if home.live:
        spent = of_budget(home.month, home.budget)
        blocks.append(section(f"*{money(home.a_day)} a day* as long as they stay · this month: {spent}"))
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
