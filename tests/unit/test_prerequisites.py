"""What must be there before money is spent: the tier, Microsoft's yes, a region that can; and a day on which the old one goes."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from shared.domain.asking import endpoint_id
from shared.domain.book import Book, Decision
from shared.domain.deciding import decide
from shared.domain.deployments import Deployment, Removing
from shared.domain.effects import Answer, Post, ShowCard
from shared.domain.events import AvatarAsked, CopyAsked, DeployAsked, Event, RemovalPlanned, RemoveAsked
from shared.domain.operations import Operation, Proposed, Succeeded
from shared.domain.resources import Access, Quotas, doubts
from shared.errors import Broken
from shared.policy import read_resources, unlike_published
from shared.slack.limits import lint_message
from shared.slack.operation_card import operation_card
from shared.slack.scene import Scene
from tests.builders import (
    EVE,
    MAYA,
    NOW,
    POLICY,
    RESOURCES,
    avatar,
    book,
    deployment,
    full_set,
    message,
    model,
    operation,
    terms,
    with_records,
)

GRANTED = Access(by="Priya", on=date(2026, 5, 4))
DAY = NOW + timedelta(days=1)


def says(before: Book, event: Event, by: str = MAYA, **known: object) -> Decision:
    return decide(before, message(event, by), NOW, terms(full_set(), **known))


def told(made: Decision) -> str:
    return next(effect.text for effect in made.effects if isinstance(effect, Answer | Post))


def with_resource(name: str, **changes: object) -> dict[str, object]:
    return {"resources": {**RESOURCES, name: RESOURCES[name].model_copy(update=changes)}}


def test_a_new_avatar_says_that_access_is_not_on_record_and_where_to_ask_for_it() -> None:
    post = told(says(Book(), AvatarAsked(resource="wus")))
    assert "https://aka.ms/customneural" in post
    assert "not on record whether `wus` is of the tier S0" in post


def test_with_access_and_tier_on_record_nothing_is_warned_of() -> None:
    made = says(Book(), AvatarAsked(resource="wus"), **with_resource("wus", sku="S0", access=GRANTED))
    assert ":warning:" not in told(made)
    assert doubts(RESOURCES["wus"].model_copy(update={"sku": "S0", "access": GRANTED})) == []


@pytest.mark.parametrize(
    ("before", "event", "place"),
    [
        (Book(), AvatarAsked(resource="wus"), "wus"),
        (book(model()), CopyAsked(target="neu"), "neu"),
        (book(model()), DeployAsked(), "weu"),
    ],
)
def test_the_free_tier_is_refused_before_anything_is_asked(before: Book, event: Event, place: str) -> None:
    made = says(before, event, **with_resource(place, sku="F0"))
    assert made.puts == ()
    assert "F0, and avatars need S0" in told(made)


def test_a_copy_that_loses_voice_sync_must_be_said_to_be_wanted() -> None:
    before = book(model().model_copy(update={"voice_sync": True}))
    refused = says(before, CopyAsked(target="neu"))
    assert refused.puts == ()
    assert "`/avatar copy presenter to neu voicesync=no`" in told(refused)
    (asked,) = says(before, CopyAsked(target="neu", without_voice=True)).puts
    assert isinstance(asked, Operation)
    assert "without it" in asked.ask.warnings[0]


def test_a_deployment_beyond_the_quota_and_beside_an_older_one_is_warned_of() -> None:
    old = deployment().model_copy(update={"model": "presenter-v0"})
    made = says(
        book(model(), old), DeployAsked(), hosted={"weu": 2}, **with_resource("weu", quotas=Quotas(deployments=2))
    )
    asked = next(record for record in made.puts if isinstance(record, Operation))
    assert [warning[:20] for warning in asked.ask.warnings] == ["`weu` holds 2 deploy", "`presenter-v0` in `w"]


def test_the_card_of_a_new_deployment_offers_a_day_on_which_the_older_one_goes() -> None:
    old = deployment().model_copy(update={"model": "presenter-v0"})
    done = operation("deploy", Succeeded(since=NOW, at=NOW))
    done = done.model_copy(update={"ask": done.ask.model_copy(update={"id": "deploy-2"})})
    new = {"id": endpoint_id("deploy-2", 1), "made_by": "deploy-2", "live_since": NOW + timedelta(hours=1)}
    before = book(model(), old, done, deployment().model_copy(update=new))
    drawn = operation_card(done, Scene(before, POLICY, RESOURCES, NOW, ()))
    assert "plan_removal" in repr(drawn.blocks)
    assert lint_message(drawn.text, drawn.blocks) == []
    made = says(before, RemovalPlanned(deployment=old.id, on=DAY))
    assert ShowCard(card=done.card) in made.effects
    planned = with_records(before, made.puts)
    drawn = operation_card(done, Scene(planned, POLICY, RESOURCES, NOW, ()))
    assert "plan_removal" not in repr(drawn.blocks)
    assert "on 2026-11-24, as <@U0MAYA> planned" in repr(drawn.blocks)


def test_on_the_planned_day_the_removal_is_asked_for_in_the_planners_name_and_nothing_goes_by_itself() -> None:
    planned = with_records(
        book(model(), deployment()), says(book(model(), deployment()), RemovalPlanned(deployment="weu", on=DAY)).puts
    )
    live = planned.deployment(deployment().id)
    assert (live.ends, live.ends_by) == (DAY, MAYA)
    event = RemoveAsked(deployment=live.id, planned=True)
    early = decide(planned, message(event, "idle-watch"), NOW, terms())
    assert early.puts == ()
    made = decide(planned, message(event, "idle-watch"), DAY, terms())
    asked = next(record for record in made.puts if isinstance(record, Operation))
    kept = next(record for record in made.puts if isinstance(record, Deployment))
    assert (asked.ask.by, asked.state, asked.ask.rule.needed) == (MAYA, Proposed(), 1)
    assert (kept.ends, kept.billed) == (None, True)


def test_a_planned_removal_that_cannot_be_asked_for_is_told_to_its_planner_and_is_over() -> None:
    planned = with_records(
        book(model(), deployment()),
        says(book(model(), deployment()), RemovalPlanned(deployment="weu", on=DAY)).puts,
    )
    nobody = POLICY.model_copy(
        update={"steps": {**POLICY.steps, "remove": POLICY.steps["remove"].model_copy(update={"approve": (MAYA,)})}}
    )
    event = RemoveAsked(deployment=deployment().id, planned=True)
    made = decide(planned, message(event, "idle-watch"), DAY, terms(policy=nobody))
    (kept,) = made.puts
    assert isinstance(kept, Deployment)
    assert (kept.ends, kept.billed) == (None, True)
    assert told(made).startswith(f":calendar: <@{MAYA}>, today the removal")
    assert "It stays live" in told(made)


@pytest.mark.parametrize(
    ("before", "by", "on", "says_what"),
    [
        (book(model(), deployment()), MAYA, NOW - timedelta(days=1), "is today or in the past"),
        (book(model(), deployment(Removing(operation="r"))), MAYA, DAY, "already being removed"),
        (book(model()), MAYA, DAY, "nothing to remove"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_what_to_do(before: Book, by: str, on: object, says_what: str) -> None:
    made = says(before, RemovalPlanned.model_validate({"deployment": None, "on": on}), by)
    assert made.puts == ()
    assert says_what in told(made)


def test_only_those_who_may_ask_for_a_removal_plan_one() -> None:
    steps = {**POLICY.steps, "remove": POLICY.steps["remove"].model_copy(update={"ask": ("U0NOBODY",)})}
    strict = POLICY.model_copy(update={"steps": steps})
    made = says(book(avatar(), model(), deployment()), RemovalPlanned(deployment=None, on=DAY), EVE, policy=strict)
    assert made.puts == ()


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "resources.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_a_region_can_do_comes_from_the_dated_file_where_the_configuration_is_silent(tmp_path: Path) -> None:
    file = _file(tmp_path, '[resources.a]\nregion = "westus2"\n[resources.b]\nregion = "northeurope"\n')
    found = read_resources(file, {})
    assert (found["a"].can_train, found["a"].voice_sync, found["b"].can_train) == (True, True, False)
    assert unlike_published(found) == []


def test_an_unknown_region_and_one_that_is_said_to_do_more_are_told_and_taken(tmp_path: Path) -> None:
    text = '[resources.a]\nregion = "moonbase"\ncan_train = true\n[resources.b]\nregion = "eastus2"\ncan_train = true\n'
    found = read_resources(_file(tmp_path, text), {})
    assert found["a"].can_train
    one, two = unlike_published(found)
    assert "moonbase is not among the regions" in one
    assert "can_train is said of eastus2" in two


def test_a_wrong_tier_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Broken, match=r"resources\.a\.sku|a\.sku|sku"):
        read_resources(_file(tmp_path, '[resources.a]\nregion = "westus2"\nsku = "S1"\n'), {})
