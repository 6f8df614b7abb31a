"""Two people press Approve at the same instant, a hundred times in `make test-all`: what is decided, what the card says, and what each is told."""

import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import pytest

from local.people import words
from tests.integration.conftest import BEN, INES, MAYA, TWO_NEEDED, World
from tests.integration.people_kit import BOARD, HOME, book_of, services, told
from tests.integration.states_kit import HOSTS, tidied

ROUNDS, REQUESTS, WORKERS = 10 if os.environ.get("ALL_TESTS") else 2, 10, 8
Request = tuple[str, str]  # an avatar and its operation


@pytest.fixture(autouse=True)
def _tidy(world: World) -> Iterator[None]:
    with tidied(world):
        yield


def _asked(world: World, name: str) -> Request:
    known = set(book_of(name).operations)
    world.says(MAYA, f"deploy {name}")
    (operation,) = set(book_of(name).operations) - known
    return name, operation


def _approve_at_once(world: World, requests: list[Request]) -> None:
    """Both approvers press all of these buttons at one instant; a pool of workers takes what the route hands over."""
    clicks = [(user, f"{name}|{operation}|1") for name, operation in requests for user in (BEN, INES)]
    together, handed = threading.Barrier(len(clicks)), SimpleQueue[str]()

    def click(pressed: tuple[str, str]) -> None:
        together.wait(timeout=30)
        answer, (message,) = world.press(pressed[0], "approve", pressed[1])
        assert answer.status_code == 200
        handed.put(message)

    def work(_number: int) -> None:
        world.deliver([handed.get(timeout=30)])

    with ThreadPoolExecutor(len(clicks)) as people, ThreadPoolExecutor(WORKERS) as workers:
        done = [*(people.submit(click, one) for one in clicks), *(workers.submit(work, n) for n in range(len(clicks)))]
        for each in done:
            each.result()  # an error here would have been a redelivery
    names = {name for name, _ in requests}
    world.pump(lambda: not [owed for name in names for owed in services().records.owed(name)])


def _card(world: World, operation: str, channel: str = HOME) -> str:
    """The one message of a request in this channel."""
    (found,) = [
        said for message in world.stack.slack.messages[channel]
        if not message["ephemeral"] and not message["thread_ts"] and f"`{operation}`" in (said := words(message))
    ]  # fmt: skip
    return found


def _said_by(name: str, operation: str, action: str) -> list[str]:
    rows = services().records.history(name)
    return [row.line.by for row in rows if (row.line.action, row.line.subject) == (action, operation)]


@pytest.mark.timeout(180)
def test_of_two_who_approve_at_the_same_instant_one_decides_and_the_other_is_told_who(world: World) -> None:
    names = [world.name() for _ in range(REQUESTS)]
    for name in names:
        world.says(MAYA, f"adopt {name} in {HOSTS} model={name}-v1")
    for _ in range(ROUNDS):
        requests = [_asked(world, name) for name in names]
        before = {user: len(told(world, user)) for user in (BEN, INES)}
        _approve_at_once(world, requests)
        late: dict[str, list[str]] = {BEN: [], INES: []}
        for name, operation in requests:
            (winner,) = _said_by(name, operation, "deploy_approved")
            (loser,) = _said_by(name, operation, "approve_clicked")
            assert {winner, loser} == {BEN, INES}
            assert [yes.by for yes in book_of(name).operations[operation].approvals] == [winner]
            assert len(_said_by(name, operation, "deploy_handed_to_operators")) == 1
            card = _card(world, operation)
            assert f"approved by <@{winner}>" in card
            assert f"<@{loser}>" not in card
            assert "who does this in the portal?" in _card(world, operation, BOARD)
            late[loser].append(winner)
        for user, winners in late.items():
            sentences = told(world, user)[before[user] :]
            assert [re.findall(r"Too late: .*approved by <@(\w+)>", said) for said in sentences] == [
                [w] for w in winners
            ]
        for name, operation in requests:
            world.says(MAYA, f"cancel {name} {operation}")


def test_where_two_are_needed_two_at_the_same_instant_are_both_counted_and_it_begins_once(world: World) -> None:
    if book_of(TWO_NEEDED).avatar is None:
        world.says(MAYA, f"adopt {TWO_NEEDED} in {HOSTS} model={TWO_NEEDED}-v1")
    for operation in [one for one in book_of(TWO_NEEDED).operations.values() if one.open]:
        world.says(MAYA, f"cancel {TWO_NEEDED} {operation.id}")
        world.says(BEN, f"cancel {TWO_NEEDED} {operation.id}")
    for _ in range(ROUNDS):
        name, operation = _asked(world, TWO_NEEDED)
        before = {user: len(told(world, user)) for user in (BEN, INES)}
        _approve_at_once(world, [(name, operation)])
        assert {yes.by for yes in book_of(name).operations[operation].approvals} == {BEN, INES}
        assert len(_said_by(name, operation, "deploy_approved")) == 1
        assert len(_said_by(name, operation, "deploy_approved_once")) == 1
        assert len(_said_by(name, operation, "deploy_handed_to_operators")) == 1
        card = _card(world, operation)
        assert f"<@{BEN}>" in card
        assert f"<@{INES}>" in card
        assert {user: len(told(world, user)) for user in (BEN, INES)} == before
        world.says(MAYA, f"cancel {name} {operation}")
