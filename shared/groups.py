"""User groups: read anew where a click grants something, from a short memory everywhere else (Slack allows 20 a minute)."""

from datetime import datetime, timedelta

from shared.ports import Messenger, Stopwatch

KEEP = timedelta(minutes=5)


class Groups:
    """Members of user groups; the memory is this process's and holds nothing that matters when it is lost."""

    def __init__(self, messenger: Messenger, stopwatch: Stopwatch) -> None:
        self._messenger = messenger
        self._stopwatch = stopwatch
        self._kept: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def members(self, listed: tuple[str, ...], *, anew: bool) -> dict[str, tuple[str, ...]]:
        """The members of the groups among these entries of the policy."""
        return {entry: self._one(entry, anew=anew) for entry in dict.fromkeys(listed) if entry.startswith("S")}

    def forget(self, group: str) -> None:
        """Its members changed, as Slack says; other processes learn it within the time that is kept."""
        self._kept.pop(group, None)

    def _one(self, group: str, *, anew: bool) -> tuple[str, ...]:
        now = self._stopwatch.now()
        kept = self._kept.get(group)
        if kept and not anew and now - kept[0] < KEEP:
            return kept[1]
        members = self._messenger.group(group)
        self._kept[group] = (now, members)
        return members
