"""The shell, over tables in memory: what the machine of tests/properties once found, kept as a plain promise."""

from datetime import timedelta

from shared.timers import reconcile
from tests.properties.world import World


def test_an_upload_that_belongs_nowhere_keeps_nothing_owing_however_often_it_is_found() -> None:
    world = World(lambda _: None, lambda _: None)
    world.container.put("nobody/natural/a.mp4", 10)
    lists = world.quiet.services.lists
    for _ in range(3):
        reconcile(world.quiet)
        assert lists.entries("owes") == []
        world.clocks.real += timedelta(minutes=10)
    assert len(world.slack.messages) == 1
