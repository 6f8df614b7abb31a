"""Every `/avatar` command, right, wrong, with nothing behind it and with hostile words, from the signed request to the records."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from bot.commands import ADMIN, OPTIONS, PLACES, VERBS
from local.slack.team import CHANNELS
from shared.domain.book import Book
from tests.integration.conftest import BEN, INES, MAYA, TOM, World
from tests.integration.people_kit import book_of, services
from tests.integration.states_kit import (
    COPIES,
    HOSTS,
    TRAINS,
    asked,
    cancelled,
    complete,
    consented,
    flagged,
    heard,
    live,
    made,
    nothing,
    says,
    tidied,
    trained,
)

Pairs = tuple[tuple[str, str], ...]  # what is said, and what comes back
TALENT = 'talent="Ada Lovelace" company=Contoso locale=en-US'
WHICH = "Which avatar? There are"
ON_A_CARD = {"approve", "reject", "cancel", "break-glass", "keep", "snooze"}
DIRECT = next(channel.id for channel in CHANNELS if channel.member == MAYA)
A_FORM = '"type": "modal"'


@dataclass(frozen=True)
class Case:
    """A command. `sees`: what whoever said it right reads then; `did`: what is on record then (None: what was before).

    `words`: the same where people write freely; {h} is what they write.
    """

    right: str
    sees: str
    given: Callable[[World], dict[str, str]] = nothing
    by: str = MAYA
    did: Callable[[Book], object] | None = None
    wrong: Pairs = ()
    missing: Pairs = ()
    words: str = ""


def nobody_stuck(_: World) -> dict[str, str]:
    """What other tests left."""
    for entry in services().lists.entries("stuck"):
        services().lists.drop("stuck", entry)
    return {"name": ""}


def states(book: Book) -> list[str]:
    return [operation.state.status for operation in book.operations.values()]


def steps(book: Book) -> list[str]:
    return [operation.ask.step for operation in book.operations.values()]


def live_states(book: Book) -> list[str]:
    return [deployment.state.status for deployment in book.deployments.values()]


def strangers(verb: str, more: str = "") -> Pairs:
    """What every command about an avatar answers to a name that is none, or that nobody has, and to words it does not know."""
    return (
        (f"{verb} no/good{more}", "“no/good” can't be a name: use 2 to 40 letters"),
        (f"{verb} nobody-there{more}", "There is no avatar “nobody-there”"),
        (f"{verb} {{name}} color=red", "does not understand “color=red”"),
        (f'{verb} {{name}} "', "A quote is opened and not closed, as in `talent="),
    )


CASES: dict[str, Case] = {
    "": Case("", "|its card> in <#C0AVATARS>", asked, BEN),
    "help": Case("help", "What you can do", wrong=(("help me", "What you can do"),)),
    "more": Case("help more", "for maintainers"),
    "list": Case("list", "*{name}*", made),
    "cost": Case(
        "cost {name}", "`{name}-v1` of *{name}*", live,
        wrong=(("cost no/good", "can't be a name"), ("cost nobody-there", "There is no avatar")),
        missing=(("cost", "The month to"),),
    ),
    "rules": Case(
        "rules silent", "silent", wrong=(("rules holiday", "The kinds are natural"),), missing=(("rules", "natural"),)
    ),
    "clips": Case("clips {name}", "has no clips yet", made, wrong=strangers("clips"), missing=(("clips", WHICH),)),
    "status": Case(
        "status {name}", "Still missing before training", made, wrong=strangers("status"), missing=(("status", WHICH),)
    ),
    "history": Case(
        "history {name}", "The record is whole", made, wrong=strangers("history"), missing=(("history", WHICH),)
    ),
    "shotlist": Case(
        "shotlist {name}", "Shot list for {name}", made, wrong=strangers("shotlist"), missing=(("shotlist", WHICH),)
    ),
    "upload": Case("upload {name}", "Open the upload page", made, wrong=strangers("upload"), missing=(("upload", WHICH),)),
    "use": Case("use {name}", "talkingAvatarCharacter", live, wrong=strangers("use"), missing=(("use", WHICH),)),
    "try": Case(
        "try {name}", "[Try it]", live,
        wrong=(*strangers("try"), ("try {name} in nowhere", "It is not live there")),
        missing=(("try", WHICH),),
    ),
    "script": Case(
        "consent script {name} en-US", "Ada Lovelace", consented, words='consent script {name} en-US talent="{h}" company="{h}"',
        wrong=(
            *strangers("consent script")[:2],
            ("consent script {name} xx-YY", "There is no statement for `xx-YY`"),
            ("consent script {name} en-US color=red", "does not understand “color=red”"),
        ),
        missing=(("consent script", "Say which avatar: `/avatar consent script presenter de-DE`"),),
    ),
    "new": Case(
        "new {name} in " + TRAINS, "made the avatar *{name}*", did=lambda book: book.avatar and book.avatar.owner == MAYA,
        wrong=(
            ("new no/good in " + TRAINS, "can't be a name"),
            ("new {name} in nowhere", "There is no resource of that name. The configured ones are"),
            ("new {name} target=8k", "The target is `1080p` or `4K`"),
            ("new {name} voicesync=maybe", "Voice sync is `yes` or `no`"),
            ("new {name} pictures=private", "It is `pictures=public`"),
            ("new {name} portal=https://evil.example", "Copy the address of the workspace from the portal"),
            ("new {name} because of", "does not understand “because”"),
            ("new {name} in", "does not understand “in”"),
        ),
        missing=(("new", A_FORM), ("new {name}", A_FORM)),
    ),
    "consent": Case(
        f"consent {{name}} {TALENT} disclosed=yes", "recorded the talent's consent", made, did=lambda book: book.consent,
        words='consent {name} talent="{h}" company="{h}" locale=en-US disclosed=yes',
        wrong=(
            *strangers("consent", f" {TALENT} disclosed=yes")[:2],
            ("consent nobody-there", "There is no avatar “nobody-there”"),
            ("consent {name} talent=Ada", "The consent also needs company, locale"),
            (f"consent {{name}} {TALENT}", "Say that the talent was given the disclosure"),
            ("consent {name} talent=A company=B locale=tlh disclosed=yes", "for example en-US"),
            (f"consent {{name}} {TALENT} disclosed=yes scope=all", "The scope is `avatar` or `avatar+voice`"),
            ('consent {name} talent="', "A quote is opened and not closed"),
        ),
        missing=(("consent", "Say which avatar: `/avatar consent presenter`"), ("consent {name}", A_FORM)),
    ),
    "withdraw": Case(
        "consent withdraw {name} because she wrote to us", '"initial_value": "she wrote to us"', consented,
        wrong=(
            ("consent withdraw nobody-there because she wrote", "There is no avatar “nobody-there”"),
            ("consent withdraw {name} color=red", "does not understand “color=red”"),
            ("consent withdraw no/good because of her", "can't be a name"),
        ),
        missing=(("consent withdraw", "Say which avatar"), ("consent withdraw {name}", A_FORM)),
    ),
    "train": Case(
        "train {name} because the show needs it", "Train {name}-v1: approval needed", complete,
        did=lambda book: (steps(book), states(book)) == (["train"], ["proposed"]), words="train {name} because {h}",
        wrong=strangers("train"), missing=(("train", A_FORM),),
    ),
    "copy": Case(
        f"copy {{name}} to {COPIES}", "Copy {name}-v1: approval needed", trained,
        did=lambda book: (steps(book), states(book)) == (["copy"], ["proposed"]),
        words=f"copy {{name}} to {COPIES} because {{h}}",
        wrong=(
            *strangers("copy", f" to {COPIES}"),
            ("copy {name} to nowhere", "There is no resource of that name"),
            ("copy {name} to " + HOSTS, "is already in"),
            (f"copy {{name}} to {COPIES} model=other-v1", "has no such model there"),
            (f"copy {{name}} to {COPIES} voicesync=maybe", "Voice sync is `yes` or `no`: `/avatar copy"),
        ),
        missing=(("copy", A_FORM), ("copy {name}", A_FORM)),
    ),
    "deploy": Case(
        "deploy {name}", "Deploy {name}-v1: approval needed", trained,
        did=lambda book: (steps(book), states(book)) == (["deploy"], ["proposed"]),
        words="deploy {name} because {h}",
        wrong=(
            *strangers("deploy"),
            ("deploy {name} in nowhere", "has no such model there"),
            ("deploy {name} model=other-v1", "has no such model there"),
            ("deploy {name} hours=office", "In `portal-neu` a person deploys"),
            ("deploy {name} until soon", "“soon” is not a date"),
            ("deploy {name} until 2020-01-01", "is today or in the past"),
        ),
        missing=(("deploy", A_FORM),),
    ),
    "remove": Case(
        "remove {name} because the campaign is over", "Remove {name}-v1: approval needed", live,
        did=lambda book: (steps(book), states(book)) == (["remove"], ["proposed"]),
        words="remove {name} because {h}",
        wrong=(
            *strangers("remove"),
            ("remove {name} in nowhere", "Say which one to remove, for example `in " + HOSTS),
            ("remove {name} on friday", "“friday” is not a date; write it like"),
            ("remove {name} on 2020-01-01", "That day is today or in the past"),
        ),
        missing=(("remove", A_FORM),),
    ),
    "adopt": Case(
        f"adopt {{name}} in {HOSTS} model={{name}}-v1", "adopted *{name}*", did=lambda book: book.models,
        words=f"adopt {{name}} in {HOSTS} model={{name}}-v1 because {{h}}",
        wrong=(
            (f"adopt no/good in {HOSTS}", "can't be a name"),
            ("adopt {name} in nowhere", "There is no resource of that name"),
            ("adopt {name} model=x-v1", "Say in which resource it is"),
            (f"adopt {{name}} in {HOSTS} since=friday", "“friday” is not a date"),
            (f"adopt {{name}} in {HOSTS} since=2026-01-01", "Say which model is deployed"),
            (f"adopt {{name}} in {HOSTS} model={{name}}-v1 since=1999-01-01", "a day of the last three years"),
            (f"adopt {{name}} in {HOSTS} owner=somebody", "Name the owner as a mention"),
            (f"adopt {{name}} in {HOSTS} model=a/b", "can't be a model's name"),
            (f"adopt {{name}} in {HOSTS} model={{name}}-v1 since=2026-01-01 endpoint=5", "The id of an endpoint is a UUID"),
        ),
        missing=(("adopt", A_FORM), ("adopt {name}", A_FORM)),
    ),
    "mute": Case("mute", ":no_bell: Muted", by=TOM),
    "unmute": Case("unmute", "told in the thread of its card again", by=TOM),
    "import": Case("import", A_FORM),
    "approve": Case(
        "approve {name} {op}", "Deploy {name}-v1: ", asked, BEN, did=lambda book: states(book) == ["waiting"],
        wrong=(*strangers("approve", " deploy-1")[:2], ("approve {name} deploy-0123456789", "No request of that name is on record here")),
        missing=(("approve", "Say which avatar: `/avatar approve"), ("approve {name}", "Say which: `/avatar approve")),
    ),
    "reject": Case(
        "reject {name} {op} because the light differs", "Deploy {name}-v1: rejected", asked, BEN,
        did=lambda book: states(book) == ["rejected"], words="reject {name} {op} because {h}",
        wrong=(
            *strangers("reject", " deploy-1 because no")[:2],
            ("reject {name} deploy-0123456789 because no", "No request of that name is on record here"),
            ("reject {name} {op}", "Say in a few words why you reject it"),
        ),
        missing=(("reject", "Say which avatar: `/avatar reject"), ("reject {name}", "Say which: `/avatar reject")),
    ),
    "cancel": Case(
        "cancel {name} {op}", "Deploy {name}-v1: cancelled", asked, did=lambda book: states(book) == ["cancelled"],
        words="cancel {name} {op} because {h}",
        wrong=(*strangers("cancel", " deploy-1")[:2], ("cancel {name} deploy-0123456789", "No request of that name is on record here")),
        missing=(("cancel", "Say which avatar: `/avatar cancel"), ("cancel {name}", "Say which: `/avatar cancel")),
    ),
    "break-glass": Case(
        "break-glass {name} {op} because the show is tonight", "started this without its approvals", asked, INES,
        did=lambda book: [o.review and o.review.by for o in book.operations.values()] == [INES],
        words="break-glass {name} {op} because {h}",
        wrong=(
            *strangers("break-glass", " deploy-1 because now")[:2],
            ("break-glass {name} deploy-0123456789 because now", "No request of that name is on record here"),
            ("break-glass {name} {op}", "Say why it can't wait"),
        ),
        missing=(
            ("break-glass", "Say which avatar: `/avatar break-glass"),
            ("break-glass {name}", "Say which: `/avatar break-glass"),
        ),
    ),
    "retry": Case(
        "retry {name}", "Deploy {name}-v1: approval needed", cancelled,
        did=lambda book: sorted(states(book)) == ["cancelled", "proposed"], words="retry {name} because {h}",
        wrong=(*strangers("retry", " deploy-1")[:2], ("retry {name} deploy-0123456789", "There is nothing to retry")),
        missing=(("retry", "Say which avatar: `/avatar retry presenter`"),),
    ),
    "hours": Case(
        "hours {name}", "Nothing of *{name}* has office hours", live,
        wrong=(
            *strangers("hours"),
            ("hours {name} stay", "has no office hours"),
            ("hours {name} off", "has no office hours"),
            ("hours {name} off in nowhere", "It is not live there"),
            ("hours {name} tomorrow", "does not understand “tomorrow”"),
        ),
        missing=(("hours", WHICH),),
    ),
    "keep": Case(
        "keep {name} because the campaign goes on", "{name}-v1", flagged, did=lambda book: live_states(book) == ["kept"],
        words="keep {name} because {h}",
        wrong=(
            *strangers("keep", " because it is used"),
            ("keep {name}", "Say in a few words why it must stay"),
            ("keep {name} in nowhere because it is used", "It is not live there, so no alert is open"),
        ),
        missing=(("keep", "Say which avatar: `/avatar keep presenter because"),),
    ),
    "snooze": Case(
        "snooze {name}", "{name}-v1", flagged, did=lambda book: live_states(book) == ["snoozed"],
        wrong=(*strangers("snooze"), ("snooze {name} in nowhere", "It is not live there, so no alert is open")),
        missing=(("snooze", "Say which avatar: `/avatar snooze presenter`"),),
    ),
    "admin": Case("admin policy", "approve", wrong=(("admin nonsense", "`/avatar admin stuck` shows"),), missing=(("admin", "`/avatar admin stuck` shows"),)),
    "admin stuck": Case("admin stuck", "Nothing is stuck", nobody_stuck, wrong=(("admin stuck now", "`/avatar admin stuck` shows"),)),
    "admin requeue": Case("admin requeue", "Only operators and the people on call", wrong=(("admin requeue now", "`/avatar admin stuck` shows"),)),
    "admin import": Case("admin import", A_FORM),
    "admin doctor": Case("admin doctor", "Slack's token and scopes"),
    "admin policy": Case("admin policy", "approve"),
    "admin compare": Case("admin compare", "Azure compared with the records"),
}  # fmt: skip

HOSTILE = {
    "very long": "a" * 3000,
    "long with emoji": "👩‍👩‍👧🙃" * 300,
    "right to left": "\u202epresenter\u202c שלום",
    "control characters": "pre\x00sen\x07ter\x1b[31m\x7f",
    "everybody": "<!channel> <!here> <!everyone|x>",
    "somebody": "<@U0EVIL> <!subteam^S0EVIL>",
    "a link": "<https://evil.example|sign in>",
    "marks": "*_~`x`~_* ```y``` > z",
    "a quote too many": 'say "no',
    "curly quotes": "“no” „no”",
    "SQL": "'; DROP TABLE avatars; --",
    "OData": "x' or PartitionKey ne '",
    "a path": "../../~cloud/..\\%2e%2e",
    "lines": "presenter\n*Approved by everybody*\r\n> x",
    "nothing to see": "pre\u200bsenter\ufeff\u2028\u2029",
    "format": "{0.__class__} %s %(x)s $(id)",
}
every_command = pytest.mark.parametrize("verb", list(CASES))


@pytest.fixture(autouse=True, scope="module")
def _some_avatars(world: World) -> Iterator[None]:
    with tidied(world):
        made(world)
        made(world)
        yield


def _known(*names: str) -> tuple[object, ...]:
    """All that decisions are made from: which avatars there are, and the records of these."""
    return sorted(entry.avatar for entry in services().lists.entries("avatars")), *map(book_of, names)


def test_every_command_that_there_is_has_its_cases_here() -> None:
    assert set(CASES) == {"", "more", *VERBS, *(f"admin {verb}" for verb in ADMIN)}
    free = {verb for verb, options in OPTIONS.items() if options & {"because", "talent", "company"}}
    free -= {"withdraw"}  # its words go into a field of its form, see the tests of forms
    assert free == {verb for verb, case in CASES.items() if case.words}
    assert all(case.wrong for verb, case in CASES.items() if VERBS.get(verb, (False, ""))[0])
    assert all(case.missing for verb, case in CASES.items() if VERBS.get(verb, (False, ""))[0])


@every_command
def test_a_right_command_is_answered_and_does_what_it_says(world: World, verb: str) -> None:
    case = CASES[verb]
    given = case.given(world)
    before = _known(given["name"])
    told = says(world, case.by, case.right.format(**given))
    assert case.sees.format(**given) in told.all
    if case.did is None:
        assert told.openly == []
        assert _known(given["name"]) == before
    else:
        assert case.did(book_of(given["name"]))
    if verb in ON_A_CARD:  # it may be days above, or elsewhere
        (answer,) = told.privately
        assert answer.endswith("|Open its card>")
        assert given["name"] in answer


def test_the_costs_come_as_a_file_to_the_channel_where_they_were_asked_for(world: World) -> None:
    given = live(world)
    files = set(world.stack.slack.files)
    told = says(world, MAYA, "cost csv")
    assert "What this month costs until" in told.openly[0]
    (new,) = set(world.stack.slack.files) - files
    lines = world.stack.slack.files[new].content.decode().split("\r\n")
    assert lines[0].startswith(
        "avatar,owner,what,model,resource,from,until,hours,price_per_hour,amount,currency,rests_on"
    )
    assert [line for line in lines if line.startswith(f"{given['name']},{MAYA},hosting,{given['name']}-v1,{HOSTS},")]


def test_where_the_app_is_not_the_costs_say_where_to_ask(world: World) -> None:
    told = heard(world, MAYA, lambda: world.command(MAYA, "cost csv", DIRECT))
    assert "A file needs a channel that the app is in" in told.own


@pytest.mark.parametrize(
    ("given", "text", "sees"),
    [
        (complete, "train {name}", "Train {name}-v1 of {name}: waiting for approval. <http"),
        (trained, "deploy {name}", "Deploy {name}-v1 of {name}: waiting for approval. <http"),
        (live, "remove {name}", "Remove {name}-v1 of {name}: waiting for approval. <http"),
        (cancelled, "retry {name}", "Deploy {name}-v1 of {name}: waiting for approval. <http"),
        (made, f"consent {{name}} {TALENT} disclosed=yes", "Recorded; <#C0AVATARS> reads it too"),
    ],
)
def test_who_asks_from_another_channel_is_told_where_it_is_shown(
    world: World, given: Callable[[World], dict[str, str]], text: str, sees: str
) -> None:
    here = given(world)
    told = heard(world, MAYA, lambda: world.command(MAYA, text.format(**here), "C0ONCALL"))
    assert [sees.format(**here) in answer for answer in told.privately] == [True]
    assert told.openly != []


@every_command
def test_a_wrong_or_missing_argument_gets_one_clear_answer_and_changes_nothing(world: World, verb: str) -> None:
    case = CASES[verb]
    given = case.given(world)
    before = _known(given["name"])
    for text, sentence in (*case.wrong, *case.missing):
        told = says(world, case.by, text.format(**given))
        assert sentence in told.own, (text, told)
        assert told.openly == [], text
        assert len([one for one in (told.at_once, *told.privately, *told.forms) if one]) == 1, (text, told)
    assert _known(given["name"]) == before


@every_command
def test_hostile_arguments_are_answered_privately_and_change_nothing(world: World, verb: str) -> None:
    case = CASES[verb]
    given = case.given(world)
    typed = {"withdraw": "consent withdraw", "script": "consent script", "more": "help more"}.get(verb, verb)
    places = [f"{typed} {{h}}", *(_places(case, verb) if VERBS.get(verb, (False, ""))[0] else ())]
    before = _known(given["name"])
    for place in places:
        for hostile in HOSTILE.values():
            told = says(world, case.by, place.format(h=hostile, **given))
            assert told.own.strip(), (place, hostile)
            assert told.openly == [], (place, hostile)
    assert _known(given["name"]) == before


def _places(case: Case, verb: str) -> Iterator[str]:
    """Everywhere behind the right words where it means nothing; the last one counts where an option is there twice."""
    right = case.right.partition(" because ")[0]
    yield f"{right} {{h}}"
    for option in sorted(OPTIONS.get(verb, set()) - {"because", "talent", "company"}):
        yield f'{right} {option} "{{h}}"' if option in PLACES else f'{right} {option}="{{h}}"'


@pytest.mark.parametrize("verb", [verb for verb, case in CASES.items() if case.words])
@pytest.mark.parametrize("how", ["very long", "all else"])
def test_what_people_write_freely_is_taken_as_it_is_and_harms_no_card(world: World, verb: str, how: str) -> None:
    case = CASES[verb]
    given = case.given(world)
    written = HOSTILE[how] if how in HOSTILE else " ".join(one for one in HOSTILE.values() if len(one) < 200)
    if '"{h}"' in case.words:
        written = written.translate(str.maketrans(dict.fromkeys('"“”„', "'")))
    told = [says(world, case.by, case.words.format(h=written, **given))]
    assert case.did is None or case.did(book_of(given["name"])), told
    told += [says(world, BEN, case.words.format(h=written, **given))]  # whoever comes second reads it, too
    told += [says(world, MAYA, later.format(**given)) for later in ("status {name}", "history {name}")]
    assert all(heard.all.strip() for heard in told)
    lines = [line for heard in told for line in re.sub("```.*?```", "", heard.all, flags=re.DOTALL).splitlines()]
    assert not [line for line in lines if line.startswith("*Approved by everybody")]  # as if the app said it
