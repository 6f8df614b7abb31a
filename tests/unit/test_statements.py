"""The consent statement: found by locale in a file as the publisher writes it, with the names in their places."""

from pathlib import Path

import pytest

from shared.domain.statements import filled, statements
from shared.errors import Refused

FOLDER = Path(__file__).parents[2] / "local/team/statements"
AVATAR = (FOLDER / "verbal-statement-all-locales.txt").read_text(encoding="utf-8")
VOICE = (FOLDER / "verbal-statement-voice-sync-for-avatar-all-locales.txt").read_text(encoding="utf-8")


def say(
    locale: str, text: str = AVATAR, *, voice_sync: bool = False, talent: str = "Ada", company: str = "Contoso"
) -> str:
    return filled(text, locale, voice_sync=voice_sync, talent=talent, company=company)


def test_heads_with_underscores_commas_and_separators_of_spaces_are_read() -> None:
    assert set(statements(AVATAR)) == {"en-US", "de-DE", "nb-NO", "te-IN"}


def test_the_names_stand_where_the_sentence_has_their_places() -> None:
    assert "I Ada know that Contoso will make an avatar of me." in say("en-US")
    assert "Ich Ada weiß, dass Contoso" in say("de-DE")


def test_telugu_names_the_company_first_in_the_file_without_voice_sync_only() -> None:
    assert "Contoso అవతార్ Ada" in say("te-IN")
    assert "Ada అవతార్ Contoso" in say("te-IN", VOICE, voice_sync=True)


def test_a_name_that_is_not_known_yet_leaves_its_place() -> None:
    assert "I [state your first and last name] know that Contoso" in say("en-US", talent="")


def test_an_unknown_locale_is_refused_with_the_near_ones() -> None:
    with pytest.raises(Refused, match="`de-DE`"):
        say("de-AT")
    with pytest.raises(Refused, match="for example `en-US`"):
        say("xx-YY")


def test_a_sentence_with_other_places_than_expected_is_not_guessed_at() -> None:
    with pytest.raises(Refused, match="take it from the publisher"):
        say("en-US", 'English_en-US:\n"I [name] agree."')
