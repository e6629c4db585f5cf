"""The zoo's server: users and groups in memory, good where no quirk is laid over it."""

from __future__ import annotations

import random
import threading
import time
import traceback
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from tests.zoo import discovery, listing
from tests.zoo.bulk import Job
from tests.zoo.message import Answer, Refused, Request
from tests.zoo.patching import patched
from tests.zoo.rows import Rows
from tests.zoo.schema import KINDS, Kind, data_of
from tests.zoo.store import FOREIGN, Record

TOKEN = "zoo-token-0123456789abcdef"
METHODS = ("GET", "PUT", "PATCH", "DELETE")


class Zoo(Rows):
    """A good server. A quirk is a class of its own that does one of these things in another way.

    Attributes:
        count: requests so far.
        log: of each, what was asked for and the status.
        crashes: faults of the zoo's own.
        lossy: answers can be lost, so that a verb may have to say that it does not know.
        tidy: everything can be deleted, and nothing stands in the way of knowing so: nothing may be left.
        offers_bulk: whether there is /Bulk; not where a quirk would have to do with a job's own references.
        token: what a command is given to sign in with.
        options: further options of every command.
        media_type: of its answers.
        unlistable: what is there cannot be listed or found, so that a verb may have to say so.
    """

    lossy = False
    media_type = "application/scim+json"
    unlistable = False
    tidy = False
    offers_bulk = True
    token = TOKEN
    options: tuple[str, ...] = ()

    def __init__(self, url: str = "http://127.0.0.1") -> None:
        super().__init__(url)
        self.count = 0
        self.log: list[str] = []
        self.crashes: list[str] = []
        self.dice = random.Random()  # noqa: S311 - for quirks, not for secrets
        self.lock = threading.RLock()
        self.tasks: list[tuple[float, Callable[[], None]]] = []

    def seed(self, seed: int) -> None:
        """Make what is random about it the same again."""
        self.dice.seed(f"zoo {seed}")

    # --- requests --------------------------------------------------------------------------------------

    def serve(self, request: Request) -> Answer:
        """Answer a request that came over the wire."""
        with self.lock:
            self.count += 1
            self.tick()
            try:
                answer = self.answer(request)
            except Exception:  # noqa: BLE001 - a fault of the zoo's is told with the outcome, and blamed on nobody else
                self.crashes.append(f"{request}: {traceback.format_exc(limit=-6)}")
                answer = Refused(500, "a fault of the zoo's").answer
            self.log.append(f"{request.method} /{'/'.join(request.parts)} {answer.status}")
            return answer

    def answer(self, request: Request) -> Answer:
        """Answer a request."""
        try:
            self.admit(request)
            return self.route(request)
        except Refused as refused:
            return refused.answer

    def admit(self, request: Request) -> None:
        """See who asks, and how.

        Raises:
            Refused: they may not.
        """
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Refused(401, "wrong token")
        if request.broken:
            media = request.headers.get("content-type", "")
            raise Refused(400, "no JSON", "invalidSyntax") if "json" in media else Refused(415, "no JSON")

    def route(self, request: Request) -> Answer:
        """Find out what is asked for."""
        head = request.parts[0].lower() if request.parts else ""
        if request.method == "POST" and request.parts and request.parts[-1].lower() == ".search":
            kinds = list(KINDS.values()) if len(request.parts) == 1 else [self._kind(head)]
            return self.search(kinds, listing.asked(request.body))
        if head == "bulk" and len(request.parts) == 1 and self.offers_bulk:
            return self.bulk(request) if request.method == "POST" else _not_allowed(["POST"])
        if head == "me":
            raise Refused(501, "nobody knows who you are")
        if head in discovery.HEADS:
            return discovery.answer(self.url, request, bulk=self.offers_bulk)
        kind = self._kind(head)
        if len(request.parts) == 1:
            return self.collection(kind, request)
        if len(request.parts) == 2:
            return self.resource(kind, request)
        raise Refused(404, "nothing here")

    def _kind(self, head: str) -> Kind:
        if head not in KINDS:
            raise Refused(404, "nothing here")
        return KINDS[head]

    def collection(self, kind: Kind, request: Request) -> Answer:
        """A request to all of a kind."""
        if request.method == "GET":
            return self.search([kind], request.query)
        return self.create(kind, request.body, request) if request.method == "POST" else _not_allowed(["GET", "POST"])

    def resource(self, kind: Kind, request: Request) -> Answer:
        """A request to one of a kind."""
        if request.method not in METHODS:
            return _not_allowed(METHODS)
        record = self.find(kind, request.parts[1])
        if record is None or not record.shown:
            raise Refused(404, f"no {kind.name} {request.parts[1]}")
        if request.method == "GET":
            return self.read(record, request)
        self.touch(record, request)
        wanted = request.headers.get("if-match")
        if wanted and wanted not in {record.data["meta"].get("version"), "*"}:
            raise Refused(412, "it has another version")
        return {"PUT": self.replace, "PATCH": self.patch, "DELETE": self.delete}[request.method](record, request)

    def touch(self, record: Record, request: Request) -> None:
        """Note a write to what is foreign."""
        if record.origin == FOREIGN:
            self.books.touched.append(f"{request.method} /{'/'.join(request.parts)} met {record.path} ({record.name})")

    # --- one resource ----------------------------------------------------------------------------------

    def date(self) -> str:
        """The time, as the header Date shows it."""
        return formatdate(usegmt=True)

    def create(self, kind: Kind, body: Any, request: Request) -> Answer:
        """POST."""
        record = self.insert(kind, data_of(kind, body))
        return self.shown(record, request, 201)

    def replace(self, record: Record, request: Request) -> Answer:
        """PUT."""
        self.update(record, data_of(record.kind, request.body))
        return self.shown(record, request)

    def patch(self, record: Record, request: Request) -> Answer:
        """PATCH."""
        self.update(record, patched(record.kind, self.own_data(record), request.body))
        return self.shown(record, request)

    def delete(self, record: Record, request: Request) -> Answer:  # noqa: ARG002 - for quirks
        """DELETE."""
        self.remove(record)
        return Answer(204)

    def read(self, record: Record, request: Request) -> Answer:
        """GET."""
        if request.headers.get("if-none-match", "") == record.data["meta"].get("version", "none"):
            return Answer(304, headers={"ETag": record.data["meta"]["version"]})
        return self.shown(record, request)

    def shown(self, record: Record, request: Request, status: int = 200) -> Answer:
        """A row as an answer."""
        meta = record.data.get("meta", {})
        headers = {"ETag": meta["version"]} if "version" in meta else {}
        headers |= {"Location": meta["location"]} if "location" in meta else {}
        return Answer(status, listing.projected(record, request.query), headers)

    # --- many ------------------------------------------------------------------------------------------

    def search(self, kinds: list[Kind], query: listing.Query) -> Answer:
        """A list."""
        return Answer(200, listing.found(self.visible, self.store, kinds, query))

    def visible(self, kind: Kind) -> list[Record]:
        """What a list shows."""
        return [record for record in self.store.rows(kind) if record.shown]

    def bulk(self, request: Request) -> Answer:
        """A bulk job."""
        return Job(self, request).done()

    def meanwhile(self) -> None:
        """What happens between a command that was killed and the clean-up after it."""

    def recover(self) -> bool:
        """Put that right; whether there was anything to put right, so that a second clean-up has to end it."""
        return False

    # --- time ------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let everything happen that was only put off: what is seen after a minute."""
        with self.lock:
            while self.tasks:
                self.tasks.pop(0)[1]()

    def later(self, seconds: float, task: Callable[[], None]) -> None:
        """Put something off."""
        self.tasks.append((time.monotonic() + seconds, task))

    def tick(self) -> None:
        """Do what was put off until now."""
        due = [one for one in self.tasks if one[0] <= time.monotonic()]
        self.tasks = [one for one in self.tasks if one not in due]
        for _, task in due:
            task()


def _not_allowed(methods: Any) -> Answer:
    refused = Refused(405, "not here").answer
    return Answer(405, refused.body, {"Allow": ", ".join(methods)})
