"""Nothing that was owed is lost: what was taken was decided, what was decided was done, what was done was told."""

import hashlib
import re
from collections.abc import Iterator

from benchmarks.chaos.evidence import Evidence, Json, Operation
from benchmarks.chaos.money import owner_of

WORDS = {
    "proposed": "waiting for approval", "rejected": "rejected", "expired": "expired",
    "stale": "not started, as something had changed", "cancelled": "cancelled", "approved": "approved", "starting": "starting",
    "waiting": "waiting for an operator", "running": "running", "succeeded": "done", "failed": "failed",
}  # fmt: skip
ENDED = {"rejected", "expired", "stale", "cancelled", "succeeded", "failed"}
DECIDING = {"new", "consent", "train", "copy", "deploy", "remove", "cancel"}
NAMED = re.compile(r"\b((?:train|copy|deploy|remove)-[0-9a-f]{10})\b")


def lost_effects(found: Evidence) -> list[str]:
    return [*_requests(found), *_paid(found), *_cards(found), *_announcements(found)]


def owed_by(found: Evidence) -> set[str]:
    """Avatars that something is still owed for: it counts as stuck, and is not lost."""
    return {avatar for avatar, rows in found.rows.items() if any(row["RowKey"].startswith("owe:") for row in rows)}


def request_ids(found: Evidence) -> Iterator[tuple[str, str]]:
    """Avatar and event id of every request that the app said it took, and that decides something."""
    for request in found.requests:
        words = str(request["said"]).split()
        if request.get("status") != 200 or not words:
            continue
        if request["kind"] == "command" and words[0] in DECIDING and len(words) > 1:
            avatar = words[1]
        elif request["kind"] == "action" and "|" in words[-1]:
            avatar = words[-1].partition("|")[0]
        else:
            continue
        yield avatar, f"slack-{hashlib.sha256(str(request['trigger']).encode()).hexdigest()[:20]}"


def _requests(found: Evidence) -> Iterator[str]:
    keys = {avatar: {row["RowKey"] for row in rows} for avatar, rows in found.rows.items()}
    for avatar, event in request_ids(found):
        if f"seen:{event}" not in keys.get(avatar, set()):
            yield f"request {event} about {avatar}: taken, and never decided on"


def _paid(found: Evidence) -> Iterator[str]:
    """The records and the service say the same of everything that was started."""
    owners = {owner.id for paid in found.paid if (owner := owner_of(paid, found))}
    for operation in found.operations.values():
        if operation.status in {"running", "succeeded"} and operation.id not in owners:
            yield f"{operation.id}: {operation.status} on record, and the service never accepted it"
        if operation.status == "failed" and operation.id in owners:
            yield f"{operation.id}: failed on record ({operation.state['code']}), and the service had accepted it"
    deployed = {key.partition("rec:deployment:")[2]: content for _, key, content in found.records("rec:deployment:")}
    removed = {paid.thing for paid in found.paid if paid.step == "remove"}
    for paid in found.paid:
        owner = owner_of(paid, found)
        if paid.step != "deploy" or owner is None or owner.status != "succeeded":
            continue
        state = deployed.get(paid.thing, {}).get("state", {}).get("status", "missing")
        if state == "missing" or (state == "removed") != (paid.thing in removed):
            yield f"endpoint {paid.thing}: {state} on record, {'gone' if paid.thing in removed else 'live'} in the service"
    models = {(c["resource"], c["name"]) for _, _, c in found.records("rec:model:")}
    for operation in found.operations.values():
        place = operation.ask.get("target") or operation.ask["resource"]
        made = operation.ask["step"] in {"train", "copy"} and operation.status == "succeeded"
        if made and (place, operation.ask["model"]) not in models:
            yield f"{operation.id}: done, and its model is not on record"


def _cards(found: Evidence) -> Iterator[str]:
    """Every operation's card shows how it stands, and whoever asked was told how it ended."""
    cards: dict[str, dict[str, Json]] = {}
    threads: dict[str, list[str]] = {}
    for call in found.slack:
        if call.get("status") != 200 or not call.get("ts"):
            continue
        named = NAMED.findall(str(call.get("says") or ""))
        if named and re.match(r"(Train|Copy|Deploy|Remove) ", str(call["text"])):
            cards.setdefault(named[-1], {})[str(call["ts"])] = call
        if call.get("thread_ts"):
            threads.setdefault(str(call["thread_ts"]), []).append(str(call["text"]))
    owing = owed_by(found)
    for operation in found.operations.values():
        if operation.avatar in owing:
            continue
        shown = cards.get(operation.id, {})
        word = WORDS[operation.status]
        if not any(str(call["text"]).endswith(f": {word}") for call in shown.values()):
            yield f"{operation.id}: {operation.status}, and its card shows {_last(shown) or 'nothing'}"
        told = [text for ts in shown for text in threads.get(ts, [])]
        if _owes_word(operation) and not any(
            f"<@{operation.ask['by']}>" in text and f": {word}" in text for text in told
        ):
            yield f"{operation.id}: {operation.status}, and {operation.ask['by']} was not told in its thread"


def _owes_word(operation: Operation) -> bool:
    """An edited card rings no bell; whoever ended it knows."""
    return operation.status in ENDED and bool(operation.lines) and _ender(operation) != operation.ask["by"]


def _ender(operation: Operation) -> str:
    moved = [line for line in operation.lines if line["outcome"] == operation.status]
    return str(moved[-1]["by"]) if moved else ""


def _last(shown: dict[str, Json]) -> str:
    return str(shown[max(shown)]["text"]) if shown else ""


def _announcements(found: Evidence) -> Iterator[str]:
    said = [str(call["text"]) for call in found.slack if call.get("status") == 200 and call.get("text")]
    owing = owed_by(found)
    for avatar, _, _ in found.records("rec:avatar"):
        if avatar not in owing and not any(f"made the avatar *{avatar}*" in text for text in said):
            yield f"avatar {avatar}: made, and not announced"
    for avatar, _, _ in found.records("rec:consent"):
        if avatar not in owing and not any(f"recorded the talent's consent for *{avatar}*" in text for text in said):
            yield f"avatar {avatar}: its consent was recorded, and not announced"


def shown_twice(found: Evidence) -> int:
    """Messages that Slack shows twice, since its answer was lost: it takes no id of ours that would prevent it."""
    posts: dict[str, set[str]] = {}
    for call in found.slack:
        named = NAMED.findall(str(call.get("says") or ""))
        if call["method"] == "chat.postMessage" and call.get("status") == 200 and named and call.get("ts"):
            posts.setdefault(named[-1], set()).add(str(call["ts"]))
    return sum(len(ts) - 1 for ts in posts.values())
