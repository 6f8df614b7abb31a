"""Office hours on the whole app: a real endpoint is removed in the evening and made again in the morning, once each."""

from collections.abc import Iterator

import pytest

from shared.domain.deployments import Removed
from tests.integration.conftest import BEN, MAYA, World
from tests.integration.people_kit import HOME, REST, Work, book_of, later, made_before, services
from tests.integration.states_kit import says, tidied


@pytest.fixture(autouse=True, scope="module")
def _tidy(world: World) -> Iterator[None]:
    with tidied(world):
        yield


def _zone(world: World) -> str:
    """Where it is about eleven in the morning now."""
    behind = world.stack.clock.now().hour - 11
    return f"Etc/GMT{behind:+d}"


def _live(world: World) -> Work:
    """Deployed for office hours that have begun three hours ago."""
    name = world.name()
    made_before(world, name, REST.home)
    before = len(world.stack.speech_journal.entries(0))
    world.says(MAYA, f'deploy {name} hours="daily 08:00-19:00 {_zone(world)}"')
    (made,) = book_of(name).operations
    work = Work(world, name, made, REST, before)
    work.shows("saves")
    work.approve()
    later(world, 0.2, "training_poll")
    work.until("succeeded")
    return work


def _endpoints(world: World, model: str) -> list[str]:
    return [one.id for one in world.stack.speech_world.states[REST.home].endpoints.values() if one.model_id == model]


def _made(work: Work) -> list[str]:
    """Each call of ours by which an endpoint of it was made."""
    entries = work.world.stack.speech_journal.entries(work.before)
    return [
        e.started.id
        for e in entries
        if e.started and e.started.kind == "deployment" and e.started.id == work.deployment.id
    ]


def _looks(world: World, hours: float) -> None:
    """Time passes, and the timer looks as often as it takes until what it began is done."""
    later(world, hours, "training_poll")
    for _ in range(3):
        later(world, 0.2, "training_poll")


def test_it_rests_at_night_and_is_the_same_endpoint_in_the_morning(world: World) -> None:
    work = _live(world)
    model, endpoint = work.model, work.deployment.id
    assert _endpoints(world, model) == [endpoint]
    _looks(world, 8.2)  # past seven in the evening
    assert isinstance(work.deployment.state, Removed)
    assert work.deployment.resting
    assert _endpoints(world, model) == []
    work.shows("Rests, as its office hours are")
    _looks(world, 13)
    assert work.deployment.billed
    assert _endpoints(world, model) == [endpoint]
    work.shows("live, and rests when they end")
    kinds = [(op.ask.step, op.ask.by, op.state.status) for op in book_of(work.name).operations.values()]
    assert sorted(kinds) == [
        ("deploy", MAYA, "succeeded"), ("deploy", "office-hours", "succeeded"), ("remove", "office-hours", "succeeded"),
    ]  # fmt: skip
    assert len(_made(work)) == 2
    assert len(work.thread("by its office hours")) == 2
    assert any(entry.item == endpoint for entry in services().lists.entries("live"))
    assert any(entry.item == endpoint for entry in services().lists.entries("hours"))


def test_ten_looks_at_once_make_one_night_of_it(world: World) -> None:
    work = _live(world)
    later(world, 8.2)
    for _ in range(10):
        world.functions["training_poll"].call(None)
    assert len([op for op in book_of(work.name).operations.values() if op.ask.step == "remove"]) == 1


def test_ended_by_a_button_it_is_gone_after_the_evening_and_no_timer_asks_for_it_any_more(world: World) -> None:
    work = _live(world)
    endpoint = work.deployment.id
    work.shows("End its office hours")
    work.press(MAYA, "hours_off")
    work.shows("not deployed again")
    assert work.button("hours_off") is None
    _looks(world, 8.2)
    _looks(world, 13)
    assert not work.deployment.billed
    assert not work.deployment.resting
    assert len(_made(work)) == 1
    assert endpoint not in {entry.item for entry in services().lists.entries("live")}


def test_who_approves_lets_it_live_late_and_the_answer_says_how_it_stands(world: World) -> None:
    work = _live(world)
    work.press(BEN, "hours_stay")
    work.shows("somebody works late")
    assert any("past its office hours" in said for said in world.texts(HOME))
    _looks(world, 8.2)
    assert work.deployment.billed
    heard = says(world, MAYA, f"hours {work.name}")
    assert "somebody works late" in heard.own
    _looks(world, 13)  # the next day
    _looks(world, 11)  # its evening
    assert work.deployment.resting
    assert "Rests" in says(world, MAYA, f"hours {work.name}").own
    work.press(BEN, "hours_stay")  # at night
    _looks(world, 0.2)
    assert work.deployment.billed
    assert _endpoints(world, work.model) == [work.deployment.id]
