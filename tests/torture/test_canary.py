"""Secrets: every verb against every endpoint that says the token back."""

from __future__ import annotations

import time

import pytest

from tests.torture.canary import CANARY, told
from tests.torture.hostile import serving
from tests.torture.parrots import PARROTS, parrot
from tests.verbs import VERBS


@pytest.mark.torture
@pytest.mark.parametrize("where", PARROTS)
def test_no_verb_tells_what_the_endpoint_says_back(where, tmp_path, figures):
    """Every verb that talks to an endpoint, in a folder of its own."""
    found, begin = {}, time.monotonic()
    with serving(parrot(where, CANARY)) as url:
        for verb in VERBS:
            (tmp_path / verb).mkdir()
            found[verb] = told(verb, url, tmp_path / verb)
    leaky = {verb: leak for verb, leak in found.items() if leak}
    spent = time.monotonic() - begin
    figures(f"the token said back {where}", tried=len(found), survived=len(found) - len(leaky), seconds=spent)

    assert leaky == {}
