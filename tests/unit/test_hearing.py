"""What was said beside the statement: small slips pass, a missing half does not, and nobody's name is repeated."""

import pytest

from shared.domain.hearing import COMPANY, TALENT, heard_finding, unheard

STATEMENT = "I Ada Lovelace know that Contoso will make an avatar of me and that it may say things I never said."
NAMES = {TALENT: "Ada Lovelace", COMPANY: "Contoso"}


@pytest.mark.parametrize(
    "said",
    [
        STATEMENT,
        STATEMENT.lower().replace(".", "").replace(",", ""),
        STATEMENT.replace("Contoso", "Can Tosso"),  # one name misheard
        STATEMENT.replace("an avatar", "the avatar"),
    ],
)
def test_what_is_read_as_written_passes(said: str) -> None:
    assert heard_finding(STATEMENT, said, NAMES) is None


def test_a_missing_half_is_told_with_its_words_and_placeholders_for_the_names() -> None:
    found = heard_finding(STATEMENT, "that it may say things I never said", NAMES)
    assert found is not None
    assert found.severity == "warning"
    assert found.measured == "8 of 21 words"
    assert "[talent]" in found.message
    assert "[company]" in found.message
    assert not any(name in found.model_dump_json().lower() for name in ("ada", "lovelace", "contoso"))


def test_nothing_heard_at_all_is_all_of_it() -> None:
    found = heard_finding(STATEMENT, "", NAMES)
    assert found is not None
    assert found.measured == "0 of 21 words"


def test_what_could_not_be_compared_is_said_to_be_not_known() -> None:
    assert unheard("the service is not there").status == "inconclusive"


def test_languages_that_set_no_words_apart_are_compared_by_character() -> None:
    statement = "\u6211\u77e5\u9053\u8fd9\u4e2a\u5f55\u97f3\u4f1a\u88ab\u7528\u6765\u5236\u4f5c\u5934\u50cf"
    assert heard_finding(statement, statement, {}) is None
    found = heard_finding(statement, statement[:4], {})
    assert found is not None
    assert found.measured == "4 of 15 words"
