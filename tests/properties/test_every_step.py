"""Scenes in which a process dies, meets a failing call, or is overtaken by a rival: once at every call that it makes to a port."""

import copy
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from shared.domain.events import (
    ApproveClicked,
    AvatarAsked,
    CancelAsked,
    ConsentGiven,
    ConsentWithdrawn,
    DeployAsked,
    RemoveAsked,
    SnoozeClicked,
    TaskDone,
    TaskFailed,
    TaskTaken,
    TrainAsked,
)
from shared.domain.operations import Operation
from shared.timers import follow_running, watch_live
from shared.uploads import record_upload
from tests.builders import BEN, INES, LENA, MAYA, OMAR
from tests.properties.life import NAME
from tests.properties.promises import Promises
from tests.properties.world import Fault, Kind, Process, verdict

Act = Callable[[Promises, Process], object]
KINDS: list[Kind] = ["die_after", "fail_after"]  # before a call is after the one before it


def _ready(resource: str = "weu") -> Promises:
    life = Promises()
    life._say(AvatarAsked(resource=resource), MAYA)
    life._say(ConsentGiven(talent="Ada", company="Contoso", locale="en-US", scope="avatar"), MAYA)
    life._deliver_all()
    for kind in ("natural", "silent", "consent"):
        record_upload(life.world.quiet, life.world.container.put(f"{NAME}/{kind}/a.mp4", 10))
    life._deliver_all()
    return life


def _asked(resource: str = "weu") -> Promises:
    """A training that has the first of its two approvals."""
    life = _ready(resource)
    _says(life, TrainAsked(why="now"), MAYA)
    _says(life, ApproveClicked(operation=_last(life).id, revision=1), BEN)
    return life


def _taken() -> Promises:
    """A training that an operator has begun in the portal."""
    life = _asked("wus")
    _says(life, ApproveClicked(operation=_last(life).id, revision=2), INES)
    _says(life, TaskTaken(operation=_last(life).id), OMAR)
    _says(life, TaskDone(operation=_last(life).id, revision=_last(life).revision), OMAR)
    assert _last(life).state.status == "running"
    return life


def _live() -> Promises:
    """A deployment that nobody uses; it is not flagged yet."""
    life = _asked()
    _says(life, ApproveClicked(operation=_last(life).id, revision=2), INES)
    life._finish()
    _says(life, DeployAsked(), MAYA)
    _says(life, ApproveClicked(operation=_last(life).id, revision=1), INES)
    life._finish()
    assert life.world.book(NAME).deployments
    return life


def _idle() -> Promises:
    life = _live()
    life.world.clocks.business += timedelta(hours=60)
    watch_live(life.world.quiet)
    assert [d.state.status for d in life.world.book(NAME).deployments.values()] == ["idle"]
    return life


def _last(life: Promises) -> Operation:
    return max(life.world.book(NAME).operations.values(), key=lambda operation: operation.ask.at)


def _says(life: Promises, event: object, by: str, process: Process | None = None) -> None:
    life._run(life._say(event, by), process or Process())  # type: ignore[arg-type]


def _approves(life: Promises, process: Process) -> None:
    _says(life, ApproveClicked(operation=_last(life).id, revision=_last(life).revision), INES, process)


def _cancels(life: Promises, process: Process) -> None:
    _says(life, CancelAsked(operation=_last(life).id), MAYA, process)


def _looks(life: Promises, process: Process) -> None:
    life._guarded(process, follow_running)


def _fails(life: Promises, process: Process) -> None:
    _says(life, TaskFailed(operation=_last(life).id, revision=_last(life).revision, why="no"), OMAR, process)


def _watches(life: Promises, process: Process) -> None:
    life._guarded(process, watch_live)


def _snoozes(life: Promises, process: Process) -> None:
    _says(life, SnoozeClicked(deployment=next(iter(life.world.book(NAME).deployments))), LENA, process)


def _removes(life: Promises, process: Process) -> None:
    _says(life, RemoveAsked(from_alert=True), LENA, process)


def _withdraws(life: Promises, process: Process) -> None:
    _says(life, ConsentWithdrawn(why="by letter"), MAYA, process)


def _uploads(life: Promises, process: Process) -> None:
    blob = life.world.container.put(f"{NAME}/natural/a.mp4", 12)
    life._guarded(process, lambda handling: record_upload(handling, blob))


def _checks(life: Promises, process: Process) -> None:
    for number, body in list(life.world.queue.unchecked.items()):
        sizes = life._sizes()
        if life._guarded(process, lambda handling, body=body, sizes=sizes: verdict(handling, body, sizes)):
            life.world.queue.unchecked.pop(number, None)


# Where it begins, what happens, and what others do meanwhile.
SCENES: dict[str, tuple[Callable[[], Promises], Act, dict[str, Act]]] = {
    "the last approval": (
        _asked, _approves, {"a cancel": _cancels, "the same": _approves, "a look": _looks, "a withdrawal": _withdraws},
    ),
    "the last approval in the portal": (lambda: _asked("wus"), _approves, {"a cancel": _cancels}),
    "a look at a training": (_taken, _looks, {"the operator's word": _fails}),
    "a look at the use": (_idle, _watches, {"a snooze": _snoozes, "a removal": _removes}),
    "a removal": (_idle, _removes, {"a snooze": _snoozes}),
    "a withdrawal": (_idle, _withdraws, {"a removal": _removes}),
    "an upload": (_ready, _uploads, {"its check": _checks}),
}  # fmt: skip


def _steps(start: Promises, act: Act) -> range:
    quiet = Process()
    act(copy.deepcopy(start), quiet)
    assert quiet.calls > 3
    return range(quiet.calls)


@pytest.mark.parametrize("scene", SCENES)
def test_whoever_dies_or_meets_an_outage_anywhere_leaves_nothing_undone(scene: str) -> None:
    prepare, act, _ = SCENES[scene]
    start = prepare()
    for step in _steps(start, act):
        for kind in KINDS:
            life = copy.deepcopy(start)
            act(life, Process(Fault(step, kind)))
            life.holds()


@pytest.mark.parametrize(("scene", "other"), [(scene, other) for scene in SCENES for other in SCENES[scene][2]])
def test_whoever_is_overtaken_anywhere_decides_again(scene: str, other: str) -> None:
    prepare, act, rivals = SCENES[scene]
    start = prepare()
    for step in _steps(start, act):
        life = copy.deepcopy(start)
        act(life, Process(None, {step: partial(rivals[other], life, Process())}))
        life.holds()
