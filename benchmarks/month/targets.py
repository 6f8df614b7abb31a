"""What a month must come to, and why it does not, in plain words. Knows none of our code.

The better of the two rules is the one with fewer false flags: a rule that has people remove what is in use is switched off soon,
whatever it saves. The other one's figures are printed beside it.
"""

from typing import Any


def missed(result: dict[str, Any]) -> list[str]:
    """A sentence for each target that is missed."""
    used = result["deployments"] - result["abandoned"]
    late = result["grace_hours"] + 24
    better = result["better_rule_wasted"]
    checks = {
        f"{result['missed']} abandoned deployments were never flagged": result["missed"] > 0,
        f"{result['false_flags']} false flags among {used} in use": result["false_flags"] > used / 100,
        f"one in ten was flagged later than {late:g} h ({result['p90_hours_to_flag']})": (
            result["p90_hours_to_flag"] is None or result["p90_hours_to_flag"] > late
        ),
        f"{result['messages_per_incident']} messages an incident": result["messages_per_incident"] > 1,
        f"{result['undecidable'] - result['asked']} owners of what nobody can tell were not asked": (
            result["asked"] < result["undecidable"]
        ),
        f"{result['wasted']} wasted is more than half of the better rule's {better} (grace alone costs {result['within_grace']})": (
            result["wasted"] > better / 2
        ),
        f"{result['false_flags']} false flags are more than the better rule's {result['false_flags_by_best_rule']}": (
            result["false_flags"] > result["false_flags_by_best_rule"]
        ),
    }
    return [reason for reason, failed in checks.items() if failed]


def worst(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The one with most targets missed; then with most flagged wrongly or not at all; then with the largest part wasted."""
    return max(
        results,
        key=lambda r: (
            len(missed(r)), r["missed"] + r["false_flags"], r["wasted"] / r["wasted_without_watch"], r["p90_hours_to_flag"],
        ),
    )  # fmt: skip
