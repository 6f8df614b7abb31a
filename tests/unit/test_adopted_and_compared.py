"""What is adopted, imported or compared is on record once, loses nothing that was, and gives nobody more rights than asking does."""

from datetime import timedelta

import pytest

from bot.adopting import adopt_events
from shared.comparison import compare
from shared.domain.deciding import decide
from shared.domain.deployments import Idle, Removed
from shared.domain.events import (
    AdoptAsked,
    ApproveClicked,
    AvatarAsked,
    CloseAsked,
    DeployAsked,
    Envelope,
    Event,
    RemoveAsked,
    Reply,
    TaskDone,
)
from shared.domain.operations import Operation, Proposed, Waiting
from shared.domain.resources import Resource
from shared.errors import Refused
from shared.timers import follow_running, reconcile, watch_live
from tests.builders import (
    BEN,
    LENA,
    MAYA,
    NOW,
    OMAR,
    RESOURCES,
    book,
    deployment,
    message,
    model,
    operation,
    terms,
    with_records,
)
from tests.properties.world import World, envelope

FAKE = AdoptAsked(
    resource="weu", model="mine-v1", live_since=NOW - timedelta(days=4), endpoint="00000000-0000-4000-8000-000000000001"
)


def _check(world: World, paid: list[object]) -> None:
    asked = [op for op in world.book("mine").operations.values() if op.ask.step == "deploy"]
    assert asked
    assert [job for job in paid if job.ask.step == "deploy"] == [], (
        "deployed and billed; nobody but the asker said anything"
    )
    assert all(isinstance(op.state, Proposed) and op.ask.rule.needed >= 1 for op in asked)


def test_somebody_who_may_only_ask_never_starts_what_is_paid_for() -> None:
    paid: list[object] = []
    world = World(paid.append, lambda _: None)
    world.quiet.handle(envelope("m1", "mine", MAYA, FAKE))
    world.clocks.business += timedelta(hours=2)
    reconcile(world.quiet)  # the hourly comparison: Azure has no such endpoint
    (lost,) = world.book("mine").deployments.values()
    assert lost.missing
    world.quiet.handle(envelope("m2", "mine", MAYA, CloseAsked(deployment=lost.id, redeploy=True)))
    follow_running(world.quiet)
    _check(world, paid)


def test_nor_does_somebody_on_call() -> None:
    paid: list[object] = []
    world = World(paid.append, lambda _: None)
    world.quiet.handle(envelope("m1", "mine", LENA, FAKE))
    watch_live(world.quiet)  # no use since it "went live": flagged
    world.quiet.handle(envelope("m2", "mine", LENA, RemoveAsked(deployment=FAKE.endpoint, from_alert=True)))
    for job in list(world.service.works):
        world.service.status[job] = "Succeeded"
    world.clocks.business += timedelta(minutes=10)
    follow_running(world.quiet)
    world.quiet.handle(envelope("m3", "mine", LENA, DeployAsked()))
    follow_running(world.quiet)
    _check(world, paid)


X = "00000000-0000-4000-8000-000000000001"


def test_a_live_deployment_is_not_written_over_by_its_endpoint_under_another_models_name() -> None:
    live = deployment(Idle(flagged=NOW - timedelta(hours=5))).model_copy(
        update={"live_since": NOW - timedelta(days=20), "alerts": 1, "ends": NOW + timedelta(days=5), "ends_by": MAYA}
    )
    known = book(model(), live)
    typo = AdoptAsked(resource="weu", model="typo-v1", live_since=NOW - timedelta(days=1), endpoint=live.id)
    made = decide(known, message(typo), NOW, terms())
    assert with_records(known, made.puts).deployments[live.id] == live


def test_what_was_spent_before_a_removal_stays_counted_when_its_endpoint_is_adopted() -> None:
    start = NOW.replace(day=1)
    gone = deployment(Removed(at=start + timedelta(days=9), operation="remove-1")).model_copy(
        update={"live_since": start}
    )
    known = book(model(), gone)
    before = sum(d.cost(start, NOW) for d in known.deployments.values())
    back = AdoptAsked(resource="weu", model="presenter-v1", live_since=NOW - timedelta(hours=1), endpoint=gone.id)
    known = with_records(known, decide(known, message(back), NOW, terms()).puts)
    assert sum(d.cost(start, NOW) for d in known.deployments.values()) >= before
    (again,) = known.deployments.values()
    assert again.cost(gone.live_since, NOW) == before + again.cost(
        NOW - timedelta(hours=1), NOW
    )  # not the time between
    assert again.rested(start, NOW) == 0  # nor did office hours save it


def test_one_endpoint_is_on_record_once_not_under_two_avatars() -> None:
    world = World(lambda _: None, lambda _: None)
    for name in ("one", "two"):
        adopt = AdoptAsked(resource="weu", model=f"{name}-v1", live_since=NOW - timedelta(days=2), endpoint=X)
        world.quiet.handle(envelope(f"m-{name}", name, MAYA, adopt))
    billed = [d for name in ("one", "two") for d in world.book(name).deployments.values() if d.billed]
    assert len(billed) == 1, "counted twice; removing one deletes what the other says is live"


def test_an_import_that_names_one_endpoint_twice_is_refused() -> None:
    with pytest.raises(Refused):
        adopt_events(f"one,weu,one-v1,2026-11-01,,{X}\ntwo,weu,two-v1,2026-11-01,,{X}", RESOURCES)


def test_the_alert_of_an_endpoint_that_was_adopted_again_is_a_message_of_its_own() -> None:
    world = World(lambda _: None, lambda _: None)
    adopt = AdoptAsked(resource="weu", model="old-v1", live_since=NOW - timedelta(days=7), endpoint=X)
    world.quiet.handle(envelope("m1", "old", MAYA, adopt))
    watch_live(world.quiet)
    world.quiet.handle(envelope("m2", "old", LENA, RemoveAsked(deployment=X, from_alert=True)))
    for job in list(world.service.works):
        world.service.status[job] = "Succeeded"
    world.clocks.business += timedelta(hours=1)
    follow_running(world.quiet)
    assert isinstance(world.book("old").deployments[X].state, Removed)

    def alerts() -> int:
        return sum(
            1 for (channel, _), (text, _) in world.slack.messages.items() if channel == "C0ONCALL" and "old-v1" in text
        )

    before = alerts()
    world.clocks.business += timedelta(days=10)
    again = adopt.model_copy(update={"live_since": world.clocks.business - timedelta(days=5)})
    world.quiet.handle(envelope("m3", "old", MAYA, again))  # it never went, or somebody made it again: a stray, adopted
    watch_live(world.quiet)
    assert isinstance(world.book("old").deployments[X].state, Idle)
    assert alerts() == before + 1, "the old message was edited, which rings nobody's bell"


def test_what_is_live_by_now_is_not_deployed_once_more_by_an_approval() -> None:
    paid: list[object] = []
    world = World(paid.append, lambda _: None)
    world.quiet.handle(envelope("a", "own", MAYA, AdoptAsked(resource="weu", model="own-v1")))
    world.quiet.handle(envelope("d", "own", MAYA, DeployAsked()))
    (asked,) = world.book("own").operations.values()
    live = AdoptAsked(
        resource="weu",
        model="own-v1",
        live_since=NOW - timedelta(days=3),
        endpoint="00000000-0000-4000-8000-000000000001",
    )
    world.quiet.handle(envelope("b", "own", MAYA, live))
    world.quiet.handle(envelope("p", "own", BEN, ApproveClicked(operation=asked.id, revision=1)))
    for job in list(world.service.works):
        world.service.status[job] = "Succeeded"
    follow_running(world.quiet)
    billed = [d for d in world.book("own").deployments.values() if d.billed]
    assert len(billed) == 1, (
        f"{len(billed)} endpoints of own-v1 in weu are billed; {len(paid)} was called for what was live already"
    )


def test_what_was_adopted_while_its_portal_task_was_open_is_counted_once() -> None:
    task = operation("deploy", state=Waiting(since=NOW, attempt=1, taken_by=OMAR), resource="wus")
    known = book(model("wus"), task)
    adopt = AdoptAsked(resource="wus", model="presenter-v1", live_since=NOW - timedelta(hours=1))
    known = with_records(known, decide(known, message(adopt), NOW, terms()).puts)
    done = message(TaskDone(operation="deploy-1", revision=task.revision), OMAR, 2)
    known = with_records(known, decide(known, done, NOW, terms()).puts)
    assert len([d for d in known.deployments.values() if d.billed]) == 1


def test_a_model_adopted_in_other_letters_is_deployed_already() -> None:
    known = book(model("wus"))
    adopt = AdoptAsked(resource="wus", model="Presenter-V1", live_since=NOW - timedelta(days=2))
    known = with_records(known, decide(known, message(adopt), NOW, terms()).puts)
    assert len(known.models) == 1  # the same model, as adopting and comparing see it
    made = decide(known, message(DeployAsked(), number=2), NOW, terms())
    assert not any(isinstance(record, Operation) for record in made.puts), "asked for although it is live and billed"


@pytest.mark.parametrize("channel", ["C0PUBLIC", "C0MAINTAIN", "D0MAYA"])  # public; without the app; a direct message
def test_an_avatar_that_is_adopted_reports_only_where_one_that_is_made_could(channel: str) -> None:
    world = World(lambda _: None, lambda _: None)

    def said(name: str, avatar: str, event: Event) -> Envelope:
        reply = Reply(user=MAYA, channel=channel)
        return Envelope(id=name, team="T0", avatar=avatar, by=MAYA, event=event, reply=reply)

    world.quiet.handle(said("m1", "made", AvatarAsked(resource="weu")))
    assert world.book("made").avatar is None
    world.quiet.handle(said("m2", "old", AdoptAsked(resource="weu", model="old-v1")))
    assert world.book("old").avatar is None


def _all_done(world: World) -> None:
    for job in list(world.service.works):
        world.service.status[job] = "Succeeded"
    world.clocks.business += timedelta(minutes=6)
    follow_running(world.quiet)


def test_what_was_removed_during_the_comparison_is_no_stray() -> None:
    world = World(lambda _: None, lambda _: None)
    world.quiet.handle(envelope("a", "own", MAYA, AdoptAsked(resource="weu", model="own-v1")))
    for number, event in enumerate((DeployAsked(), RemoveAsked())):
        world.quiet.handle(envelope(f"e{number}", "own", MAYA, event))
        asked = [o for o in world.book("own").operations.values() if o.open][-1]
        world.quiet.handle(envelope(f"p{number}", "own", BEN, ApproveClicked(operation=asked.id, revision=1)))
        if number == 0:
            _all_done(world)
    listing = world.service.inventory

    def slow(resource: Resource) -> object:
        found = listing(resource)
        _all_done(world)  # the other timer sees meanwhile that it is gone
        return found

    world.service.inventory = slow  # type: ignore[assignment,method-assign]
    found = compare(world.quiet.services, RESOURCES["weu"])
    assert [stray.endpoint for stray in found.strays if stray.what == "deployment"] == []


def test_a_line_is_a_heading_only_where_headings_are() -> None:
    lines = (
        "presenter,weu,presenter-v1,2026-11-01,,00000000-0000-4000-8000-000000000001\n"
        "avatar,weu,avatar-v1,2026-11-01,,00000000-0000-4000-8000-000000000002"
    )
    assert [name for name, _ in adopt_events(lines, RESOURCES)] == ["presenter", "avatar"]
