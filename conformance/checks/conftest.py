"""Every journey is a fixture of its own name; a check that names it waits until it is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance import journeys
from conformance.pytest_plugin.handed import RUN
from conformance.recording import Played
from conformance.run.live import LiveRun
from conformance.run.replay import Replay


@pytest.fixture
def scim_dialect(request: pytest.FixtureRequest) -> str:
    """The dialect a check is judged in; parametrised by the plugin."""
    return str(request.param)


def _session(request: pytest.FixtureRequest) -> LiveRun | Replay:
    session = request.config.stash[RUN].session
    assert session is not None
    return session


def _fixture_of(name: str, *, in_dialects: bool) -> Callable[..., Any]:
    if in_dialects:

        def play(scim_dialect: str, request: pytest.FixtureRequest) -> Played:
            return _session(request).played(name, scim_dialect)

        return pytest.fixture(name=name)(play)

    def play_once(request: pytest.FixtureRequest) -> Played:
        return _session(request).played(name, "")

    return pytest.fixture(name=name)(play_once)


for _journey in journeys.load().values():
    globals()[f"journey_{_journey.name}"] = _fixture_of(_journey.name, in_dialects=bool(_journey.dialects))
