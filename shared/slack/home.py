"""The app's Home tab: what waits for me, and what is live and costs."""

from collections.abc import Sequence

from shared.slack.blocks import Json, context, divider, header, section

SHOWN = 20


def home_view(waiting: Sequence[str], live: Sequence[str]) -> Json:
    """A Home view within its 100 blocks, whatever the number of lines."""
    blocks = [header("👋 Waiting for you")]
    blocks += [section(line) for line in waiting[:SHOWN]] or [section("Nothing waits for you.")]
    blocks += [divider(), header("💸 Live deployments")]
    blocks += [section(line) for line in live[:SHOWN]] or [
        section("Nothing is deployed, so nothing is billed by the hour.")
    ]
    hidden = max(0, len(waiting) - SHOWN) + max(0, len(live) - SHOWN)
    if hidden:
        blocks.append(context(f"… and {hidden} more: `/avatar list`"))
    blocks.append(context("`/avatar help` shows what you can do."))
    return {"type": "home", "blocks": blocks}
