"""What holds for every test: where it runs, and what it shares with others."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

from tests.once import Once


@pytest.fixture(scope="session")
def once(tmp_path_factory, worker_id):
    """What is costly, made once for all tests of the session."""
    return Once(tmp_path_factory, worker_id)


@pytest.fixture(scope="session", autouse=True)
def elsewhere(tmp_path_factory):
    """No test runs in the checkout, whose folder of reports holds what its owner's last run said."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)


@pytest.fixture(scope="session", autouse=True)
def lasting():
    """What is imported lives to the end, so that nobody looks through it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
