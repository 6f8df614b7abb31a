"""A message that failed five times: keep it on a list, and tell a person."""

import json
from typing import cast

from shared.domain.events import CheckWanted
from shared.handling import Handling
from shared.log import warn
from shared.ports import Entry
from shared.uploads import give_up


def tell_maintainers(handling: Handling, queue: str, message_id: str, body: bytes) -> None:
    """Note it on the list `poison` with what kind of message it was; its text may hold names and is not kept."""
    avatar, kind = _about(body)
    services = handling.services
    if queue == "clip-checks" and avatar:
        give_up(handling, CheckWanted.model_validate_json(body))
    warn("poison", queue=queue, avatar=avatar, event_kind=kind)
    services.lists.put("poison", Entry(avatar=avatar or "-", item=message_id, data={"queue": queue, "kind": kind}))
    where = f" for *{avatar}*" if avatar else ""
    services.messenger.post(
        services.policy.maintainers_channel,
        f":rotating_light: A message of the queue `{queue}` ({kind}){where} failed five times and was set aside. "
        "See the runbook, “a poisoned message”.",
    )


def _about(body: bytes) -> tuple[str, str]:
    try:
        data = json.loads(body)
    except ValueError:
        return "", "unreadable"
    if not isinstance(data, dict):
        return "", "unreadable"
    found = cast("dict[str, object]", data)
    event = found.get("event")
    kind = cast("dict[str, object]", event).get("kind") if isinstance(event, dict) else found.get("message", "check")
    return str(found.get("avatar") or ""), str(kind)
