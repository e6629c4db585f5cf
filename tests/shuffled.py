"""A pytest plugin that puts the selected checks into another order; ``-p tests.shuffled``, the seed in ``SHUFFLE``."""

from __future__ import annotations

import os
import random

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Shuffle what is left after selection; workers of pytest-xdist, who have the same seed, do it alike."""
    random.Random(os.environ["SHUFFLE"]).shuffle(items)  # noqa: S311 - an order, and no secret
