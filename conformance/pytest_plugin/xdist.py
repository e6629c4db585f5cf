"""How the checks are shared out among the workers of pytest-xdist; imported by the controller of such a run only."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from conformance.judge.check import Check, load
from conformance.run.cutoff import variants
from conformance.run.player import FIRST, RECKONING, Play
from conformance.run.session import plays_of


class JourneyScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives checks that look at the same journey to the same worker, so that each journey is played once.

    xdist's own ``--dist loadgroup`` cannot: its workers are told by marks, and only if the user asked for it.
    """

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        super().__init__(config, log)
        self._groups = groups(load().values())

    def _split_scope(self, nodeid: str) -> str:
        """The group of a check; a stranger's test is on its own."""
        return self._groups.get(_key(nodeid), nodeid)


def groups(checks: Iterable[Check]) -> dict[str, str]:
    """Which checks have to be on one worker.

    Args:
        checks: as registered.

    Returns:
        ``module.py::function[dialect]`` to the name of the group. Two checks are in one group where they look at the
        same journey, or where a chain of others does. Discovery and the reckoning do not count: the one only reads, the
        other looks at what the worker's own client created, so each worker has its own.
    """
    plays = {_name(check, dialect): _plays(check, dialect) for check in checks for _, dialect in check.variants()}
    together: dict[Play, set[Play]] = {}
    for needed in plays.values():
        union = set(needed).union(*(together.get(play, set()) for play in needed))
        together |= dict.fromkeys(union, union)
    return {name: "+".join(min(together[needed[0]])) if needed else "discovery" for name, needed in plays.items()}


def identifiers(nodeids: Iterable[str]) -> set[str]:
    """The ids, as in a results file, of the checks behind pytest's node ids; those of strangers' tests are left out."""
    known = {_name(item, dialect): identifier for identifier, (item, dialect) in variants().items()}
    return {known[key] for key in map(_key, nodeids) if key in known}


def _plays(check: Check, dialect: str) -> list[Play]:
    return [play for play in plays_of({check.id: {dialect}}) if play[0] not in {*FIRST, RECKONING}]


def _name(check: Check, dialect: str) -> str:
    module = check.function.__module__.rpartition(".")[2]
    return f"{module}.py::{check.function.__name__}" + (f"[{dialect}]" if dialect else "")


def _key(nodeid: str) -> str:
    """A pytest node id without its folders."""
    return re.sub(r"^.*/", "", nodeid)
