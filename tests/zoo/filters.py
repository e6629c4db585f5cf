"""A small parser of SCIM filters (RFC 7644 section 3.4.2.2), which makes a function of each."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.zoo.message import Refused
from tests.zoo.paths import Path, resolve
from tests.zoo.schema import BOOLEAN, Attribute, Kind

Test = Callable[[dict[str, Any]], bool]
TOKEN = re.compile(r'\s*("(?:\\.|[^"\\])*"|[()\[\]]|[^\s()\[\]"]+)')
ORDER = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}
TEXT = {"co": lambda have, want: want in have, "sw": str.startswith, "ew": str.endswith}
OPERATORS = {"eq", "ne", "pr", *ORDER, *TEXT}


@dataclass(frozen=True)
class Filter:
    """A filter that was understood.

    Attributes:
        test: whether a resource fits.
        exact: attribute and value where it is nothing but ``attribute eq "value"``.
        equals: what ``eq`` comparisons say, by lower-case attribute; for a value that PATCH has to make.
    """

    test: Test
    exact: tuple[str, Any] | None = None
    equals: tuple[tuple[str, Any], ...] = ()


def parse(kind: Kind, text: str) -> Filter:
    """Read a filter on resources.

    Raises:
        Refused: it is none.
    """
    return _read(_Parser(text, lambda name: resolve(kind, name, "invalidFilter")))


def parse_values(attribute: Attribute, text: str) -> Filter:
    """Read a filter on the values of an attribute, as it stands in brackets."""
    return _read(_Parser(text, lambda name: _within(attribute, name)))


def _within(attribute: Attribute, name: str) -> Path:
    if not attribute.sub and name.lower() == "value":
        return Path("", attribute)
    if name.lower() not in attribute.sub:
        raise Refused(400, f"no attribute {attribute.name}.{name}", "invalidFilter")
    return Path("", attribute.sub[name.lower()])


def _read(parser: _Parser) -> Filter:
    test = parser.either()
    if parser.tokens:
        raise Refused(400, f"cannot read {parser.tokens[0]!r}", "invalidFilter")
    exact = parser.compared[0] if len(parser.compared) == 1 and parser.plain else None
    return Filter(test, exact, tuple(parser.compared) if parser.plain or parser.conjunct else ())


class _Parser:
    def __init__(self, text: str, find: Callable[[str], Path]) -> None:
        self.tokens = TOKEN.findall(text)
        if "".join(self.tokens) != re.sub(r'("(?:\\.|[^"\\])*")|\s+', lambda m: m[1] or "", text):
            raise Refused(400, f"cannot read {text!r}", "invalidFilter")
        self.find = find
        self.compared: list[tuple[str, Any]] = []
        self.plain, self.conjunct = True, True

    def take(self) -> str:
        """The next token."""
        if not self.tokens:
            raise Refused(400, "the filter ends too early", "invalidFilter")
        return self.tokens.pop(0)

    def ahead(self, word: str) -> bool:
        """Whether this is the next word; it is taken."""
        if self.tokens and self.tokens[0].lower() == word:
            self.tokens.pop(0)
            return True
        return False

    def either(self) -> Test:
        """Comparisons with ``or`` between them."""
        tests = [self.both()]
        while self.ahead("or"):
            self.plain = self.conjunct = False
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def both(self) -> Test:
        """Comparisons with ``and`` between them."""
        tests = [self.one()]
        while self.ahead("and"):
            self.plain = False
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        """A comparison, ``not (…)`` or ``(…)``."""
        if self.ahead("not"):
            self.plain = self.conjunct = False
            if not self.ahead("("):
                raise Refused(400, "not wants a bracket", "invalidFilter")
            test = self.inside(")")
            return lambda row: not test(row)
        return self.inside(")") if self.ahead("(") else self.comparison()

    def inside(self, end: str) -> Test:
        """What stands in brackets."""
        test = self.either()
        if self.take() != end:
            raise Refused(400, f"{end} is missing", "invalidFilter")
        return test

    def comparison(self) -> Test:
        """``attribute op value``, ``attribute pr`` or ``attribute[…]``."""
        path = self.find(self.take())
        if path.attribute is None:
            raise Refused(400, "a schema is no attribute", "invalidFilter")
        if self.ahead("["):
            return self.value_path(path)
        return self.compared_by(path, lambda row: _values(path, row))

    def value_path(self, path: Path) -> Test:
        """``attribute[…]``, which may go on with a sub-attribute and an operator."""
        self.plain = self.conjunct = False
        outer, attribute = self.find, path.attribute
        assert attribute is not None
        self.find = lambda name: _within(attribute, name)
        test, self.find = self.inside("]"), outer
        if self.tokens and self.tokens[0].startswith("."):
            sub = _within(attribute, self.take()[1:]).attribute
            assert sub is not None
            return self.compared_by(
                Path("", attribute, sub),
                lambda row: [r[sub.name] for r in _rows(path, row) if test(r) and sub.name in r],
            )
        return lambda row: any(test(value) for value in _rows(path, row))

    def compared_by(self, path: Path, get: Callable[[dict[str, Any]], list[Any]]) -> Test:
        """The rest of a comparison of values."""
        word = self.take().lower()
        if word not in OPERATORS:
            raise Refused(400, f"no operator {word!r}", "invalidFilter")
        if word == "pr":
            self.plain = self.conjunct = False
            return (lambda row: bool(get(row))) if path.sub else (lambda row: bool(_rows(path, row)))
        value, last = self.literal(), path.last
        assert last is not None
        if last.returned == "never":
            raise Refused(400, f"{last.name} cannot be searched for", "invalidFilter")
        assert path.attribute is not None
        if word == "eq":
            self.compared.append((path.attribute.name if path.sub is None else "", value))
        else:
            self.plain = self.conjunct = False
        return comparing(last, word, value, get)

    def literal(self) -> Any:
        """A JSON value."""
        token = self.take()
        try:
            return json.loads(token if token.startswith('"') else token.lower())
        except ValueError:
            raise Refused(400, f"{token} is no value", "invalidFilter") from None


def comparing(last: Attribute, word: str, value: Any, get: Callable[[dict[str, Any]], list[Any]]) -> Test:
    """A test by an operator."""
    if value is None:
        return (lambda row: not get(row)) if word == "eq" else (lambda row: bool(get(row)))
    key = _key(last, word, value)
    want = key(value)
    if word == "eq":
        return lambda row: want in map(key, get(row))
    if word == "ne":
        return lambda row: want not in map(key, get(row))
    relation: Callable[[Any, Any], bool] = (ORDER | TEXT)[word]
    return lambda row: any(relation(key(have), want) for have in get(row))


def _key(last: Attribute, word: str, value: Any) -> Callable[[Any], Any]:
    if last.type == BOOLEAN:
        if word not in {"eq", "ne"} or not (isinstance(value, bool) or str(value).lower() in {"true", "false"}):
            raise Refused(400, f"{last.name} is true or false", "invalidFilter")
        return lambda have: str(have).lower()
    if not isinstance(value, str):
        raise Refused(400, f"{last.name} is no {value!r}", "invalidFilter")
    if last.type == "dateTime":
        return moment
    return str if last.exact else str.casefold


def moment(text: str) -> datetime:
    """A date, to be compared."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, f"{text!r} is no date", "invalidFilter") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _rows(path: Path, row: dict[str, Any]) -> list[Any]:
    assert path.attribute is not None
    found = path.holder(row).get(path.attribute.name)
    return found if isinstance(found, list) else [] if found is None else [found]


def _values(path: Path, row: dict[str, Any]) -> list[Any]:
    """The values that a comparison looks at."""
    last, rows = path.last, _rows(path, row)
    assert last is not None
    return [
        row[last.name] if isinstance(row, dict) else row
        for row in rows
        if not isinstance(row, dict) or last.name in row
    ]
