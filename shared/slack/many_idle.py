"""Many idle deployments: one message with their cost, and the form that settles several of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from shared.domain.deployments import Deployment, Idle
from shared.domain.policy import Policy
from shared.slack.blocks import Json, actions, alert, button, context, header, money, paragraphs, people, section, span
from shared.slack.inputs import modal, notice, optional, pick_many, select, text_input

SHOWN = 40
MOST = 100  # options of a picker


def many_card(deployments: Sequence[Deployment], policy: Policy, now: datetime) -> tuple[str, list[Json]]:
    """Fallback text and blocks; those that wait first, the dearest first."""
    waiting = sorted((d for d in deployments if isinstance(d.state, Idle)), key=lambda d: -d.spent_since_use(now).value)
    settled = [d for d in deployments if not isinstance(d.state, Idle)]
    hour = sum((d.price_per_hour.value for d in waiting), Decimal(0))
    spent = sum((d.spent_since_use(now).value for d in waiting), Decimal(0))
    if not waiting:
        text = f"All {len(settled)} idle deployments are settled"
        return text, [header(f"✅ {text}"), *_settled(settled)]
    text = f"{len(waiting)} idle deployments cost {money(hour)} an hour"
    lines = [_line(d, now) for d in waiting[:SHOWN]]
    if len(waiting) > SHOWN:
        lines.append(f"… and {len(waiting) - SHOWN} more: `/avatar cost` shows all")
    late = sum(1 for d in waiting if isinstance(d.state, Idle) and d.state.escalated)
    told = f" · {late} unanswered for long: {people(policy.steps['remove'].approve)}" if late else ""
    return text, [
        header(f"💸 {text}"),
        section(f"*{money(spent)}* was spent since each was last seen in use."),
        *paragraphs("\n".join(lines)),
        *_settled(settled),
        context(f"{people(policy.on_call)}, and each avatar's owner{told}"),
        actions(
            "settle-idle",
            button(
                "Settle several …", "settle_idle", "all", "primary", spoken="Remove, keep or snooze several of these"
            ),
        ),
    ]


def _line(deployment: Deployment, now: datetime) -> str:
    given = (
        f", <@{deployment.state.assigned}>" if isinstance(deployment.state, Idle) and deployment.state.assigned else ""
    )
    return (
        f"• `{deployment.model}` of *{deployment.avatar}* in `{deployment.resource}`: {deployment.price_per_hour} an hour, unused for "
        f"{span(deployment.idle_since(), now)} ({deployment.spent_since_use(now)}){given}"
    )


def _settled(deployments: Sequence[Deployment]) -> list[Json]:
    if not deployments:
        return []
    shown = ", ".join(f"`{d.model}` {'watched again' if d.stands == 'live' else d.stands}" for d in deployments[:SHOWN])
    more = f" and {len(deployments) - SHOWN} more" if len(deployments) > SHOWN else ""
    return [context(f"Settled: {shown}{more}")]


def many_form(waiting: Sequence[Deployment], policy: Policy, channel: str) -> Json:
    """Settle several at once; each is decided and recorded by itself."""
    if not waiting:
        return notice("Idle", section("Nothing on this list waits any more."))
    options = {f"{d.avatar}|{d.id}": f"{d.model} in {d.resource}, {d.price_per_hour} an hour" for d in waiting[:MOST]}
    what = {
        "remove": "Remove them",
        "keep": f"Keep them for {policy.idle.keep_days} days",
        "snooze": f"Snooze them for {policy.idle.snooze_hours} hours",
    }
    return modal(
        "settle_idle", "Settle several", "Do it",
        [
            pick_many("which", "Which", options),
            select("what", "What", what),
            optional(text_input("why", "Why they stay (where you keep them)", lines=True, most=500)),
            alert("Removing: callers by name fail at once. On portal resources an operator is asked. Models stay and can be deployed again."),
        ],
        channel=channel,
    )  # fmt: skip
