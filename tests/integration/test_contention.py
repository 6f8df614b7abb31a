"""Many at once on one avatar: nothing is lost, nothing becomes poison, and the record stays whole."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.auditing import audited
from shared.domain.clips import Accepted, Facts, clip_id
from shared.domain.events import ClipChecked, Envelope, UploadSeen
from shared.domain.names import ClipPath
from tests.integration.conftest import BEN, MAYA, World
from tests.integration.test_main_job import _operation, _ready

CHECKS, CLICKS, REFUSALS, WORKERS = 200, 20, 20, 24


def _handling() -> Any:
    return sys.modules["function_app"].handling()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_hundreds_of_checks_and_clicks_at_once_are_all_recorded(world: World, good_clips: dict[str, bytes]) -> None:
    name = _ready(world, good_clips)
    world.says(MAYA, f"train {name}")
    value = _operation(world, f"Train {name}-v1")
    handling = _handling()
    paths = [ClipPath(avatar=name, kind="interaction", file=f"{number}.mp4") for number in range(CHECKS)]

    def upload(path: ClipPath) -> None:
        seen = UploadSeen(clip_kind="interaction", file=path.file, etag="1", size=1, burst="one")
        handling.handle(
            Envelope(id=f"up-{path.file}", team="T", avatar=name, by="uploads", event=seen, clip=clip_id(path))
        )

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(upload, paths))
    world.queues["clip-checks"].clear_messages()  # there are no blobs: the verdicts are brought by this test

    def check(path: ClipPath) -> None:
        verdict = ClipChecked(clip=clip_id(path), etag="1", fingerprint=path.file, facts=Facts(size=1), findings=())
        handling.handle(
            Envelope(id=f"done-{path.file}", team="T", avatar=name, by="uploads", event=verdict, clip=clip_id(path))
        )

    def click(user: str) -> None:
        answer, messages = world.press(user, "approve", value)
        assert answer.status_code == 200
        world.deliver(messages)

    began = time.monotonic()
    with ThreadPoolExecutor(WORKERS) as pool:
        work = [pool.submit(check, path) for path in paths]
        work += [pool.submit(click, BEN) for _ in range(CLICKS)]  # one counts, the others come too late
        work += [pool.submit(click, MAYA) for _ in range(REFUSALS)]  # the asker never counts
        for item in work:
            item.result()  # an exception here would have been a redelivery, and poison in the end

    world.pump(lambda: _clicks(world, name) == CLICKS + REFUSALS, seconds=150)
    print(f"{CHECKS} checks and {CLICKS + REFUSALS} clicks recorded after {time.monotonic() - began:.1f} s")  # with -s
    clips = [clip for clip in handling.services.records.clips(name) if clip.path.kind == "interaction"]
    assert len(clips) == CHECKS
    assert all(isinstance(clip.state, Accepted) for clip in clips)
    rows, broken = audited(handling.services.records, name)
    assert broken == []
    approved = [row for row in rows if row.line.action == "train_approved"]
    assert [row.line.by for row in approved] == [BEN]
    assert not [entry for entry in handling.services.lists.entries("poison") if entry.avatar == name]


def _clicks(world: World, name: str) -> int:
    rows, _ = audited(_handling().services.records, name)
    return sum(1 for row in rows if row.line.action in {"train_approved", "approve_clicked"})


def test_waiting_for_another_workers_card_is_no_failed_try_and_ends_with_its_lease(
    world: World, good_clips: dict[str, bytes]
) -> None:
    """A host that dies over a card must not make those after it wait ever longer."""
    name = _ready(world, good_clips)
    world.says(MAYA, f"train {name}")
    services = _handling().services
    card = f"op:{_operation(world, f'Train {name}-v1').split('|')[1]}"
    dead = services.cards.lease(name, card, services.stopwatch.now())
    world.says(MAYA, f"cancel {name} {card.removeprefix('op:')} because it can wait")
    for _ in range(3):
        _handling().drain(name, again=False)
    assert [item.tries for item in services.records.owed(name)] == [0]
    services.cards.release(dead, dead.channel, dead.ts, dead.shown)
    assert _handling().drain(name, again=False)
    assert world.sees(f"Train {name}-v1: cancelled")
