"""What a load worker sends: only what the guard lets through, no faster than the pace, and not for ever."""

from __future__ import annotations

import json
import time

import pytest

from conformance.config.settings import build, collect
from conformance.load.aftermath import Aftermath
from conformance.load.answer import Answer
from conformance.load.evidence import Evidence
from conformance.load.operations import Operation
from conformance.load.population import Directory
from conformance.load.sending import Sender
from conformance.scim import guard, reckoning
from conformance.scim.claim import Claim, Marks
from conformance.scim.journal import Journal
from conformance.scim.ledger import Ledger
from conformance.scim.lookout import SomebodyElse
from conformance.scim.request import Request
from conformance.scim.secret import Secret
from conformance.scim.target import encode_query
from tests.load.runs import TOKEN

URL = "http://127.0.0.1:9"
NAME = "scimconf-abcdef-load1"
MARKS = Marks("scimconf-abcdef", "0f0e0d0c-0b0a-5908-8706-")


class Endpoint:
    """Stands in place of the connections, and answers from a table of methods and paths."""

    def __init__(self, answers, otherwise=None):
        self.answers = answers
        self.otherwise = otherwise or Answer(404)
        self.seen = []

    def receive(self, method, url, _content, _headers):
        """The answer that the table has, or the other one."""
        request = f"{method} {url.removeprefix(URL)}"
        self.seen.append(request)
        found = self.answers.get(request, self.otherwise)
        return Answer(found.status, found.headers, found.body, found.error)


def shown(status=200, headers=None, **resource):
    """An answer with a resource."""
    return Answer(status, headers or {}, json.dumps(resource).encode())


def sender_to(endpoint):
    """A sender whose requests go to the endpoint."""
    sender = Sender(build(collect({"url": URL}), Secret(TOKEN)).target, Ledger(Journal(None, URL, MARKS)), 1)
    sender.connections = endpoint
    return sender


def create(sender):
    """Create a user; what became of it."""
    answer = sender.perform(Operation("create user", Request("POST", "/Users", body={}), lambda _answer: None, NAME))
    return answer.adopted


def clean_up(sender):
    """Delete all that is left, one after the other; what could not be deleted."""
    return Aftermath(sender, Directory(), Evidence(), lambda action, *arguments: action(*arguments), list).clean_up()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(reckoning, "ROUNDS", (0.0, 0.0))


def test_an_id_that_is_somebody_else_s_is_never_written_to():
    """The create shows our name under the id of another: a look right after it finds it out."""
    endpoint = Endpoint(
        {
            "POST /Users": shown(201, id="ceo", userName=NAME),
            "GET /Users/ceo": shown(id="ceo", userName="ceo@example.com"),
            "GET /Users?" + encode_query([("filter", f'userName eq "{NAME}"')]): shown(totalResults=0, Resources=[]),
        }
    )
    sender, told = sender_to(endpoint), []
    assert create(sender) is None
    change = Request("PATCH", "/Users/ceo", body={})
    answers = [sender.perform(Operation("update user", change, told.append)) for _ in range(2)]
    account = clean_up(sender)

    assert ([answer.error for answer in answers], len(told)) == (["not-sent"] * 2, 2)
    first = account.left[0]
    assert (first.name, first.id) == ("ceo@example.com", "ceo")
    assert {request.split()[0] for request in endpoint.seen} == {"POST", "GET"}


def test_an_id_is_looked_at_once():
    """Right after its create; no write costs a look any more."""
    endpoint = Endpoint(
        {"POST /Users": shown(201, id="1", userName=NAME), "GET /Users/1": shown(id="1", userName=NAME)}, Answer(204)
    )
    sender = sender_to(endpoint)
    create(sender)
    for _ in range(2):
        sender.send(Request("PATCH", "/Users/1", body={}))

    assert endpoint.seen == ["POST /Users", "GET /Users/1", "PATCH /Users/1", "PATCH /Users/1"]


@pytest.mark.parametrize(("kind", "path"), [("members", "/Groups/9"), ("manager", "/Users/9")])
def test_whom_a_body_names_is_looked_at_before(kind, path):
    """An endpoint may take the id of a user of ours for somebody else's, and make that person a member."""
    endpoint = Endpoint({"GET /Users/aE": shown(id="aE", userName="ceo@example.com")}, Answer(204))
    sender = sender_to(endpoint)
    for collection, identifier in (("/Users", "aE"), (path.rpartition("/")[0], "9")):
        claim = Claim(collection, NAME)
        sender.ledger.intend(claim)
        assert sender.ledger.born(claim, identifier)
    sender.ledger.see(*guard.place(path))
    value = [{"value": "aE"}] if kind == "members" else "aE"
    body = {"Operations": [{"op": "add", "path": kind, "value": value}]}

    with pytest.raises(SomebodyElse):
        sender.send(Request("PATCH", path, body=body))
    assert endpoint.seen == ["GET /Users/aE"]


def test_a_create_that_only_says_where_is_read_there():
    """201 with a Location and no body is ours once a read has shown our name."""
    endpoint = Endpoint(
        {
            "POST /Users": Answer(201, {"location": f"{URL}/Users/7"}),
            "GET /Users/7": shown(id="7", userName=NAME),
        }
    )

    assert create(sender_to(endpoint)) == "7"


def test_what_can_still_be_read_is_not_gone():
    """404 to a DELETE is believed where a read says the same."""
    endpoint = Endpoint({"GET /Users/1": shown(id="1", userName=NAME)}, Answer(404))
    sender = sender_to(endpoint)
    sender.ledger.born(Claim("/Users", NAME), "1")
    left = clean_up(sender).left
    endpoint.answers["GET /Users/1"] = Answer(404)

    assert [entry.id for entry in left] == ["1"]
    assert clean_up(sender).left == []


def test_what_no_read_has_shown_is_not_gone_because_it_cannot_be_read():
    """A read that lags behind the create says 404 of what is there."""
    sender = sender_to(Endpoint({}, Answer(404)))
    sender.ledger.born(Claim("/Users", NAME), "1")
    account = clean_up(sender)

    assert (account.left, account.unconfirmed[0].id) == ([], "1")


def test_clean_up_gives_up_on_an_endpoint_that_does_not_answer():
    """Hundreds of resources do not cost hundreds of timeouts; the journal keeps what is left."""
    endpoint = Endpoint({}, Answer(error="timeout"))
    sender = sender_to(endpoint)
    for number in range(300):
        sender.ledger.born(Claim("/Users", f"{NAME}{number}"), str(number))

    assert len(clean_up(sender).left) == 300
    assert len(endpoint.seen) < 10


def test_clean_up_keeps_to_the_pace():
    """A look and a DELETE each count, and what is asked at the end: at fifty a second each takes a fiftieth of one."""
    endpoint = Endpoint(
        {f"GET /Users/{number}": shown(id=str(number), userName=f"{NAME}{number}") for number in range(5)}, Answer(204)
    )
    sender = sender_to(endpoint)
    for number in range(5):
        sender.ledger.born(Claim("/Users", f"{NAME}{number}"), str(number))
    sender.ledger._believed["/Users"] = 2
    sender.pace.rate = 50.0
    begin = time.monotonic()
    left = clean_up(sender).left

    assert (left, len(endpoint.seen) >= 10) == ([], True)
    assert time.monotonic() - begin >= (len(endpoint.seen) - 1.5) / 50.0
