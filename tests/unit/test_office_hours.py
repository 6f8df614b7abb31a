"""Office hours: removed when they end, deployed again when they begin, no more than was approved, and people may say otherwise."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import parse
from bot.saying import event_of
from shared.cost.ledger import ledger
from shared.domain.book import Book, Decision, minute
from shared.domain.budgeting import committed
from shared.domain.deciding import decide
from shared.domain.deployments import (
    MOST_RESTS,
    Deployment,
    DeploymentState,
    Idle,
    Kept,
    Live,
    Removed,
    Removing,
    Rest,
    Snoozed,
    Usage,
)
from shared.domain.effects import Answer, Page, Post
from shared.domain.events import (
    ApproveClicked,
    CloseAsked,
    ConsentWithdrawn,
    DeployAsked,
    Event,
    HoursDue,
    HoursOff,
    HoursStay,
    InputsChanged,
    MissingSeen,
    Observed,
    RejectClicked,
    RemoveAsked,
    RetryAsked,
    StartClaimed,
    Started,
    StartRefused,
    UsageSeen,
)
from shared.domain.money import HOURS_A_MONTH, hosting_amount
from shared.domain.office import DAYS, OfficeHours, office_hours
from shared.domain.operations import OFFICE, Approved, Evidence, Failed, Operation, Proposed, Succeeded
from shared.domain.policy import Budgets
from shared.domain.readiness import readiness
from shared.domain.records import Withdrawal
from shared.domain.resting import due
from shared.errors import Refused
from shared.slack.asking_forms import asking_form
from shared.slack.cards import draw
from shared.slack.digest_card import digest_card
from shared.slack.limits import lint_message, lint_view
from shared.slack.office import hours_text, overdue
from shared.slack.overview import cost_text, stage
from shared.slack.scene import Scene
from shared.slack.telling import status_text
from shared.slack.using import use_text
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
    operation,
    price,
    terms,
    with_records,
)

BERLIN = OfficeHours(start="08:00", end="19:00", zone="Europe/Berlin")
KNOWN = POLICY.model_copy(update={"office_hours": BERLIN})
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)  # 08:00 in Berlin is 07:00 UTC, and 19:00 is 18:00 UTC
BEGIN, END = MONDAY.replace(hour=7), MONDAY.replace(hour=18)
EVENING, NIGHT, MORNING = END + timedelta(minutes=3), MONDAY.replace(hour=22), BEGIN + timedelta(days=1, minutes=3)
AMOUNT = hosting_amount(price("0.60"), BERLIN.month)


def _approved() -> Operation:
    """The request that the hours were approved with."""
    done = operation("deploy", Succeeded(since=NOW, at=NOW), approvals=(BEN,))
    return done.model_copy(update={"ask": done.ask.model_copy(update={"hours": BERLIN, "amount": AMOUNT})})


def kept(state: DeploymentState | None = None, **changes: object) -> Deployment:
    more = {"hours": BERLIN, "hours_by": "deploy-1", "live_since": NOW, **changes}
    return deployment(state).model_copy(update=more)


def resting(**changes: object) -> Deployment:
    return kept(Removed(at=EVENING, operation="remove-2", until=BEGIN + timedelta(days=1)), **changes)


def there(*records: Deployment | Operation | Withdrawal) -> Book:
    return book(model(), _approved(), *records)


def said(made: Decision) -> str:
    return " ".join(effect.text for effect in made.effects if isinstance(effect, Answer | Post))


class Life:
    """One avatar, its records as decisions leave them, and a clock."""

    def __init__(self, *records: Deployment | Operation) -> None:
        self.book, self.number = there(*records), 0
        self.made: list[Decision] = []

    def says(self, event: Event, by: str = "training-poll", now: datetime = NOW, **more: object) -> Decision:
        self.number += 1
        known = terms((), **{"policy": KNOWN, **more})
        made = decide(self.book, message(event, by, number=self.number), now, known)
        self.made.append(made)
        self.book = with_records(self.book, made.puts)
        return made

    @property
    def only(self) -> Deployment:
        (found,) = self.book.deployments.values()
        return found

    def newest(self) -> Operation:
        return list(self.book.operations.values())[-1]

    def works(self, now: datetime) -> None:
        """What was asked for last is done by the service."""
        name = self.newest().id
        self.says(StartClaimed(operation=name), "start", now)
        if self.newest().state.status == "starting":
            self.says(Started(operation=name), "start", now)
            self.says(Observed(operation=name, evidence=Evidence(service_status="Succeeded", looked=now)), now=now)
        assert self.newest().state.status == "succeeded", self.newest()

    def day(self, now: datetime) -> str:
        """The timer's look at a moment, worked off; what it did."""
        what = due(self.book, self.only, now)
        if what:
            self.says(HoursDue(deployment=self.only.id), now=now)
            if what != "over":
                self.works(now)
        return what or ""


# The hours themselves


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mon-Fri 08:00-19:00 Europe/Berlin", BERLIN),
        ("mon-fri 8-19 Europe/Berlin", BERLIN),
        ("8:00-19:00", BERLIN),
        ("Mon\u2013Fri 08:00 \u2013 19:00", BERLIN),
        ("office", BERLIN),
        ("daily 09:30-10:00 UTC", OfficeHours(days=DAYS, start="09:30", end="10:00", zone="UTC")),
        (
            "Mon,Wed,Sat-Sun 9-10 UTC",
            OfficeHours(days=("Mon", "Wed", "Sat", "Sun"), start="09:00", end="10:00", zone="UTC"),
        ),
    ],
)
def test_office_hours_are_read_as_people_write_them(text: str, hours: OfficeHours) -> None:
    assert office_hours(text, BERLIN) == hours
    assert office_hours(hours.said, None) == hours


@pytest.mark.parametrize(
    "text",
    [
        "",
        "always",
        "8",
        "25-26 UTC",
        "19-8 UTC",
        "8-8 UTC",
        "Fri-Mon 8-19 UTC",
        "Foo 8-19 UTC",
        "8-19 Moon/Base",
        "8:99-19:00 UTC",
    ],
)
def test_what_are_no_office_hours_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refused) as refused:
        office_hours(text, BERLIN)
    assert "Mon-Fri 08:00-19:00 Europe/Berlin" in refused.value.sentence


def test_without_a_policy_a_zone_must_be_named_and_office_means_nothing() -> None:
    for text, code in (("8-19", "no_zone"), ("office", "no_office_hours")):
        with pytest.raises(Refused) as refused:
            office_hours(text, None)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        ("2026-10-23", "06:00", "17:00"),  # Friday, summer time
        ("2026-10-26", "07:00", "18:00"),  # Monday, winter time
        ("2027-03-26", "07:00", "18:00"),
        ("2027-03-29", "06:00", "17:00"),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall_when_it_changes(day: str, begins: str, ends: str) -> None:
    for text, open_ in ((begins, True), (ends, False)):
        at = datetime.fromisoformat(f"{day}T{text}:00+00:00")
        assert BERLIN.last_change(at) == (at, open_)
        assert BERLIN.open(at) == open_
        assert BERLIN.open(at - timedelta(seconds=1)) != open_
        assert BERLIN.next(at - timedelta(seconds=1), begins=open_) == at


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
    ),
)
def test_changes_alternate_and_none_is_more_than_a_week_away(now: datetime, days: set[str], zone: str) -> None:
    hours = OfficeHours.model_validate(
        {"days": [day for day in DAYS if day in days], "start": "08:00", "end": "19:00", "zone": zone}
    )
    last, open_ = hours.last_change(now)
    coming = hours.next(now, begins=not open_)
    assert last <= now < coming <= last + timedelta(days=8)
    local = now.astimezone(ZoneInfo(zone))
    assert open_ == (DAYS[local.weekday()] in days and "08:00" <= f"{local:%H:%M}" < "19:00")


def test_a_month_of_hours_is_its_share_of_a_week() -> None:
    assert BERLIN.month == HOURS_A_MONTH * 55 / 168


# Asking


def _asked(
    event: DeployAsked, *records: Deployment, by: str = MAYA, now: datetime = NOW, **more: object
) -> tuple[Decision, Operation | None]:
    made = decide(
        there(*records) if records else book(model()), message(event, by), now, terms((), **{"policy": KNOWN, **more})
    )
    return made, next((r for r in made.puts if isinstance(r, Operation)), None)


def test_the_card_says_when_it_is_live_what_that_saves_and_that_callers_fail_in_between() -> None:
    _, asked = _asked(DeployAsked(hours="office"))
    assert asked
    assert asked.ask.hours == BERLIN
    assert str(asked.ask.amount) == "$143.39 a month"
    drawn = draw(asked.card, Scene(book(model(), asked), KNOWN, RESOURCES, NOW))
    assert drawn
    assert lint_message(drawn.text, drawn.blocks) == []
    text = json.dumps(drawn.blocks)
    assert "saves $294.61 a month" in text
    assert "Mon to Fri, 08:00 to 19:00 (Europe/Berlin): removed when they end, deployed again when they begin" in text
    assert "Callers by name fail in between" in text


def test_other_hours_are_another_request_to_approve() -> None:
    one, other = (_asked(DeployAsked(hours=text))[1] for text in ("office", "8-18"))
    assert one
    assert other
    assert len({one.ask.digest, other.ask.digest, one.ask.model_copy(update={"hours": None}).digest}) == 3


def test_where_a_person_deploys_there_are_no_office_hours() -> None:
    made = decide(book(model("wus")), message(DeployAsked(hours="office")), NOW, terms(policy=KNOWN))
    assert made.puts == ()
    assert "two tasks every day" in said(made)


def test_the_form_offers_the_policys_hours_where_it_has_some() -> None:
    for policy, offered in ((KNOWN, True), (POLICY, False)):
        view = asking_form("deploy", {"presenter": book(model())}, {}, RESOURCES, policy, "C0AVATARS", NOW)
        assert lint_view(view) == []
        assert any(block.get("block_id") == "hours" for block in view["blocks"]) == offered


# Day and night


def test_a_week_of_office_hours() -> None:
    """Five evenings, five mornings, nothing at the weekend; the same endpoint, and only its hours are paid."""
    life = Life(kept())
    did: list[tuple[str, str]] = []
    moment = NOW
    while moment < NOW + timedelta(days=7):
        what = life.day(moment)
        if what:
            did.append((f"{moment:%a %H:%M}", what))
        moment += timedelta(minutes=5)
    evenings = [(f"{day} 18:00", "rest") for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
    mornings = [(f"{day} 07:00", "wake") for day in ("Tue", "Wed", "Thu", "Fri", "Mon")]
    assert sorted(did) == sorted([*evenings, *mornings])
    assert life.only.id == deployment().id
    paid = life.only.cost(NOW, NOW + timedelta(days=7))
    assert paid == Decimal("0.6") * (9 + 4 * 11 + 2)  # from Monday 09:00 on, and two hours of the next
    asked = [op.ask for op in life.book.operations.values() if op.ask.by == OFFICE]
    assert len(asked) == 10
    assert {ask.rule.needed for ask in asked} == {0}
    assert life.only.rested(NOW, NOW + timedelta(days=7)) == Decimal("0.6") * (4 * 13 + 61)


def test_the_day_after_the_clock_changed_begins_at_the_hour_on_the_wall() -> None:
    friday = datetime(2026, 10, 23, 17, 3, tzinfo=UTC)
    life = Life(kept(live_since=friday - timedelta(hours=3)))
    assert life.day(friday) == "rest"
    state = life.only.state
    assert isinstance(state, Removed)
    assert state.until == datetime(2026, 10, 26, 7, tzinfo=UTC)


STATES: dict[str, DeploymentState] = {
    "live": Live(),
    "idle": Idle(flagged=NOW, assigned=BEN, assigned_by=LENA),
    "snoozed": Snoozed(by=LENA, until=NOW + timedelta(days=2)),
    "kept": Kept(by=LENA, until=NOW + timedelta(days=9), why="w"),
}


@pytest.mark.parametrize("state", STATES)
def test_what_was_said_of_it_still_holds_in_the_morning(state: str) -> None:
    """An open alert goes on as it was: it is no new one, and what was snoozed or kept is not asked about again."""
    life = Life(kept(STATES[state], alerts=1))
    assert life.day(EVENING) == "rest"
    assert isinstance(life.only.state, Removed)
    assert life.only.state.until == BEGIN + timedelta(days=1)
    assert life.day(MORNING) == "wake"
    assert (life.only.state, life.only.alerts) == (STATES[state], 1)


def test_an_open_alert_wakes_nobody_anew_each_morning_and_ends_with_the_hours() -> None:
    def pages(*decisions: Decision) -> list[tuple[str, str]]:
        return [
            (page.action, page.card)
            for made in decisions
            for page in made.effects
            if isinstance(page, Page) and page.route == "webhook"
        ]

    life = Life(kept(STATES["idle"], alerts=1))
    card = life.only.card
    assert life.day(EVENING) == "rest"
    assert life.day(MORNING) == "wake"
    assert pages(*life.made) == []
    life.made.clear()
    assert life.day(EVENING + timedelta(days=1)) == "rest"
    life.says(HoursOff(deployment=life.only.id), MAYA, NIGHT + timedelta(days=1))
    assert pages(*life.made) == [("resolve", card)]


def test_a_planned_end_that_comes_by_day_is_its_last_one() -> None:
    noon = MONDAY.replace(hour=12)
    life = Life(kept(ends=noon, ends_by=MAYA))
    made = life.says(RemoveAsked(deployment=life.only.id, planned=True), "idle-watch", noon)
    assert f"<@{MAYA}>, today" in said(made)
    assert f"it is removed {minute(END)}, and stays removed" in said(made)
    assert (life.only.billed, life.only.ends, life.only.last_day) == (True, None, True)
    assert [made for made in life.book.operations.values() if made.open] == []
    assert life.day(EVENING) == "rest"
    assert life.day(MORNING) == ""
    assert not life.only.resting


@pytest.mark.parametrize(
    ("record", "now", "what"),
    [
        (kept(), END - timedelta(minutes=1), None),
        (kept(), EVENING, "rest"),
        (kept(live_since=NIGHT - timedelta(hours=1)), NIGHT, "rest"),  # outside of its hours nobody approved it
        (kept(stays=BEGIN + timedelta(days=1)), EVENING, None),
        (kept(stays=BEGIN + timedelta(days=1)), EVENING + timedelta(days=1), "rest"),
        (kept(Removing(operation="r")), EVENING, None),
        (kept(Removed(at=EVENING, operation="r")), MORNING, None),
        (kept(hours=None), EVENING, None),
        (resting(), NIGHT, None),
        (resting(), MORNING, "wake"),
        (resting(ends=MONDAY + timedelta(days=1)), MORNING, "over"),
        (resting(ends=MONDAY + timedelta(days=2)), MORNING, "wake"),
    ],
)
def test_what_is_due(record: Deployment, now: datetime, what: str | None) -> None:
    assert due(there(record), record, now) == what


def test_nothing_is_due_while_something_is_under_way_but_a_question_stops_nothing() -> None:
    for state, what in ((Approved(at=NOW), None), (Proposed(), "rest")):
        assert due(there(kept(), operation("remove", state)), kept(), EVENING) == what


def test_a_withdrawn_consent_ends_them() -> None:
    gone = Withdrawal(by=MAYA, at=NOW, why="w", erase_at=NOW)
    assert due(there(resting(), gone), resting(), MORNING) == "over"
    made = decide(there(resting(), gone), message(HoursDue(deployment=resting().id), "training-poll"), MORNING, terms())
    (after,) = [r for r in made.puts if isinstance(r, Deployment)]
    assert not after.resting


def test_a_removal_by_people_ends_them() -> None:
    life = Life(kept())
    life.says(RemoveAsked(), MAYA)
    life.says(ApproveClicked(operation=life.newest().id, revision=1), BEN)
    life.works(EVENING)
    assert not life.only.resting
    assert life.day(MORNING) == ""


# Money


def test_what_became_dearer_is_not_deployed_in_the_morning_without_being_approved() -> None:
    life = Life(resting())
    dearer = {"westeurope": price("0.61")}
    made = life.says(HoursDue(deployment=resting().id), now=MORNING, hosting_price=dearer)
    asked = life.newest()
    assert (asked.state, asked.ask.rule.needed, asked.ask.by) == (Proposed(), 1, MAYA)
    assert made.puts
    life.says(ApproveClicked(operation=asked.id, revision=1), BEN, now=MORNING, hosting_price=dearer)
    life.works(MORNING)
    assert life.only.hours_by == asked.id  # from now on that is what was approved
    assert life.only.price_per_hour.value == Decimal("0.61")


def test_without_a_known_price_what_was_approved_counts() -> None:
    life = Life(resting())
    life.says(HoursDue(deployment=resting().id), now=MORNING, hosting_price={})
    assert (life.newest().ask.amount, life.newest().state.status) == (AMOUNT, "approved")


def test_a_morning_that_nobody_could_approve_is_told_to_the_owner_and_changes_nothing() -> None:
    lonely = KNOWN.model_copy(
        update={"steps": {**KNOWN.steps, "deploy": KNOWN.steps["deploy"].model_copy(update={"approve": (MAYA,)})}}
    )
    made = Life(resting()).says(
        HoursDue(deployment=resting().id), now=MORNING, policy=lonely, hosting_price={"westeurope": price("0.61")}
    )
    assert made.puts == ()
    assert f"<@{MAYA}>, the office hours" in said(made)
    assert "could not be deployed" in said(made)


def test_the_month_is_reckoned_with_its_hours() -> None:
    for record in (kept(), resting()):
        whole = committed(there(record.model_copy(update={"hours": None, "state": Live()})), NOW)
        assert committed(there(record), EVENING) < whole / 2
        assert committed(there(record), EVENING) > whole / 4
    told = ledger({"presenter": there(resting())}, NIGHT)
    assert told.a_day.quantize(Decimal("0.01")) == Decimal("4.71")  # 0.6 times 24 times 55 / 168
    assert told.rested == Decimal("0.6") * Decimal("4.0")  # 18:03 to 22:00
    assert told.saved == 0


def test_many_nights_are_put_together_and_none_is_lost() -> None:
    live = kept(live_since=NOW - timedelta(days=400))
    for number in range(100):
        start = NOW - timedelta(days=390 - number)
        live = live.to(Removed(at=start, operation="r", until=NOW)).woken(start + timedelta(hours=13))
    assert len(live.rests or ()) == MOST_RESTS
    assert live.cost(live.live_since, NOW) == Decimal("0.6") * (400 * 24 - 100 * 13)


def test_a_weekend_is_no_time_without_use() -> None:
    """Grace of 48 hours: 61 hours of a weekend do not flag it on Monday morning, hours of days do."""
    used = NOW - timedelta(hours=1)
    usage = Usage(verdict="idle", confidence="high", last_used=used, lines=("l",), looked=NOW)
    rests = (Rest(since=END - timedelta(days=3), until=BEGIN),)
    week = kept(live_since=NOW - timedelta(days=30), rests=rests)
    friday = END - timedelta(days=3, hours=1)
    seen = usage.model_copy(update={"last_used": friday})
    made = decide(there(week), message(UsageSeen(deployment=week.id, usage=seen), "idle-watch"), NOW, terms())
    (after,) = [r for r in made.puts if isinstance(r, Deployment)]
    assert isinstance(after.state, Live)
    always = week.model_copy(update={"rests": None})
    made = decide(there(always), message(UsageSeen(deployment=week.id, usage=seen), "idle-watch"), NOW, terms())
    (after,) = [r for r in made.puts if isinstance(r, Deployment)]
    assert isinstance(after.state, Idle)


# What people say


@pytest.mark.parametrize(("by", "may"), [(BEN, True), (LENA, True), (MAYA, False), (EVE, False)])
def test_working_late_costs_more_than_was_approved_so_approvers_or_on_call_say_it(by: str, may: bool) -> None:
    made = Life(kept()).says(HoursStay(deployment=kept().id), by, now=NOW)
    assert bool(made.puts) == may
    if not may:
        assert "costs more than was approved" in said(made)


def test_who_works_late_has_it_until_the_morning_and_the_price_is_told() -> None:
    life = Life(kept())
    made = life.says(HoursStay(), BEN, now=NOW)
    assert "about $7.80 more" in said(made)
    assert life.day(EVENING) == ""
    assert life.day(MORNING) == ""
    assert life.day(EVENING + timedelta(days=1)) == "rest"


def test_saying_it_twice_changes_nothing() -> None:
    life = Life(kept())
    life.says(HoursStay(), BEN, now=NOW)
    again = life.says(HoursStay(), BEN, now=NOW)
    assert again.puts == ()
    assert "is live until" in said(again)


def test_at_night_it_is_deployed_at_once_until_the_next_hours_are_over() -> None:
    life = Life(resting())
    life.says(HoursStay(), BEN, now=NIGHT)
    assert (life.newest().ask.by, life.newest().state.status) == (BEN, "approved")
    life.works(NIGHT)
    assert life.only.billed
    assert life.only.hours == BERLIN
    assert life.day(MORNING) == ""
    assert life.day(EVENING + timedelta(days=1)) == "rest"


@pytest.mark.parametrize("record", [kept(), resting()])
def test_ended_office_hours_remove_it_and_do_not_bring_it_back(record: Deployment) -> None:
    life = Life(record)
    made = life.says(HoursOff(), MAYA, now=NOW)
    assert "ended the office hours" in said(made)
    life.day(EVENING)
    assert life.day(MORNING) == ""
    assert not life.only.billed
    assert not life.only.resting


@pytest.mark.parametrize(
    ("event", "record", "says"),
    [
        (HoursStay(), deployment(), "has no office hours"),
        (HoursOff(), deployment(), "has no office hours"),
        (HoursOff(), kept(last_day=True), "end already"),
        (HoursStay(), kept(Removing(operation="r")), "being deployed or removed just now"),
        (HoursOff(deployment="neu"), kept(), "It is not live there"),
        (HoursStay(), kept(stays=BEGIN + timedelta(days=1)), "is live until"),
    ],
)
def test_what_can_not_be_is_refused_with_the_reason(event: Event, record: Deployment, says: str) -> None:
    made = Life(record).says(event, BEN, now=NIGHT)
    assert made.puts == ()
    assert says in said(made)


def test_who_may_not_keep_it_live_hears_first_that_there_are_no_hours() -> None:
    assert "has no office hours" in said(Life(deployment()).says(HoursStay(), EVE, now=NIGHT))


@pytest.mark.parametrize(
    ("record", "now", "says"),
    [
        (kept(), NOW, "it is removed <!date"),
        (kept(Removing(operation="r")), EVENING, "it is being removed just now, and stays removed"),
        (kept(), NIGHT, "it is removed within minutes, and stays removed"),
        (kept(stays=BEGIN + timedelta(days=1)), NIGHT, "it is removed <!date"),
        (resting(), NIGHT, ": it stays removed"),
    ],
)
def test_who_ends_them_is_told_when_it_goes(record: Deployment, now: datetime, says: str) -> None:
    assert says in said(Life(record).says(HoursOff(), MAYA, now=now))


def test_only_who_may_ask_for_a_removal_ends_them() -> None:
    steps = {**KNOWN.steps, "remove": KNOWN.steps["remove"].model_copy(update={"ask": (BEN,)})}
    strict = KNOWN.model_copy(update={"steps": steps})
    assert Life(kept()).says(HoursOff(), EVE, policy=strict).puts == ()
    for by in (MAYA, BEN, LENA):  # the owner, who may ask, on-call
        assert Life(kept()).says(HoursOff(), by, policy=strict).puts


# Other hours for what is there


def test_what_is_live_gets_office_hours_by_a_request_and_nothing_is_called() -> None:
    life = Life(deployment())
    life.says(DeployAsked(hours="office"), MAYA)
    life.says(ApproveClicked(operation=life.newest().id, revision=1), BEN)
    made = life.says(StartClaimed(operation=life.newest().id), "start")
    assert life.newest().state.status == "succeeded"
    assert (life.only.id, life.only.billed, life.only.hours) == (deployment().id, True, BERLIN)
    assert life.only.price_per_hour == deployment().price_per_hour
    assert made.puts
    assert life.day(EVENING) == "rest"


@pytest.mark.parametrize("record", [kept(), resting()])
def test_around_the_clock_again_needs_approvals_live_or_resting(record: Deployment) -> None:
    life = Life(record)
    life.says(DeployAsked(), MAYA, now=NIGHT)
    asked = life.newest()
    assert (asked.state, asked.ask.rule.needed, asked.ask.deployment) == (Proposed(), 1, record.id)
    assert str(asked.ask.amount) == "$438 a month"
    life.says(ApproveClicked(operation=asked.id, revision=1), BEN, now=NIGHT)
    life.works(NIGHT)
    assert (life.only.id, life.only.billed, life.only.hours) == (record.id, True, None)
    assert life.day(EVENING + timedelta(days=1)) == ""


def test_the_same_hours_again_are_refused_while_it_is_live_and_need_nobody_in_its_hours() -> None:
    assert "already deployed" in said(Life(kept()).says(DeployAsked(hours="office"), MAYA))
    late = resting().model_copy(update={"state": Removed(at=NOW - timedelta(days=9), operation="r", until=NOW)})
    life = Life(late)
    life.says(DeployAsked(hours="office"), MAYA, now=NOW)
    assert life.newest().state.status == "approved"
    refused = Life(late).says(DeployAsked(hours="office"), MAYA, now=NIGHT)
    assert refused.puts == ()
    assert "hours presenter stay" in said(refused)


def test_a_morning_that_fails_is_told_to_the_owner_and_can_be_retried_without_approvals() -> None:
    life = Life(resting())
    life.says(HoursDue(deployment=resting().id), now=MORNING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", MORNING)
    made = life.says(StartRefused(operation=name, code="QuotaExceeded", text="no room"), "start", MORNING)
    assert f"<@{MAYA}>: `presenter-v1` could not be deployed for its office hours: no room" in said(made)
    assert due(life.book, life.only, MORNING + timedelta(hours=1)) is None  # not every five minutes
    life.says(RetryAsked(), MAYA, now=MORNING)
    assert life.newest().state.status == "approved"
    life.works(MORNING)
    assert life.only.billed
    assert due(life.book, life.only, EVENING + timedelta(days=1)) == "rest"


def test_an_evening_that_lasts_until_the_morning_costs_nobody_the_day() -> None:
    life = Life(kept())
    life.says(HoursDue(deployment=kept().id), now=EVENING)
    late = MORNING + timedelta(minutes=10)
    life.works(late)
    assert life.only.resting
    assert life.day(late + timedelta(minutes=5)) == "wake"


def test_an_evening_that_fails_leaves_it_live_as_it_stood_and_is_told() -> None:
    life = Life(kept(STATES["kept"], alerts=1))
    life.says(HoursDue(deployment=kept().id), now=EVENING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", EVENING)
    made = life.says(StartRefused(operation=name, code="Conflict", text="busy <!channel>"), "start", EVENING)
    assert "could not be removed when its office hours ended: busy &lt;!channel&gt; It stays live" in said(made)
    assert "and costs $7.80 more until they begin" in said(made)
    assert life.only.state == STATES["kept"]
    assert "There is nothing to retry" in said(life.says(RetryAsked(), MAYA))


def test_an_evening_that_failed_is_seen_everywhere_and_is_tried_again_when_somebody_says_so() -> None:
    life = Life(kept())
    life.says(HoursDue(deployment=kept().id), now=EVENING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", EVENING)
    life.says(StartRefused(operation=name, code="Conflict", text="busy"), "start", EVENING)
    told = "it could not be removed: until they begin"
    books = {"presenter": life.book}
    digest = digest_card(ledger(books, NIGHT), books, KNOWN, NIGHT, "Digest", late=(), chart=())
    for seen in (hours_text(life.book, NIGHT), cost_text(books, KNOWN.budgets, NIGHT), json.dumps(digest[1])):
        assert told in seen
        assert f"it costs $5.40 more. `/avatar retry presenter {name}` tries it again" in seen
    life.says(RetryAsked(), MAYA, now=NIGHT)
    assert (life.newest().ask.by, life.newest().state.status) == (OFFICE, "approved")
    life.works(NIGHT)
    assert life.only.resting
    assert told not in hours_text(life.book, NIGHT)


def _failed_evening() -> Life:
    life = Life(kept())
    life.says(HoursDue(deployment=kept().id), now=EVENING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", EVENING)
    life.says(StartRefused(operation=name, code="Conflict", text="busy"), "start", EVENING)
    return life


def test_nothing_is_said_to_have_failed_where_somebody_works_late_or_removed_it() -> None:
    well, late, gone = Life(kept()), _failed_evening(), Life(resting())
    assert well.day(EVENING) == "rest"
    well.says(HoursStay(), BEN, now=NIGHT)
    well.works(NIGHT)
    late.says(HoursStay(), BEN, now=EVENING)
    assert gone.day(MORNING) == "wake"
    gone.says(RemoveAsked(), MAYA, now=MORNING)
    gone.says(ApproveClicked(operation=gone.newest().id, revision=1), BEN, now=MORNING)
    gone.works(MORNING)
    for life, now in ((well, NIGHT), (late, NIGHT), (gone, MORNING + timedelta(hours=1))):
        assert overdue(life.only, now, life.book) == ""


def test_whoever_tries_the_evening_again_elsewhere_is_answered_and_what_is_named_is_what_is_tried() -> None:
    life = _failed_evening()
    removal = life.newest().id
    copied = operation("copy", Failed(at=NIGHT, code="c", why="w"))
    later = copied.model_copy(update={"ask": copied.ask.model_copy(update={"at": NIGHT})})
    life.book = with_records(life.book, [later])
    typed = message(RetryAsked(operation=removal), EVE, number=99)
    assert typed.reply
    typed = typed.model_copy(update={"reply": typed.reply.model_copy(update={"channel": "C0ELSEWHERE", "typed": True})})
    made = decide(life.book, typed, NIGHT, terms((), policy=KNOWN))
    assert [r.ask.by for r in made.puts if isinstance(r, Operation)] == [OFFICE]
    assert any(isinstance(effect, Answer) for effect in made.effects)


def test_a_morning_that_failed_is_not_told_as_a_rest() -> None:
    life = Life(resting())
    life.says(HoursDue(deployment=resting().id), now=MORNING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", MORNING)
    life.says(StartRefused(operation=name, code="QuotaExceeded", text="no room"), "start", MORNING)
    later = MORNING + timedelta(hours=1)
    assert f"it could not be deployed: `/avatar retry presenter {name}`" in hours_text(life.book, later)
    life.says(RetryAsked(operation=name), MAYA, now=later)
    assert "could not be deployed" not in hours_text(life.book, later)  # it is being tried


# Cards and answers


@pytest.mark.parametrize(
    ("record", "now", "expected"),
    [
        (kept(), NOW, "live, and rests when they end"),
        (kept(last_day=True), NOW, "removed when they end, and not deployed again"),
        (kept(stays=BEGIN + timedelta(days=1)), NIGHT, "somebody works late"),
        (kept(Removing(operation="r")), EVENING, "it is being removed"),
        (resting(), NIGHT, "Rests, as its office hours are Mon to Fri"),
    ],
)
def test_every_answer_says_how_it_stands_by_its_hours(record: Deployment, now: datetime, expected: str) -> None:
    known = there(record)
    drawn = draw("op:deploy-1", Scene(known, KNOWN, RESOURCES, now))
    assert drawn
    assert lint_message(drawn.text, drawn.blocks) == []
    assert expected in json.dumps(drawn.blocks)
    assert expected in hours_text(known, now)
    assert expected in status_text(known, readiness(known.known_avatar(), known.consent, (), KNOWN.rules), now)


def test_who_asks_outside_of_the_hours_hears_that_it_goes_at_once() -> None:
    goes = "it is outside of them now, so it is removed within minutes"
    assert f"{goes}, and deployed again <!date" in hours_text(there(kept()), NIGHT)
    assert f"{goes}. Saved" in hours_text(there(kept(last_day=True)), NIGHT)


def test_the_card_of_what_deployed_it_says_when_its_hours_were_changed_and_both_when_it_is_gone() -> None:
    life = Life(deployment())
    first = _approved().model_copy(update={"ask": operation("deploy").ask, "state": Succeeded(since=NOW, at=NOW)})
    life.book = with_records(life.book, [first])
    life.says(DeployAsked(hours="office", until=MONDAY + timedelta(days=30)), MAYA)
    newer = life.newest().id
    life.says(ApproveClicked(operation=newer, revision=1), BEN)
    life.says(StartClaimed(operation=newer), "start")
    assert "on the card of another request" in _done(life, "deploy-1")
    assert f"Its office hours end on 2026-12-23, as <@{MAYA}> planned" in _done(life, newer)
    life.says(RemoveAsked(), MAYA)
    life.says(ApproveClicked(operation=life.newest().id, revision=1), BEN)
    life.works(NOW)
    for card in ("deploy-1", newer):
        assert "It costs nothing any more" in _done(life, card)


def _done(life: Life, operation_id: str) -> str:
    drawn = draw(f"op:{operation_id}", Scene(life.book, KNOWN, RESOURCES, NOW))
    assert drawn
    return json.dumps(drawn.blocks)


def test_what_rests_is_told_wherever_people_look_for_it() -> None:
    known = there(resting())
    assert stage(known) == "1 resting until its office hours"
    assert "(0 live, 1 resting)" in cost_text({"presenter": known}, KNOWN.budgets, NIGHT)
    assert "Calls of `presenter-v1` fail until then" in use_text(known, RESOURCES, {}, NIGHT)
    assert "hours presenter off" in said(Life(resting()).says(RemoveAsked(), MAYA, now=NIGHT))


def test_what_office_hours_do_is_a_line_in_the_thread_of_what_was_approved() -> None:
    life = Life(kept())
    for now in (EVENING, MORNING):
        life.day(now)
        drawn = draw(life.newest().card, Scene(life.book, KNOWN, RESOURCES, now))
        assert drawn
        assert lint_message(drawn.text, drawn.blocks) == []
        assert drawn.under == "op:deploy-1"
        assert len(drawn.blocks) == 1


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("hours presenter stay", HoursStay()),
        ("hours presenter Off in neu", HoursOff(deployment="neu")),
        ("deploy presenter hours=office", DeployAsked(hours="office")),
        (
            'deploy presenter hours="Mon-Fri 08:00-19:00 Europe/Berlin" until 2026-12-31',
            DeployAsked(
                hours=BERLIN.said.replace("Mon,Tue,Wed,Thu,Fri", "Mon-Fri"), until=datetime(2026, 12, 31, tzinfo=UTC)
            ),
        ),
    ],
)
def test_they_are_typed_so(text: str, event: Event) -> None:
    assert event_of(parse(text), RESOURCES) == event


def test_records_without_office_hours_are_written_as_before_there_were_any() -> None:
    plain = deployment(Removed(at=NOW, operation="r")).model_dump(mode="json")
    assert not {"hours", "hours_by", "last_day", "stays", "rests"} & plain.keys()
    assert set(plain["state"]) == {"status", "at", "operation"}
    assert "hours" not in operation("deploy").ask.model_dump(mode="json")
    assert Deployment.model_validate_json(resting().model_dump_json()) == resting()


# What an adversary found


FRIDAY = END + timedelta(days=4)
WEEK = timedelta(days=7)


def _approved_at(life: Life, now: datetime) -> None:
    life.says(ApproveClicked(operation=life.newest().id, revision=1), BEN, now=now)
    life.works(now)


def _rests_at(life: Life, now: datetime) -> datetime:
    """When it is removed next, looked at every five minutes."""
    while life.day(now) != "rest":
        now += timedelta(minutes=5)
    return now


def test_ended_while_its_morning_is_under_way_it_is_live_for_that_day_and_no_more() -> None:
    life = Life(resting())
    life.says(HoursDue(deployment=resting().id), now=MORNING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", MORNING)
    life.says(Started(operation=name), "start", MORNING)
    assert f"is removed {minute(END + timedelta(days=1))}" in said(life.says(HoursOff(), MAYA, now=MORNING))
    assert life.only.resting  # so that the timer goes on looking at it
    life.says(Observed(operation=name, evidence=Evidence(service_status="Succeeded", looked=MORNING)), now=MORNING)
    assert life.only.billed
    assert life.day(EVENING + timedelta(days=1)) == "rest"
    assert (life.only.billed, life.only.resting) == (False, False)


def test_what_is_approved_outside_of_its_hours_waits_for_them_and_calls_nothing() -> None:
    life = Life()
    life.says(DeployAsked(hours="office"), MAYA, now=FRIDAY)
    life.says(ApproveClicked(operation=life.newest().id, revision=1), BEN, now=FRIDAY + timedelta(hours=1))
    made = life.says(StartClaimed(operation=life.newest().id), "start", FRIDAY + timedelta(hours=1))
    assert life.newest().state.status == "succeeded"
    assert life.only.resting
    assert made.effects
    assert life.day(BEGIN + WEEK - timedelta(minutes=1)) == ""
    assert life.day(BEGIN + WEEK) == "wake"
    assert life.only.cost(NOW, BEGIN + WEEK + timedelta(hours=1)) == Decimal("0.6")


def test_a_morning_that_ends_after_the_evening_is_removed_at_once() -> None:
    life = Life(kept(Removed(at=FRIDAY - timedelta(hours=23), operation="r", until=FRIDAY - timedelta(hours=11))))
    life.says(HoursDue(deployment=kept().id), now=FRIDAY - timedelta(minutes=2))
    life.works(FRIDAY + timedelta(minutes=4))
    assert _rests_at(life, FRIDAY + timedelta(minutes=6)) < FRIDAY + timedelta(hours=1)


@pytest.mark.parametrize(("records", "hours"), [((), "8-19"), ((resting(),), "7-19 Europe/Berlin")])
def test_what_was_begun_in_its_hours_and_is_there_after_them_is_on_record_as_live(
    records: tuple[Deployment, ...], hours: str
) -> None:
    """It is billed, so it is watched, and removed at once."""
    life, late = Life(*records), END - timedelta(minutes=2)
    life.says(DeployAsked(hours=hours), MAYA, now=late)
    life.says(ApproveClicked(operation=life.newest().id, revision=1), BEN, now=late)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", late)
    life.says(Started(operation=name), "start", late)
    life.says(Observed(operation=name, evidence=Evidence(service_status="Succeeded", looked=EVENING)), now=EVENING)
    assert life.only.billed
    assert life.day(EVENING + timedelta(minutes=5)) == "rest"


def test_who_wanted_it_early_has_it_for_its_hours_and_not_for_the_next_night() -> None:
    life, early = Life(resting()), BEGIN + timedelta(days=1, minutes=-2)
    life.says(HoursStay(), BEN, now=early)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", early)
    life.says(Started(operation=name), "start", early)
    life.says(Observed(operation=name, evidence=Evidence(service_status="Succeeded", looked=MORNING)), now=MORNING)
    assert life.only.billed
    assert life.day(EVENING + timedelta(days=1)) == "rest"


def test_a_price_that_rose_meanwhile_is_not_what_was_approved() -> None:
    late = resting().model_copy(update={"state": Removed(at=NOW - timedelta(hours=3), operation="r", until=NOW)})
    life = Life(late.repriced(price("0.90").money, NOW))
    life.says(DeployAsked(hours="office"), MAYA, now=NOW, hosting_price={"westeurope": price("0.90")})
    assert life.newest().state.status == "proposed"


def test_what_was_approved_until_a_day_does_not_come_back_for_longer_without_approvals() -> None:
    made = operation("deploy", Succeeded(since=NOW, at=NOW))
    made = made.model_copy(update={"ask": made.ask.model_copy(update={"ends": NOW + timedelta(days=1)})})
    gone = deployment(Removed(at=NOW + timedelta(days=1), operation="r"))  # its planned day came, and was taken off it
    after = NOW + timedelta(days=1, hours=1)
    asked = decide(book(model(), made, gone), message(DeployAsked(open_ended=True)), after, terms())
    assert [r.state.status for r in asked.puts if isinstance(r, Operation)] == ["proposed"]


def test_the_work_of_another_deployment_keeps_nothing_live() -> None:
    other = operation("remove", Approved(at=NOW), resource="wus")
    other = other.model_copy(update={"ask": other.ask.model_copy(update={"deployment": "another"})})
    assert due(there(kept(), other), kept(), EVENING) == "rest"


@pytest.mark.parametrize("state", STATES)
def test_an_evening_that_fails_after_the_consent_was_withdrawn_is_on_the_list_of_what_must_go(state: str) -> None:
    life = Life(kept(STATES[state], alerts=1))
    life.says(HoursDue(deployment=kept().id), now=EVENING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", EVENING)
    life.says(ConsentWithdrawn(why="by letter"), MAYA, now=EVENING)
    life.says(StartRefused(operation=name, code="Conflict", text="busy"), "start", EVENING)
    assert life.book.withdrawal
    assert any(item.what == "deployment" for item in life.book.withdrawal.left)


def test_in_the_morning_it_is_not_missed_any_more() -> None:
    life = Life(kept())
    life.says(MissingSeen(deployment=kept().id, missing=True), "reconcile")
    for now in (EVENING, MORNING):
        life.day(now)
    assert life.only.missing is None


def test_a_request_that_was_rejected_takes_no_morning_away() -> None:
    life = Life(resting())
    life.says(DeployAsked(), MAYA, now=MORNING)
    life.says(RejectClicked(operation=life.newest().id, revision=1, why="no"), BEN, now=MORNING)
    assert due(life.book, life.only, MORNING) == "wake"


def test_a_morning_that_changed_or_that_is_over_is_told_to_its_owner() -> None:
    life = Life(resting())
    life.says(HoursDue(deployment=resting().id), now=MORNING)
    name = life.newest().id
    life.says(StartClaimed(operation=name), "start", MORNING)
    assert f"<@{MAYA}>" in said(life.says(InputsChanged(operation=name, changes=("the price",)), "start", MORNING))
    over = Life(resting(ends=MONDAY + timedelta(days=1)))
    assert f"<@{MAYA}>" in said(over.says(HoursDue(deployment=resting().id), now=MORNING))


def test_two_who_want_it_at_once_start_it_once() -> None:
    life = Life(resting())
    life.says(HoursStay(), BEN, now=NIGHT)
    assert "being deployed or removed just now" in said(life.says(HoursStay(), LENA, now=NIGHT))
    life.says(DeployAsked(), MAYA, now=NIGHT)
    assert len([o for o in life.book.operations.values() if o.open]) == 1


def test_what_was_asked_before_is_not_approved_while_it_is_being_deployed() -> None:
    life = Life(resting())
    life.says(DeployAsked(), MAYA, now=NIGHT)
    asked = life.newest().id
    life.says(HoursDue(deployment=resting().id), now=MORNING)
    made = life.says(ApproveClicked(operation=asked, revision=1), BEN, now=MORNING)
    assert "being deployed or removed just now" in said(made)


@pytest.mark.parametrize(
    ("record", "event", "hour", "by"),
    [
        (deployment(), DeployAsked(hours="office"), "0.60", MAYA),
        (resting(), HoursDue(deployment=resting().id), "0.61", "training-poll"),
    ],
)
def test_what_saves_goes_over_no_budget(record: Deployment, event: Event, hour: str, by: str) -> None:
    life = Life(record)
    each = committed(life.book, MORNING) * Decimal("1.1")
    tight = KNOWN.model_copy(update={"budgets": Budgets(each=each, over="refuse")})
    assert life.says(event, by, now=MORNING, policy=tight, hosting_price={"westeurope": price(hour)}).puts


def test_digits_of_other_scripts_are_no_hours() -> None:
    assert "not valid office hours" in said(Life().says(DeployAsked(hours="8:0\u0663-19 Europe/Berlin"), MAYA))


def test_ended_after_somebody_wanted_to_work_late_it_is_removed_that_evening_as_was_told() -> None:
    life = Life(kept())
    life.says(HoursStay(), BEN, now=NOW)
    assert minute(END) in said(life.says(HoursOff(), MAYA, now=NOW))
    assert life.day(EVENING) == "rest"


def test_no_card_tells_of_what_is_over() -> None:
    life = Life(kept())
    life.says(HoursStay(), BEN, now=NOW)
    life.day(EVENING + timedelta(days=1))
    life.day(MORNING + timedelta(days=1))
    assert "works late" not in _done(life, "deploy-1")
    life = Life(resting())
    life.says(HoursStay(), BEN, now=NIGHT)
    life.works(NIGHT)
    assert "deployed past its office hours" in _done(life, life.newest().id)
    life = Life(kept())
    life.says(DeployAsked(), MAYA)
    whole = life.newest().id
    _approved_at(life, NOW)
    life.says(RemoveAsked(), MAYA)
    _approved_at(life, NOW)
    assert "It costs nothing any more" in _done(life, whole)


def test_other_hours_and_what_is_deployed_anew_keep_what_was_planned() -> None:
    life = Life(kept(ends=NOW + timedelta(days=10), ends_by=BEN))
    life.says(DeployAsked(hours="8-18"), MAYA)
    _approved_at(life, NOW)
    assert life.only.ends == NOW + timedelta(days=10)
    life = Life(kept())
    life.says(MissingSeen(deployment=kept().id, missing=True), "reconcile")
    life.says(CloseAsked(deployment=kept().id, redeploy=True), MAYA)
    assert life.newest().ask.hours == BERLIN


def test_a_dearer_morning_is_asked_for_once_while_nobody_has_answered() -> None:
    life = Life(resting())
    for day in range(3):
        dearer = {"westeurope": price("0.61")}
        life.says(HoursDue(deployment=resting().id), now=MORNING + timedelta(days=day), hosting_price=dearer)
    assert len([o for o in life.book.operations.values() if o.open]) == 1


def test_a_dearer_morning_that_was_rejected_is_asked_for_by_people_only() -> None:
    life, dearer = Life(resting()), {"westeurope": price("0.61")}
    life.says(HoursDue(deployment=resting().id), now=MORNING, hosting_price=dearer)
    refused = life.newest().id
    life.says(RejectClicked(operation=refused, revision=1, why="too dear"), BEN, MORNING, hosting_price=dearer)
    assert [life.day(MORNING + timedelta(days=day)) for day in (1, 2)] == ["", ""]
    assert life.newest().id == refused
    life.says(HoursStay(deployment=life.only.id), BEN, MORNING + timedelta(days=2), hosting_price=dearer)
    life.works(MORNING + timedelta(days=2))
    assert life.only.billed


def test_hours_that_the_clock_skips_begin_not_at_all_that_day() -> None:
    spring = OfficeHours(days=("Sun",), start="02:30", end="03:15", zone="Europe/Berlin")
    assert not spring.open(datetime(2027, 3, 30, tzinfo=UTC))
    assert spring.next(datetime(2027, 3, 27, tzinfo=UTC), begins=True) == datetime(2027, 4, 4, 0, 30, tzinfo=UTC)
