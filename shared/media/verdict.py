"""What a check found."""

from shared.domain.base import Frozen
from shared.domain.clips import Facts, Finding


class Verdict(Frozen):
    """`fingerprint` is over size, index and sampled bytes; empty when the check did not get there."""

    facts: Facts
    findings: tuple[Finding, ...]
    fingerprint: str
