"""Quirks of creates: what is stored, under which name, and what is answered to it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import GROUP, USER, Kind
from tests.zoo.server import Zoo
from tests.zoo.store import SUITE, Record


class _Stored(Zoo):
    """Some creates are stored and then answered with an error."""

    def refuses(self, kind: Kind, body: Any) -> Refused | None:
        """The error that a create is answered with."""
        return None

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        answer = super().create(kind, body, request)
        refused = self.refuses(kind, body)
        return answer if refused is None else refused.answer


class StoredGroup500(_Stored):
    """The first POST of a group is stored and answered 500; a second one of the same name is stored, too, with 201."""

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.names: set[str] = set()

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        if kind is USER:
            super().unique(kind, data, record)

    def refuses(self, kind: Kind, body: Any) -> Refused | None:
        name = str(body.get("displayName"))
        if kind is USER or name in self.names:
            return None
        self.names.add(name)
        return Refused(500, "the cache could not be refreshed")


class Stored500(_Stored):
    """Every fifth create is stored and answered 500."""

    def refuses(self, kind: Kind, body: Any) -> Refused | None:
        return Refused(500, "a trigger failed") if self.count % 5 == 0 else None


class Stored400(_Stored):
    """Every fifth create is stored and answered 400, "created, but …"."""

    def refuses(self, kind: Kind, body: Any) -> Refused | None:
        return Refused(400, "created, but the manager could not be notified") if self.count % 5 == 0 else None


class Stored409(_Stored):
    """Every fifth create is stored and answered 409, because a row of a second table is there already."""

    def refuses(self, kind: Kind, body: Any) -> Refused | None:
        return Refused(409, "duplicate key", "uniqueness") if self.count % 5 == 0 else None


class TakenIs500(Zoo):
    """A create under a taken name is answered 500, and nothing is stored."""

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        try:
            super().unique(kind, data, record)
        except Refused:
            raise Refused(500, "unique constraint failed") from None


class EmptyNameBreaksList(Zoo):
    """A user without a name is refused with 400 and stored; from then on GET /Users is answered 500."""

    unlistable = True

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        if kind is USER and isinstance(body, dict) and not body.get("userName"):
            external = str(body.get("externalId", ""))
            record = Record(kind, self.new_id(kind, {}), {}, SUITE)
            self.save(record, {"externalId": external, "displayName": external} if external else {}, self.now())
            raise Refused(400, "userName is required", "invalidValue")
        return super().create(kind, body, request)

    def search(self, kinds: list[Kind], query: Any) -> Answer:
        if USER in kinds and any("userName" not in row.data for row in self.store.rows(USER)):
            raise Refused(500, "'NoneType' object has no attribute 'lower'")
        return super().search(kinds, query)


class CatchAll(Zoo):
    """Every POST that is not understood, /Bulk and [] among them, creates a user without a name and is answered 201."""

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        known = request.parts[:1] and request.parts[-1].lower() == ".search"
        bad = answer.status >= 400 and answer.status not in {401, 409}
        odd = request.parts[:1] == ("Bulk",) or bad
        if request.method != "POST" or known or answer.status == 401 or not odd:
            return answer
        record = Record(USER, self.new_id(USER, {}), {}, SUITE)
        self.save(record, {}, self.now())
        return self.shown(record, request, 201)

    def bulk(self, request: Request) -> Answer:
        return Refused(404, "nothing here").answer


class _Renames(Zoo):
    """A user is stored under another name than was sent."""

    drops = False

    def stored_name(self, data: dict[str, Any]) -> str:
        """The name that it gets."""
        return f"user{next(self.numbers)}"

    def add(self, kind: Kind, data: dict[str, Any], origin: str = SUITE) -> Record:
        if kind is not USER or origin != SUITE:
            return super().add(kind, data, origin)
        sent = str(data["userName"])
        made = {key: value for key, value in data.items() if not (self.drops and key == "externalId")}
        record = super().add(kind, made | {"userName": self.stored_name(data)}, origin)
        record.names.add(sent)
        return record


class NameFromEmail(_Renames):
    """userName becomes what stands before the @ of the e-mail address (or of the name); externalId is kept."""

    def stored_name(self, data: dict[str, Any]) -> str:
        rows = data.get("emails") or [{}]
        return str(rows[0].get("value") or data["userName"]).partition("@")[0]


class NameFromEmailBare(NameFromEmail):
    """As name-from-email, and externalId is dropped."""

    drops = True


class NameReplaced(_Renames):
    """userName becomes a number of the server's own; externalId is kept."""


class NameReplacedBare(_Renames):
    """userName becomes a number of the server's own, and externalId is dropped: the answer's id is all there is."""

    drops = True
    unlistable = True


class LocationOnly(Zoo):
    """A create is answered 201 with a Location and no body."""

    tidy = True
    offers_bulk = False

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        return replace(super().create(kind, body, request), body=None)


class NothingBack(Zoo):
    """A create is answered 201 with neither a Location nor a body."""

    tidy = True
    offers_bulk = False

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        super().create(kind, body, request)
        return Answer(201)


class Creates200(Zoo):
    """A create is answered 200 in place of 201."""

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        return replace(super().create(kind, body, request), status=200)


class NeverStored(Zoo):
    """Every fifth create is answered 201 with an id, and nothing is stored."""

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        answer = super().create(kind, body, request)
        if self.count % 5 == 0:
            record = self.store.get(kind, answer.body["id"])
            assert record is not None
            self.remove(record)
        return answer


class Accepted(Zoo):
    """POST is answered 202 and takes effect 3 s later, DELETE 202 and 5 s later."""

    offers_bulk = False

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        record = self.store.get(kind, super().create(kind, body, request).body["id"])
        assert record is not None
        record.shown = False
        self.later(3.0, lambda: setattr(record, "shown", True))
        return Answer(202)

    def delete(self, record: Record, request: Request) -> Answer:
        self.later(5.0, lambda: self.remove(record))
        return Answer(202)


class RepeatedPosts(Zoo):
    """A proxy sends every POST twice and hands on the second answer; names of groups are not unique."""

    every = 1

    def unique(self, kind: Kind, data: dict[str, Any], record: Record | None) -> None:
        if kind is not GROUP:
            super().unique(kind, data, record)

    def answer(self, request: Request) -> Answer:
        if request.method == "POST" and request.parts[-1:] != (".search",) and self.count % self.every == 0:
            super().answer(request)
        return super().answer(request)


class RepeatedPostsOneInTen(RepeatedPosts):
    """A proxy sends one POST in ten twice and hands on the second answer; names of groups are not unique."""

    every = 10


class SwappedAnswers(Zoo):
    """Two creates that come at once get each other's answers."""

    patience = 0.15
    """Seconds for which a create waits for another."""

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.waiting: list[list[Any]] = []
        self.swap = threading.Condition()

    def serve(self, request: Request) -> Answer:
        answer = super().serve(request)
        if request.method != "POST" or answer.status != 201:
            return answer
        with self.swap:
            if self.waiting:
                other = self.waiting.pop()
                answer, other[0] = other[0], answer
                self.swap.notify_all()
                return answer
            mine = [answer]
            self.waiting.append(mine)
            self.swap.wait_for(lambda: mine not in self.waiting, timeout=self.patience)
            self.waiting = [one for one in self.waiting if one is not mine]
            return mine[0]


class SwappedAnswersWhileHiring(SwappedAnswers):
    """As swapped-answers, and the other create may be one of HR's."""

    offers_bulk = False

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        answer = super().create(kind, body, request)
        if kind is not USER or self.count % 3:
            return answer
        name = f"hired.{self.count}@example.com"
        record = self.add(USER, {"userName": name, "displayName": "Somebody Hired"}, "foreign")
        self.books.excuse(record)
        return self.shown(record, request, 201)
