"""What was made earlier comes under care in one step; what Azure no longer has is closed; nothing goes by itself."""

from datetime import timedelta

import pytest

from shared.domain.book import NOTHING, Book, Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Live, Removed
from shared.domain.effects import Answer, Post, StartWork
from shared.domain.events import AdoptAsked, CloseAsked, Compared, Event, MissingSeen, StrayKnown, StrayUnwanted
from shared.domain.operations import Operation, Proposed
from shared.domain.records import Avatar, Cloud, Model, Stray, Withdrawal
from tests.builders import EVE, LENA, MAYA, NOW, book, deployment, message, model, terms, with_records

SINCE = NOW - timedelta(days=30)
LIVE = AdoptAsked(resource="wus", model="anchor-v1", live_since=SINCE)


def says(before: Book, event: Event, by: str = MAYA, **known: object) -> Decision:
    return decide(before, message(event, by), NOW, terms(**known))


def told(made: Decision) -> str:
    return next(effect.text for effect in made.effects if isinstance(effect, Answer))


def test_one_step_puts_an_old_deployment_under_the_watch() -> None:
    made = says(Book(), LIVE)
    avatar, found, live = made.puts
    assert isinstance(avatar, Avatar)
    assert (avatar.adopted, avatar.owner, avatar.channel) == (True, MAYA, "C0AVATARS")
    assert isinstance(found, Model)
    assert isinstance(live, Deployment)
    assert (live.state, live.live_since, live.made_by, live.assurance) == (Live(), SINCE, "adopted", "attested")
    (post,) = made.effects
    assert isinstance(post, Post)
    assert "on-call hears once it has been idle for 48 hours" in post.text
    assert "$0.60 an hour" in post.text


def test_an_avatar_or_a_model_alone_can_be_adopted() -> None:
    assert [record.record for record in says(Book(), AdoptAsked(resource="wus")).puts] == ["avatar"]
    assert [r.record for r in says(book(), AdoptAsked(resource="wus", model="anchor-v1")).puts] == ["model"]


def test_the_owner_may_be_another() -> None:
    made = says(Book(), LIVE.model_copy(update={"owner": LENA}))
    assert isinstance(made.puts[0], Avatar)
    assert made.puts[0].owner == LENA


@pytest.mark.parametrize(
    ("before", "event", "known", "says_what"),
    [
        (book(), AdoptAsked(resource="wus"), {}, "on record already"),
        (Book(), AdoptAsked(resource="nowhere"), {}, "no resource of that name"),
        (Book(), LIVE.model_copy(update={"model": None}), {}, "Say which model"),
        (Book(), LIVE.model_copy(update={"live_since": NOW + timedelta(days=1)}), {}, "It can't be live since"),
        (Book(), LIVE.model_copy(update={"live_since": NOW - timedelta(days=1200)}), {}, "last three years"),
        (Book(), LIVE.model_copy(update={"resource": "weu"}), {}, "say which endpoint"),
        (Book(), LIVE.model_copy(update={"endpoint": "x|y"}), {}, "is a UUID"),
        (Book(), LIVE, {"hosting_price": {}}, "No hosting price is known"),
        (Book(), LIVE, {"recorded": {"wus|anchor-v1": "narrator"}}, "a model of *narrator*"),
        (
            book(model("wus", "anchor-v1"), deployment(resource="wus").model_copy(update={"model": "anchor-v1"})), LIVE, {},
            "on record since",
        ),
        (book(Withdrawal(by=MAYA, at=NOW, why="w", erase_at=NOW)), LIVE, {}, "withdrew the consent"),
    ],
)  # fmt: skip
def test_what_cannot_be_adopted_is_refused_with_the_way_out(
    before: Book, event: AdoptAsked, known: dict[str, object], says_what: str
) -> None:
    made = says(before, event, **known)
    assert made.puts == ()
    assert says_what in told(made)


def test_adopt_and_remove_is_adoption_and_a_removal_that_needs_its_approval() -> None:
    made = says(Book(), LIVE.model_copy(update={"remove": True}))
    (asked,) = [record for record in made.puts if isinstance(record, Operation)]
    (live,) = [record for record in made.puts if isinstance(record, Deployment)]
    assert isinstance(asked.state, Proposed)
    assert asked.ask.deployment == live.id
    assert live.state == Live()
    assert not any(isinstance(effect, StartWork) for effect in made.effects)
    assert [line.action for line in made.audit] == ["adopted", "remove_asked"]


def missing() -> Book:
    made = says(book(deployment(), model()), MissingSeen(deployment=deployment().id, missing=True), "reconcile")
    return with_records(book(deployment(), model()), made.puts)


def test_a_deployment_that_azure_lost_is_told_once_and_again_when_it_is_back() -> None:
    before = missing()
    (lost,) = before.deployments.values()
    assert lost.missing == NOW
    assert lost.state == Live()
    assert says(before, MissingSeen(deployment=lost.id, missing=True), "reconcile") == NOTHING
    (back,) = says(before, MissingSeen(deployment=lost.id, missing=False), "reconcile").puts
    assert isinstance(back, Deployment)
    assert back.missing is None


def test_close_ends_the_record_and_redeploy_asks_anew() -> None:
    lost = deployment()
    (closed,) = says(missing(), CloseAsked(deployment=lost.id), LENA).puts
    assert isinstance(closed, Deployment)
    assert isinstance(closed.state, Removed)
    made = says(missing(), CloseAsked(deployment=lost.id, redeploy=True), LENA)
    assert [record.record for record in made.puts] == ["deployment", "operation"]


@pytest.mark.parametrize(
    ("before", "by", "says_what"),
    [
        (book(deployment()), LENA, "This is settled"),
        (missing(), EVE, "Only the people on call"),
    ],
)
def test_only_what_is_missing_is_closed_and_only_by_those_who_may(before: Book, by: str, says_what: str) -> None:
    made = says(before, CloseAsked(deployment=deployment().id), by)
    assert made.puts == ()
    assert says_what in told(made)


STRAY = Stray(id="stray-1", what="deployment", resource="weu", name="x-v1", endpoint="e", found=NOW)


def test_a_stray_is_told_once_until_it_is_gone_and_anew_when_it_comes_back() -> None:
    first = says(Book(), Compared(resource="weu", found=(STRAY,)), "reconcile")
    assert first.puts == (Cloud(), STRAY)
    known = Book.of(first.puts)
    assert says(known, Compared(resource="weu", found=(STRAY,)), "reconcile") == NOTHING
    assert says(known, Compared(resource="neu", found=()), "reconcile") == NOTHING
    (gone,) = says(known, Compared(resource="weu", found=()), "reconcile").puts
    assert isinstance(gone, Stray)
    assert gone.status == "gone"
    (back,) = says(Book.of([Cloud(), gone]), Compared(resource="weu", found=(STRAY,)), "reconcile").puts
    assert isinstance(back, Stray)
    assert (back.status, back.times) == ("open", 2)


def test_many_strays_are_taken_in_over_several_looks_each_within_one_transaction() -> None:
    found = tuple(STRAY.model_copy(update={"id": f"stray-{number:03d}"}) for number in range(70))
    records: dict[str, object] = {}
    for look in range(1, 4):
        known = Book.of(records.values())  # type: ignore[arg-type]
        made = says(known, Compared(resource="weu", found=found), "reconcile")
        assert len(made.puts) + len(made.audit) + len(made.effects) + 2 <= 100  # its root and the event's own row
        records |= {record.key: record for record in made.puts}
        assert sum(isinstance(record, Stray) for record in records.values()) == min(70, 30 * look)
    gone = says(Book.of(records.values()), Compared(resource="weu", found=()), "reconcile")  # type: ignore[arg-type]
    assert len(gone.puts) + len(gone.audit) + len(gone.effects) + 2 <= 100


def test_somebody_on_call_may_say_what_a_stray_is_with_a_reason() -> None:
    known = Book.of([Cloud(), STRAY])
    (after, words) = says(known, StrayKnown(stray="stray-1", why="a test of the agency"), LENA).puts
    assert isinstance(after, Stray)
    assert (after.status, after.by, after.why) == ("known", LENA, words.key.removeprefix("person:"))
    assert "few words" in told(says(known, StrayKnown(stray="stray-1", why=" "), LENA))
    assert "Only the people on call" in told(says(known, StrayKnown(stray="stray-1", why="x"), EVE))
    assert says(Book.of([Cloud(), after]), Compared(resource="weu", found=(STRAY,)), "reconcile") == NOTHING


def test_a_model_that_nobody_recorded_is_deleted_by_an_operator_who_is_asked_once() -> None:
    stray = Stray(id="s1", what="model", resource="wus", name="old-v1", found=NOW)
    before = Book.of([Cloud(), stray])
    asked = StrayUnwanted(stray="s1")
    made = says(before, asked, LENA)
    (after,) = made.puts
    assert isinstance(after, Stray)
    assert (after.status, after.by) == ("open", LENA)
    (post,) = [effect for effect in made.effects if isinstance(effect, Post)]
    assert post.channel == "C0OPERATORS"
    assert "delete the model `old-v1` in `wus`" in post.text
    assert "asked for that already" in told(says(Book.of([Cloud(), after]), asked, LENA))
    assert says(before, asked, EVE).puts == ()
    gone = says(Book.of([Cloud(), after]), Compared(resource="wus", found=()), "reconcile")
    assert [record.status for record in gone.puts if isinstance(record, Stray)] == ["gone"]


@pytest.mark.parametrize(("line", "answers"), [(None, 1), (3, 0)], ids=["alone, from elsewhere", "of an import"])
def test_whoever_adopts_from_another_channel_is_told_once_and_an_import_is_told_as_a_whole(
    line: int | None, answers: int
) -> None:
    asked = message(AdoptAsked(resource="wus", model="anchor-v1", line=line))
    assert asked.reply
    elsewhere = asked.model_copy(update={"reply": asked.reply.model_copy(update={"channel": "C0ELSEWHERE"})})
    made = decide(book(), elsewhere, NOW, terms())
    assert sum(isinstance(effect, Answer) for effect in made.effects) == answers
