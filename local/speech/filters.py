"""The small filter languages of the list routes and of the Retail Prices API."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.speech.answers import bad_argument

Row = Mapping[str, Any]
Predicate = Callable[[Row], bool]

MOST_BRACKETS = 50
EQUALITY = frozenset({"eq", "ne"})
ORDER = EQUALITY | {"gt", "ge", "lt", "le"}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[A-Za-z0-9_.:+-]+|[(),])")


@dataclass(frozen=True)
class Grammar:
    """Fields with the operators each allows, the joining words, and how texts compare."""

    fields: Mapping[str, frozenset[str]]
    joins: frozenset[str] = frozenset({"and", "or"})
    contains: bool = False
    case_sensitive: bool = True
    dates: frozenset[str] = frozenset()


LISTS = Grammar(
    fields={"projectId": EQUALITY, "locale": EQUALITY, "kind": EQUALITY, "createdDateTime": ORDER},
    joins=frozenset({"and"}),
    dates=frozenset({"createdDateTime"}),
)


def compile_filter(text: str, grammar: Grammar) -> Predicate:
    """A predicate over rows.

    Raises:
        RefusedError: 400, a violation, for anything the grammar does not have.
    """
    tokens = _tokens(text)
    if tokens.count("(") > MOST_BRACKETS:
        raise bad_argument("The filter has too many brackets.", "filter")
    reader = _Reader(tokens, grammar)
    predicate = reader.alternatives()
    if reader.rest:
        raise bad_argument(f"The filter has an unexpected '{reader.rest[0]}'.", "filter")
    return predicate


def _tokens(text: str) -> list[str]:
    tokens, at = list[str](), 0
    stripped = text.rstrip()
    while at < len(stripped):
        found = TOKEN.match(stripped, at)
        if found is None:
            raise bad_argument(f"The filter cannot be read from character {at + 1} on.", "filter")
        tokens.append(found.group(1))
        at = found.end()
    return tokens


@dataclass
class _Reader:
    rest: list[str]
    grammar: Grammar
    _end: str = field(default="the end", init=False)

    def take(self, wanted: str | None = None) -> str:
        token = self.rest.pop(0) if self.rest else self._end
        if wanted is not None and token != wanted:
            raise bad_argument(f"The filter has '{token}' where '{wanted}' belongs.", "filter")
        return token

    def next_is(self, word: str) -> bool:
        return bool(self.rest) and self.rest[0] == word

    def alternatives(self) -> Predicate:
        parts = [self.conjunction()]
        while self.next_is("or") and "or" in self.grammar.joins:
            self.take()
            parts.append(self.conjunction())
        return lambda row: any(part(row) for part in parts)

    def conjunction(self) -> Predicate:
        parts = [self.condition()]
        while self.next_is("and"):
            self.take()
            parts.append(self.condition())
        return lambda row: all(part(row) for part in parts)

    def condition(self) -> Predicate:
        if self.next_is("("):
            self.take()
            inner = self.alternatives()
            self.take(")")
            return inner
        if self.grammar.contains and self.next_is("contains"):
            return self.containment()
        name = self.name()
        word = self.take()
        if word not in self.grammar.fields[name]:
            raise bad_argument(f"The filter operator '{word}' is not supported for '{name}'.", "filter")
        return self.comparison(name, word)

    def comparison(self, name: str, word: str) -> Predicate:
        compare, literal = COMPARE[word], self.take()
        if name in self.grammar.dates:
            moment = _moment(literal)
            return lambda row: compare(row[name], moment)
        wanted = self.text(literal)
        return lambda row: compare(self.fold(row.get(name)), wanted)

    def containment(self) -> Predicate:
        self.take("contains")
        self.take("(")
        name = self.name()
        self.take(",")
        wanted = self.text(self.take())
        self.take(")")
        return lambda row: wanted in self.fold(row.get(name))

    def name(self) -> str:
        name = self.take()
        if name not in self.grammar.fields:
            raise bad_argument(f"The filter does not support '{name}'.", "filter")
        return name

    def text(self, literal: str) -> str:
        if not literal.startswith("'"):
            raise bad_argument(f"The filter value {literal} must be in single quotes.", "filter")
        return self.fold(literal[1:-1].replace("''", "'"))

    def fold(self, value: object) -> str:
        text = "" if value is None else str(value)
        return text if self.grammar.case_sensitive else text.casefold()


def _moment(literal: str) -> datetime:
    try:
        moment = datetime.fromisoformat(literal)
    except ValueError:
        raise bad_argument(f"The filter value {literal} must be an unquoted date and time.", "filter") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
