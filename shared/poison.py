"""A message that failed five times: keep it, tell the maintainers, and put it back once its cause is fixed."""

import json
from typing import cast, get_args

from pydantic import ValidationError

from shared.domain.book import Book
from shared.domain.events import CheckWanted
from shared.domain.names import NAME
from shared.domain.policy import Members
from shared.domain.reminding import mentions
from shared.handling import BY_WHOLE_NAME, FOUNDING, Handling
from shared.log import warn
from shared.naming import completed
from shared.ports import Entry
from shared.services import Services
from shared.uploads import give_up

UNREADABLE = "unreadable"
WHOLE = {str(event.model_fields["kind"].default) for event in get_args(FOUNDING | BY_WHOLE_NAME)}  # names not completed
MOST = 30_000  # characters of a table's cell, which takes 64 KiB as UTF-16


def tell_maintainers(handling: Handling, queue: str, message_id: str, body: bytes) -> None:
    """Keep it on the list `poison`; its text may hold names, so it is in the state account alone, and erased with its avatar.

    Questions are not kept, whoever asked can ask again; nor is what comes after the erasure.
    """
    services = handling.services
    said, kind = _about(body)
    avatar = said if NAME.fullmatch(said) else ""
    if avatar and kind not in WHOLE:
        avatar = completed(services, said) or said
    gone = Book.of(services.records.load(avatar).records).withdrawal if avatar else None
    kept = kind != "question" and not (gone and gone.erased)
    if kept:
        text = body.decode("utf-8", "replace")
        parts = {f"text{at // MOST}": text[at : at + MOST] for at in range(0, len(text), MOST)}
        data = {"queue": queue, "kind": kind, **parts}
        services.lists.put("poison", Entry(avatar=avatar or "-", item=message_id, data=data))
    warn("poison", queue=queue, avatar=avatar, event_kind=kind)
    wanted = _check(body) if queue == "clip-checks" else None
    if wanted:
        give_up(handling, wanted)
    where = f" for *{avatar}*" if avatar else ""
    done = "was set aside" if kept else "was dropped"
    then = "; once that is fixed, `/avatar admin requeue` puts it back" if kept else ""
    services.messenger.post(
        services.policy.maintainers_channel,
        f":rotating_light: A message of the queue `{queue}` ({kind}){where} failed five times and {done}. The log says why{then}. "
        "See the runbook, “A poisoned message”.",
    )


def _check(body: bytes) -> CheckWanted | None:
    """The check that was wanted, unless another version of the app wrote it."""
    try:
        return CheckWanted.model_validate_json(body)
    except ValidationError:
        return None


def put_back(services: Services, user: str) -> str:
    """Everything that was set aside, into its queue again; what was handled after all is not handled twice. Says what was done."""
    policy, entries = services.policy, services.lists.entries("poison")
    may = (*policy.operators, *policy.on_call)
    if not Members(groups=services.groups.members(may, anew=True)).includes(may, user):
        return f"Only operators and the people on call can put messages back: ask {mentions(may)}."
    if not entries:
        return "Nothing is set aside, so there is nothing to put back."
    for entry in entries:
        text = "".join(entry.data.get(f"text{number}", "") for number in range(len(entry.data)))
        if entry.data["kind"] != UNREADABLE:
            text = _tried_anew(text)
            (services.queues.checks if entry.data["queue"] == "clip-checks" else services.queues.events)(text)
        services.lists.drop("poison", entry)
    left_out = sum(entry.data["kind"] == UNREADABLE for entry in entries)
    count = len(entries) - left_out
    done = f"put back {count} message{'s' * (count != 1)} that had been set aside"
    if left_out:
        done += f", and left out {left_out} that nobody can read"
    services.messenger.post(policy.maintainers_channel, f":leftwards_arrow_with_hook: <@{user}> {done}.")
    return f"You {done}. What fails again is told in the maintainers' channel again."


def _tried_anew(text: str) -> str:
    """An outage may come again: it is waited for as long as at first."""
    found = json.loads(text)
    return json.dumps({**found, "tries": 0}) if found.get("tries") else text


def _about(body: bytes) -> tuple[str, str]:
    try:
        data = json.loads(body)
    except ValueError:
        return "", UNREADABLE
    if not isinstance(data, dict):
        return "", UNREADABLE
    found = cast("dict[str, object]", data)
    event = found.get("event")
    kind = cast("dict[str, object]", event).get("kind") if isinstance(event, dict) else found.get("message", "check")
    return str(found.get("avatar") or ""), str(kind)
