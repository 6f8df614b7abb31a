"""What people read is in their words: none of the code's own, no blame, no shouting."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEAKING = ("bot", "shared/slack", "shared/domain", "functions/upload_page")
ALSO = ("answering", "doctor", "digesting", "muting", "naming", "overviews", "uploads", "upload_links", "comparison")
OURS = r"\b(stale|outbox|dead.letter|reconcile\w*|idempoten\w*|etags?|enqueue\w*|payloads?|backend|aggregate)\b"
BLAME = r"\b(you failed|your fault|illegal|invalid|you must not|wrongly)\b|!!|\b(oops|sorry|please note)\b"


def _sentences() -> Iterator[tuple[str, str]]:
    """Every literal of at least four words that is no docstring, with where it stands."""
    files = [file for folder in SPEAKING for file in (ROOT / folder).rglob("*.py")]
    files += [ROOT / "shared" / f"{name}.py" for name in ALSO]
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documents:
                continue
            if len(node.value.split()) >= 4 and "eq @" not in node.value:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node.value


def test_no_sentence_uses_the_codes_own_words() -> None:
    found = [(where, text) for where, text in _sentences() if re.search(OURS, text, re.IGNORECASE)]
    assert found == []


def test_no_sentence_blames_or_shouts() -> None:
    found = [(where, text) for where, text in _sentences() if re.search(BLAME, text, re.IGNORECASE)]
    assert found == []


def test_sentences_are_looked_at() -> None:
    assert sum(1 for _ in _sentences()) > 300
