"""Who may do what, as the policy says, in words."""

from shared.domain.money import Money
from shared.domain.policy import Policy
from shared.slack.blocks import people


def policy_text(policy: Policy) -> str:
    lines = ["*Who may do what* (the file `policy.toml`; a change of it is on record)"]
    for step, rule in policy.steps.items():
        count = f"{rule.approvers} of " if rule.approvers > 1 else ""
        above = "".join(f"; from {Money(value=more.amount)} on {more.approvers}" for more in rule.above)
        lines.append(
            f"• *{step}*: asked for by {people(rule.ask)}, approved by {count}{people(rule.approve)}{above}, within {rule.expires_hours} h"
        )
    lines += [
        f"• *Portal tasks*: {people(policy.operators)}, in <#{policy.operators_channel}>",
        f"• *On call*: {people(policy.on_call) or 'nobody'}, in <#{policy.on_call_channel}>"
        + ("; may remove what is idle alone" if policy.on_call_may_remove_idle else ""),
        f"• *Idle*: after {policy.idle.grace_hours} h without use; snooze {policy.idle.snooze_hours} h, keep {policy.idle.keep_days} days; "
        f"unanswered for {policy.idle.escalate_hours} h: who approves removals is told"
        + (
            f"; removed without an answer after {policy.idle.remove_after_hours} h more"
            if policy.idle.remove_after_hours
            else ""
        ),
        *(
            [
                f"• *Deployments*: their removal is asked for after {policy.planned_end_days} days, unless who asks says otherwise"
            ]
            if policy.planned_end_days
            else []
        ),
        *(
            [f"• *Office hours*: {policy.office_hours}, where they are asked for as `office`"]
            if policy.office_hours
            else []
        ),
        f"• *Break glass*: {people(policy.break_glass) or 'nobody'}",
    ]
    budgets = policy.budgets
    if budgets.overall or budgets.each or budgets.avatars:
        named = [f"{name} {Money(value=value)}" for name, value in budgets.avatars.items()]
        parts = [f"all {Money(value=budgets.overall)}"] if budgets.overall else []
        parts += [f"each {Money(value=budgets.each)}"] if budgets.each else []
        lines.append(f"• *Budgets a month*: {', '.join([*parts, *named])}; over it: {budgets.over}")
    if policy.quiet:
        dear = policy.quiet.except_above
        except_ = f", but not for what costs more than {Money(value=dear)} an hour" if dear else ""
        lines.append(f"• *Quiet hours*: {policy.quiet.start} to {policy.quiet.end}, {policy.quiet.zone}{except_}")
    if policy.consent.transcribe:
        lines.append(
            "• *Consent videos*: their sound is sent to speech to text and compared with the statement; no transcript is kept"
        )
    lines.append(f"• Maintainers are told in <#{policy.maintainers_channel}>")
    return "\n".join(lines)
