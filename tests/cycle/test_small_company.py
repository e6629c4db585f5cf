"""The company of ``run --cycle`` is made from the run's seed, and can live through the year whatever the seed is."""

from __future__ import annotations

from types import SimpleNamespace

from conformance.journeys.company import GROUPS, USERS, small_company
from conformance.provisioning.source.directory import USER
from conformance.provisioning.source.year import year


def test_every_seed_makes_a_company_that_can_live_through_the_year():
    """Nobody lacks an account or an address, and enough people lead nobody."""
    for seed in range(100):
        entra = SimpleNamespace(people=SimpleNamespace(seed=seed, domain="example.com"), name="scimconf-seeds")
        company = small_company(entra)

        assert len(company) == USERS + GROUPS
        assert {one.id for one in company if one.kind == USER} >= {one.manager for one in company if one.manager}
        assert year(company, prefix="scimconf-seeds")
