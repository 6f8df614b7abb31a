"""What goes wrong with one thing keeps no part of a timer from its work."""

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.events import AdoptAsked, ApproveClicked, DeployAsked, TrialAsked
from shared.handling import Handling
from shared.timers import follow_running, watch_live
from tests.builders import BEN, MAYA, NOW, RESOURCES
from tests.properties.world import Process, World, envelope


def test_a_trial_whose_resource_is_gone_stops_no_office_hours_and_ends() -> None:
    world = World(lambda _: None, lambda _: None)
    tried = AdoptAsked(
        resource="neu",
        model="tried-v1",
        live_since=NOW - timedelta(days=1),
        endpoint="00000000-0000-4000-8000-000000000001",
    )
    world.quiet.handle(envelope("a1", "tried", MAYA, tried))
    world.quiet.handle(envelope("t1", "tried", MAYA, TrialAsked()))
    world.quiet.handle(envelope("a2", "own", MAYA, AdoptAsked(resource="weu", model="own-v1")))
    world.quiet.handle(envelope("d1", "own", MAYA, DeployAsked(hours="Mon-Fri 08:00-19:00 Europe/Berlin")))
    (asked,) = world.book("own").operations.values()
    world.quiet.handle(envelope("p1", "own", BEN, ApproveClicked(operation=asked.id, revision=1)))
    for job in list(world.service.works):
        world.service.status[job] = "Succeeded"
    follow_running(world.quiet)
    # the app is deployed anew, with a resources.toml that no longer has `neu`
    resources = {name: place for name, place in RESOURCES.items() if name != "neu"}
    later = Handling(replace(world.services(Process()), resources=resources))
    for hour in range(10, 24):
        world.clocks.business = NOW.replace(hour=hour)
        world.clocks.real += timedelta(hours=1)
        with contextlib.suppress(Exception):  # the host tries again in five minutes
            follow_running(later)
        for job in list(world.service.works):
            world.service.status[job] = "Succeeded"
    (live,) = world.book("own").deployments.values()
    (trial,) = world.book("tried").trials.values()
    assert not live.billed, "its office hours ended five hours ago; it is live and billed, tonight and every night"
    assert trial.status == "failed"


def test_a_watch_that_breaks_over_one_resource_tells_what_it_flagged_in_the_others() -> None:
    world = World(lambda _: None, lambda _: None)
    for number, (name, place) in enumerate((("one", "neu"), ("two", "weu"))):
        endpoint = f"00000000-0000-4000-8000-{number:012d}"
        adopt = AdoptAsked(resource=place, model=f"{name}-v1", live_since=NOW - timedelta(days=7), endpoint=endpoint)
        world.quiet.handle(envelope(f"a-{name}", name, MAYA, adopt))
    prices = world.prices.hosting

    def breaks(region: str, now: datetime) -> object:
        if region == RESOURCES["neu"].region:
            raise RuntimeError(region)
        return prices(region, now)

    world.prices.hosting = breaks  # type: ignore[method-assign,assignment]
    with pytest.raises(ExceptionGroup):
        watch_live(world.quiet)
    told = [text for (channel, _), (text, _) in world.slack.messages.items() if channel == "C0ONCALL"]
    assert any("two-v1" in text for text in told), told
