"""Quirks of ids: what a server makes of the id in a URL, and which ids it gives."""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import replace
from typing import Any

from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import USER, Kind, data_of
from tests.zoo.server import Zoo
from tests.zoo.store import FOREIGN, SUITE, Record


class _Integers(Zoo):
    """Ids are whole numbers, counted up for all tables together."""

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return str(next(self.numbers))

    def find(self, kind: Kind, identifier: str) -> Record | None:
        number = self.number(identifier)
        return None if number is None else self.store.get(kind, str(number))

    def number(self, text: str) -> int | None:
        """What the server takes an id for."""
        return int(text) if text.isdecimal() else None


class ParseInt(_Integers):
    """Ids are integers, and an id in a URL is read by its leading digits (parseInt, atoi, PHP's (int))."""

    def number(self, text: str) -> int | None:
        found = re.match(r"\s*[+-]?\d+", text)
        return int(found[0]) if found else None


class ParseIntHex(ParseInt):
    """As parse-int, and what begins with 0x is hexadecimal, as JavaScript reads it."""

    def number(self, text: str) -> int | None:
        found = re.match(r"\s*0[xX]([0-9a-fA-F]+)", text)
        return int(found[1], 16) if found else super().number(text)


class HexInt(_Integers):
    """Ids are integers in hexadecimal, and an id in a URL is read as far as it is one (strtol with base 16)."""

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return f"{next(self.numbers):x}"

    def find(self, kind: Kind, identifier: str) -> Record | None:
        found = re.match(r"\s*[0-9a-fA-F]+", identifier)
        return self.store.get(kind, f"{int(found[0], 16):x}") if found else None


class MysqlCast(_Integers):
    """Ids are integers, and MySQL compares them with the leading number of the text, with fraction and exponent."""

    def number(self, text: str) -> int | None:
        found = re.match(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2}(?!\d))?", text)
        value = float(found[0]) if found else 0.0
        return int(value) if value == int(value) and value < 1e15 else None


class DigitsOnly(_Integers):
    """Ids are integers, and all but the first five digits of an id in a URL is dropped (a regular expression)."""

    def number(self, text: str) -> int | None:
        digits = re.sub(r"\D", "", text)
        return int(digits[:5]) if digits else None


class IntOrServerError(_Integers):
    """Ids are integers, and an id that is none is answered 500 (int() without a try)."""

    def number(self, text: str) -> int | None:
        if not text.isdigit():
            raise Refused(500, f"invalid literal for int(): {text}")
        return int(text)


class PerTable(_Integers):
    """Each table counts its own ids from 1, and the type of a member is ignored: every member is a user."""

    offers_bulk = False

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.counts: Counter[str] = Counter()

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        self.counts[kind.name] += 1
        return str(self.counts[kind.name])

    def member(self, row: dict[str, Any]) -> dict[str, Any]:
        made = self._link(self._referred(str(row.get("value")), [USER]), {"value", "type"})
        user = self.store.get(USER, made["value"])
        assert user is not None
        user.data["meta"] = user.data["meta"] | {"lastModified": self.now()}
        return made


class ParseIntOnWrite(_Integers):
    """Ids are integers; a read wants the very id, a write takes its leading digits (two ways of routing)."""

    def resource(self, kind: Kind, request: Request) -> Answer:
        if request.method != "GET":
            digits = re.match(r"\d+", request.parts[1])
            request = replace(request, parts=(request.parts[0], digits[0] if digits else request.parts[1]))
        return super().resource(kind, request)


class NumbersInJson(ParseInt):
    """As parse-int, and ids are JSON numbers in bodies."""

    def save(self, record: Record, data: dict[str, Any], created: str) -> None:
        super().save(record, data, created)
        record.data["id"] = int(record.id)


class CaseFoldedIds(Zoo):
    """Ids are two letters, given in any case and looked up without regard to it (a case-insensitive collation)."""

    offers_bulk = False

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        pairs = (a + b for a in string.ascii_letters for b in string.ascii_letters)
        return next(pair for pair in pairs if self.store.get(kind, pair) is None)

    def find(self, kind: Kind, identifier: str) -> Record | None:
        wanted = identifier.casefold()
        return next((row for row in self.store.rows(kind) if row.id.casefold() == wanted), None)


class LengthPlusOne(_Integers):
    """An id is the number of rows plus one, so that after a deletion the same id is given twice; a list of rows."""

    offers_bulk = False

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return str(len(list(self.store)) + 1)

    def add(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        self.refer(kind, data)
        number = self.new_id(kind, data)
        record = Record(kind, number, {}, origin, key=f"{number}#{next(self.numbers)}")
        self.save(record, data, self.now())
        return record

    def find(self, kind: Kind, identifier: str) -> Record | None:
        return next((row for row in self.store.rows(kind) if row.id == identifier), None)


class HighestPlusOne(_Integers):
    """An id is the highest of all plus one, so that the id of a deleted last row is given again (SQLite)."""

    def new_id(self, kind: Kind, data: dict[str, Any]) -> str:
        return str(max((int(row.id) for row in self.store), default=0) + 1)


class HiresOnHighestPlusOne(HighestPlusOne):
    """As highest-plus-one, and with every ninth request somebody in HR hires a person."""

    def tick(self) -> None:
        super().tick()
        if self.count % 9 == 0:
            hire(self)


class Hires(_Integers):
    """Ids are integers, and with every ninth request somebody in HR hires a person."""

    def tick(self) -> None:
        super().tick()
        if self.count % 9 == 0:
            hire(self)


class FirstRowForUnknown(Zoo):
    """An id that nobody has means the first row of the table (a condition that was dropped)."""

    def find(self, kind: Kind, identifier: str) -> Record | None:
        return super().find(kind, identifier) or next(iter(self.store.rows(kind)), None)


class PutCreates(Zoo):
    """PUT to an id that nobody has creates a resource under it."""

    def resource(self, kind: Kind, request: Request) -> Answer:
        if request.method != "PUT" or self.find(kind, request.parts[1]) is not None:
            return super().resource(kind, request)
        data = data_of(kind, request.body)
        self.unique(kind, data, None)
        record = Record(kind, request.parts[1], {}, SUITE)
        self.save(record, data, self.now())
        return self.shown(record, request, 201)


def hire(zoo: Zoo) -> None:
    """Somebody else creates a person."""
    number = zoo.count
    name = f"hired.{number}@example.com"
    zoo.books.excuse(zoo.add(USER, {"userName": name, "displayName": f"Hired Nr{number}", "active": True}, FOREIGN))
