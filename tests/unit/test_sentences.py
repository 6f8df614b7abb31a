"""Every refusal that people can read is in docs/sentences.md, read there in one voice (`make sentences` writes it)."""

import ast
import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "sentences.md"
HEAD = """# What people are told when something can't be done

Every sentence stands in the code with the rule that refuses (ADR 0017); this list is made from there by `make sentences`, so that all
can be read in one place and in one voice, and found by their code (the audit and the logs keep the code, never the sentence).
`…` is filled in: a name, a day, a number, or a part that another rule words.
"""


def _text(node: ast.expr | None) -> str:
    """A sentence as it stands in the code; what is filled in is `…`."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case ast.IfExp(body=body, orelse=other):
            return f"({_text(body)} | {_text(other)})"
        case _:
            return "…"


def _refusals(file: Path) -> list[tuple[str, str]]:
    found = [
        (_text(call.args[0]), " ".join(_text(call.args[1]).split()))
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Refused"
        and len(call.args) >= 2
    ]
    return sorted(set(found))


def _page() -> str:
    files = [file for folder in ("bot", "functions", "shared") for file in sorted((ROOT / folder).rglob("*.py"))]
    parts = [HEAD]
    for file in files:
        told = _refusals(file)
        if told:
            lines = [f"- `{code}`: {text}" for code, text in told]
            parts.append(f"## {file.relative_to(ROOT)}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def test_the_list_of_sentences_is_fresh() -> None:
    page = _page()
    if os.environ.get("WRITE_SENTENCES"):
        FILE.write_text(page, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == page, "run `make sentences`"
