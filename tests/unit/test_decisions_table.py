"""Every state of an operation and of a deployment meets every event: one line each, nothing is left to chance."""

from datetime import timedelta
from typing import get_args

import pytest

from shared.domain.book import Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, DeploymentState, Idle, Kept, Live, Removed, Removing, Snoozed, Usage
from shared.domain.events import (
    AlertAssigned,
    ApproveClicked,
    CancelAsked,
    CloseAsked,
    Event,
    GlassBroken,
    HandedToPerson,
    HoursDue,
    HoursOff,
    HoursStay,
    InputsChanged,
    KeepClicked,
    MissingSeen,
    Observed,
    PartDone,
    PortalDiffers,
    PortalShows,
    PriceSeen,
    RejectClicked,
    RemovalPlanned,
    RemoveAsked,
    ReviewClosed,
    SnoozeClicked,
    StartClaimed,
    Started,
    StartRefused,
    StillRunning,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TaskTaken,
    TimePassed,
    UsageSeen,
)
from shared.domain.following import OperationEvent
from shared.domain.office import OfficeHours
from shared.domain.operations import (
    Approved,
    Cancelled,
    Evidence,
    Expired,
    Failed,
    OperationState,
    Proposed,
    Rejected,
    Running,
    Stale,
    Starting,
    Succeeded,
    Waiting,
)
from tests.builders import (
    BEN,
    INES,
    LENA,
    MAYA,
    NOW,
    OMAR,
    after,
    book,
    deployment,
    full_set,
    message,
    model,
    operation,
    price,
    terms,
)

ID = "train-1"
STATES: dict[str, OperationState] = {
    "proposed": Proposed(),
    "rejected": Rejected(by=BEN, at=NOW, why="w"),
    "expired": Expired(at=NOW),
    "stale": Stale(at=NOW, changes=("x",)),
    "cancelled": Cancelled(by=MAYA, at=NOW, why=None),
    "approved": Approved(at=NOW),
    "starting": Starting(at=NOW, attempt=1),
    "waiting": Waiting(since=NOW, attempt=1),
    "taken": Waiting(since=NOW, attempt=1, taken_by=OMAR, taken=NOW),
    "running": Running(since=NOW, attempt=1, started_by=OMAR),
    "succeeded": Succeeded(since=NOW, at=NOW),
    "failed": Failed(at=NOW, code="x", why="w"),
}
EVENTS: dict[str, tuple[Event, str]] = {
    "approve": (ApproveClicked(operation=ID, revision=1), BEN),
    "reject": (RejectClicked(operation=ID, revision=1, why="too dear"), BEN),
    "cancel": (CancelAsked(operation=ID), MAYA),
    "break glass": (GlassBroken(operation=ID, why="the show is tonight"), INES),
    "close review": (ReviewClosed(operation=ID, finding="it was right"), BEN),
    "take": (TaskTaken(operation=ID), OMAR),
    "part done": (PartDone(operation=ID, part="consent"), OMAR),
    "done": (TaskDone(operation=ID, revision=1), OMAR),
    "fail": (TaskFailed(operation=ID, revision=1, why="portal says no"), OMAR),
    "hand on": (TaskHandedOn(operation=ID, revision=1, why="no access"), OMAR),
    "still running": (StillRunning(operation=ID), OMAR),
    "portal differs": (PortalDiffers(operation=ID, what="no such button"), OMAR),
    "portal shows files": (PortalShows(operation=ID, files="a.mp4"), OMAR),
    "claim": (StartClaimed(operation=ID), "start"),
    "started": (Started(operation=ID), "start"),
    "handed": (HandedToPerson(operation=ID), "start"),
    "start refused": (StartRefused(operation=ID, code="BadRequest", text="no"), "start"),
    "inputs changed": (InputsChanged(operation=ID, changes=("x",)), "start"),
    "observed running": (Observed(operation=ID, evidence=Evidence(service_status="Running", looked=NOW)), "poll"),
    "observed done": (Observed(operation=ID, evidence=Evidence(service_status="Succeeded", looked=NOW)), "poll"),
    "observed failed": (Observed(operation=ID, evidence=Evidence(service_status="Failed", looked=NOW)), "poll"),
    "time passed": (TimePassed(operation=ID), "poll"),
}
# What each state becomes; every pair that is not here is "refused" for people and "nothing" for machines.
BECOMES: dict[tuple[str, str], str] = {
    ("proposed", "approve"): "approved",
    ("proposed", "reject"): "rejected",
    ("proposed", "break glass"): "approved",
    ("proposed", "cancel"): "cancelled",
    ("approved", "cancel"): "cancelled",
    ("waiting", "cancel"): "cancelled",
    ("approved", "claim"): "starting",
    ("starting", "started"): "running",
    ("starting", "handed"): "waiting",
    ("starting", "start refused"): "failed",
    ("starting", "inputs changed"): "stale",
    ("waiting", "take"): "waiting",
    ("taken", "part done"): "waiting",
    ("taken", "done"): "running",
    ("taken", "fail"): "failed",
    ("taken", "hand on"): "waiting",
    ("running", "still running"): "noted",
    **{(state, event): "noted" for state in STATES for event in ("portal differs", "portal shows files")},
    ("waiting", "portal shows files"): "waiting",  # with what differs
    ("taken", "portal shows files"): "waiting",
    ("running", "done"): "succeeded",
    ("running", "fail"): "failed",
    ("running", "observed running"): "running",
    ("running", "observed done"): "succeeded",
    ("running", "observed failed"): "failed",
}


def _outcome(decision: Decision, key: str) -> str:
    if any(line.outcome == "refused" for line in decision.audit):
        return "refused"
    changed = next((record for record in decision.puts if record.key == key), None)
    if changed is None:
        return "noted" if decision.audit else "nothing"
    return str(getattr(changed, "state").status)  # noqa: B009 - any record with a state


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_an_operation_meets_every_event(state: str, event: str) -> None:
    happened, by = EVENTS[event]
    known = operation(state=STATES[state], resource="wus")
    decision = decide(book(known), message(happened, by), NOW, terms(full_set()))
    person = by.startswith("U")
    expected = BECOMES.get((state, event), "refused" if person else "nothing")
    assert _outcome(decision, known.key) == expected
    if expected == "nothing":
        assert decision.empty
    else:
        assert decision.effects or event == "claim"


FRIDAY = NOW - timedelta(days=2)
OFFICE_HOURS = OfficeHours(start="10:00", end="19:00", zone="UTC")  # begin in an hour; they ended on Friday
DEPLOYMENT_STATES: dict[str, DeploymentState] = {
    "live": Live(),
    "idle": Idle(flagged=NOW),
    "snoozed": Snoozed(by=LENA, until=NOW.replace(hour=23)),
    "snooze over": Snoozed(by=LENA, until=NOW),
    "kept": Kept(by=LENA, until=NOW.replace(hour=23), why="w"),
    "removing": Removing(operation="remove-1"),
    "removed": Removed(at=NOW, operation="remove-1"),
    "resting": Removed(at=FRIDAY, operation="remove-1", until=NOW),
}


def _usage(verdict: str, days: int) -> UsageSeen:
    last = NOW.replace(day=NOW.day - days)
    usage = Usage.model_validate(
        {"verdict": verdict, "confidence": "high", "last_used": last, "lines": ("l",), "looked": NOW}
    )
    return UsageSeen(deployment=deployment().id, usage=usage)


DEPLOYMENT_EVENTS: dict[str, tuple[Event, str]] = {
    "idle for 3 days": (_usage("idle", 3), "watch"),
    "idle for 1 day": (_usage("idle", 1), "watch"),
    "unknown for 3 days": (_usage("unknown", 3), "watch"),
    "in use": (_usage("in_use", 0), "watch"),
    "a new price": (PriceSeen(deployment=deployment().id, price=price("0.66")), "watch"),
    "assign": (AlertAssigned(deployment=deployment().id, to=BEN), LENA),
    "keep": (KeepClicked(deployment=deployment().id, why="a show"), LENA),
    "snooze": (SnoozeClicked(deployment=deployment().id), LENA),
    "remove idle": (RemoveAsked(deployment=deployment().id, from_alert=True), LENA),
    "its office hours are over": (HoursDue(deployment=deployment().id), "poll"),
    "stay late": (HoursStay(deployment=deployment().id), LENA),
    "end its office hours": (HoursOff(deployment=deployment().id), MAYA),
    "plan removal": (RemovalPlanned(deployment=deployment().id, on=NOW.replace(day=NOW.day + 1)), MAYA),
    "missing, then there again": (MissingSeen(deployment=deployment().id, missing=False), "reconcile"),
    "missing, then closed": (CloseAsked(deployment=deployment().id), LENA),
}
DEPLOYMENT_BECOMES: dict[tuple[str, str], str] = {
    ("live", "idle for 3 days"): "idle",
    ("live", "idle for 1 day"): "live",
    ("live", "unknown for 3 days"): "live",
    ("live", "in use"): "live",
    ("idle", "idle for 3 days"): "idle",
    ("idle", "idle for 1 day"): "live",
    ("idle", "unknown for 3 days"): "idle",
    ("idle", "in use"): "live",
    ("idle", "assign"): "idle",
    ("idle", "keep"): "kept",
    ("idle", "snooze"): "snoozed",
    ("idle", "remove idle"): "removing",
    **{("snoozed", event): "snoozed" for event in DEPLOYMENT_EVENTS if event[0] in "iu" and event != "in use"},
    ("snoozed", "in use"): "snoozed",
    ("snooze over", "idle for 3 days"): "idle",
    ("snooze over", "idle for 1 day"): "live",
    ("snooze over", "unknown for 3 days"): "live",
    ("snooze over", "in use"): "live",
    **{("kept", event): "kept" for event in DEPLOYMENT_EVENTS if event[0] in "iu"},
    **{("removing", event): "removing" for event in DEPLOYMENT_EVENTS if event[0] in "iu" and "hours" not in event},
    **{(state, "missing, then closed"): "removed" for state in DEPLOYMENT_STATES if not state.startswith("re")},
    **{
        (state, "missing, then there again"): state.split()[0]
        for state in DEPLOYMENT_STATES
        if not state.startswith("re")
    },
    ("snooze over", "missing, then there again"): "snoozed",
    **{(state, "a new price"): state.split()[0] for state in DEPLOYMENT_STATES if state not in {"removed", "resting"}},
    ("snooze over", "a new price"): "snoozed",
    **{(state, "plan removal"): state.split()[0] for state in DEPLOYMENT_STATES if not state.startswith("re")},
    ("snooze over", "plan removal"): "snoozed",
    **{
        (state, event): becomes or state.split()[0]
        for state in ("live", "idle", "snoozed", "kept")
        for event, becomes in (
            ("its office hours are over", "removing"),
            ("stay late", ""),
            ("end its office hours", ""),
        )
    },
    ("snooze over", "its office hours are over"): "removing",
    ("snooze over", "stay late"): "snoozed",
    ("snooze over", "end its office hours"): "snoozed",
    ("removing", "end its office hours"): "removing",
    ("resting", "stay late"): "noted",  # deployed at once
    ("resting", "end its office hours"): "removed",
}


def deployment_in(state: str) -> Deployment:
    """It was missed in Azure by the last comparison, and has office hours."""
    changes = {"live_since": NOW.replace(day=1), "missing": NOW, "hours": OFFICE_HOURS, "hours_by": "deploy-1"}
    return deployment(DEPLOYMENT_STATES[state]).model_copy(update=changes)


@pytest.mark.parametrize("event", DEPLOYMENT_EVENTS)
@pytest.mark.parametrize("state", DEPLOYMENT_STATES)
def test_every_state_of_a_deployment_meets_every_event(state: str, event: str) -> None:
    happened, by = DEPLOYMENT_EVENTS[event]
    known = deployment_in(state)
    decision = decide(book(known, model()), message(happened, by), NOW, terms())
    expected = DEPLOYMENT_BECOMES.get((state, event), "refused" if by.startswith("U") else "nothing")
    assert _outcome(decision, known.key) == expected


def test_the_table_of_operations_names_every_event_there_is() -> None:
    assert {type(event) for event, _ in EVENTS.values()} == set(get_args(OperationEvent))


def test_the_tables_name_every_state_there_is() -> None:
    def words(union: object) -> set[str]:
        return {str(kind.model_fields["status"].default) for kind in union.__origin__.__args__}  # type: ignore[attr-defined]

    assert {state.status for state in STATES.values()} == words(OperationState)
    assert {state.status for state in DEPLOYMENT_STATES.values()} == words(DeploymentState)


def test_a_failed_removal_leaves_the_deployment_live() -> None:
    removing = book(operation("remove", Starting(at=NOW, attempt=1)), deployment(Removing(operation="remove-1")))
    refused = StartRefused(operation="remove-1", code="Forbidden", text="no")
    assert isinstance(after(removing, refused, "start").deployments[deployment().id].state, Live)
