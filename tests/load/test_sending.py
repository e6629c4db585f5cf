"""A load worker's sender by itself: what it sends, what it makes of an answer, and how long it waits."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from conformance.config.settings import build, collect
from conformance.load import sending as wire
from conformance.load.answer import Answer
from conformance.load.operations import Operation
from conformance.load.sending import Sender
from conformance.scim.auth_oauth import CredentialsRefused
from conformance.scim.claim import Claim, Marks
from conformance.scim.journal import Journal
from conformance.scim.ledger import ForbiddenWrite, Ledger
from conformance.scim.lookout import SomebodyElse
from conformance.scim.request import Request
from conformance.scim.secret import Secret
from tests.load.runs import TOKEN

URL = "http://127.0.0.1:9"
NAME = "scimconf-abcdef-load1"
MARKS = Marks("scimconf-abcdef", "0f0e0d0c-0b0a-5908-8706-")
USERS = "/Users"


class Endpoint:
    """Stands in place of the connections: answers from a table, where a list is used up to its last answer."""

    def __init__(self):
        self.answers = {}
        self.otherwise = Answer(404)
        self.seen, self.contents, self.headers = [], [], []
        self.took = lambda: None
        self.closed = self.opened = 0

    def receive(self, method, url, content, headers):
        """The answer that the table has."""
        told = f"{method} {url.removeprefix(URL)}"
        if len(self.seen) >= 50:
            raise RuntimeError("it goes on for ever")
        self.seen.append(told)
        self.contents.append(content)
        self.headers.append(headers)
        self.took()
        found = self.answers.get(told, self.otherwise)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return Answer(found.status, found.headers, found.body, found.error, found.detail)

    def reopen(self):
        """Begin with new connections."""
        self.opened += 1

    def close(self):
        """Close them."""
        self.closed += 1


def shown(status=200, headers=None, **resource):
    """An answer with a resource."""
    return Answer(status, headers or {}, json.dumps(resource).encode())


@pytest.fixture
def endpoint():
    """An endpoint with one user of ours."""
    made = Endpoint()
    made.answers = {"POST /Users": shown(201, id="1", userName=NAME), "GET /Users/1": shown(id="1", userName=NAME)}
    return made


@pytest.fixture
def sleeps(monkeypatch):
    """How long was slept, each time; nobody does."""
    slept = []
    monkeypatch.setattr(wire, "gevent", SimpleNamespace(sleep=slept.append))
    return slept


@pytest.fixture
def sender(endpoint, sleeps):
    """A sender whose requests go to the endpoint."""
    made = Sender(build(collect({"url": URL}), Secret(TOKEN)).target, Ledger(Journal(None, URL, MARKS)), 1)
    made.connections = endpoint
    return made


def creation(name=NAME, told=None, **body):
    """A create as a load run makes it."""
    settle = (lambda _answer: None) if told is None else told.append
    return Operation("create user", Request("POST", USERS, body={"userName": name, **body}), settle, name)


def ours(sender, identifier="1", name=NAME, *, seen=False):
    """Something that the sender created."""
    sender.ledger.born(Claim(USERS, name), identifier)
    if seen:
        sender.ledger.see(USERS, identifier)


# --- what is sent ------------------------------------------------------------------------------------------


def test_what_is_sent_is_what_entra_sends(sender, endpoint):
    """JSON in UTF-8 as it is, with its type, a lone surrogate as it came; a request without a body has no type."""
    sender.perform(creation(title="José \udc80"))
    sender.send(Request("GET", USERS))
    post, _, read = endpoint.headers  # the second is the look at the id that was given

    assert endpoint.contents == [f'{{"userName": "{NAME}", "title": "José \\udc80"}}'.encode(), b"", b""]
    assert (post["content-type"], post["accept"]) == ("application/scim+json; charset=utf-8", "application/scim+json")
    assert post["authorization"] == f"Bearer {TOKEN}"
    assert "content-type" not in read


def test_the_answers_of_a_load_run_are_not_kept(sender):
    """Or else they would fill the memory that one answer may take."""
    assert not sender.endurance.keeps


def test_a_measured_request_is_sent_once(sender, endpoint, sleeps):
    """A 429 is a figure; outside the measured part it is waited out."""
    ours(sender, seen=True)
    endpoint.answers["PATCH /Users/1"] = [Answer(429, {"retry-after": "3"}), Answer(204)]
    change = Request("PATCH", "/Users/1", body={})
    told = []

    assert sender.perform(Operation("update user", change, told.append)).status == 429
    assert sleeps == []
    endpoint.answers["PATCH /Users/1"] = [Answer(429, {"retry-after": "3"}), Answer(503, {}), Answer(204)]
    assert sender.perform(Operation("update user", change, told.append), patient=True).status == 204
    assert (sleeps, len(told)) == ([3.0, 0.5], 2)


def test_an_endless_429_is_not_waited_for_for_ever(sender, endpoint, sleeps):
    """Four times; and after too many of them the rest is not sent."""
    endpoint.otherwise = Answer(429, {"retry-after": "0"})

    assert sender.patiently(Request("GET", "/Users/7")).status == 429
    assert len(endpoint.seen) == 5
    assert sleeps == [0.0] * 4
    assert sender.endurance._silence == 1


def test_what_is_waited_for_keeps_to_the_pace(sender, endpoint):
    """Each attempt, and the look before a write."""
    turns = []
    sender.pace = SimpleNamespace(wait=lambda: turns.append(len(endpoint.seen)))
    ours(sender)
    endpoint.answers["PATCH /Users/1"] = [Answer(503), Answer(204)]
    sender.patiently(Request("PATCH", "/Users/1", body={}))

    assert endpoint.seen == ["GET /Users/1", "PATCH /Users/1", "PATCH /Users/1"]
    assert turns == [0, 0, 2]


def test_once_the_endpoint_is_silent_nothing_more_is_sent(sender, endpoint):
    """What was not sent says so."""
    endpoint.otherwise = Answer(error="timeout")
    answers = [sender.patiently(Request("GET", "/Users/7")) for _ in range(22)]

    assert [answer.error for answer in answers[-3:]] == ["timeout", "not-sent", "not-sent"][-3:]
    assert len(endpoint.seen) == 20
    assert "20 requests" in answers[-1].detail


def test_after_the_end_of_the_run_nothing_is_sent(sender, endpoint):
    """Credentials that ran out: the sentence goes with each request that was not sent."""
    sender.endurance.ending.closed, sender.endurance.ending.sentence = True, "The token ran out"
    answer = sender.send(Request("GET", USERS))

    assert (answer.error, answer.detail, endpoint.seen) == ("not-sent", "not sent: The token ran out", [])


def test_what_is_not_ours_is_not_written_to(sender, endpoint):
    """The operation hears of it all the same, once."""
    told = []
    answer = sender.perform(Operation("update user", Request("PATCH", "/Users/7", body={}), told.append))

    assert (answer.error, told, endpoint.seen) == ("not-sent", [answer], [])
    with pytest.raises(ForbiddenWrite):
        sender.send(Request("DELETE", "/Users/7"))


def test_a_fault_of_our_own_is_heard_of_too(sender, endpoint):
    """Whatever happens, the operation is told an answer."""
    told = []
    endpoint.seen = ["x"] * 50
    with pytest.raises(RuntimeError):
        sender.perform(Operation("match user", Request("GET", USERS), told.append))

    assert [answer.status for answer in told] == [None]


def test_without_a_token_nothing_is_sent(sender, endpoint):
    """Whoever gives them says why."""

    def refuse(_token):
        raise CredentialsRefused("no token")

    sender.credentials.headers = refuse
    answer = sender.send(Request("GET", USERS))

    assert (answer.error, answer.detail, endpoint.seen) == ("refused", "no token", [])


def test_a_request_is_sent_again_once_with_a_new_token(sender, endpoint):
    """Where ours ran out."""
    asked = []
    sender.credentials.settle = lambda _headers, status: asked.append(status) or True
    sender.send(Request("GET", USERS))

    assert (len(endpoint.seen), asked) == (2, [404])


def test_an_answer_says_how_long_it_took(sender, endpoint, monkeypatch):
    """From sending to the last byte; and a recording, when it began."""
    now = [100.0]
    monkeypatch.setattr(wire, "time", SimpleNamespace(monotonic=lambda: now[0]))
    sender._born = 90.0
    endpoint.took = lambda: now.__setitem__(0, now[0] + 2.5)
    request = Request("GET", USERS)
    answer = sender.send(request)
    exchange = sender.exchange(request, answer)

    assert (answer.seconds, exchange.elapsed, exchange.started) == (2.5, 2.5, 10.0)


def test_a_recording_has_no_secret(sender):
    """In no part of it."""
    answer = Answer(401, {"www-authenticate": TOKEN, "x-odd": TOKEN}, TOKEN.encode(), "reset", TOKEN)
    exchange = sender.exchange(Request("GET", USERS, f"x={TOKEN}"), answer)

    assert TOKEN not in repr(exchange)
    assert (exchange.status, exchange.error, exchange.method) == (401, "reset", "GET")


# --- what an answer shows ----------------------------------------------------------------------------------


def test_a_list_shows_no_single_resource(sender, endpoint):
    """And the answer to a write shows nothing of what is behind an id."""
    endpoint.answers["GET /Users"] = shown(totalResults=0)
    sender.send(Request("GET", USERS))
    assert sender.ledger._met == {}

    ours(sender, seen=True)
    endpoint.answers["PATCH /Users/1"] = Answer(404)
    sender.send(Request("PATCH", "/Users/1", body={}))
    assert not sender.ledger.is_absent(USERS, "1")
    sender.send(Request("GET", "/Users/7"))
    assert sender.ledger.is_absent(USERS, "7")


def test_a_read_that_shows_somebody_else_behind_our_id_gives_it_back(sender, endpoint):
    """It is told, and never written to; an error that shows somebody says nothing."""
    ours(sender)
    endpoint.answers["GET /Users/1"] = [
        shown(500, id="1", userName="ceo@example.com"),
        shown(id="1", userName="ceo@example.com"),
    ]
    sender.send(Request("GET", "/Users/1"))
    assert sender.ledger.owns(USERS, "1")
    sender.send(Request("GET", "/Users/1"))

    assert not sender.ledger.owns(USERS, "1")
    assert [(event.kind, event.id) for event in sender.ledger.events] == [("foreign", "1")]


def test_the_first_write_finds_out_that_an_id_is_somebody_else_s(sender, endpoint):
    """By a look of its own; nothing is written."""
    ours(sender)
    endpoint.answers["GET /Users/1"] = shown(id="1", userName="ceo@example.com")
    with pytest.raises(SomebodyElse):
        sender.send(Request("DELETE", "/Users/1"))

    assert endpoint.seen == ["GET /Users/1"]


@pytest.mark.parametrize(("seen", "looks"), [(True, 0), (False, 1)])
def test_a_write_is_preceded_by_one_look_where_nothing_was_seen(sender, endpoint, seen, looks):
    """However often it is written to."""
    ours(sender, seen=seen)
    endpoint.answers["GET /Users/1"] = Answer(500)
    for _ in range(2):
        sender.send(Request("PATCH", "/Users/1", body={}))

    assert endpoint.seen == ["GET /Users/1"] * looks + ["PATCH /Users/1"] * 2


# --- creates -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "read", "comes_to"),
    [
        (shown(201, id="1", userName=NAME), Answer(404), ("1", False)),
        (shown(201, {"location": f"{URL}/Users/1"}), shown(id="1", userName=NAME), ("1", False)),
        (shown(201, id="1"), shown(id="1", userName=NAME), ("1", False)),
        (shown(201, id="1"), shown(id="1", userName="ceo@example.com"), (None, True)),
        (shown(201, id="1"), Answer(404), (None, False)),
        (shown(201, id="1"), Answer(error="timeout"), (None, False)),
        (shown(201, id=".."), shown(id="..", userName=NAME), (None, False)),
        (shown(201, id="1", userName="ceo@example.com"), shown(id="1", userName=NAME), (None, True)),
        (shown(200, id="1", userName=NAME), shown(id="1", userName=NAME), (None, True)),
        (Answer(201), shown(id="1", userName=NAME), (None, True)),
        (shown(202, id="1"), shown(id="1", userName=NAME), (None, False)),
        (shown(409, id="1", userName=NAME), shown(id="1", userName=NAME), (None, False)),
        (Answer(error="timeout"), shown(id="1", userName=NAME), (None, False)),
    ],
)
def test_a_create_is_ours_where_its_201_or_a_read_of_it_shows_our_name(sender, endpoint, answer, read, comes_to):
    """Somebody else's resource, or none, is told as such; where nobody knows, that is not said."""
    endpoint.answers = {"POST /Users": answer, "GET /Users/1": read, "GET /Users/%2E%2E": read}
    told = sender.perform(creation())

    assert (told.adopted, told.foreign) == comes_to
    assert sender.ledger.owns(USERS, "1") is (told.adopted == "1")
    assert bool(sender.ledger.open) is (told.adopted is None)


@pytest.mark.parametrize("error", ["connect", "refused", "tls", "not-sent"])
def test_a_create_that_was_never_sent_is_not_looked_for(sender, endpoint, error):
    """Nothing can have come of it."""
    endpoint.answers["POST /Users"] = Answer(error=error)
    told = sender.perform(creation())

    assert (told.error, sender.ledger.open) == (error, [])


def test_a_create_is_noted_with_all_that_proves_it_before_it_is_sent(sender, endpoint):
    """Its externalId, and the endpoint's clock by its answer."""
    noted = []
    endpoint.took = lambda: noted.append([(claim.name, claim.external) for claim in sender.ledger.open])
    endpoint.answers["POST /Users"] = Answer(500, {"date": "Thu, 01 Jan 2099 00:00:00 GMT"})
    sender.perform(creation(externalId="7f3c"))

    assert noted == [[(NAME, "7f3c")]]
    assert sender.ledger.clock.there > sender.ledger.clock.now() + 3600


def test_before_the_first_create_a_few_of_those_who_are_there_are_seen(sender, endpoint, tmp_path):
    """Once a collection, where a journal is there to tell a clean-up of them."""
    sender.perform(creation())
    assert endpoint.seen == ["POST /Users", "GET /Users/1"]
    sender.ledger.journal = Journal(tmp_path / "journal-x.jsonl", URL, MARKS)
    survey = "GET /Users?startIndex=1&count=3"
    endpoint.answers[survey] = shown(totalResults=1, Resources=[{"id": "7", "userName": "ceo@example.com"}])
    for number in range(2):
        sender.perform(creation(f"{NAME}{number}"))

    assert endpoint.seen.count(survey) == 1
    assert list(sender.ledger._met) == [(USERS, "7")]
    sender.ledger.close()


# --- clean-up ----------------------------------------------------------------------------------------------


def test_a_second_delete_is_preceded_by_another_look(sender, endpoint):
    """Somebody else may have the id by then, though it was seen to be ours before."""
    ours(sender, seen=True)
    endpoint.answers |= {"DELETE /Users/1": Answer(403), "GET /Users/1": [shown(id="1", userName=NAME)]}
    sender.erase(USERS, "1")
    assert endpoint.seen == ["DELETE /Users/1", "GET /Users/1"]
    endpoint.answers["GET /Users/1"] = shown(id="1", userName="ceo@example.com")

    with pytest.raises(SomebodyElse):
        sender.erase(USERS, "1")
    assert endpoint.seen.count("DELETE /Users/1") == 1


def test_a_second_look_is_sent_also_where_the_first_one_failed(sender, endpoint):
    """What a failed look said is nothing."""
    ours(sender)
    endpoint.answers |= {"DELETE /Users/1": Answer(403), "GET /Users/1": Answer(500)}
    for _ in range(2):
        sender.erase(USERS, "1")

    assert endpoint.seen == ["GET /Users/1", "DELETE /Users/1"] * 2


@pytest.mark.parametrize(("error", "reads"), [("connect", 1), ("tls", 1), ("timeout", 2)])
def test_a_delete_that_was_never_sent_needs_no_read(sender, endpoint, error, reads):
    """What was lost on its way does."""
    ours(sender)
    endpoint.answers["DELETE /Users/1"] = Answer(error=error)
    sender.erase(USERS, "1")

    assert endpoint.seen.count("GET /Users/1") == reads
    assert sender.ledger.owns(USERS, "1")


def test_a_delete_is_done_where_a_read_says_so(sender, endpoint):
    """404 after a 204."""
    ours(sender, seen=True)
    endpoint.answers |= {"DELETE /Users/1": Answer(204), "GET /Users/1": Answer(404)}
    sender.erase(USERS, "1")

    assert (sender.ledger.owned, sender.ledger.was_ours(USERS, "1")) == ([], True)


def test_clean_up_begins_anew_and_everything_is_closed_after_it(sender, endpoint, tmp_path):
    """New connections and new patience; the journal goes where nothing is left."""
    path = tmp_path / "journal-x.jsonl"
    sender.ledger.journal = Journal(path, URL, MARKS)
    sender.endurance.ending.closed = True
    closed = []
    sender.credentials.close = lambda: closed.append(True)
    sender.reopen()
    assert (endpoint.opened, sender.send(Request("GET", USERS)).status) == (1, 404)
    sender.close()

    assert (endpoint.closed, closed, path.exists()) == (1, [True], False)


# --- credentials that run out ------------------------------------------------------------------------------


def test_credentials_that_run_out_are_no_verdict_on_the_endpoint(sender, endpoint, monkeypatch):
    """A 401 that everything is answered with from then on ends the run; one now and then does not."""
    monkeypatch.setattr("conformance.scim.ending.LOOKS", (0.0,) * 5)
    good, refused = shown(totalResults=0), Answer(401, {"www-authenticate": 'Bearer error_description="expired"'})
    endpoint.answers["GET /Users"] = [good, refused, good]
    endpoint.answers["GET /Users?count=1"] = good
    sender.send(Request("GET", USERS))
    assert sender.send(Request("GET", USERS)).status == 401
    assert not sender.endurance.ending.closed

    endpoint.otherwise = refused
    endpoint.answers = {}
    answer = sender.send(Request("GET", USERS))
    assert (answer.status, answer.error) == (None, "token-refused")
    assert "expired" in answer.detail
    assert sender.endurance.ending.closed


def test_a_401_from_the_first_request_on_is_an_answer_like_any_other(sender, endpoint, sleeps):
    """Nothing has shown that our credentials were ever good; and nobody waits for it."""
    endpoint.otherwise = Answer(401)
    answers = [sender.send(Request("GET", USERS)) for _ in range(3)]

    assert [answer.status for answer in answers] == [401] * 3
    assert (len(endpoint.seen), sleeps, sender.endurance.ending.closed) == (3, [], False)


def test_a_connection_that_is_refused_in_the_measured_part_is_not_waited_for(sender, endpoint, sleeps):
    """It is a figure of the run."""
    endpoint.answers["GET /Users"] = shown(totalResults=0)
    sender.send(Request("GET", USERS))
    endpoint.answers["GET /Users"] = Answer(error="connect")

    assert sender.send(Request("GET", USERS)).error == "connect"
    assert (len(endpoint.seen), sleeps) == (2, [])


def test_whether_credentials_are_good_cannot_be_asked_without_any(sender):
    """Whoever gives tokens refuses: that is an answer of its own kind."""

    def refuse(_token):
        raise CredentialsRefused("no token")

    sender.credentials.headers = refuse
    asked = sender._ask(Request("GET", USERS))

    assert (asked.status, asked.error) == (None, "refused")
