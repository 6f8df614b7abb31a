"""What people type: allowed names, folders, commands, and a helpful sentence for everything else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import _said
from bot.commands import ADMIN, ANSWERED, FORMS, HELP, MORE, OPTIONS, VERBS, Command, help_with, parse
from shared.domain.names import KINDS, avatar_name, clip_path, next_model_name
from shared.errors import Refused
from shared.slack.limits import lint_message
from tests.builders import RESOURCES


@pytest.mark.parametrize("name", ["presenter", "Anna-2", "a_b", "x" * 40])
def test_letters_digits_hyphen_and_underscore_make_a_name(name: str) -> None:
    assert avatar_name(name) == name.lower()


@pytest.mark.parametrize("name", ["", "a", "a b", "../etc", "a/b", "ä", "-x", "x" * 41, "<!channel>", "a\n", "a;b"])
def test_any_other_name_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(Refused) as refused:
        avatar_name(name)
    assert "for example `presenter`" in refused.value.sentence


@given(st.text())
def test_no_text_can_break_the_command_reader(text: str) -> None:
    try:
        command = parse(text)
    except Refused as refusal:
        assert refusal.sentence  # noqa: PT017 - either a command or a sentence
    else:
        assert command.verb in {*VERBS, *ADMIN, "waiting", "more"}


@pytest.mark.parametrize("verb", sorted(FORMS | ANSWERED))
def test_a_command_that_opens_a_form_or_knows_the_only_avatar_needs_nothing_behind_it(verb: str) -> None:
    assert parse(verb) == Command(verb)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("trian presenter", "train"),
        ("deplyo", "deploy"),
        ("stat", "status"),
        ("costs", "cost"),
        ("undeploy", "remove"),
        ("delete", "remove"),
        ("stop", "remove"),
        ("doctor", "admin"),
    ],
)
def test_a_near_miss_of_a_command_gets_did_you_mean(typed: str, meant: str) -> None:
    with pytest.raises(Refused, match=f"Did you mean `{VERBS[meant][1]}`"):
        parse(typed)


@pytest.mark.parametrize("typed", ["hlep", "zzz"])
def test_what_is_near_to_no_command_is_sent_to_the_lists(typed: str) -> None:
    with pytest.raises(Refused, match=r"^unknown_command: I don't know .* `/avatar help` shows what there is") as said:
        parse(typed)
    assert "Did you mean" not in said.value.sentence


def test_help_shows_what_is_used_daily_and_more_shows_the_rest() -> None:
    assert parse("help more") == parse("more") == Command("more")
    daily = [
        f"/avatar{' ' if verb else ''}{verb}"
        for verb in ("", "new", "upload", "status", "train", "copy", "deploy", "use")
    ]
    assert all(f"`{line}" in HELP for line in daily)
    said = HELP + MORE
    assert [
        verb for verb in (*VERBS, *ADMIN) if verb not in {"help", "withdraw", "script", "admin"} and verb not in said
    ] == []


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "help"])
def test_help_with_one_command_says_what_it_does_its_options_and_an_example(verb: str) -> None:
    said = help_with(verb)
    assert said.startswith("• ")
    assert f"For example: `{VERBS[verb][1]}`" in said
    assert [option for option in OPTIONS.get(verb, set()) - {"operation", "say"} if f"`{option}" not in said] == []
    assert lint_message(said, None) == []


def test_help_is_asked_for_in_several_ways() -> None:
    about_train = Command("help", options={"verb": "train"})
    assert (
        parse("help train")
        == parse("help train presenter")
        == parse("train --help")
        == parse("train -h")
        == about_train
    )
    assert parse("help consent withdraw") == parse("help withdraw") == Command("help", options={"verb": "withdraw"})
    assert parse("help consent") == Command("help", options={"verb": "consent"})
    assert parse("help") == parse("help me") == Command("help")


@pytest.mark.parametrize(
    "verb", [v for v, (needs_avatar, _) in VERBS.items() if needs_avatar and v not in FORMS | ANSWERED]
)
def test_every_command_without_its_avatar_answers_with_an_example(verb: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(verb)
    assert VERBS[verb][1] in refused.value.sentence


@pytest.mark.parametrize("verb", [verb for verb, (needs_avatar, _) in VERBS.items() if needs_avatar])
@pytest.mark.parametrize("rest", ["bad!name", "presenter nonsense=1", "presenter what is this"])
def test_every_command_with_a_wrong_argument_answers_with_one_sentence(verb: str, rest: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(f"{verb} {rest}")
    assert "`" in refused.value.sentence
    assert "\n" not in refused.value.sentence


def test_where_nothing_can_train_nothing_new_is_offered() -> None:
    answer: Any = _said
    hosts = {name: place for name, place in RESOURCES.items() if not place.can_train}
    assert hosts
    with pytest.raises(Refused, match="No configured resource can train"):
        answer(parse("new presenter"), None, hosts, None)


def test_options_come_as_words_or_with_an_equals_sign() -> None:
    assert parse("deploy Presenter in neu") == Command("deploy", "presenter", {"in": "neu"})
    assert parse("deploy presenter in=neu model=presenter-v2").options == {"in": "neu", "model": "presenter-v2"}


def test_a_reason_is_everything_after_because() -> None:
    assert parse('train presenter because it\'s "spring", again').options == {"because": 'it\'s "spring", again'}


@pytest.mark.parametrize("name", ["Conan O'Brien", "L'Oréal", "Ada # Lovelace", "back\\slash"])
def test_names_are_kept_as_they_are_typed(name: str) -> None:
    assert parse(f'consent presenter talent="{name}" company={name.split(maxsplit=1)[0]}').options["talent"] == name


def test_phones_may_type_curly_quotes() -> None:
    assert parse("consent presenter talent=“Ada Lovelace” company=Contoso").options["talent"] == "Ada Lovelace"


def test_a_near_miss_is_named() -> None:
    with pytest.raises(Refused, match="/avatar train presenter"):
        parse("trai presenter")


def test_a_clip_lies_in_avatar_kind_file() -> None:
    path = clip_path("presenter/natural/take 1.mp4")
    assert (path.avatar, path.kind, path.file) == ("presenter", "natural", "take 1.mp4")


@pytest.mark.parametrize(
    "blob",
    [
        "x.mp4",
        "a/b",
        "presenter/holiday/x.mp4",
        "presenter/natural/a/b.mp4",
        "//",
        "p!/natural/x",
        "Presenter/natural/x.mp4",
    ],
)
def test_a_wrong_folder_says_where_the_file_belongs(blob: str) -> None:
    with pytest.raises(Refused) as refused:
        clip_path(blob)
    assert "`" in refused.value.sentence


def test_the_next_model_name_is_free_whatever_the_case() -> None:
    assert next_model_name("presenter", frozenset({"Presenter-V1", "presenter-v2", "other"})) == "presenter-v3"


def test_every_kind_has_rules_to_show() -> None:
    assert [parse(f"rules {kind}").avatar for kind in KINDS] == list(KINDS)
