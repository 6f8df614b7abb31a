"""Many idle deployments are one message with a form; a few are an alert each; nobody's silence goes unheard."""

from datetime import timedelta

import pytest

from bot.desk import Desk
from bot.forms import submit
from bot.payloads import read
from shared.domain.book import Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Idle, Usage
from shared.domain.effects import Answer, Post
from shared.domain.events import (
    AdoptAsked,
    AlertAssigned,
    KeepClicked,
    RemoveAsked,
    SnoozeClicked,
    UsageSeen,
)
from shared.domain.operations import Operation
from shared.idle_list import FEW, FLAGGED, open_ones
from shared.slack.limits import lint_message, lint_view
from shared.slack.many_idle import many_card, many_form
from shared.timers import follow_running, watch_live
from tests.builders import (
    BEN,
    EVE,
    LENA,
    MAYA,
    NOW,
    POLICY,
    RESOURCES,
    book,
    deployment,
    message,
    model,
    terms,
    with_records,
)
from tests.properties.world import World, envelope

ON_CALL = "C0ONCALL"
LONG = timedelta(hours=POLICY.idle.escalate_hours)


def _world(count: int) -> World:
    """So many deployments made earlier, all idle for a week."""
    made = World(lambda _: None, lambda _: None)
    for number in range(count):
        since = NOW - timedelta(days=7)
        adopted = AdoptAsked(
            resource="weu",
            model=f"old{number:02d}-v1",
            live_since=since,
            endpoint=f"00000000-0000-4000-8000-{number:012d}",
        )
        made.quiet.handle(envelope(f"adopt-{number}", f"old{number:02d}", MAYA, adopted))
    return made


def _on_call(made: World, part: str = "") -> list[str]:
    return [text for (channel, _), (text, _) in made.slack.messages.items() if channel == ON_CALL and part in text]


def _settle(made: World, deployment_: Deployment, event: object) -> None:
    made.quiet.handle(envelope(f"m-{deployment_.id}", deployment_.avatar, LENA, event))  # type: ignore[arg-type]


def test_a_few_are_an_alert_each_with_its_own_buttons() -> None:
    made = _world(FEW)
    watch_live(made.quiet)
    assert len(_on_call(made, "has been idle for")) == FEW
    assert made.quiet.services.lists.entries(FLAGGED) == []
    watch_live(made.quiet)
    assert len(_on_call(made)) == FEW


def test_a_hundred_are_one_message_however_often_the_watch_looks() -> None:
    made = _world(100)
    for _ in range(3):
        watch_live(made.quiet)
    assert _on_call(made) == ["100 idle deployments cost $60 an hour"]
    assert len(open_ones(made.quiet.services)) == 100


def test_the_list_follows_each_answer_and_ends_when_all_is_settled_and_the_next_many_are_a_new_one() -> None:
    made = _world(FEW + 1)
    watch_live(made.quiet)
    first, *rest = open_ones(made.quiet.services)
    _settle(made, first, KeepClicked(deployment=first.id, why="a show"))
    assert _on_call(made) == [f"{FEW} idle deployments cost $3 an hour"]
    for one in rest:
        _settle(made, one, SnoozeClicked(deployment=one.id))
    assert _on_call(made) == [f"All {FEW + 1} idle deployments are settled"]
    assert made.quiet.services.lists.entries(FLAGGED) == []
    made.clocks.business += timedelta(days=20)
    watch_live(made.quiet)  # snoozing and keeping are over
    watch_live(made.quiet)
    assert len(_on_call(made, "idle deployments cost")) == 1
    assert len(_on_call(made)) == 2


def test_of_many_that_nobody_settles_those_who_approve_removals_hear_once() -> None:
    made = _world(FEW + 3)
    watch_live(made.quiet)
    for _ in range(3):
        made.clocks.business += timedelta(hours=49)
        watch_live(made.quiet)
        follow_running(made.quiet)
    assert len(_on_call(made, "nobody has settled this for 48 hours")) == 1
    assert len(_on_call(made)) == 2
    assert made.quiet.services.records.owed("old00") == []


def test_a_watch_that_died_before_it_told_is_caught_up_by_the_next_timer() -> None:
    made = _world(2)
    with made.quiet.performer.idle_list.together():
        for entry in made.quiet.services.lists.entries("live"):
            (found,) = made.book(entry.avatar).deployments.values()
            usage = Usage(verdict="idle", confidence="high", last_used=None, lines=("x",), looked=NOW)
            seen = UsageSeen(deployment=found.id, usage=usage)
            made.quiet.handle(envelope(f"u-{entry.item}", entry.avatar, "idle-watch", seen))
    assert _on_call(made) == []
    follow_running(made.quiet)
    assert len(_on_call(made, "has been idle for")) == 2


IDLE = deployment(Idle(flagged=NOW - LONG))


def _says(event: object, by: str, found: Deployment = IDLE) -> Decision:
    return decide(book(found, model()), message(event, by), NOW, terms())  # type: ignore[arg-type]


def _kept(made: Decision) -> Deployment:
    (kept,) = [record for record in made.puts if isinstance(record, Deployment)]
    return kept


def _seen(found: Deployment = IDLE) -> Decision:
    usage = Usage(verdict="idle", confidence="high", last_used=None, lines=("x",), looked=NOW)
    return _says(UsageSeen(deployment=found.id, usage=usage), "idle-watch", found)


def test_what_nobody_settles_is_told_once_to_those_who_approve_removals() -> None:
    flagged = IDLE.model_copy(update={"live_since": NOW - timedelta(days=9)})
    made = _seen(flagged)
    (told,) = [effect for effect in made.effects if isinstance(effect, Post)]
    assert "<!subteam^S0APPROVERS>: nobody has settled this for 48 hours" in told.text
    assert not [effect for effect in _seen(_kept(made)).effects if isinstance(effect, Post)]
    early = flagged.model_copy(update={"state": Idle(flagged=NOW - LONG + timedelta(minutes=1))})
    assert not [effect for effect in _seen(early).effects if isinstance(effect, Post)]


def test_an_alert_can_be_given_to_somebody_who_may_then_settle_it() -> None:
    made = _says(AlertAssigned(deployment=IDLE.id, to=EVE), LENA)
    (told,) = [effect for effect in made.effects if isinstance(effect, Post)]
    assert f"<@{EVE}>, please settle this, says <@{LENA}>" in told.text
    assert _kept(_says(SnoozeClicked(deployment=IDLE.id), EVE, _kept(made))).state.status == "snoozed"
    (refused,) = [e for e in _says(SnoozeClicked(deployment=IDLE.id), EVE).effects if isinstance(e, Answer)]
    assert "Only the people on call" in refused.text


@pytest.mark.parametrize("to", ["", "S0ONCALL", "nobody"])
def test_an_alert_is_given_to_a_person(to: str) -> None:
    made = _says(AlertAssigned(deployment=IDLE.id, to=to), LENA)
    assert made.puts == ()


def _form(
    what: str, why: str = "", which: tuple[str, ...] = ("presenter|e1", "narrator|e2")
) -> tuple[Desk, dict[str, str]]:
    chosen = {"selected_options": [{"value": one} for one in which]}
    values = {"which": {"v": chosen}, "what": {"v": {"selected_option": {"value": what}}}, "why": {"v": {"value": why}}}
    view = {"id": "V1", "callback_id": "settle_idle", "private_metadata": "{}", "state": {"values": values}}
    desk = Desk(read({"user": {"id": LENA}, "team": {"id": "T0"}, "trigger_id": "t", "view": view}))
    assert desk.request.view is not None
    return desk, submit(desk, desk.request.view, RESOURCES)


@pytest.mark.parametrize(
    ("what", "kind"), [("remove", "remove_asked"), ("keep", "keep_clicked"), ("snooze", "snooze_clicked")]
)
def test_the_form_says_the_same_of_each_that_was_chosen(what: str, kind: str) -> None:
    desk, problems = _form(what, "a show")
    assert problems == {}
    assert len(desk.outbox) == 2
    assert all(f'"kind":"{kind}"' in one for one in desk.outbox)


def test_the_form_asks_for_what_is_missing() -> None:
    assert "why" in _form("keep")[1]
    assert "which" in _form("remove", which=())[1]
    assert _form("keep")[0].outbox == []


def test_any_number_fits_into_the_message_and_the_form() -> None:
    many = [deployment(Idle(flagged=NOW)).model_copy(update={"id": f"e{n}", "model": "m" * 60}) for n in range(300)]
    text, blocks = many_card(many, POLICY, NOW + timedelta(days=3))
    assert lint_message(text, blocks) == []
    assert lint_view(many_form(many, POLICY, ON_CALL)) == []
    assert lint_view(many_form([], POLICY, ON_CALL)) == []


def test_removing_several_is_still_only_for_those_who_may() -> None:
    assert _says(RemoveAsked(deployment=IDLE.id, from_alert=True), EVE).puts == ()


def test_whom_an_unanswered_alert_is_told_to_can_ask_for_the_removal_and_somebody_else_approves() -> None:
    given = IDLE.model_copy(update={"state": Idle(flagged=NOW, assigned=EVE, assigned_by=LENA)})
    for person, alert in ((BEN, IDLE), (MAYA, IDLE), (EVE, given)):
        made = decide(
            book(model(), alert), message(RemoveAsked(deployment=IDLE.id, from_alert=True), person), NOW, terms()
        )
        (asked,) = made.puts
        assert isinstance(asked, Operation)
        assert (asked.ask.by, asked.state.status, asked.ask.rule.needed) == (person, "proposed", 1)
        after = with_records(book(model(), alert), made.puts)
        gone = decide(after, message(RemoveAsked(deployment=IDLE.id, from_alert=True), LENA, 2), NOW, terms())
        states = {o.ask.by: o.state.status for o in with_records(after, gone.puts).operations.values()}
        assert states == {person: "cancelled", LENA: "approved"}  # it gives way to on-call, who need no approval
