"""Approvals: bound to what was shown, never by the asker, nobody twice, and read anew."""

from datetime import timedelta

from shared.domain.book import Book, Decision, Terms
from shared.domain.deciding import decide
from shared.domain.effects import Answer, StartWork
from shared.domain.events import ApproveClicked, ConsentGiven, DeployAsked, Event, RemoveAsked, TrainAsked
from shared.domain.operations import Approved, Expired, Operation, Proposed, Stale, Succeeded
from shared.domain.policy import Members, StepRule
from tests.builders import (
    BEN,
    EVE,
    INES,
    LENA,
    MAYA,
    NOW,
    POLICY,
    avatar,
    book,
    checking,
    clip,
    consent,
    deployment,
    full_set,
    message,
    model,
    operation,
    price,
    terms,
)

APPROVE = ApproveClicked(operation="train-1", revision=1)


def _decided(decision: Decision) -> Operation:
    return next(record for record in decision.puts if isinstance(record, Operation))


def _answer(decision: Decision) -> str:
    return next(effect.text for effect in decision.effects if isinstance(effect, Answer))


def _ask(event: Event, *records: object, **more: object) -> Decision:
    return decide(book(*records), message(event), NOW, terms(full_set(), **more))  # type: ignore[arg-type]


def test_asking_shows_price_inputs_and_who_may_approve() -> None:
    asked = _decided(_ask(TrainAsked(why="spring"))).ask
    assert str(asked.amount) == "$300 to $600, at most $1,440"
    assert [clip.kind for clip in asked.clips] == ["natural", "silent"]
    assert asked.rule.approve == ("S0APPROVERS",)
    assert asked.model == "presenter-v1"


def test_the_asker_cannot_approve() -> None:
    decision = decide(book(operation()), message(APPROVE, MAYA), NOW, terms(full_set()))
    assert "somebody else" in _answer(decision)
    assert not decision.puts


def test_somebody_who_is_no_approver_cannot_approve() -> None:
    decision = decide(book(operation()), message(APPROVE, EVE), NOW, terms(full_set()))
    assert "does not name you" in _answer(decision)


def test_authority_is_what_it_is_now() -> None:
    left = terms(full_set(), members=Members(groups={"S0APPROVERS": (INES,)}))
    assert not decide(book(operation()), message(APPROVE, BEN), NOW, left).puts


def test_one_approval_starts_the_work_once() -> None:
    decision = decide(book(operation()), message(APPROVE, BEN), NOW, terms(full_set()))
    assert isinstance(_decided(decision).state, Approved)
    assert [e for e in decision.effects if isinstance(e, StartWork)] == [StartWork(operation="train-1")]


def _two_needed() -> Terms:
    steps = {**POLICY.steps, "train": StepRule(approve=("S0APPROVERS",), approvers=2)}
    return terms(full_set(), policy=POLICY.model_copy(update={"steps": steps}))


def test_nobody_counts_twice_and_two_are_two() -> None:
    once = operation(needed=2, approvals=(BEN,))
    assert "already approved" in _answer(decide(book(once), message(APPROVE, BEN), NOW, _two_needed()))
    assert isinstance(_decided(decide(book(once), message(APPROVE, INES), NOW, _two_needed())).state, Approved)


def test_the_first_of_two_keeps_the_card_open() -> None:
    decision = decide(book(operation(needed=2)), message(APPROVE, BEN), NOW, _two_needed())
    assert isinstance(_decided(decision).state, Proposed)
    assert not any(isinstance(effect, StartWork) for effect in decision.effects)


def test_a_changed_clip_makes_the_request_stale_and_says_what_changed() -> None:
    changed = (*full_set()[:2], clip("silent", 64, content="other"), clip("natural", 400, "new.mp4"))
    state = _decided(decide(book(operation()), message(APPROVE, BEN), NOW, terms(changed))).state
    assert isinstance(state, Stale)
    assert set(state.changes) == {"new: natural/new.mp4", "other content: silent/a.mp4"}


def test_a_changed_consent_makes_the_request_stale() -> None:
    other = Book.of([avatar(), consent("avatar+voice"), operation()])
    state = _decided(decide(other, message(APPROVE, BEN), NOW, terms(full_set()))).state
    assert isinstance(state, Stale)
    assert "the consent" in state.changes


def test_a_dearer_price_or_a_stricter_rule_makes_a_pending_request_stale() -> None:
    dearer = terms(full_set(), training_price={"westeurope": price("16.00")})
    for known, says in ((dearer, "the price: $300 to $600"), (_two_needed(), "the policy")):
        state = _decided(decide(book(operation()), message(APPROVE, BEN), NOW, known)).state
        assert isinstance(state, Stale)
        assert any(says in change for change in state.changes)


def test_the_same_file_uploaded_again_waits_for_its_check_instead_of_voiding_the_request() -> None:
    again = (*full_set()[:2], checking("silent"))
    decision = decide(book(operation()), message(APPROVE, BEN), NOW, terms(again))
    assert "is being checked" in _answer(decision)
    assert not decision.puts


def test_the_same_consent_recorded_again_keeps_a_pending_request() -> None:
    again = consent().model_copy(update={"recorded": NOW + timedelta(hours=1), "talent": "w-other"})
    known = Book.of([avatar(), again, operation()])
    assert isinstance(_decided(decide(known, message(APPROVE, BEN), NOW, terms(full_set()))).state, Approved)


def test_only_the_owner_and_the_approvers_can_record_a_consent() -> None:
    given = ConsentGiven(talent="A", company="B", locale="en-US", scope="avatar")
    assert decide(book(), message(given, BEN), NOW, terms()).puts
    assert not decide(book(), message(given, EVE), NOW, terms()).puts


def test_a_new_price_date_keeps_the_digest_and_a_new_amount_does_not() -> None:
    asked = _decided(_ask(TrainAsked())).ask
    later = price().model_copy(update={"as_of": NOW + timedelta(days=3)})
    dearer = price("16.00")
    same = _decided(_ask(TrainAsked(), training_price={"westeurope": later})).ask
    other = _decided(_ask(TrainAsked(), training_price={"westeurope": dearer})).ask
    assert same.digest == asked.digest
    assert other.digest != asked.digest


def test_an_edit_elsewhere_in_the_policy_keeps_the_digest() -> None:
    steps = {**POLICY.steps, "deploy": StepRule(approve=("S0APPROVERS",), approvers=2)}
    edited = POLICY.model_copy(update={"steps": steps})
    assert _decided(_ask(TrainAsked(), policy=edited)).ask.digest == _decided(_ask(TrainAsked())).ask.digest


def test_after_its_time_a_request_expires_instead() -> None:
    late = NOW + timedelta(hours=72)
    assert isinstance(
        _decided(decide(book(operation()), message(APPROVE, BEN), late, terms(full_set()))).state, Expired
    )


def test_when_nobody_can_approve_it_is_said_at_once() -> None:
    only_asker = terms(full_set(), members=Members(groups={"S0APPROVERS": (MAYA,)}))
    decision = decide(book(), message(TrainAsked()), NOW, only_asker)
    assert "names 0 such people" in _answer(decision)


def test_training_is_refused_while_something_is_missing() -> None:
    decision = decide(book(), message(TrainAsked()), NOW, terms(full_set()[:2]))
    assert "silent clip" in _answer(decision)


def test_one_training_at_a_time_and_the_refusal_names_the_other() -> None:
    decision = decide(book(operation()), message(TrainAsked()), NOW, terms(full_set()))
    assert "train-1" in _answer(decision)


def test_on_call_removes_an_idle_deployment_alone_and_nobody_else_does() -> None:
    from shared.domain.deployments import Idle, Removing

    idle = deployment(Idle(flagged=NOW))
    event = RemoveAsked(deployment=idle.id, from_alert=True)
    decision = decide(book(idle, model()), message(event, LENA), NOW, terms())
    assert isinstance(_decided(decision).state, Approved)
    assert any(isinstance(getattr(record, "state", None), Removing) for record in decision.puts)
    assert not decide(book(idle, model()), message(event, EVE), NOW, terms()).puts


def test_a_deployment_in_use_cannot_be_removed_from_an_old_alert() -> None:
    event = RemoveAsked(deployment=deployment().id, from_alert=True)
    assert "no longer flagged" in _answer(decide(book(deployment(), model()), message(event, LENA), NOW, terms()))


def test_a_redeploy_within_a_day_needs_no_new_approval_and_later_it_does() -> None:
    from shared.domain.deployments import Removed

    removed = deployment(Removed(at=NOW, operation="remove-1"))
    approved = operation("deploy", Succeeded(since=NOW, at=NOW), approvals=(BEN,))
    for hours, state in ((23, Approved), (25, Proposed)):
        now = NOW + timedelta(hours=hours)
        decision = decide(book(removed, model(), approved), message(DeployAsked()), now, terms())
        assert isinstance(_decided(decision).state, state)


def test_a_live_model_is_not_deployed_twice() -> None:
    assert "already deployed" in _answer(decide(book(deployment(), model()), message(DeployAsked()), NOW, terms()))
