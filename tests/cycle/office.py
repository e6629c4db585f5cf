"""A small company, a tenant of the embedded server, and the service between them, in this process."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import httpx

from conformance.demo.server import build_app
from conformance.idp.dialects import LEGACY
from conformance.provisioning.mappings.synchronization import default_schema
from conformance.provisioning.service.company import play, script
from conformance.provisioning.service.engine import Service
from conformance.provisioning.service.exporter import Exporter
from conformance.provisioning.service.job import Job
from conformance.provisioning.service.log import Log
from conformance.provisioning.service.simulated_time import Clock
from conformance.provisioning.service.state import State
from conformance.provisioning.service.tools import Tools
from conformance.provisioning.source.directory import GROUP, USER, Assignment, SourceObject
from conformance.scim.client import Client, Request
from conformance.scim.journal import Journal
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from tests.faults.lab import TOKEN, URL
from tests.faults.layer import wrap

PREFIX = "scimconf-office"


def person(number, *, manager=None, assigned=True, enabled=True, **attributes):
    """A user of the source directory."""
    name = f"{PREFIX}-p{number}@example.com"
    identifier = f"00000000-0000-4000-8000-{number:012}"
    known = {
        "userPrincipalName": name, "mail": name, "mailNickname": name.partition("@")[0], "givenName": "Pat",
        "surname": f"Nr{number}", "displayName": f"Pat Nr{number}", "accountEnabled": enabled, "jobTitle": "Clerk",
        "department": "Sales",
    }  # fmt: skip
    roles = (Assignment(),) if assigned else ()
    return SourceObject(USER, identifier, known | attributes, manager=manager, assignments=roles)


def team(number, *members, assigned=True, **attributes):
    """A group of the source directory."""
    identifier = f"00000000-0000-4000-9000-{number:012}"
    name = {"displayName": f"{PREFIX}-team{number}"}
    roles = (Assignment(),) if assigned else ()
    return SourceObject(GROUP, identifier, name | attributes, members=tuple(m.id for m in members), assignments=roles)


class Office:
    """One job over one tenant.

    Attributes:
        sent: method, path and body of each request, in order.
    """

    def __init__(self, *objects, behaviour=None, app=None, schema=None, concurrency=1, notify=None, **job):
        self.sent = []
        self.app = app or build_app(TOKEN)
        served = wrap(self.app, behaviour) if behaviour else self.app
        transport = httpx.WSGITransport(app=served, raise_app_exceptions=False)
        self.client = Client(Target(URL, token=Secret(TOKEN), timeout=5.0), Journal(None, URL), transport=transport)
        self.state = State()
        self.state.put(objects)
        job = Job(schema or default_schema(), **({"dialect": LEGACY} | job))
        self.log = Log(job, None, URL)
        tools = Tools(job, self.state, Exporter(self.client, self._observe), self.log, Clock())
        self.mails = []
        self.service = Service(tools, concurrency=concurrency, notify=notify or self.mails.append)
        self.tools = tools

    def _observe(self, operation, label, exchange):
        path = exchange.path.removeprefix("/v2")
        self.sent.append((exchange.method, path, exchange.request_body, operation, label, exchange.status))

    def cycle(self, *changed, removed=()):
        """Change the source and run a cycle, 40 minutes later."""
        self.state.put(changed, buried=[one.id for one in removed])
        self.tools.clock.at_least(self.service.condition.next_at)
        self.sent.clear()
        return self.service.cycle("test", "A test")

    def play(self, sets):
        """Play a script to its end."""
        return list(play(self.service, script(sets, restarts=True)))

    def writes(self):
        """Method and body of each write since the last cycle began."""
        return [(method, path, body) for method, path, body, *_ in self.sent if method != "GET"]

    def operations(self):
        """All PATCH operations since the last cycle began."""
        return [op for method, _, body in self.writes() if method == "PATCH" for op in body["Operations"]]

    def stored(self, source):
        """The resource behind a source object, as the target has it."""
        link = self.state.link(source.id)
        return self.client.send(Request("GET", f"{link.collection}/{link.target}")).resource

    def events(self, source=None):
        """Events of the log, of one object or all."""
        return [event for event in self.log.events if source is None or event["sourceIdentity"]["id"] == source.id]

    def action(self, source):
        """Action and status of the last event of an object."""
        event = self.events(source)[-1]
        return event["provisioningAction"], event["provisioningStatusInfo"]["status"]


def another(office, *objects, **given):
    """Another job over the same tenant, by somebody else who created nothing of what is there."""
    return Office(*objects, app=office.app, **given)


@contextmanager
def switched_off(office):
    """The endpoint answers everything with 503 for a while."""
    send = office.client.send
    office.client.send = lambda request: replace(send(request), status=503, body="")
    try:
        yield
    finally:
        office.client.send = send
