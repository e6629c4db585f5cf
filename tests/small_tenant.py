"""A small endpoint in memory behind httpx, with one user of somebody else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from conformance.scim.claim import Marks
from conformance.scim.client import Client
from conformance.scim.journal import Journal
from conformance.scim.secret import Secret
from conformance.scim.target import Target

ME = "scimconf-abc234-me@example.com"
BOSS = "the-boss@example.com"


@dataclass
class Answer:
    """An answer, as far as whoever looks needs to know it."""

    status: int | None = 200
    resource: dict[str, Any] = field(default_factory=dict)

    @property
    def listed(self):
        """The rows."""
        return self.resource.get("Resources", [])


class Tenant:
    """An endpoint with one user of somebody else, whose creates are answered by a function.

    Args:
        answer: makes the answer to a create of the resource as it was stored.
        decode: how often a path is percent-decoded before it is looked at, as careless proxies do.
    """

    def __init__(self, answer=None, decode=1):
        self.users = {"7": {"id": "7", "userName": BOSS, "meta": {"version": "1"}}}
        self.answer = answer or (lambda user: httpx.Response(201, json=user))
        self.decode = decode
        self.sent = []

    @property
    def boss(self):
        """The user of somebody else, or what is left of it."""
        return self.users.get("7")

    def __call__(self, request):
        """Decode the path and resolve its dots, as something on the way might."""
        self.sent.append(request)
        path = request.url.raw_path.decode().partition("?")[0]
        for _ in range(self.decode):
            path = unquote(path)
        place = [part for part in urlsplit(path).path.removeprefix("/scim").split("/") if part != "."]
        while ".." in place:
            at = place.index("..")
            del place[at - 1 : at + 1]
        identifier = place[-1].strip() if len(place) > 2 else None
        return self.handle(request, identifier)

    def handle(self, request, identifier):
        """Serve a request as a plain server would."""
        if request.method == "POST":
            user = json.loads(request.content or b"{}") | {"id": str(len(self.users) + 100)}
            self.users[user["id"]] = user
            return self.answer(user)
        if identifier is None:
            return self.list(*str(request.url.params.get("filter") or "").split(" ", 2))
        user = self.users.get(identifier)
        if user is None:
            return httpx.Response(404)
        if request.method == "DELETE":
            del self.users[identifier]
            return httpx.Response(204)
        if request.method != "GET":
            user["meta"] = {"version": "2"}
        return httpx.Response(200, json=user)

    def list(self, attribute="", operator="", value=""):
        """Serve a list; a filter by the beginning of a name or by the whole of it."""
        wanted = value.strip('"').casefold()
        shown = {key: str(user.get(attribute, "")).casefold() for key, user in self.users.items()}
        fits = {"": lambda _text: True, "eq": wanted.__eq__, "sw": lambda text: text.startswith(wanted)}[operator]
        rows = [user for key, user in self.users.items() if not attribute or (shown[key] and fits(shown[key]))]
        return httpx.Response(200, json={"totalResults": len(rows), "Resources": rows})


def at_once(monkeypatch, rounds=3):
    """No waiting for what cannot be read yet, nor between the attempts of a reckoning, of which there are so many."""
    monkeypatch.setattr("conformance.scim.client.PATIENCE", (0.0,) * 6)
    monkeypatch.setattr("conformance.scim.reckoning.ROUNDS", (0.0,) * rounds)
    monkeypatch.setattr("conformance.scim.reckoning.PROMISED", ())
    monkeypatch.setattr("conformance.scim.reckoning.SHORTEST", 0.0)
    monkeypatch.setattr("conformance.scim.reckoning.PROMISE", 0.0)


MARKS = Marks("scimconf-abc234", "0f0e0d0c-0b0a-5908-8706-")


def client_of(tenant, **options):
    """A client that talks to it."""
    target = Target("http://127.0.0.1/scim", token=Secret("canary-token-0123456789"), **options)
    client = Client(target, Journal(None, target.base, MARKS), transport=httpx.MockTransport(tenant))
    client.surveyed = {"/Users": True, "/Groups": True}  # no request that no test is about
    return client
