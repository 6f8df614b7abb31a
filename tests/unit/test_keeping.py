"""A change of the policy is on record and is told, by its places in the file; the same policy is no news."""

from typing import Any

from shared.domain.book import NOTHING, Book, Decision
from shared.domain.deciding import decide
from shared.domain.effects import Post
from shared.domain.events import PolicySeen
from shared.domain.policy import StepRule
from shared.domain.records import PolicyKept
from tests.builders import NOW, POLICY, message, terms


def plain(**changes: object) -> dict[str, Any]:
    return POLICY.model_copy(update=changes).model_dump(mode="json")


def seen(policy: dict[str, Any], *known: PolicyKept) -> Decision:
    return decide(Book.of(known), message(PolicySeen(policy=policy), "reconcile"), NOW, terms())


def test_the_first_policy_is_on_record_without_a_message() -> None:
    made = seen(plain())
    assert made.puts == (PolicyKept(policy=plain()),)
    assert made.audit[0].action == "policy_changed"
    assert made.effects == ()


def test_the_same_policy_is_no_news() -> None:
    assert seen(plain(), PolicyKept(policy=plain())) == NOTHING


def test_a_change_is_told_by_its_places() -> None:
    train = StepRule(approve=("U0BEN",), approvers=1, expires_hours=5)
    made = seen(plain(steps=POLICY.steps | {"train": train}, on_call=()), PolicyKept(policy=plain()))
    (told,) = made.effects
    assert isinstance(told, Post)
    assert told.channel == POLICY.maintainers_channel
    assert told.text.splitlines()[1:] == [
        "• `on_call`: S0ONCALL → nobody",
        "• `steps.train.approve`: S0APPROVERS → U0BEN",
        "• `steps.train.expires_hours`: 72 → 5",
    ]
