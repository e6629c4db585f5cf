"""Our parsers with many inputs: the claims of tests/properties.py, looked at for longer."""

from __future__ import annotations

import time

import pytest

from tests.mapping_properties import CLAIMS
from tests.test_fuzz import changed, hold

__all__ = ["changed"]  # a fixture

EXAMPLES = 3000


@pytest.mark.torture
@pytest.mark.parametrize("name", [*CLAIMS, "results", "recording"])
def test_it_holds_for_many_inputs(name, request, figures):
    """No input of thousands is answered with anything but what is documented."""
    claim = CLAIMS.get(name) or request.getfixturevalue("changed")[name]
    begin = time.monotonic()
    hold(claim, EXAMPLES)
    figures(
        f"fuzzed: {claim.holds.__name__.replace('_', ' ')}",
        tried=EXAMPLES // claim.cost,
        survived=EXAMPLES // claim.cost,
        seconds=time.monotonic() - begin,
    )
