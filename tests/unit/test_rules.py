"""The rules as data: each says what it wants and how to fix it, and the policy may change only what is our own reasoning."""

import pytest
from pydantic import ValidationError

from shared.domain.names import KINDS
from shared.domain.policy import Policy
from shared.domain.rules import RULES, TUNABLE, Tuning, tuned, untunable
from shared.media.ledger import Ledger
from shared.slack.shotlist import rules_text, shotlist_text
from tests.builders import POLICY, avatar, clip, consent, faulty, full_set


def test_every_rule_says_where_it_comes_from_and_how_to_mend() -> None:
    for rule in RULES.values():
        assert rule.fix.endswith(".")
        assert rule.source
        assert rule.kinds
        assert "{" not in rule.needs
        assert not rule.needs.endswith(".")


def test_a_reasoned_number_can_be_changed_and_a_rule_switched_off() -> None:
    rules = tuned({"AUD-SNR": Tuning(least=15), "IMG-BG-UNIFORM": Tuning(off=True)})
    assert rules["AUD-SNR"].least == 15
    assert "15 dB" in rules["AUD-SNR"].needs
    assert "IMG-BG-UNIFORM" not in rules
    assert len(rules) == len(RULES) - 1


@pytest.mark.parametrize(
    ("rule", "change", "says"),
    [
        ("VID-FPS", Tuning(least=20), "service's own"),
        ("VID-RES", Tuning(off=True), "service's own"),
        ("AUD-SNR", Tuning(most=3), "no number “most”"),
        ("AUD-SNR", Tuning(), "changes nothing"),
        ("FILE-LIMIT", Tuning(off=True), "keeps the check itself safe"),
        ("SET-CHECKS", Tuning(off=True), "keeps the check itself safe"),
        ("AUD-SNRR", Tuning(off=True), "no such rule"),
    ],
)
def test_what_can_not_be_tuned_is_refused_with_the_reason(rule: str, change: Tuning, says: str) -> None:
    assert any(says in line for line in untunable({rule: change}))
    with pytest.raises(ValidationError, match=f"clips.{rule}"):
        Policy.model_validate({**POLICY.model_dump(), "clips": {rule: change.model_dump()}})


def test_no_documented_rule_can_be_tuned_away() -> None:
    for rule in RULES.values():
        if rule.source not in TUNABLE:
            assert untunable({rule.id: Tuning(off=True)})


def test_a_rule_that_is_switched_off_is_not_heard_of() -> None:
    ledger = Ledger(tuned({"AUD-SNR": Tuning(off=True)}), "natural")
    ledger.fail("AUD-SNR", "1 dB", "Too noisy.")
    ledger.unsure("AUD-SNR", "who knows")
    ledger.judged("sound")
    assert ledger.findings == []
    assert "AUD-SNR" not in ledger.passed
    assert ledger.least("AUD-SNR") == float("-inf")


def test_what_had_nothing_to_judge_has_not_passed() -> None:
    ledger = Ledger(RULES, "natural")
    ledger.skip("AUD-LOUD")
    ledger.judged("sound")
    assert "AUD-LOUD" not in ledger.passed
    assert "AUD-CLIP" in ledger.passed


def test_not_known_is_a_warning_and_no_pass() -> None:
    ledger = Ledger(RULES, "consent")
    ledger.unsure("AUD-SNR-CONSENT", "the sound can't be decoded")
    ledger.judged("sound")
    (finding,) = ledger.findings
    assert (finding.status, finding.severity) == ("inconclusive", "warning")
    assert "the sound can't be decoded" in finding.message
    assert "AUD-SNR-CONSENT" not in ledger.passed
    assert "AUD-LOUD" in ledger.passed


@pytest.mark.parametrize("kind", KINDS)
def test_people_see_the_rules_of_a_kind_and_of_the_whole_set(kind: str) -> None:
    text = rules_text(kind, RULES.values())  # type: ignore[arg-type]
    assert "VID-RES" in text
    assert "FILE-LIMIT" not in text
    if kind == "natural":
        assert "one naturally speaking clip of 5 minutes or more" in text


def test_the_shot_list_ticks_off_what_has_arrived() -> None:
    before = shotlist_text(avatar(), None, ())
    assert before.count(":white_check_mark:") == 0
    after = shotlist_text(avatar(), consent(), (*full_set(), faulty("natural"), clip("gesture", 8)))
    assert after.count(":white_check_mark:") == 5
    assert "1 to fix" in after
    assert "Needed, since there are gestures" in after
    assert ":black_square_button: Natural" in shotlist_text(avatar(), None, (clip("natural", 299),))
    four_k = avatar().model_copy(update={"target": "4K"})
    assert "3840x2160, upright" in shotlist_text(four_k, None, ())
