"""The player: trouble beside others is told apart from trouble alone, and its own crashes hang nobody."""

from __future__ import annotations

import json
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.idp.entra.people import People
from conformance.journeys import JOURNEYS
from conformance.journeys.actor import Entra, JourneyStopped
from conformance.judge.check import load
from conformance.recording import Played, Recording, Step
from conformance.run.player import INTERRUPTED, Player
from conformance.run.turns import Turns
from conformance.scim.exchange import Exchange
from conformance.scim.lookout import SomebodyElse
from tests.faults.lab import TOKEN, judge_with
from tests.faults.rewrite import error

load()


def stumbling(times):
    """An endpoint that answers the first creates of one journey with 500."""

    def behaviour(call, serve):
        ours = call.method == "POST" and "-crud-" in str(call.body)
        seen = call.memory.setdefault("seen", [])
        if ours and len(seen) < times:
            seen.append(call.path)
            return error(500)
        return serve(call)

    return behaviour


def test_a_5xx_beside_others_is_played_again_alone_and_warns():
    """It went well alone: the endpoint bears no concurrency, and that is a WARN."""
    rows = judge_with(stumbling(1), ["crud-create-status", "filter-eq"], concurrency=4)

    assert rows["crud-create-status"]["verdict"] == "WARN"
    assert "500" in rows["crud-create-status"]["got"]
    assert rows["filter-eq"]["verdict"] == "PASS"


def test_a_5xx_that_stays_fails():
    """It goes wrong alone as well: that is no matter of concurrency."""
    rows = judge_with(stumbling(99), ["crud-create-status", "filter-eq"], concurrency=4)

    assert rows["crud-create-status"]["verdict"] == "FAIL"


def test_a_5xx_without_others_fails_at_once():
    """Nothing was beside it that could be held responsible."""
    rows = judge_with(stumbling(1), ["crud-create-status"], concurrency=1)

    assert rows["crud-create-status"]["verdict"] == "FAIL"


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_crash_is_the_suites_own_and_keeps_the_secret(monkeypatch, concurrency):
    """A journey that breaks hangs no check, blames no endpoint, and tells no token."""

    def broken(entra):
        raise RuntimeError(f"lost {entra.client.target.token.reveal()}")

    monkeypatch.setitem(JOURNEYS, "crud", replace(JOURNEYS["crud"], script=broken))

    rows = judge_with(None, ["crud-create-status", "filter-eq"], concurrency=concurrency)

    assert rows["crud-create-status"]["verdict"] == "ERROR"
    assert "RuntimeError" in rows["crud-create-status"]["got"]
    assert rows["filter-eq"]["verdict"] == "PASS"
    assert TOKEN not in json.dumps(rows)


@pytest.mark.parametrize(
    ("met", "again"),
    [
        ({"error": "timeout"}, 3),
        ({"error": "reset", "elapsed": 2.0}, 3),
        ({"error": "reset"}, 6),
        ({"status": 503}, 6),
    ],
)
def test_what_is_lost_alone_as_well_is_not_all_played_again(monkeypatch, met, again):
    """An endpoint that never answers costs a timeout each time; an error that comes at once is looked at twice."""
    attempts = []

    def play(_player, play, *, attempt):
        attempts.append(attempt)
        return Played(*play, steps={"read": Step("read", [Exchange("GET", "https://a.example/Users", **met)])})

    monkeypatch.setattr(Player, "_play", play)
    player = Player(None, None, Recording(), concurrency=4)
    names = ["crud", "creation", "groups", "references", "filters", "paging"]
    player.start([(name, "") for name in names])
    player.finish()

    assert (attempts.count(0), attempts.count(1)) == (6, again)
    assert {player.wait(name).trouble for name in names} == {None}


@pytest.mark.parametrize("cut", [{"ended": "the token ran out"}, {"not_offered": INTERRUPTED}])
def test_what_was_met_is_not_forgotten_where_nothing_is_sent_any_more(monkeypatch, cut):
    """A run that gave up, or was interrupted, while a journey was played again keeps what it met the first time."""

    def play(_player, play, *, attempt):
        step = Step("read", [Exchange("GET", "https://a.example", error="not-sent" if attempt else "timeout")])
        return Played(*play, steps={"read": step}, **(cut if attempt else {}))

    monkeypatch.setattr(Player, "_play", play)
    player = Player(None, None, Recording(), concurrency=4)
    player.start([("crud", "")])
    player.finish()

    assert player.wait("crud").steps["read"].exchange.error == "timeout"
    assert player.wait("crud").trouble is None
    assert player.wait("crud").first is None


def test_beside_other_processes_trouble_and_the_burst_are_played_alone(monkeypatch):
    """A worker of pytest-xdist waits for the others before it blames the endpoint, and before it counts its speed."""
    turns = Turns()
    taken = []
    for how in ("beside", "alone"):
        monkeypatch.setattr(turns, how, lambda how=how: nullcontext(taken.append(how)))

    def perform(_player, _journey, entra):
        exchange = Exchange("GET", "https://a.example/Users", status=503 if taken[-1] == "beside" else 200)
        entra.played.steps["read"] = Step("read", [exchange])

    monkeypatch.setattr(Player, "_perform", perform)
    player = Player(None, People(1, "scimconf-abcdef"), Recording(), concurrency=1, turns=turns)

    crud = player.wait("crud")
    assert crud.trouble is not None
    assert (crud.first.answers["read"].status, crud.answers["read"].status) == (503, 200)
    assert player.wait("burst").steps["read"].exchange.status == 200
    told = "discovery, create_full, crud, crud again, burst"
    assert taken == ["beside", "beside", "beside", "alone", "alone"], told


@pytest.mark.parametrize("repeats", [True, False])
def test_once_an_id_was_given_twice_the_rest_is_played_one_after_another(monkeypatch, repeats):
    """What one journey does could reach another's resource; before that, as many play at once as may."""
    together, inside, most = threading.Barrier(4 if not repeats else 1, timeout=10.0), [], []

    def perform(_player, _journey, entra):
        inside.append(entra)
        together.wait()
        most.append(len(inside))
        time.sleep(0.02)
        inside.remove(entra)

    monkeypatch.setattr(Player, "_perform", perform)
    client = SimpleNamespace(ledger=SimpleNamespace(repeats=False), ended="")
    player = Player(client, People(1, "scimconf-abcdef"), Recording(), concurrency=4)
    together, whole = threading.Barrier(1), together
    player.wait("create_full")  # and discovery before it
    together, client.ledger.repeats = whole, repeats
    player.start([(name, "") for name in ("crud", "creation", "removal", "match")])
    player.finish()

    assert max(most[2:]) == (1 if repeats else 4)


def test_the_last_ones_wait_for_the_others(monkeypatch):
    """The burst must not make them slow; the reckoning looks at what they left; what is risky comes before both."""
    order = []
    monkeypatch.setattr(Player, "_perform", lambda _player, journey, _entra: order.append(journey.name))
    client = SimpleNamespace(ledger=SimpleNamespace(repeats=False), ended="")
    player = Player(client, People(1, "scimconf-abcdef"), Recording(), concurrency=1)
    player.start([(name, "") for name in ("reckoning", "errors", "burst", "crud", "match")])
    player.finish()

    assert order == ["discovery", "create_full", "crud", "match", "errors", "burst", "reckoning"]


def test_somebody_else_met_while_cleaning_up_is_no_fault_of_the_suite(monkeypatch):
    """An endpoint that gives an id twice is told by its own check; the journey is judged by what it saw."""

    def lost(_entra):
        raise SomebodyElse("101 was given twice")

    monkeypatch.setattr(Entra, "clean_up", lost)
    rows = judge_with(None, ["crud-create-status"], concurrency=1)

    assert rows["crud-create-status"]["verdict"] == "PASS"
    assert not rows["crud-create-status"]["suite_fault"]


@pytest.mark.parametrize("ended", ["", "the token ran out"])
def test_a_journey_that_stops_when_the_run_is_at_its_end_blames_nobody(ended):
    """A look of our own may have been refused, which is in no step; the step that it stopped at went well."""
    entra = SimpleNamespace(played=Played("crud", ""), clean_up=lambda: None)
    entra.played.steps["create"] = Step("create", [Exchange("POST", "https://a.example/Users", status=201)])

    def stop(_entra):
        raise JourneyStopped("create")

    player = SimpleNamespace(client=SimpleNamespace(ended=ended), _too_many=lambda _journey: "")
    Player._perform(player, SimpleNamespace(script=stop), entra)

    assert (entra.played.stopped_at, entra.played.ended) == ("create", ended or None)
