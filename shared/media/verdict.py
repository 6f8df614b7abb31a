"""What a check found."""

from collections.abc import Callable

from shared.domain.base import Frozen
from shared.domain.clips import ClipPicture, Facts, Finding

Keep = Callable[[str, bytes], None]  # takes the name and the bytes of a picture that was drawn


class Verdict(Frozen):
    """`fingerprint` is over size, index and sampled bytes; empty when the check did not get there.

    `passed`: the rules that were judged and kept. A rule that is neither there nor in the findings was not judged.
    """

    facts: Facts
    findings: tuple[Finding, ...]
    fingerprint: str
    passed: tuple[str, ...] = ()
    pictures: tuple[ClipPicture, ...] = ()
