"""What only informs a person can be muted by them; what waits for them is always told."""

from shared.ports import Entry
from shared.services import Services

MUTED = "muted"  # the work list


def muted(services: Services) -> frozenset[str]:
    """Who does not want to be rung for what only informs."""
    return frozenset(entry.avatar for entry in services.lists.entries(MUTED))


def mute(services: Services, user: str) -> str:
    """From now on; the answer says what that means."""
    services.lists.put(MUTED, Entry(avatar=user))
    return (
        ":no_bell: Muted: you are no longer notified when something that you asked for is done, rejected or failed. Its card in the channel "
        "shows it, and Home what waits for you. `/avatar unmute` brings it back."
    )


def unmute(services: Services, user: str) -> str:
    """The other way round."""
    services.lists.drop(MUTED, Entry(avatar=user))
    return ":bell: You are told in the thread of its card again when something that you asked for is done, rejected or failed."
