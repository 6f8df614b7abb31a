"""Keeps the outcome of every rule of one clip: failed, inconclusive, passed, or not judged."""

from collections.abc import Mapping

from shared.domain.clips import Finding
from shared.domain.names import Kind
from shared.domain.rules import Rule, Stage


class Ledger:
    """Findings of one clip by the rules as the policy has them; a rule that is switched off is not heard of."""

    def __init__(self, rules: Mapping[str, Rule], kind: Kind) -> None:
        self._rules = {rule.id: rule for rule in rules.values() if kind in rule.kinds}
        self._judged: set[Stage] = set()
        self._skipped: set[str] = set()
        self.findings: list[Finding] = []

    def least(self, rule_id: str) -> float:
        """The number below which the rule fails; minus infinity when the rule does not apply."""
        rule = self._rules.get(rule_id)
        return float("-inf") if rule is None or rule.least is None else rule.least

    def most(self, rule_id: str) -> float:
        """The number above which the rule fails; infinity when the rule does not apply."""
        rule = self._rules.get(rule_id)
        return float("inf") if rule is None or rule.most is None else rule.most

    def applies(self, rule_id: str) -> bool:
        return rule_id in self._rules

    def fail(self, rule_id: str, measured: str, message: str, at_s: float | None = None) -> None:
        rule = self._rules.get(rule_id)
        if rule:
            self.findings.append(rule.finding(measured, message, at_s))

    def unsure(self, rule_id: str, why: str, at_s: float | None = None, *, mild: bool = False) -> None:
        """The rule could not be judged: a warning with the reason, never a pass. `mild`: nothing hints at a fault."""
        rule = self._rules.get(rule_id)
        if rule:
            severity = "info" if mild or rule.severity == "info" else "warning"
            message = f"Not known ({rule.needs}): {why}."
            found = rule.finding("not known", message, at_s)
            self.findings.append(found.model_copy(update={"severity": severity, "status": "inconclusive"}))

    def unsure_all(self, stage: Stage, why: str) -> None:
        """Nothing of a stage could be judged: one finding that says so, by its first rule."""
        rule = next((rule for rule in self._rules.values() if rule.stage == stage), None)
        if rule:
            self.unsure(rule.id, why)
            self.findings[-1] = self.findings[-1].model_copy(update={"message": f"Not known: {why}."})

    def skip(self, *rule_ids: str) -> None:
        """These had nothing to judge: neither failed nor passed."""
        self._skipped |= set(rule_ids)

    def judged(self, stage: Stage) -> None:
        """Every rule of this stage was looked at; what was not found wrong has passed."""
        self._judged.add(stage)

    @property
    def passed(self) -> tuple[str, ...]:
        found = {finding.rule for finding in self.findings} | self._skipped
        return tuple(rule.id for rule in self._rules.values() if rule.stage in self._judged and rule.id not in found)


def clock(seconds: float) -> str:
    """A place in a clip: `1:02`."""
    return f"{int(max(0.0, seconds) // 60)}:{int(max(0.0, seconds) % 60):02d}"
