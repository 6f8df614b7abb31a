"""The policy on record: when it changes, what changed is audited and told to the maintainers."""

from collections.abc import Iterator
from typing import Any

from shared.domain.base import digest
from shared.domain.book import NOTHING, AuditLine, Case, Decision
from shared.domain.effects import Post
from shared.domain.events import PolicySeen
from shared.domain.records import PolicyKept

MOST = 20


def keep_policy(case: Case, event: PolicySeen) -> Decision:
    """Nothing when it is the policy that is on record."""
    known = case.book.policy
    if known is not None and known.policy == event.policy:
        return NOTHING
    line = AuditLine(action="policy_changed", by=case.by, data={"digest": digest(event.policy)[:16]})
    kept = PolicyKept(policy=event.policy)
    if known is None:
        return Decision(puts=(kept,), audit=(line,))
    changed = list(_changed("", known.policy, event.policy))
    more = [f"• and {len(changed) - MOST} more"] if len(changed) > MOST else []
    text = "\n".join([":scroll: The policy was changed:", *changed[:MOST], *more])
    return Decision(
        puts=(kept,), audit=(line,), effects=(Post(channel=case.terms.policy.maintainers_channel, text=text),)
    )


def _changed(path: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        names: list[str] = sorted({*before, *after})  # pyright: ignore[reportUnknownArgumentType] - JSON
        for name in names:
            yield from _changed(f"{path}.{name}" if path else name, before.get(name), after.get(name))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - JSON
    elif before != after:
        yield f"• `{path}`: {_shown(before)} → {_shown(after)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nobody"  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON
    return "not set" if value is None else str(value)
