"""Every form, filled with hostile words or with nothing: taken as it is or sent back by field, and no card is harmed."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.forms import FORMS
from tests.integration.conftest import BEN, LENA, MAYA, NINA, OMAR, World
from tests.integration.people_kit import Json, book_of, now, services
from tests.integration.states_kit import heard, presses, says, tidied
from tests.integration.test_every_command import HOSTILE
from tests.integration.test_rights import STATES, Seen, _value

# form: where it is offered, who fills it, and the button or the words that open it
OPENED = {
    "new_avatar": ("nothing", MAYA, "/new {0.avatar}"),
    "consent": ("consented", MAYA, "/consent {0.avatar}"),
    "adopt": ("stray", LENA, "adopt_stray"),
    "adopt_remove": ("stray", BEN, "remove_stray"),
    "import": ("nothing", MAYA, "/import"),
    "train": ("ready", NINA, "/train"),
    "copy": ("trained", NINA, "/copy {0.avatar}"),
    "deploy": ("trained", NINA, "/deploy"),
    "remove": ("live", NINA, "/remove"),
    "withdraw": ("consented", MAYA, "/consent withdraw {0.avatar}"),
    "reject": ("proposed", BEN, "reject"),
    "fail": ("taken", OMAR, "fail"),
    "done_differently": ("taken", OMAR, "done_differently"),
    "hand_on": ("taken", OMAR, "hand_on"),
    "portal_differs": ("taken", OMAR, "portal_differs"),
    "portal_shows": ("train-taken", OMAR, "portal_shows"),
    "file_refused": ("train-taken", OMAR, "file_refused"),
    "close_review": ("in-review", BEN, "close_review"),
    "know_stray": ("stray", LENA, "know_stray"),
    "keep": ("flagged", LENA, "keep"),
    "assign": ("flagged", LENA, "assign"),
    "settle_idle": ("listed", LENA, "settle_idle"),
    "plan_removal": ("live", NINA, "plan_removal"),
    "still_needed": ("asked-about", MAYA, "still_needed"),
}
NAMES = {"name", "model", "portal", "file", "lines"}  # fields that are no place for free words
NEEDED = {
    "new_avatar": {"name"},
    "consent": {"talent", "company", "disclosed"},
    "adopt": {"name", "model"},
    "adopt_remove": {"name", "model"},
    "import": {"lines"},
    "file_refused": {"file"},
    "assign": {"to"},
    "settle_idle": {"which"},
    "plan_removal": {"on"},
    "still_needed": {"until"},
    "train": set(),
    "copy": set(),
    "deploy": set(),
    "remove": set(),
}  # fmt: skip - every other one needs its text
every_form = pytest.mark.parametrize("form", sorted(OPENED))


@pytest.fixture(autouse=True, scope="module")
def _tidy(world: World) -> Iterator[None]:
    with tidied(world):
        yield


def _open(world: World, form: str) -> tuple[Seen, str, Json]:
    state, user, by = OPENED[form]
    seen = STATES[state](world)
    found = says(world, user, by[1:].format(seen)) if by.startswith("/") else presses(world, user, by, _value(by, seen))
    (view,) = map(json.loads, found.forms)
    assert view["callback_id"] == form
    return seen, user, view


def _answers(world: World, view: Json, text: Callable[[str], str], *, others: bool = True) -> dict[str, dict[str, Any]]:
    """Its text fields filled with this, and all else with what is offered there (`others`), or left as it was."""
    ahead = f"{now(world) + timedelta(days=9):%Y-%m-%d}"
    given: dict[str, dict[str, Any]] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            given[block["block_id"]] = {
                "plain_text_input": {"value": text(block["block_id"])},
                "static_select": {"selected_option": _offered(block)},
                "multi_static_select": {"selected_options": element.get("options", []) if others else []},
                "checkboxes": {"selected_options": element.get("options", []) if others else []},
                "datepicker": {"selected_date": element.get("initial_date") or (ahead if others and block["block_id"] != "since" else None)},
                "users_select": {"selected_user": BEN if others and block["block_id"] == "to" else None},
                "conversations_select": {"selected_conversation": None},
            }[element["type"]] | {"type": element["type"]}  # fmt: skip
    return given


def _offered(block: Json) -> Json:
    """What is chosen at first; of what is to be done with several alerts what takes a reason."""
    element = block["element"]
    return next(
        (one for one in element.get("options", []) if one["value"] == "keep"), element.get("initial_option", {})
    )


def _sent(world: World, user: str, view: Json, answers: dict[str, dict[str, Any]]) -> tuple[dict[str, str], str]:
    """What is wrong by field, and all that was said."""
    about = json.loads(view["private_metadata"])
    problems: dict[str, str] = {}

    def send() -> Any:
        answer, messages = world.sends(user, view["callback_id"], about, answers)
        body = answer.get_body() or b""
        problems.update(json.loads(body)["errors"] if body else {})
        assert not (problems and messages)
        return answer, messages

    return problems, heard(world, user, send).all


def _names(view: Json) -> set[str]:
    """Fields to type a name in."""
    typed = {
        b["block_id"] for b in view["blocks"] if b["type"] == "input" and b["element"]["type"] == "plain_text_input"
    }
    return NAMES & typed


def _known(seen: Seen) -> tuple[object, ...]:
    return sorted(entry.avatar for entry in services().lists.entries("avatars")), book_of(seen.avatar)


def test_every_form_that_there_is_is_filled_here() -> None:
    assert set(OPENED) == set(FORMS)


@every_form
def test_a_form_with_nothing_in_it_comes_back_with_what_is_missing_by_field(world: World, form: str) -> None:
    seen, user, view = _open(world, form)
    before, needed = _known(seen), NEEDED.get(form, {"why"})
    problems, _ = _sent(world, user, view, _answers(world, view, lambda _block: "", others=False))
    assert set(problems) == needed
    assert all(len(sentence) > 8 for sentence in problems.values())
    if needed:
        assert _known(seen) == before


@every_form
def test_hostile_words_in_a_form_ping_nobody_and_break_no_card(world: World, form: str) -> None:
    seen, user, view = _open(world, form)
    before = _known(seen)
    if _names(view):  # a name is no free text: sent back, or refused
        for hostile in HOSTILE.values():
            problems, said = _sent(
                world, user, view, _answers(world, view, lambda block, h=hostile: h if block in NAMES else "words")
            )
            assert problems or said.strip()
        assert _known(seen) == before
    for written in (" ".join(one for one in HOSTILE.values() if len(one) < 200), HOSTILE["very long"]):
        seen, user, view = _open(world, form)
        right = {
            "name": world.name(),
            "model": "presenter-v1",
            "portal": "",
            "file": "natural/natural.mp4",
            "lines": "nobody,x",
        }
        problems, said = _sent(
            world, user, view, _answers(world, view, lambda block, w=written, r=right: r.get(block, w))
        )
        assert not problems or form == "import", problems
        assert "*Approved by everybody" not in [line[:22] for line in said.splitlines()]
        assert says(world, MAYA, f"history {seen.avatar}").own.strip()
