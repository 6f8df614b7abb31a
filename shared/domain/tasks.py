"""A task in the portal in parts: what each is called, and which of them are messages of their own in the task's thread."""

from shared.domain.base import Frozen
from shared.domain.names import Kind
from shared.domain.operations import Ask

# The data types of the portal, by their kind, in the order in which they are uploaded (the guide of 2025-08).
TYPES: dict[Kind, str] = {
    "natural": "Naturally Speaking", "silent": "Silent Status", "status0": "Status 0 speaking", "gesture": "Gesture",
}  # fmt: skip


KIND_OF: dict[str, Kind] = {f"data-{kind}": kind for kind in TYPES}  # by the part that uploads it


class Part(Frozen):
    """One thing to do there: a sentence in the portal's words, and what to paste: (what, value), one value a line."""

    name: str
    title: str
    sentence: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def is_data(self) -> bool:
        return self.name in KIND_OF


def parts_of(ask: Ask) -> tuple[str, ...]:
    """The parts of a training that have a message of their own: workspace, consent, what to delete, and each data type."""
    if ask.step != "train" or ask.assurance != "attested":
        return ()
    kinds = {clip.kind for clip in ask.clips}
    return ("workspace", "consent", "cleanup", *(f"data-{kind}" for kind in TYPES if kind in kinds))


def part_card(operation: str, part: str) -> str:
    """The key of a part's message."""
    return f"part:{operation}:{part}"
