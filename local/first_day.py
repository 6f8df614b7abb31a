"""`make first-day`: check each step of docs/first-day.md that is done so far, and name the next one."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from local.workspace import connect, not_in, policy_of, resources_of, tokens, values
from shared.errors import AppError, Broken

RAN = Path(".local/slack/settings.json")


def main() -> int:
    """0: all steps are done; 1: the next one is named."""
    try:
        found = values()
    except AppError as error:
        print(f"✗ {error.sentence}")
        return 1
    for step, title, check in _steps(found):
        try:
            said = check()
        except AppError as error:
            print(
                f"→ step {step}: {title}\n  {error.sentence}\n  Then run `make first-day` again. The steps are those of docs/first-day.md, (a)."
            )
            return 1
        print(f"✓ step {step}: {title}{f': {said}' if said else ''}")
    print("All is there. In Slack: /avatar adopt for what you have, /avatar new for a new avatar.")
    return 0


def _steps(found: dict[str, str]) -> Iterator[tuple[int, str, Callable[[], str]]]:
    """The step of the document that it belongs to, what is to be there, and the check."""

    def slack() -> str:
        place = connect(found)
        return f"{place.team_name} ({place.team})"

    def policy() -> str:
        return ", ".join(policy_of(found).steps)

    def channels() -> str:
        left = not_in(found, policy_of(found))
        if left:
            raise Broken("channels", f"Invite the app (/invite @Avatar Ops) to: {', '.join(left)}.")
        return ""

    def ran() -> str:
        if not RAN.exists():
            raise Broken("not_run", "Start it: `make run SLACK=socket`.")
        return ""

    yield 3, "The Slack app and its two tokens", lambda: tokens(found) or ""
    yield 3, "Slack knows the app", slack
    yield 5, "policy.toml: who may ask, approve and operate", policy
    yield 4, "The app is in the policy's channels", channels
    yield 6, "resources.toml: the Speech resources", lambda: ", ".join(resources_of(found))
    yield 7, "It has run", ran


if __name__ == "__main__":
    sys.exit(main())
