"""What torture tests share: the fixture with which they note their figures."""

from __future__ import annotations

import pytest

from tests.torture.figures import Figures


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Notes rows of the table in docs/reliability.md."""
    return Figures(request.node.user_properties)
