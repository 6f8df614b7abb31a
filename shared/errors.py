"""Errors answer one question: who acts next?

AppError
├─ Refused     the person who asked: one helpful sentence, nothing was changed, never retried
├─ Temporary   nobody: the queue tries again, after `retry_after` seconds
│  └─ LostRace somebody else wrote first and kept winning; the event is queued anew
└─ Broken      a maintainer: no retry helps
"""


class AppError(Exception):
    """Base of everything that we raise on purpose.

    `code` is short and stable (for logs and records), `sentence` is for people.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class Refused(AppError):  # noqa: N818 - the three words are the vocabulary of the whole code
    """The person must act; said back to them. `card` is the one to look at: the answer links to it."""

    def __init__(self, code: str, sentence: str, card: str = "") -> None:
        super().__init__(code, sentence)
        self.card = card


class Temporary(AppError):  # noqa: N818
    """A retry may help; `retry_after` is in seconds of real time."""

    def __init__(self, code: str, sentence: str, retry_after: float = 5.0) -> None:
        super().__init__(code, sentence)
        self.retry_after = retry_after


class LostRace(Temporary):
    """Every try to commit met a record that somebody else had changed."""


class Broken(AppError):  # noqa: N818
    """A maintainer must look; the record says so and a person is told."""
