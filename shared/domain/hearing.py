"""What was said in a consent video beside the statement that should be read; names are never repeated."""

import re
from difflib import SequenceMatcher

from shared.domain.clips import Finding
from shared.domain.rules import RULES

# Where words are not set apart (Chinese, Japanese, Thai), each character counts.
WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+(?:['\u2019]\w+)*"
)
TOLERATED = 0.1  # of the words: transcription mishears names, and an article here and there
SHOWN = 12
TALENT, COMPANY = "[talent]", "[company]"


def heard_finding(statement: str, said: str, names: dict[str, str]) -> Finding | None:
    """A warning where what was said differs; None where it does not. `names`: a placeholder for each name in the statement."""
    wanted, spoken = _words(statement), _words(said)
    if not wanted:
        return None
    masks = {word: mask for mask, name in names.items() for word in _words(name)}
    same = SequenceMatcher(a=wanted, b=spoken, autojunk=False)
    missing = [
        masks.get(word, word)
        for tag, start, end, _, _ in same.get_opcodes()
        if tag in {"delete", "replace"}
        for word in wanted[start:end]
    ]
    if len(missing) <= max(1, len(wanted) * TOLERATED):
        return None
    shown = list(dict.fromkeys(missing))[:SHOWN]
    message = (
        f"Of the {len(wanted)} words of the statement {len(missing)} were not heard: {', '.join(shown)}"
        f"{' …' if len(missing) > SHOWN else ''}. Transcription mishears names; listen, and decide."
    )
    return RULES["CONSENT-WORDS"].finding(f"{len(wanted) - len(missing)} of {len(wanted)} words", message)


def unheard(why: str) -> Finding:
    """Nobody could compare it, and why."""
    found = RULES["CONSENT-WORDS"].finding("not compared", f"What is said was not compared with the statement: {why}.")
    return found.model_copy(update={"status": "inconclusive"})


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]
