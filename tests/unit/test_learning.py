"""What earlier trainings say of the next one: nothing before there are five, and always as ours."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.learning import Trained, end_of, hours_of, trained
from shared.domain.operations import Evidence, Running, Succeeded
from shared.domain.resources import Assurance
from shared.slack.cards import draw
from shared.slack.scene import Scene
from tests.builders import BEN, NOW, POLICY, RESOURCES, book, operation


def _past(count: int, assurance: Assurance = "enforced") -> tuple[Trained, ...]:
    return tuple(
        Trained(
            operation=f"train-{n}", hours=Decimal(20 + n), seconds=3600 * (10 + n), assurance=assurance,
            at=NOW - timedelta(days=n),
        )
        for n in range(count)
    )  # fmt: skip


def _card(state: object, past: tuple[Trained, ...], hours_later: float = 0) -> str:
    known = operation("train", state, approvals=(BEN,))  # type: ignore[arg-type]
    now = NOW + timedelta(hours=hours_later)
    drawn = draw("op:train-1", Scene(book(known), POLICY, RESOURCES, now, past=past))
    assert drawn is not None
    return repr(drawn.blocks)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_fewer_than_five_trainings_say_nothing(count: int) -> None:
    assert hours_of(_past(count)) is None
    assert end_of(NOW, _past(count), "enforced") is None
    assert "Estimate" not in _card(Running(since=NOW, attempt=1, evidence=Evidence(looked=NOW)), _past(count))


def test_five_trainings_give_an_estimate_that_is_labelled_as_ours_with_their_number() -> None:
    found = end_of(NOW, _past(5), "enforced")
    assert found == (NOW + timedelta(hours=10), NOW + timedelta(hours=14), 5)
    shown = _card(Running(since=NOW, attempt=1, evidence=Evidence(looked=NOW)), _past(5))
    assert "Estimate from your last 5 trainings, not from the service" in shown


def test_an_estimate_that_has_passed_is_said_to_have_passed() -> None:
    shown = _card(Running(since=NOW, attempt=1, evidence=Evidence(looked=NOW)), _past(5), hours_later=15)
    assert "Longer than each of your last 5 trainings: the slowest took 14 h 0 min" in shown


def test_what_a_person_reported_is_no_measure_for_what_the_service_reports() -> None:
    assert end_of(NOW, _past(9, "attested"), "enforced") is None


def test_who_approves_sees_what_the_last_trainings_took_beside_what_is_usual() -> None:
    shown = _card(None, _past(7))
    assert "20 to 40 compute hours are usual; your last 7 took 20 to 26, 23 in the middle" in shown


def test_only_the_last_twenty_count() -> None:
    found = hours_of(_past(30))
    assert found is not None
    assert (found.count, found.most) == (20, Decimal(39))


def test_a_finished_training_is_learnt_from_and_its_card_says_what_it_cost_beside_the_estimate() -> None:
    seen = Evidence(service_status="Succeeded", metered_hours=Decimal(26), looked=NOW)
    done = Succeeded(since=NOW, at=NOW + timedelta(hours=11), evidence=seen)
    learnt = trained(operation("train", done))
    assert learnt is not None
    assert (learnt.hours, learnt.seconds) == (Decimal(26), 11 * 3600)
    assert "26 compute hours: about $390, $300 to $600 was the estimate" in _card(done, ())


def test_nothing_is_learnt_from_what_runs_or_is_no_training() -> None:
    assert trained(operation("train", Running(since=NOW, attempt=1))) is None
    assert trained(operation("deploy", Succeeded(since=NOW, at=NOW))) is None
