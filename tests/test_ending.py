"""Credentials that run out, and an endpoint that goes away, end a run with one sentence; nothing less does."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from itertools import count

import httpx
import pytest

from conformance.scim import ending
from conformance.scim.auth_kinds import Basic
from conformance.scim.claim import Marks
from conformance.scim.client import Client, Request, Stopped
from conformance.scim.endurance import Endurance
from conformance.scim.exchange import ENDED, ERROR_KINDS, NEVER_SENT, Exchange
from conformance.scim.journal import Journal
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from tests.expiring import CHALLENGE
from tests.hurried import Hurried

TOKEN = "canary-token-0123456789"
BASE = "http://127.0.0.1/scim"
REFUSED = httpx.Response(401, headers={"www-authenticate": CHALLENGE})
LIST = Request("GET", "/Users", "filter=userName+eq+%22a%22")


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """Nobody waits, but the looks are as many as ever."""
    monkeypatch.setattr(ending, "LOOKS", [0.0] * len(ending.LOOKS))
    monkeypatch.setattr(ending, "RECONNECTING", [pause / 1000 for pause in ending.RECONNECTING])


class Scene:
    """A client, and an endpoint that answers as it is told to.

    Attributes:
        answer: makes the answer to a request, or raises.
        sent: what was asked for, in order.
    """

    def __init__(self, answer, *, target=None, **options):
        self.answer = answer
        self.sent = []
        target = target or Target(BASE, token=Secret(TOKEN))
        journal = Journal(None, BASE, Marks("a"))
        transport = httpx.MockTransport(self._handle)
        self.client = Client(target, journal, transport=transport, halt=Hurried(), **options)
        self.client.surveyed = {"/Users": True}

    def _handle(self, request):
        self.sent.append(f"{request.method} {request.url.path.removeprefix('/scim')}")
        return self.answer(request)

    def ask(self, *requests):
        """Status or error of each."""
        return [exchange.status or exchange.error for exchange in map(self.client.send, requests)]


def well(_request):
    """Everything is well."""
    return httpx.Response(200, json={})


def refused(_request):
    """Everything is refused."""
    return REFUSED


def gone(request):
    """Nobody listens."""
    raise httpx.ConnectError("Connection refused", request=request)


# --- credentials -------------------------------------------------------------------------------------------


def test_a_token_that_runs_out_ends_the_run_with_one_sentence():
    """After which request, in whose words, and what to do; nothing more is sent, not even with another token."""
    scene = Scene(well)
    assert scene.ask(LIST, Request("GET", "/Users/1"), LIST) == [200] * 3
    scene.answer = refused

    first = scene.client.send(Request("GET", "/Groups"))
    before = len(scene.sent)

    assert (first.status, first.error, first.error_detail) == (None, "token-refused", scene.client.ended)
    assert scene.client.ended.startswith(
        "The token was accepted until request 3 and is refused since then (HTTP 401, token expired): "
    )
    assert "`scim-conformance clean`" in scene.client.ended
    assert scene.ask(LIST, Request("GET", "/Users", token=None)) == ["not-sent"] * 2
    assert len(scene.sent) == before
    assert scene.client.ended in scene.client.send(LIST).error_detail


@pytest.mark.parametrize(
    ("fields", "begins"),
    [
        ({"token": Secret(TOKEN), "api_key_header": "X-Key"}, "The token was accepted until request 1 and is"),
        ({"basic": Basic("me", Secret(TOKEN))}, "User name and password were accepted until request 1 and are"),
    ],
)
def test_whatever_proves_who_we_are_is_named(fields, begins):
    """The token, its header, or a password."""
    scene = Scene(well, target=Target(BASE, **fields))
    scene.ask(LIST)
    scene.answer = refused

    assert scene.ask(LIST) == ["token-refused"]
    assert scene.client.ended.startswith(begins)


@pytest.mark.parametrize(
    ("headers", "body", "told"),
    [
        ({"www-authenticate": CHALLENGE}, {"detail": "no"}, "token expired"),
        ({"www-authenticate": 'Bearer error="invalid_token"'}, {"detail": "It is  over."}, "It is over."),
        ({"www-authenticate": 'Bearer error="invalid_token"'}, None, "invalid_token"),
        ({"www-authenticate": "Bearer"}, None, ""),
        ({}, {"detail": "x" * 1000}, "x" * 120),
        ({}, {"detail": ["odd"]}, "['odd']"),
    ],
)
def test_the_endpoints_own_words_are_told_cut_short(headers, body, told):
    """Of the challenge, or of the body."""
    text = "" if body is None else httpx.Response(401, json=body).text

    assert ending.told(Exchange("GET", BASE, status=401, headers=headers, body=text)) == told


@pytest.mark.parametrize("status", [401, 403])
def test_one_place_that_is_refused_on_purpose_ends_nothing(status):
    """As long as what was readable before still is."""
    scene = Scene(lambda request: httpx.Response(status if "/Groups" in request.url.path else 200, json={}))
    asked = [LIST, *[Request("GET", f"/Groups/{number}") for number in range(20)]]

    assert scene.ask(*asked) == [200, *[status] * 20]
    assert scene.client.ended == ""


def test_a_place_that_closes_in_mid_run_ends_nothing():
    """Users are still readable, and groups, which were, are not."""
    scene = Scene(well)
    scene.ask(LIST, Request("GET", "/Groups"))
    scene.answer = lambda request: REFUSED if "/Groups" in request.url.path else well(request)

    assert scene.ask(*[Request("GET", "/Groups")] * 10) == [401] * 10
    assert scene.client.ended == ""


def test_where_all_that_is_written_is_refused_the_run_goes_on():
    """A token that may only read is good."""
    scene = Scene(lambda request: REFUSED if request.method == "POST" else well(request))
    scene.ask(LIST)

    assert [scene.client.create("/Users", {"userName": f"a{n}"}, f"a{n}").status for n in range(5)] == [401] * 5
    assert scene.client.ended == ""


@pytest.mark.parametrize("seed", range(20))
def test_a_401_now_and_then_ends_nothing(seed):
    """One request in five is refused, for no reason."""
    dice = random.Random(seed)  # noqa: S311 - which requests, and no secret
    scene = Scene(lambda request: REFUSED if dice.random() < 0.2 else well(request))
    found = scene.ask(*[LIST] * 300)

    assert scene.client.ended == ""
    assert set(found) == {200, 401}


@pytest.mark.parametrize("change", [{"token": None}, {"token": "wrong"}, {"headers": {"Authorization": "Bearer x"}}])
def test_a_wrong_key_on_purpose_ends_nothing(change):
    """Not even where our own is refused beside it: the look is made with ours, and only where ours was refused."""
    scene = Scene(well)
    scene.ask(LIST)
    ours = f"Bearer {TOKEN}"
    scene.answer = lambda request: well(request) if request.headers.get("authorization") == ours else REFUSED
    before = len(scene.sent)

    assert scene.ask(*[replace(LIST, **change)] * 20) == [401] * 20
    assert scene.client.ended == ""
    assert len(scene.sent) == before + 20, "no look was made"


def test_where_nothing_was_ever_accepted_a_401_is_an_answer():
    """A wrong token is the connection doctor's affair, and what may be read without any proves nothing."""
    public = Request("GET", "/ServiceProviderConfig")
    scene = Scene(lambda request: well(request) if "ServiceProvider" in request.url.path else REFUSED)

    assert scene.ask(public, LIST, public, LIST) == [200, 401, 200, 401]
    assert scene.sent.count("GET /Users") == 2


def test_what_may_be_read_without_a_token_hides_nothing():
    """Discovery is still answered after the token has run out."""
    scene = Scene(well)
    scene.ask(LIST, Request("GET", "/Schemas"))
    scene.answer = lambda request: well(request) if "Schemas" in request.url.path else REFUSED

    assert scene.ask(Request("GET", "/Schemas"), LIST) == [200, "token-refused"]
    assert "until request 1 " in scene.client.ended


@pytest.mark.parametrize(("again", "ends"), [(401, True), (500, False), (429, False), (404, False)])
def test_it_takes_a_look_that_is_answered(again, ends):
    """A look that is put off, fails or finds nobody is no refusal."""
    scene = Scene(well)
    scene.ask(Request("GET", "/Users/1"))
    numbers = count()
    scene.answer = lambda _request: REFUSED if next(numbers) == 0 else httpx.Response(again, headers=REFUSED.headers)

    assert scene.ask(Request("GET", "/Users/1")) == ["token-refused" if ends else 401]


def test_a_look_that_is_put_off_is_made_again():
    """Half of them are not answered, and the others are 401."""
    scene = Scene(well)
    scene.ask(LIST)
    numbers = count()
    scene.answer = lambda _request: REFUSED if next(numbers) % 2 == 0 else httpx.Response(503)

    assert scene.ask(replace(LIST, patient=False)) == ["token-refused"]


def test_threads_that_are_refused_at_once_look_once():
    """Four journeys meet the 401 in the same moment."""
    scene = Scene(well)
    scene.ask(LIST)
    scene.answer = refused
    gate, found = threading.Barrier(4), []

    def play():
        gate.wait()
        found.append(scene.client.send(LIST).error)

    threads = [threading.Thread(target=play) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(found) <= {"token-refused", "not-sent"}
    assert len(scene.sent) <= 1 + 4 + len(ending.LOOKS)


def test_an_interrupted_run_does_not_wait_for_looks(monkeypatch):
    """A signal ends it at once."""
    monkeypatch.setattr(ending, "LOOKS", [60.0] * 8)
    scene = Scene(well)
    scene.ask(LIST)

    def interrupt(_request):
        scene.client.halt()
        return REFUSED

    scene.answer = interrupt

    assert scene.ask(LIST) == [401]
    with pytest.raises(Stopped):
        scene.ask(LIST)


def test_cleaning_up_tries_once_more_and_tells_what_is_left():
    """A refusal may have passed; where it has not, no more than one request is spent on it."""
    scene = Scene(lambda _request: httpx.Response(201, json={"id": "1", "userName": "a"}))
    scene.client.create("/Users", {"userName": "a"}, "a")
    scene.ask(LIST)
    scene.answer = refused
    scene.ask(LIST)
    before = len(scene.sent)

    left = scene.client.sweep().left

    assert [(entry.collection, entry.id) for entry in left] == [("/Users", "1")]
    assert len(scene.sent) - before == 1

    scene.answer = lambda request: httpx.Response(204 if request.method == "DELETE" else 404)
    assert scene.client.sweep().left == []


# --- an endpoint that goes away ----------------------------------------------------------------------------


def test_a_restart_is_waited_for():
    """The request was never sent, so that it is sent again, a create too."""
    scene = Scene(well)
    scene.ask(LIST)
    numbers = count()
    scene.answer = lambda request: gone(request) if next(numbers) < 3 else httpx.Response(201, json={"id": "7"})

    assert scene.client.create("/Users", {"userName": "a"}, "a").status == 201
    assert scene.client.ended == ""
    assert scene.client.unanswered == {}


def test_an_endpoint_that_stays_away_ends_the_run_with_one_sentence():
    """After which request; a create that never got a connection is known to have created nothing."""
    scene = Scene(well)
    scene.ask(LIST, LIST)
    scene.answer = gone

    lost = scene.client.create("/Users", {"userName": "a"}, "a")
    before = len(scene.sent)

    assert (lost.error, lost.never_sent, lost.error_detail) == ("connect", True, scene.client.ended)
    assert scene.client.ended.startswith("The endpoint answered until request 2 and takes no connection since then")
    assert scene.ask(LIST) == ["not-sent"]
    assert len(scene.sent) == before


def test_an_endpoint_that_was_never_there_is_not_waited_for():
    """The connection doctor tells that."""
    scene = Scene(gone)

    assert scene.ask(LIST, LIST) == ["connect"] * 2
    assert len(scene.sent) == 2
    assert scene.client.ended == ""


def test_no_wait_goes_beyond_the_time_limit(monkeypatch):
    """What is left of the time is all that is waited."""
    waited = []
    endurance = Endurance(0.5, target=Target(BASE, token=Secret(TOKEN)))
    monkeypatch.setattr(ending, "RECONNECTING", [3.0, 3.0])
    lost = Exchange("GET", BASE, error="connect")
    endurance.weigh(LIST, Exchange("GET", BASE, status=200), lambda _request: lost, waited.append)
    endurance.weigh(LIST, lost, lambda _request: lost, waited.append)

    assert max(waited) <= 0.5


def test_all_waiting_together_has_an_end(monkeypatch):
    """An endpoint that goes away at each request is given up, however often it comes back."""
    monkeypatch.setattr(ending, "MOST_WAITING", 0.01)
    scene = Scene(well)
    scene.ask(LIST)
    numbers = count()
    scene.answer = lambda request: gone(request) if next(numbers) % 5 else well(request)
    scene.ask(*[LIST] * 100)

    assert "takes no connection since then" in scene.client.ended


def test_cleaning_up_does_not_wait_for_who_is_gone(monkeypatch):
    """And where it is back, everything is deleted."""
    scene = Scene(lambda _request: httpx.Response(201, json={"id": "1", "userName": "a"}))
    scene.client.create("/Users", {"userName": "a"}, "a")
    scene.answer = gone
    scene.ask(LIST)
    monkeypatch.setattr(ending, "RECONNECTING", [60.0])

    scene.answer = lambda request: httpx.Response(204 if request.method == "DELETE" else 404, json={})
    assert scene.client.sweep().left == []


def test_what_was_never_sent_can_be_told():
    """By the kind of error: nothing came of such a create."""
    assert set(ERROR_KINDS) >= NEVER_SENT | ENDED
    assert [kind for kind in ERROR_KINDS if Exchange("POST", BASE, error=kind).never_sent] == [
        "connect", "refused", "not-sent",
    ]  # fmt: skip
    assert not Exchange("POST", BASE, status=500).never_sent
