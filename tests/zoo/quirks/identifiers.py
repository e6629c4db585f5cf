"""Quirks of ids: what a server makes of the id in a URL, and which ids it gives."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from tests.zoo.message import Refused
from tests.zoo.schema import USER, Kind
from tests.zoo.server import Zoo
from tests.zoo.store import Record


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
    """Ids are integers, and an id in a URL is read as hexadecimal as far as it goes (strtol with base 16)."""

    def number(self, text: str) -> int | None:
        found = re.match(r"\s*[0-9a-fA-F]+", text)
        return int(found[0], 16) if found else None


class MysqlCast(_Integers):
    """Ids are integers, and MySQL compares them with the leading number of the text, with fraction and exponent."""

    def number(self, text: str) -> int | None:
        found = re.match(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2}(?!\d))?", text)
        value = float(found[0]) if found else 0.0
        return int(value) if value == int(value) and value < 1e15 else None


class DigitsOnly(_Integers):
    """Ids are integers, and everything but digits is dropped from an id in a URL (a cleaning regular expression)."""

    def number(self, text: str) -> int | None:
        digits = re.sub(r"\D", "", text)
        return int(digits[:4]) if digits else None


class IntOrServerError(_Integers):
    """Ids are integers, and an id that is none is answered 500 (int() without a try)."""

    def number(self, text: str) -> int | None:
        if not text.isdigit():
            raise Refused(500, f"invalid literal for int(): {text}")
        return int(text)


class PerTable(_Integers):
    """Each table counts its own ids from 1, and the type of a member is ignored: every member is a user."""

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
