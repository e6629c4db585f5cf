"""Quirks of lists, filters and dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import Kind
from tests.zoo.server import Zoo
from tests.zoo.store import Record


def iso(moment: datetime) -> str:
    """A time in UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EqualsIsLike(Zoo):
    """eq in a filter means "contains"."""

    tidy = True

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        changed = re.sub(r"(?i) eq (?=\")", " co ", str(query.get("filter", "")))
        return super().search(kinds, {**query, "filter": changed} if changed else query)


class FiltersRefused(Zoo):
    """Every filter is answered 400."""

    tidy = True

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        if query.get("filter"):
            raise Refused(400, "filters are not offered", "invalidFilter")
        return super().search(kinds, query)


class FiltersIgnored(Zoo):
    """Every filter is ignored, and everything is listed."""

    tidy = True

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        return super().search(kinds, {key: value for key, value in query.items() if key != "filter"})


class OnlyEquals(Zoo):
    """A filter that is not one comparison by eq finds nothing."""

    tidy = True

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        text = str(query.get("filter", ""))
        if text and not re.fullmatch(r'(?i)[\w.:]+ eq "[^"]*"', text):
            return super().search(kinds, {**query, "filter": 'id eq "none"'})
        return super().search(kinds, query)


class SmallPages(Zoo):
    """A page has five resources, whatever count says."""

    tidy = True

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        count = str(query.get("count", "5"))
        return super().search(kinds, {**query, "count": str(min(5, int(count))) if count.isdecimal() else count})


class PagesIgnored(Zoo):
    """Every list is its first twenty resources, whatever startIndex says."""

    unlistable = True

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        rest = {key: value for key, value in query.items() if key not in {"startindex", "count"}}
        return super().search(kinds, rest | {"count": "20"})


class ListsRefused(Zoo):
    """Lists and filters are answered 403; a single resource is read by its id."""

    unlistable = True

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        raise Refused(403, "not allowed to list")


class Lags(Zoo):
    """Reads, changes and deletions do not see a resource until 1.5 s after its create."""

    tidy = True
    lag = 1.5

    def add(self, kind: Kind, data: dict[str, Any], origin: str = "suite") -> Record:
        record = super().add(kind, data, origin)
        if origin == "suite":
            record.shown = False
            self.later(self.lag, lambda: setattr(record, "shown", True))
        return record

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        rows = self.store.named(kind, kind.unique, str(data[kind.unique]))
        if any(row is not record for row in rows):
            raise Refused(409, "taken", "uniqueness")


class ListsLag(Zoo):
    """Lists and filters do not see a resource until 1.5 s after its create; a read by id does."""

    tidy = True

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.fresh: set[Record] = set()

    def add(self, kind: Kind, data: dict[str, Any], origin: str = "suite") -> Record:
        record = super().add(kind, data, origin)
        if origin == "suite":
            self.fresh.add(record)
            self.later(1.5, lambda: self.fresh.discard(record))
        return record

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        for record in self.fresh:
            record.shown = False
        try:
            return super().search(kinds, query)
        finally:
            for record in self.fresh:
                record.shown = True


class NoMeta(Zoo):
    """No resource has a meta."""

    tidy = True

    def shown(self, record: Record, request: Request, status: int = 200) -> Answer:
        answer = super().shown(record, request, status)
        return Answer(status, {key: value for key, value in answer.body.items() if key != "meta"}, answer.headers)

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        answer = super().search(kinds, query)
        rows = [{k: v for k, v in row.items() if k != "meta"} for row in answer.body.get("Resources", [])]
        return Answer(200, answer.body | ({"Resources": rows} if rows else {}))


class _Clock(Zoo):
    """Times are others than they should be."""

    tidy = True
    ahead = timedelta()

    def now(self) -> str:
        return iso(datetime.now(UTC) + self.ahead)


class ClockAhead(_Clock):
    """The server's clock is three hours ahead, in meta and in the header Date."""

    ahead = timedelta(hours=3)

    def date(self) -> str:
        return format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)


class ClockBehind(ClockAhead):
    """The server's clock is three hours behind, in meta and in the header Date."""

    ahead = timedelta(hours=-3)


class DatabaseBehind(_Clock):
    """meta has the database's clock, which is three hours behind that of the header Date."""

    ahead = timedelta(hours=-3)


class DatesWithoutZone(_Clock):
    """Times in meta are UTC and do not say so."""

    def now(self) -> str:
        return iso(datetime.now(UTC)).removesuffix("Z")


class LocalDates(_Clock):
    """Times in meta are those of a place five hours behind UTC, and do not say so."""

    ahead = timedelta(hours=-5)

    def now(self) -> str:
        return super().now().removesuffix("Z")


class WholeSeconds(_Clock):
    """Times in meta are cut to whole seconds."""

    def now(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class WholeDays(_Clock):
    """Times in meta are cut to whole days."""

    def now(self) -> str:
        return datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")


class CreatedIsChanged(Zoo):
    """meta.created is the time of the last change."""

    tidy = True

    def save(self, record: Record, data: dict[str, Any], created: str) -> None:
        super().save(record, data, self.now())
