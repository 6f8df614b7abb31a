"""The digest comes once a day at the team's hour, whatever the season; budgets are told as they fill; silence is never good news."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from shared.cost.ledger import hosting_days, ledger
from shared.digesting import due_title, late, tell_due
from shared.domain.deployments import Deployment, Idle, Removed
from shared.domain.events import AvatarAsked
from shared.domain.operations import OFFICE
from shared.domain.policy import Budgets, Digest
from shared.errors import Broken, Temporary
from shared.slack.charts import hosting_chart, in_words, native_chart
from shared.slack.digest_card import digest_card
from shared.slack.limits import lint_message
from shared.timers import follow_running, reconcile, watch_live
from tests.builders import MAYA, NOW, POLICY, book, deployment, model, operation
from tests.fakes.cloud import Slack
from tests.properties.world import Process, World, envelope

RULE = Digest(channel="C0ONCALL", zone="Europe/Berlin", at="09:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "title"),
    [
        ("2026-11-24T07:59:00", ""),  # 08:59 in Berlin
        ("2026-11-24T08:00:00", "Daily digest, Tue 24 Nov"),
        ("2026-11-23T08:15:00", "Weekly digest, Mon 23 Nov"),
        ("2026-07-07T07:00:00", "Daily digest, Tue 07 Jul"),  # summer: 09:00 is an hour earlier in UTC
        ("2026-07-07T06:59:00", ""),
        ("2026-03-29T06:59:00", ""),  # the clock was put forward in this night
        ("2026-03-29T07:00:00", "Daily digest, Sun 29 Mar"),
        ("2026-10-25T07:59:00", ""),  # and back in this one
        ("2026-10-25T08:00:00", "Daily digest, Sun 25 Oct"),
    ],
)
def test_it_is_due_at_the_teams_hour_in_every_season(now: str, title: str) -> None:
    assert due_title(RULE, at(now)) == title


def test_a_digest_only_weekly_or_none_at_all_is_not_due_on_other_days() -> None:
    weekly = RULE.model_copy(update={"daily": False})
    assert due_title(weekly, at("2026-11-24T12:00:00")) == ""
    assert due_title(weekly, at("2026-11-23T12:00:00")).startswith("Weekly")
    assert due_title(None, NOW) == ""


def _world(**changes: object) -> World:
    made = World(lambda _: None, lambda _: None)
    made.policy = made.policy.model_copy(update={"digest": RULE, **changes})
    handling = made.handling(Process())
    handling.handle(envelope("new", "presenter", MAYA, AvatarAsked(resource="weu")))
    made.quiet = handling
    return made


def _sent(made: World, title: str) -> list[str]:
    return [text for text, _ in made.slack.messages.values() if title in text]


def test_it_is_sent_once_a_day_however_often_the_timer_runs() -> None:
    made = _world()
    made.clocks.business = at("2026-11-24T08:00:00")
    for _ in range(5):
        tell_due(made.quiet.services)
        made.clocks.business += timedelta(minutes=15)
    assert len(_sent(made, "Daily digest, Tue 24 Nov")) == 1
    made.clocks.business = at("2026-11-25T08:00:00")
    tell_due(made.quiet.services)
    assert len(_sent(made, "Daily digest")) == 2


def test_each_level_of_a_budget_is_told_once_a_month() -> None:
    made = _world(budgets=Budgets(overall=Decimal(100)))
    dear = deployment().model_copy(
        update={"price_per_hour": deployment().price_per_hour.times(1), "live_since": at("2026-11-01T00:00:00")}
    )
    services = _Books(made.quiet.services, {"presenter": book(model(), dear)})
    made.clocks.business = at("2026-11-24T00:00:00")
    for _ in range(3):
        tell_due(services)  # type: ignore[arg-type]
    told = _sent(made, "*all avatars*")
    assert len(told) == 1
    assert "(432%)" in told[0]
    small = _Books(made.quiet.services, {"presenter": book()})
    tell_due(small)  # type: ignore[arg-type]
    assert len(_sent(made, "*all avatars*")) == 1


def test_spending_that_falls_is_no_news_and_an_avatar_named_like_all_of_them_is_told_of_itself() -> None:
    made = _world(budgets=Budgets(overall=Decimal(100), avatars={"all-avatars": Decimal(100)}))
    made.clocks.business = at("2026-11-24T00:00:00")
    services = made.quiet.services
    dear = deployment().model_copy(update={"live_since": at("2026-11-22T00:00:00")})
    named = book(model(), dear)
    tell_due(_Books(services, {"all-avatars": named}))  # type: ignore[arg-type]
    assert len(_sent(made, "*all avatars*")) == len(_sent(made, "*all-avatars*")) == 1
    less = dear.model_copy(update={"live_since": at("2026-11-27T00:00:00")})  # 58 % of the budget
    tell_due(_Books(services, {"all-avatars": book(model(), less)}))  # type: ignore[arg-type]
    assert len(_sent(made, "*all avatars*")) == len(_sent(made, "*all-avatars*")) == 1


class _Moody(Slack):
    """A Slack without charts of its own, that says this to the first posts that show a picture, or to every post in one channel."""

    def __init__(self, code: str, times: int, channel: str = "") -> None:
        super().__init__()
        self.code, self.times, self.shut = code, times, channel

    def post(self, channel: str, text: str, blocks: object = None, thread: str | None = None) -> str:
        if channel == self.shut:
            raise Broken("slack_not_in_channel", "posting")
        if "data_visualization" in repr(blocks):
            raise Broken("slack_invalid_blocks", "posting")
        if self.times and "slack_file" in repr(blocks):
            self.times -= 1
            raise Temporary(self.code, "posting", 2.0)
        return super().post(channel, text, blocks, thread)  # type: ignore[arg-type]


def _moody(slack: _Moody) -> World:
    made = _world()
    made.slack = slack
    made.quiet = made.handling(Process())
    made.clocks.business = at("2026-11-24T08:00:00")
    return made


LIVE = {"presenter": book(model(), deployment().model_copy(update={"live_since": NOW - timedelta(days=3)}))}


@pytest.mark.parametrize(("refused", "with_chart"), [(1, True), (9, False)])
def test_a_picture_that_slack_is_not_ready_with_is_waited_for_a_moment_and_no_longer(
    refused: int, with_chart: bool
) -> None:
    made = _moody(_Moody("slack_file_not_ready", refused))
    tell_due(_Books(made.quiet.services, LIVE))  # type: ignore[arg-type]
    ((text, blocks),) = [sent for sent in made.slack.messages.values() if "Daily digest" in sent[0]]
    assert "what runs costs" in text
    assert ("slack_file" in repr(blocks)) == with_chart


def test_where_slacks_own_chart_is_refused_a_picture_shows_the_same_and_words_without_either() -> None:
    own = _world()
    own.clocks.business = at("2026-11-24T08:00:00")
    tell_due(_Books(own.quiet.services, LIVE))  # type: ignore[arg-type]
    ((_, blocks),) = [sent for sent in own.slack.messages.values() if "Daily digest" in sent[0]]
    assert [block["type"] for block in blocks or []].count("data_visualization") == 1
    assert "by avatar: presenter $" in repr(blocks)
    for refused in (0, 9):
        made = _moody(_Moody("slack_file_not_ready", refused))
        tell_due(_Books(made.quiet.services, LIVE))  # type: ignore[arg-type]
        ((_, blocks),) = [sent for sent in made.slack.messages.values() if "Daily digest" in sent[0]]
        assert "by avatar: presenter $" in repr(blocks)


def test_a_digest_that_slack_does_not_take_is_told_to_the_maintainers_once() -> None:
    made = _moody(_Moody("", 0, RULE.channel))
    for _ in range(3):
        tell_due(_Books(made.quiet.services, LIVE))  # type: ignore[arg-type]
    assert len(_sent(made, "The digest can't be posted in <#C0ONCALL> (`slack_not_in_channel`)")) == 1


class _Books:
    def __init__(self, services: object, books: object) -> None:
        self._services, self._books = services, books

    def books(self) -> object:
        return self._books

    def __getattr__(self, name: str) -> object:
        return getattr(self._services, name)


def test_a_timer_that_does_not_run_is_told_and_one_that_runs_is_not() -> None:
    made = _world()
    assert len(late(made.quiet.services)) == 3
    for timer in (follow_running, watch_live, reconcile):
        timer(made.quiet)
    assert late(made.quiet.services) == ()
    made.clocks.business += timedelta(minutes=20)
    (line,) = late(made.quiet.services)
    assert "(`training_poll`) has not run since" in line


def _gone(hours: int, number: int = 1) -> Deployment:
    """Flagged, and removed so many hours ago."""
    changes = {"alerts": 1, "live_since": NOW - timedelta(days=20), "id": f"{number:08d}-0000-4000-8000-000000000000"}
    return deployment(Removed(at=NOW - timedelta(hours=hours), operation="remove-1")).model_copy(update=changes)


def test_what_a_removal_saves_ends_when_the_model_is_deployed_there_again() -> None:
    books = {"presenter": book(model(), _gone(100))}
    told = ledger(books, NOW)
    assert (told.saved, told.removed, told.a_day) == (Decimal(60), 1, 0)
    again = deployment().model_copy(update={"live_since": NOW - timedelta(hours=90)})
    told = ledger({"presenter": book(model(), _gone(100), again)}, NOW)
    assert (told.saved, told.a_day) == (Decimal(6), Decimal("14.40"))


def test_a_removal_of_something_that_was_never_flagged_saves_nothing_to_boast_of() -> None:
    plain = _gone(100).model_copy(update={"alerts": 0})
    assert ledger({"presenter": book(model(), plain)}, NOW).saved == 0


def test_what_office_hours_removed_is_their_saving_not_that_of_an_alert() -> None:
    removal = operation("remove")
    by_hours = removal.model_copy(update={"ask": removal.ask.model_copy(update={"by": OFFICE})})
    told = [ledger({"presenter": book(model(), _gone(100), one)}, NOW) for one in (removal, by_hours)]
    assert [(one.saved, one.removed) for one in told] == [(Decimal(60), 1), (0, 0)]


def test_what_idleness_costs_on_counts_from_its_flag() -> None:
    idle = deployment(Idle(flagged=NOW - timedelta(hours=10))).model_copy(
        update={"live_since": NOW - timedelta(days=9)}
    )
    told = ledger({"presenter": book(model(), idle)}, NOW)
    assert (told.missed, told.idle) == (Decimal(6), 1)


def test_days_of_hosting_end_with_a_removal_and_today_is_as_far_as_it_has_come() -> None:
    days = hosting_days(
        {
            "presenter": book(
                model(), _gone(24), deployment().model_copy(update={"live_since": NOW - timedelta(days=3)})
            )
        },
        NOW,
        3,
    )
    assert [sum(costs.values()) for _, costs in days] == [Decimal("28.80"), Decimal("19.80"), Decimal("5.40")]


def test_the_card_of_many_fits_and_says_what_waits_for_whom() -> None:
    many = {
        f"avatar-{number}": book(
            *(
                deployment().model_copy(
                    update={"id": f"{number:08d}-0000-4000-8000-00000000000{n}", "avatar": f"avatar-{number}"}
                )
                for n in range(3)
            ),
            operation(),
        )
        for number in range(60)
    }
    told = ledger(many, NOW)
    text, blocks = digest_card(
        told,
        many,
        POLICY,
        NOW,
        "Weekly digest",
        late=("late",),
        chart=(native_chart(hosting_days(many, NOW + timedelta(days=2), 14)),),
    )
    assert lint_message(text, blocks) == []
    assert "approve train `presenter-v1`" in repr(blocks)
    assert "what runs costs" in text


def test_a_chart_says_the_same_in_words() -> None:
    days = hosting_days({"presenter": book(model(), deployment())}, NOW + timedelta(days=2), 14)
    assert hosting_chart(days).startswith(b"\x89PNG")
    assert "presenter $28.80" in in_words(days)
    assert in_words([]) == "Hosting, by avatar: nothing."
    ((series,), (*_, today)) = native_chart(days)["chart"]["series"], days
    assert series["data"][-1] == {"label": "25", "value": float(today[1]["presenter"])}
