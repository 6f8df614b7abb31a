"""Overviews, names, forms and the doctor: what people see of everything at once, and what is said where a name is half right."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.desk import Desk
from bot.forms import submit
from bot.payloads import read
from shared.cost.ledger import ledger
from shared.doctor import doctor_text
from shared.domain.book import Book, Record
from shared.domain.deciding import decide
from shared.domain.deployments import Idle
from shared.domain.effects import Answer
from shared.domain.events import (
    MESSAGE,
    AvatarAsked,
    ConsentWithdrawn,
    CopyAsked,
    DeployAsked,
    Envelope,
    RemovalPlanned,
    RemoveAsked,
    RetryAsked,
    TrainAsked,
)
from shared.domain.operations import Expired, Failed, Operation, Proposed, Review, Running, Succeeded, Waiting
from shared.domain.policy import Budgets
from shared.domain.readiness import readiness
from shared.domain.records import Avatar, Words
from shared.errors import Temporary
from shared.naming import completed, unknown
from shared.overviews import home_of
from shared.ports import Entry
from shared.services import Services
from shared.slack.asking_forms import asking_form, consent_form
from shared.slack.blocks import paragraphs
from shared.slack.digest_card import digest_card
from shared.slack.home import home_view
from shared.slack.limits import lint_message, lint_view
from shared.slack.overview import clips_text, cost_text, stage
from shared.slack.policy_text import policy_text
from tests.builders import (
    BEN,
    EVE,
    INES,
    LENA,
    MAYA,
    NOW,
    OMAR,
    POLICY,
    RESOURCES,
    avatar,
    book,
    checking,
    deployment,
    faulty,
    full_set,
    message,
    model,
    operation,
    terms,
)
from tests.properties.world import World, envelope

FAILED = Failed(at=NOW, code="x", why="w")


def world() -> World:
    return World(lambda _: None, lambda _: None)


@pytest.fixture
def services() -> Services:
    """The services of a world in memory, with two avatars on its list."""
    made = world().quiet.services
    for name in ("presenter", "narrator"):
        made.lists.put("avatars", Entry(avatar=name))
    return made


@pytest.mark.parametrize(
    ("typed", "meant"), [("presenter", "presenter"), ("pr", "presenter"), ("narr", "narrator"), ("", None), ("x", None)]
)
def test_the_beginning_of_a_name_is_enough_where_it_is_the_only_one(
    services: Services, typed: str, meant: str | None
) -> None:
    assert completed(services, typed) == meant


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("presentre", "Did you mean `presenter`"),
        ("zzz", "There is no avatar “zzz”. `/avatar list`"),
        ("", "Which avatar? There are `narrator` and `presenter`"),
    ],
)
def test_a_name_that_nobody_has_gets_those_that_are_near(services: Services, typed: str, says: str) -> None:
    assert says in unknown(services, typed)


def test_a_half_name_in_a_command_is_completed_and_a_wrong_one_is_told_and_changes_nothing() -> None:
    made = world()
    made.quiet.handle(envelope("new", "presenter", MAYA, AvatarAsked(resource="weu")))
    records = made.quiet.services.records
    made.quiet.handle(envelope("half", "pres", MAYA, TrainAsked()))
    assert [row.line.action for row in records.history("presenter")] == ["avatar_made", "train_asked"]
    before = len(made.slack.messages)
    made.quiet.handle(envelope("half", "pres", MAYA, TrainAsked()))  # the same again performs only what is left
    assert (len(records.history("presenter")), len(made.slack.messages)) == (2, before)
    made.quiet.handle(envelope("wrong", "presentre", MAYA, TrainAsked()))
    assert any("Did you mean `presenter`" in text for text in made.slack.whispers)
    assert records.history("presentre") == records.history("pres") == []
    made.quiet.handle(envelope("gone", "pres", MAYA, ConsentWithdrawn(why="she wrote")))
    assert len(records.history("presenter")) == 2  # what can't be taken back is not guessed


def test_an_avatars_stage_says_what_happens_now() -> None:
    assert stage(book()) == "nothing trained yet"
    assert stage(book(model())) == "1 model, nothing live"
    assert stage(book(model(), deployment())) == "1 live"
    assert "train `presenter-v1` waits for approval" in stage(book(operation()))
    assert "runs" in stage(book(operation(state=Running(since=NOW, attempt=1))))


def test_the_cost_names_what_runs_now_and_the_month_beside_its_budget() -> None:
    books = {"presenter": book(model(), deployment(), operation(state=Succeeded(since=NOW, at=NOW)))}
    said = cost_text(books, Budgets(overall=Decimal(2000), each=Decimal(1000)), NOW)
    assert "*What runs now costs $14.40 a day* (1 live)" in said
    assert "of a budget of $2,000" in said
    assert "of a budget of $1,000" in said
    assert "no use seen" in said
    nothing = cost_text({"presenter": book()}, Budgets(), NOW)
    assert "No deployment is live" in nothing


def test_clips_are_listed_with_the_faulty_ones_first() -> None:
    said = clips_text("presenter", (*full_set(), faulty("gesture"), checking("natural")))
    assert said.index("gesture/bad.mp4") < said.index("being checked") < said.index("silent/a.mp4")
    assert "no clips yet" in clips_text("presenter", ())


def _form(verb: str, *books: Book) -> dict[str, Any]:
    named = {f"{b.known_avatar().name}": b for b in books}
    ready = {name: readiness(b.known_avatar(), b.consent, full_set(), POLICY.rules) for name, b in named.items()}
    view = asking_form(verb, named, ready, RESOURCES, POLICY, "C0AVATARS", NOW)
    assert lint_view(view) == []
    return view


def test_the_form_of_a_consent_begins_with_what_is_on_record() -> None:
    for known in (book(), Book.of([avatar()])):
        view = consent_form(known, "C0AVATARS")
        assert lint_view(view) == []
        assert ('"Ada"' in json.dumps(view)) == (known.consent is not None)
    fields = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert len(fields["locale"]["options"]) == 49


@pytest.mark.parametrize("verb", ["train", "copy", "deploy", "remove"])
def test_a_form_offers_what_there_is_and_says_who_approves(verb: str) -> None:
    live = () if verb == "deploy" else (deployment(),)
    view = _form(verb, book(model(), *live))
    assert view["callback_id"] == verb
    assert "S0APPROVERS" in json.dumps(view["blocks"])
    assert "initial_option" in json.dumps(view["blocks"])


def test_a_copy_is_not_offered_to_where_every_model_is_already() -> None:
    def targets(*models: Record) -> set[str]:
        view = _form("copy", book(*models))
        (field,) = [block for block in view["blocks"] if block.get("block_id") == "target"]
        return {option["value"] for option in field["element"]["options"]}

    here, there = model(), model(resource="neu")
    assert targets(here, there) - targets(here) == {"weu"}


@pytest.mark.parametrize("verb", ["copy", "deploy", "remove"])
def test_a_form_without_anything_to_choose_says_what_is_missing_and_sends_nothing(verb: str) -> None:
    view = _form(verb, book())
    assert "submit" not in view


def test_a_form_of_two_hundred_models_fits() -> None:
    many = tuple(model(name=f"presenter-v{number}") for number in range(200))
    assert "Only 100 of 200 fit here" in json.dumps(_form("deploy", book(*many)))


@pytest.mark.parametrize(
    ("verb", "values", "event"),
    [
        ("train", {"avatar": "presenter", "why": "spring"}, TrainAsked(why="spring")),
        (
            "copy",
            {"model": "presenter|weu|presenter-v1", "target": "neu"},
            CopyAsked(target="neu", model="presenter-v1"),
        ),
        (
            "deploy",
            {"model": "presenter|weu|presenter-v1"},
            DeployAsked(resource="weu", model="presenter-v1", open_ended=True),
        ),
        ("remove", {"deployment": "presenter|weu|abc"}, RemoveAsked(deployment="abc")),
    ],
)
def test_a_filled_form_is_the_same_event_as_the_typed_command(verb: str, values: dict[str, str], event: object) -> None:
    (said,) = _submitted(verb, values)
    assert said.event == event
    assert (said.avatar, said.by) == ("presenter", MAYA)


def test_a_removal_on_a_day_is_a_plan_and_a_wrong_day_is_told_in_the_form() -> None:
    (said,) = _submitted("remove", {"deployment": "presenter|weu|abc", "on": "2026-12-01"})
    assert isinstance(said.event, RemovalPlanned)
    assert _submitted("remove", {"deployment": "presenter|weu|abc", "on": "someday"}) == []
    assert _submitted("deploy", {"model": "presenter|weu|presenter-v1", "until": "someday"}) == []


def _submitted(form: str, values: dict[str, str]) -> list[Envelope]:
    view = {
        "id": "V1", "hash": "h", "callback_id": form, "private_metadata": json.dumps({"channel": "C0AVATARS"}),
        "state": {"values": {block: {"value": {"type": "plain_text_input", "value": value}} for block, value in values.items()}},
    }  # fmt: skip
    outbox: list[str] = []
    desk = Desk(read({"type": "view_submission", "user": {"id": MAYA}, "team": {"id": "T0"}, "view": view}), outbox)
    assert desk.request.view
    submit(desk, desk.request.view, RESOURCES)
    found = [MESSAGE.validate_json(body) for body in outbox]
    return [one for one in found if isinstance(one, Envelope)]


def test_retry_asks_for_the_last_thing_that_did_not_come_about_and_needs_its_approvals_anew() -> None:
    before = book(model(), operation("deploy", FAILED), Words(ref="w", text="no"))
    made = decide(before, message(RetryAsked(why="once more")), NOW, terms())
    asked = next(record for record in made.puts if isinstance(record, Operation))
    assert (asked.ask.step, asked.ask.model, asked.approvals) == ("deploy", "presenter-v1", ())
    nothing = decide(book(model()), message(RetryAsked()), NOW, terms())
    assert "There is nothing to retry" in next(e.text for e in nothing.effects if isinstance(e, Answer))


@pytest.mark.parametrize("step", ["train", "copy", "remove"])
def test_every_step_can_be_retried(step: str) -> None:
    records = [model(), deployment()] if step == "remove" else [model()] if step == "copy" else []
    before = book(*records, operation(step, Expired(at=NOW)))  # type: ignore[arg-type]
    made = decide(before, message(RetryAsked(), number=7), NOW, terms(full_set()))
    assert [record.ask.step for record in made.puts if isinstance(record, Operation)] == [step]


def test_the_policy_is_told_in_words_within_slacks_limits() -> None:
    said = policy_text(
        POLICY.model_copy(update={"budgets": Budgets(overall=Decimal(2000), avatars={"presenter": Decimal(900)})})
    )
    assert "presenter $900" in said
    assert lint_message(said, paragraphs(said)) == []


def test_the_doctor_names_what_is_wrong_first_each_with_its_fix(services: Services) -> None:
    said = doctor_text(services)
    lines = said.splitlines()
    assert "need somebody" in lines[0]
    wrong = [line for line in lines if line.startswith(":x:")]
    assert any("`/invite @Avatar Ops`" in line and "maintainers_channel" in line for line in wrong)
    assert any("files:write" in line for line in wrong)
    assert any("aka.ms/customneural" in line for line in wrong)
    assert [
        line for line in wrong if "`weu`: its meters can't be read" in line
    ]  # nothing is well that nobody looked at
    assert not [line for line in lines if line.startswith(":white_check_mark: `wus` (westus2)")]
    assert lines.index(wrong[-1]) < next(n for n, line in enumerate(lines) if line.startswith(":white_check_mark:"))


def test_the_doctor_explains_each_resource_and_its_quotas(services: Services) -> None:
    lines = [line for line in doctor_text(services).splitlines() if "Quotas: " in line]
    west, north, portal = (next(line for line in lines if f"`{name}`" in line) for name in ("weu", "neu", "wus"))
    assert "trains and hosts, with voice sync, by API at `/customvoice`, 2026-01-01" in west
    assert "that it accepts avatars is unverified" in west
    assert "60 calls a minute of its own API (none is published)" in west
    assert ": hosts, without voice sync" in north
    assert "by operators in the portal" in portal
    assert "2 calls a minute of batch synthesis (2 are published; whether reading counts is unverified)" in portal


def test_home_tells_each_person_what_is_theirs(services: Services) -> None:
    narrator = Book.of([
        avatar().model_copy(update={"name": "narrator"}),
        operation("train", Waiting(since=NOW, attempt=1), resource="wus"),
        Words(ref="w", text="no light"),
    ])  # fmt: skip
    known = _Known(services, {"presenter": book(operation(), model(), deployment()), "narrator": narrator})
    ben, omar, lena = (home_of(known, user) for user in (BEN, OMAR, LENA))  # type: ignore[arg-type]
    assert [line[:6] for line in ben.waiting] == ["Decide"]
    assert [line[:11] for line in omar.waiting] == ["Portal task"]
    assert lena.waiting == ()
    assert len(ben.avatars) == 2
    assert "$0.60 an hour" in ben.live[0]
    assert ben.a_day == Decimal("14.40")


def test_an_open_alert_waits_for_who_is_on_call_or_for_whom_it_was_given_to(services: Services) -> None:
    alert = deployment(Idle(flagged=NOW)).model_copy(update={"alerts": 1})
    given = alert.model_copy(update={"state": Idle(flagged=NOW, assigned=EVE, assigned_by=LENA)})
    for known, waits in ((alert, {LENA}), (given, {EVE})):
        books = {"presenter": book(model(), known)}
        told = {user: home_of(_Known(services, books), user).waiting for user in (LENA, EVE, BEN)}  # type: ignore[arg-type]
        assert {
            user for user, lines in told.items() if any("Settle: `presenter-v1`" in line for line in lines)
        } == waits
        _, blocks = digest_card(ledger(books, NOW), books, POLICY, NOW, "Digest", late=(), chart=())
        assert "settle 1 idle deployment, in <#C0ONCALL>" in json.dumps(blocks)


class _Known:
    """Services with these books."""

    def __init__(self, services: Services, books: dict[str, Book]) -> None:
        self._services, self._books = services, books

    def books(self) -> dict[str, Book]:
        return self._books

    def __getattr__(self, name: str) -> object:
        return getattr(self._services, name)


def test_a_review_is_looked_for_in_the_channel_of_its_own_card(services: Services) -> None:
    broken = operation("train", Waiting(since=NOW, attempt=1), resource="wus").model_copy(
        update={"review": Review(by=INES, at=NOW, why="w")}
    )
    known = _Known(services, {"presenter": book(broken, Words(ref="w", text="tonight"))})
    (line,) = home_of(known, BEN).waiting  # type: ignore[arg-type]
    assert line.startswith("Review")
    assert line.endswith("; <#C0AVATARS>")


def test_what_waits_has_the_address_of_its_card_and_is_listed_without_it_when_slack_does_not_say_it(
    services: Services,
) -> None:
    asks = [operation().ask.model_copy(update={"id": f"train-{number}"}) for number in range(12)]
    many = [Operation(ask=ask, state=Proposed()) for ask in asks]
    posted = services.messenger.post("C0AVATARS", "a card")
    for one in many:
        services.cards.release(services.cards.lease("presenter", one.card, NOW), "C0AVATARS", posted, "")
    known = _Known(services, {"presenter": book(*many)})
    lines = home_of(known, BEN).waiting  # type: ignore[arg-type]
    there = f"; <https://slack.example/C0AVATARS/{posted}|its card> in <#"
    assert [there in line for line in lines] == [True] * 10 + [False] * 2
    down = _Unreachable()
    lines = home_of(_Known(replace(services, messenger=down), {"presenter": book(*many)}), BEN).waiting  # type: ignore[arg-type]
    assert ["its card" in line for line in lines] == [False] * 12
    assert down.asked == 1  # each try may take long


class _Unreachable:
    """Slack that does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    def link(self, _channel: str, _ts: str) -> str:
        self.asked += 1
        raise Temporary("slack_unreachable", "asking for a message's address")


def test_an_owner_finds_the_question_and_everybody_a_timer_that_stands_still_on_home(services: Services) -> None:
    asked = deployment().model_copy(update={"asked": NOW})
    known = _Known(services, {"presenter": book(model(), asked)})
    maya, ben = (home_of(known, user) for user in (MAYA, BEN))  # type: ignore[arg-type]
    assert ["still needed" in line for line in maya.waiting] == [True]
    assert ben.waiting == ()
    assert (
        "The timer that follows trainings and deployments (`training_poll`) has not run since the start"
        in json.dumps(home_view(ben))
    )


def test_the_cost_of_one_avatar_is_not_set_beside_the_budget_for_all() -> None:
    said = cost_text({"presenter": book(model(), deployment())}, Budgets(overall=Decimal(2000)), NOW, "presenter")
    assert "budget" not in said


def test_a_failure_is_on_home_with_its_reason(services: Services) -> None:
    failed = book(operation(state=FAILED), Words(ref="w", text="the talent was not recognised"))
    home = home_of(_Known(services, {"presenter": failed}), MAYA)  # type: ignore[arg-type]
    assert "the talent was not recognised" in home.failed[0]


def test_an_avatar_that_is_gone_from_the_list_is_no_avatar() -> None:
    assert isinstance(avatar(), Avatar)
    assert stage(Book.of([avatar().model_copy(update={"adopted": True})])) == "adopted"
