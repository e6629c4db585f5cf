"""Secrets: whatever an endpoint says back and whatever goes wrong, no piece of one is said or left behind."""

from __future__ import annotations

import pytest

from tests.torture.canary import CANARY, leaks
from tests.torture.hostile import serving
from tests.torture.measured import conformance
from tests.torture.parrots import PARROTS, parrot


@pytest.mark.parametrize("where", PARROTS)
def test_what_the_endpoint_says_back_is_hidden(where, tmp_path):
    """In every file of a run and of what is made of its results later."""
    told = parrot(where, CANARY)
    with serving(told) as url:
        for verb in ("run", "diagnose", "clean"):
            line = [verb, "--url", url, "--reports", str(tmp_path), "--timeout", "1"]
            done = conformance(*line, environment={"SCIM_TOKEN": CANARY})
            assert done.code in {0, 1, 2}
            assert leaks(tmp_path, (done.out, done.err)) == []

    assert told.met
