"""Journeys: what they create is what the run announces, and all of it is deleted again."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest

from conformance.config.settings import Settings, collect
from conformance.demo.server import build_app
from conformance.journeys import JOURNEYS
from conformance.judge.check import load
from conformance.run.live import LiveRun
from conformance.run.player import LEARNING
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from tests.faults.lab import TOKEN, URL

load()


@pytest.mark.parametrize("name", sorted(name for name, journey in JOURNEYS.items() if journey.verb == "run"))
def test_a_journey_creates_what_it_says_and_deletes_it(name):
    """The announcement before the first write counts on it."""
    journey = JOURNEYS[name]
    values = collect({}) | {"reports": None, "concurrency": 1}
    settings = Settings(Target(URL, token=Secret(TOKEN), timeout=5.0), 1, values)
    transport = httpx.WSGITransport(app=build_app(TOKEN), raise_app_exceptions=False)
    session = LiveRun(settings, transport=transport)
    made, gone = Counter(), Counter()
    session.client.journal.created = lambda claim, identifier: made.update({(claim.collection, identifier): 1})
    session.client.journal.gone = lambda claim, identifier: gone.update({(claim.collection, identifier): 1})
    dialect = str(journey.dialects[0]) if journey.dialects else ""
    session.start([(name, dialect)])
    session.played(name, dialect)
    session.close()

    kinds = Counter(collection for collection, _ in made)
    first = [JOURNEYS[LEARNING]] if journey.builds else []
    users, groups = (sum(getattr(one, kind) for one in [journey, *first]) for kind in ("users", "groups"))
    assert (kinds["/Users"], kinds["/Groups"]) == (users, groups)
    assert set(made) <= set(gone)
