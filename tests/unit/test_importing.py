"""Many avatars from a CSV: every wrong line is named, and then none is taken."""

import pytest

from bot.adopting import adopt_events
from shared.domain.book import Book
from shared.domain.deciding import decide
from shared.domain.effects import Answer, Post
from shared.errors import Refused
from tests.builders import NOW, RESOURCES, deployment, message, terms

GOOD = "avatar,resource,model,since,owner,endpoint\npresenter,wus,presenter-v1,2026-11-01,,\nAnchor,wus,,,U0BEN,\n"


def test_lines_become_adoptions_with_their_numbers() -> None:
    (one, first), (two, second) = adopt_events(GOOD, RESOURCES)
    assert (one, first.model, first.line, str(first.live_since)[:10]) == ("presenter", "presenter-v1", 2, "2026-11-01")
    assert (two, second.model, second.owner, second.line) == ("anchor", None, "U0BEN", 3)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_separate_as_well(mark: str) -> None:
    assert len(adopt_events(GOOD.replace(",", mark), RESOURCES)) == 2


def test_half_of_the_lines_wrong_names_each_of_them_and_takes_none() -> None:
    text = (
        "presenter,wus,presenter-v1,2026-11-01\n"
        "bad name!,wus,x-v1,2026-11-01\n"
        "anchor,nowhere,anchor-v1,2026-11-01\n"
        "host,wus,host-v1,yesterday\n"
        "guest,wus,,2026-11-01\n"
        "cook,wus,cook-v1,2026-11-01,Ben\n"
        "presenter,wus,PRESENTER-V1\n"
        "a,b,c,d,e,f,g\n"
    )
    with pytest.raises(Refused) as refused:
        adopt_events(text, RESOURCES)
    said = refused.value.sentence
    assert said.startswith("Nothing was taken yet.")
    assert all(f"Line {number}:" in said for number in range(2, 9))
    assert "the same as line 1" in said


@pytest.mark.parametrize("text", ["", "\n \n", "avatar,resource\n"])
def test_an_empty_paste_says_what_a_line_looks_like(text: str) -> None:
    with pytest.raises(Refused, match="at least one line"):
        adopt_events(text, RESOURCES)


def test_a_line_that_cannot_be_recorded_is_told_by_its_number_and_a_good_one_is_quiet() -> None:
    (_, event), _ = adopt_events(GOOD, RESOURCES)
    made = decide(Book(), message(event), NOW, terms())
    assert len(made.puts) == 3
    assert not [effect for effect in made.effects if isinstance(effect, Post)]
    again = decide(Book.of([*made.puts, deployment(resource="wus")]), message(event), NOW, terms())
    (answer,) = again.effects
    assert isinstance(answer, Answer)
    assert answer.text.startswith("Line 2 (*presenter*):")
