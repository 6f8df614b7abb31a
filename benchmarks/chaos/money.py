"""Nothing is paid twice, and nothing that was not approved: every accepted call is held against the records."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from benchmarks.chaos.evidence import Evidence, Json, Operation, Paid, text

PAID_STATES = {"starting", "running", "succeeded", "failed"}
# Between the last comparison and the call that pays pass some requests: so long a change may go unseen, in real seconds.
BLINK_S = 3.0


def owner_of(paid: Paid, found: Evidence) -> Operation | None:
    """The operation that a paid call belongs to."""
    if paid.step != "remove":
        return found.operations.get(paid.operation)
    removals = [o for o in found.operations.values() if o.ask["step"] == "remove" and o.ask["deployment"] == paid.thing]
    done = [operation for operation in removals if operation.status in PAID_STATES]
    return (done or removals or [None])[-1]


def double_paid(found: Evidence) -> list[str]:
    """Operations, models or endpoints for which more than one call was accepted."""
    owners = [(paid, owner_of(paid, found)) for paid in found.paid]
    by_operation = Counter(owner.id for _, owner in owners if owner)
    by_thing = Counter((paid.step, paid.resource, paid.thing) for paid in found.paid)
    told = [f"{operation}: paid {count} times" for operation, count in by_operation.items() if count > 1]
    return told + [f"{':'.join(thing)}: started {count} times" for thing, count in by_thing.items() if count > 1]


def unapproved(found: Evidence, approvers: set[str], speed: float) -> list[str]:
    """Paid calls without an operation that was approved for exactly this before, each with what is wrong."""
    told: list[str] = []
    for paid in found.paid:
        owner = owner_of(paid, found)
        if owner is None:
            told.append(f"{paid.id}: belongs to no operation on record (Operation-Id {paid.operation or 'none'})")
            continue
        told += [f"{paid.id} of {owner.id}: {wrong}" for wrong in _wrong(paid, owner, found, approvers, speed)]
    return told


def _wrong(paid: Paid, owner: Operation, found: Evidence, approvers: set[str], speed: float) -> Iterator[str]:
    ask = owner.ask
    if ask["step"] != paid.step:
        yield f"it is a {ask['step']}"
    if paid.step in {"train", "copy"} and paid.thing != ask["model"]:
        yield f"what was approved is {ask['model']}"
    if paid.resource != ask["resource"]:
        yield f"what was approved is in {ask['resource']}"
    if owner.status not in PAID_STATES:
        yield f"the record says {owner.status}"
    claims = owner.said("start_claimed")
    if not claims or claims[0]["at"] > paid.at:
        yield "it was not claimed before"
    yield from _signatures(paid, owner, found, approvers)
    if paid.step == "train":
        yield from _changed(paid, owner, found, speed)


def _signatures(paid: Paid, owner: Operation, found: Evidence, approvers: set[str]) -> Iterator[str]:
    ask = owner.ask
    shown = [line["data"].get("digest") for line in owner.said("asked")]
    if len(shown) != 1:
        yield f"it was asked for {len(shown)} times"
        return
    rule = ask["rule"]
    if rule["needed"] == 0:
        yield from _by_rule(owner, found)
        return
    signed = {
        approval["by"] for approval in owner.approvals
        if approval["digest"][:16] == shown[0] and approval["by"] in approvers and approval["by"] != ask["by"]
    }  # fmt: skip
    on_record = {
        line["by"] for line in [*owner.said("approved"), *owner.said("approved_once")]
        if line["at"] <= paid.at and line["data"].get("digest") == shown[0]
    }  # fmt: skip
    if len(signed & on_record) < rule["needed"]:
        yield f"{len(signed & on_record)} of {rule['needed']} approvals of what was shown"


def _by_rule(owner: Operation, found: Evidence) -> Iterator[str]:
    """The one rule of this run that approves by itself: a model that was removed a short while ago may come back."""
    ask = owner.ask
    asked = datetime.fromisoformat(ask["at"])
    removed = [
        other for other in found.operations.values()
        if other.ask["step"] == "remove" and other.status == "succeeded"
        and (other.avatar, other.ask["model"], other.ask["resource"]) == (owner.avatar, ask["model"], ask["resource"])
        and timedelta() <= asked - datetime.fromisoformat(other.state["at"]) <= timedelta(hours=24)
    ]  # fmt: skip
    if ask["step"] != "deploy" or not ask["rule"]["name"].startswith("redeploy within 24 h") or not removed:
        yield f"the rule {ask['rule']['name']!r} does not approve it"


def _changed(paid: Paid, owner: Operation, found: Evidence, speed: float) -> Iterator[str]:
    """Clips that were accepted after the request and before the last comparison, and that the approval does not cover."""
    covered = {(clip["kind"], clip["file"]) for clip in owner.ask["clips"]}
    looked = _last_look(paid, owner, found) - timedelta(seconds=BLINK_S * speed)
    for row in found.rows[owner.avatar]:
        if not row["RowKey"].startswith("clip:"):
            continue
        path = json.loads(text(row, "json"))["path"]
        counts = path["kind"] in {"natural", "status0", "silent", "gesture"}
        if counts and (path["kind"], path["file"]) not in covered:
            accepted = _accepted(found.rows[owner.avatar], row["RowKey"].removeprefix("clip:"))
            if accepted and accepted < looked:
                yield f"{path['kind']}/{path['file']} was accepted at {accepted:%H:%M:%S} and is not in it"


def _last_look(paid: Paid, owner: Operation, found: Evidence) -> datetime:
    """A start begins by looking for the project: what was approved is compared right before that."""
    looks = [
        datetime.fromisoformat(entry["at"]) for entry in found.speech[: paid.seq]
        if entry["method"] == "GET" and entry["path"].endswith(f"/{paid.resource}/customvoice/projects/{owner.avatar}")
    ]  # fmt: skip
    return looks[-1] if looks else paid.at


def _accepted(rows: list[Json], clip: str) -> datetime | None:
    for row in rows:
        if row["RowKey"].startswith(f"audit:clip-{clip}:"):
            line = json.loads(row["json"])
            if line["action"] == "clip_checked" and line["outcome"] == "accepted":
                return datetime.fromisoformat(row["at"])
    return None
