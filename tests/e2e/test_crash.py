"""The host is killed at a bad moment; after a new start the work is done, once."""

from contextlib import closing
from pathlib import Path

import pytest

from local.people import People
from local.stack import Stack
from local.tour import BEN, MAYA, Tour


@pytest.mark.timeout(400)
def test_a_host_that_is_killed_after_the_approval_loses_nothing_and_pays_once(tmp_path: Path) -> None:
    with (
        Stack(tmp_path / "stack") as stack,
        closing(People(stack.page)) as people,
        closing(Tour(stack, tmp_path / "clips")) as tour,
    ):
        tour.make_avatar()
        tour.consent()
        tour.upload()
        tour.propose()
        people.press(BEN, "Approve", "Train presenter-v1")
        stack.kill_host()
        stack.start_host()
        # A message that the killed host had taken comes back after a minute here; until then time must not run, or the
        # request expires first, as it should.
        people.sees(MAYA, "approved by", seconds=120)
        people.clock(speed=20_000)
        people.sees(MAYA, "Train presenter-v1: done", seconds=120)
        people.clock(speed=1)
        started = [entry.started.id for entry in stack.speech_journal.started("training") if entry.started]
        assert started == ["presenter-v1"]
        people.say(MAYA, "/avatar history presenter")
        people.sees(MAYA, "train `presenter-v1`: approved")
