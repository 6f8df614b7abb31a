"""After a withdrawal nothing more is made of the talent, all that there is gets listed by its name, and no word of them stays."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.book import Book
from shared.domain.deciding import decide
from shared.domain.deployments import Idle, Kept
from shared.domain.effects import Post, ShowCard
from shared.domain.events import (
    AdoptAsked,
    ConsentGiven,
    ConsentWithdrawn,
    Erased,
    TaskDone,
    TaskFailed,
    TaskHandedOn,
    TimePassed,
    TrialAsked,
)
from shared.domain.operations import Rejected, Succeeded, Waiting
from shared.domain.records import Words
from shared.errors import Temporary
from shared.slack.cards import draw
from shared.slack.limits import lint_message
from shared.slack.scene import Scene
from shared.timers import reconcile
from tests.builders import (
    BEN,
    MAYA,
    NOW,
    OMAR,
    POLICY,
    RESOURCES,
    after,
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
from tests.properties.world import World, envelope


def test_no_video_of_a_talent_is_made_after_the_withdrawal() -> None:
    world = World(lambda _: None, lambda _: None)
    adopt = AdoptAsked(
        resource="weu",
        model="old-v1",
        live_since=NOW - timedelta(days=2),
        endpoint="00000000-0000-4000-8000-000000000001",
    )
    world.quiet.handle(envelope("m1", "old", MAYA, adopt))
    agreed = ConsentGiven(talent="Ada", company="Contoso", locale="en-US", scope="avatar")
    world.quiet.handle(envelope("m2", "old", MAYA, agreed))
    start: Any = world.synthesizer.start

    def outage(*_: object) -> None:
        raise Temporary("unreachable", "an outage, or a 429: two batch calls a minute are allowed")

    world.synthesizer.start = outage  # type: ignore[method-assign]
    world.quiet.handle(envelope("m3", "old", MAYA, TrialAsked()))
    world.synthesizer.start = start  # type: ignore[method-assign]
    world.quiet.handle(envelope("m4", "old", MAYA, ConsentWithdrawn(why="she wrote to us")))
    world.clocks.real += timedelta(minutes=10)
    reconcile(world.quiet)
    assert world.book("old").withdrawal
    assert world.synthesizer.jobs == {}


WITHDRAW = ConsentWithdrawn(why="she wrote to us")


def test_the_model_of_a_withdrawn_talent_is_listed_by_its_name_in_the_portal() -> None:
    taken = operation(state=Waiting(since=NOW, attempt=1, taken_by=OMAR), resource="wus")
    known = after(book(taken), WITHDRAW, MAYA)
    started = TaskDone(operation="train-1", revision=known.operations["train-1"].revision, model="studio-take7")
    known = after(known, started, OMAR)
    known = after(known, TaskDone(operation="train-1", revision=known.operations["train-1"].revision), OMAR)
    (made,) = known.models
    assert made.name == "studio-take7"
    assert known.withdrawal
    assert [item.name for item in known.withdrawal.left if item.what == "model"] == ["studio-take7"]


@pytest.mark.parametrize(("step", "what"), [("copy", "model"), ("deploy", "deployment")])
def test_so_is_a_copy_and_a_deployment(step: str, what: str) -> None:
    taken = operation(step, state=Waiting(since=NOW, attempt=1, taken_by=OMAR), resource="wus")  # type: ignore[arg-type]
    known = after(book(model("wus"), taken), WITHDRAW, MAYA)
    revision = known.operations[f"{step}-1"].revision
    known = after(known, TaskDone(operation=f"{step}-1", revision=revision, model="studio-take7"), OMAR)
    assert known.withdrawal
    assert "studio-take7" in [item.name for item in known.withdrawal.left if item.what == what]


LATE = NOW + timedelta(hours=73)
TAKEN = operation(state=Waiting(since=NOW, attempt=1, taken_by=OMAR), resource="wus")


def _erased(known: Book) -> tuple[Book, set[str]]:
    cards: set[str] = set()
    for number in range(5):
        made = decide(known, message(Erased(), "reconcile", number), LATE, terms(full_set()))
        cards |= {effect.card for effect in made.effects if isinstance(effect, ShowCard)}
        known = with_records(known, made.puts)
    assert known.withdrawal
    assert known.withdrawal.erased
    return known, cards


def test_the_operators_card_with_the_talents_name_is_drawn_anew() -> None:
    """`part:train-1:consent` shows talent and company to paste, while the task is held."""
    _, cards = _erased(after(book(TAKEN), WITHDRAW, MAYA))
    assert f"part:{TAKEN.id}:consent" in cards


def test_every_card_with_a_reason_is_drawn_anew() -> None:
    one = operation(state=Rejected(by=BEN, at=NOW, why="w-t"))
    many = [
        one.model_copy(update={"ask": one.ask.model_copy(update={"id": f"train-{number}"})}) for number in range(60)
    ]
    _, cards = _erased(after(book(*many), WITHDRAW, MAYA))
    assert [known.card for known in many if known.card not in cards] == []


def test_a_reason_that_is_written_after_the_erasure_is_erased_as_well() -> None:
    known, _ = _erased(after(book(TAKEN), WITHDRAW, MAYA))
    failed = message(TaskFailed(operation=TAKEN.id, revision=TAKEN.revision, why="Ada Lovelace withdrew"), OMAR, 70)
    known = with_records(known, decide(known, failed, LATE + timedelta(hours=1), terms(full_set())).puts)
    for number in range(5):
        made = decide(known, message(Erased(), "reconcile", 80 + number), LATE + timedelta(hours=2), terms(full_set()))
        known = with_records(known, made.puts)
    assert "Ada Lovelace withdrew" not in known.words.values()


def test_the_consent_of_what_was_adopted_can_be_withdrawn() -> None:
    known = Book.of([avatar().model_copy(update={"adopted": True}), model(), deployment()])
    made = decide(known, message(WITHDRAW), NOW, terms())
    assert made.puts, made.effects


def test_a_training_of_a_withdrawn_talent_that_is_handed_on_is_offered_to_nobody() -> None:
    taken = operation(state=Waiting(since=NOW, attempt=1, taken_by=OMAR), resource="wus")
    known = after(book(taken), WITHDRAW, MAYA)
    handed = TaskHandedOn(operation="train-1", revision=taken.revision, why="she withdrew")
    made = decide(known, message(handed, OMAR), NOW, terms(full_set()))
    assert not with_records(known, made.puts).operations["train-1"].open, "its operators are asked: who takes it?"


def test_a_reason_on_an_earlier_alert_is_drawn_anew_without_it() -> None:
    """It was kept with a reason, and flagged anew in a message of its own: the first one still showed the reason."""
    words = Words(ref="w-k", text="Ada Lovelace films the spring campaign")
    kept = deployment(Kept(by=MAYA, until=NOW, why="w-k")).model_copy(update={"alerts": 1})
    scene = Scene(book(model(), kept, words), POLICY, RESOURCES, NOW, posted=True)
    first = f"alert:{kept.id}:1"
    assert "spring campaign" in repr(draw(first, scene))
    flagged = kept.model_copy(update={"state": Idle(flagged=NOW), "alerts": 2})
    known, cards = _erased(after(book(model(), flagged, words), WITHDRAW, MAYA))
    assert first in cards
    drawn = draw(first, Scene(known, POLICY, RESOURCES, NOW, posted=True))
    assert drawn is not None
    assert "spring campaign" not in repr(drawn)


def test_an_operator_who_has_a_task_of_the_talent_in_hand_is_told_to_start_nothing() -> None:
    known = book(TAKEN)
    made = decide(known, message(WITHDRAW, MAYA, 7), NOW, terms(full_set()))
    told = [e for e in made.effects if isinstance(e, Post) and e.channel == POLICY.operators_channel]
    assert [(post.under, f"<@{OMAR}>: the talent of *presenter* withdrew" in post.text) for post in told] == [
        (f"task:{TAKEN.id}", True)
    ]
    withdrawn = with_records(known, made.puts)
    scene = Scene(withdrawn, POLICY, RESOURCES, NOW)
    task, part = draw(f"task:{TAKEN.id}", scene), draw(f"part:{TAKEN.id}:consent", scene)
    assert task is not None
    assert part is not None
    for drawn in (task, part):
        assert lint_message(drawn.text, drawn.blocks) == []
        assert "start nothing" in repr(drawn.blocks)
    assert [e["text"]["text"] for b in task.blocks if b["type"] == "actions" for e in b["elements"]] == [
        "Nothing was started",
        "It had started already",
    ]
    later = LATE - timedelta(hours=1)
    reminded = decide(withdrawn, message(TimePassed(operation=TAKEN.id), "training-poll", 8), later, terms(full_set()))
    assert "say on the card above whether" in repr(reminded.effects)


def test_what_ends_well_after_the_withdrawal_names_no_next_step() -> None:
    ended = operation(state=Succeeded(since=NOW, at=LATE, said_by=OMAR))
    drawn = draw(ended.card, Scene(after(book(ended), WITHDRAW, MAYA), POLICY, RESOURCES, LATE))
    assert drawn is not None
    assert "what it made must go" in repr(drawn.blocks)
    assert "/avatar deploy" not in repr(drawn.blocks)
