"""pytest-xdist: the checks that look at the same journey are judged by the same worker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import defaultdict

import pytest

from conformance.judge.check import CHECKS, Check, load
from conformance.pytest_plugin.xdist import groups


def first(errors):
    """A check's function."""


def second(errors, filters):
    """Another, which looks at two journeys."""


def third(filters):
    """And one that has nothing in common with the first but by way of the second."""


def fourth(discovery, bulk):
    """And a stranger."""


def test_a_chain_of_shared_journeys_is_one_group():
    """The first and the third are judged together because of the second, in whichever order they come."""
    checks = [Check(function.__name__, function, (), "rfc") for function in (first, third, fourth, second)]
    load()
    with pytest.MonkeyPatch.context() as patch:
        for item in checks:
            patch.setitem(CHECKS, item.id, item)
        found = groups(checks)

    assert len(set(found.values())) == 2
    assert found["test_workers.py::fourth"] == "bulk+"
    assert found["test_workers.py::first"] == found["test_workers.py::second"] == found["test_workers.py::third"]


def test_the_work_can_be_shared_out():
    """No group is so large that a second worker would have nothing to do."""
    sizes = defaultdict(int)
    for group in groups(load().values()).values():
        sizes[group] += 1

    assert len(sizes) > 30
    assert max(sizes.values()) < sum(sizes.values()) / 4


@pytest.mark.parametrize("dist", ["load", "worksteal", pytest.param("loadgroup", marks=pytest.mark.torture)])
def test_checks_of_one_journey_run_on_one_worker(tmp_path, dist):
    """Asked of xdist itself, whichever way of sharing out the user chose; nothing answers at that URL."""
    run = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-c", os.devnull, "-n", "2", "--dist", dist]
    run += ["--pyargs", "conformance", "--scim-profile", "rfc", "--scim-url", "http://127.0.0.1:9/scim"]
    run += ["-k", "test_errors or test_filter"]
    environment = os.environ | {"SCIM_TOKEN": "xyzzy"}
    done = subprocess.run(run, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    workers = defaultdict(set)
    for worker, name in re.findall(r"^\[(gw\d)\].*/(test_\w+\.py::\w+)", done.stdout, flags=re.MULTILINE):
        workers[groups(load().values())[name]].add(worker)

    assert len(workers) >= 3, done.stdout
    assert all(len(found) == 1 for found in workers.values()), workers
    assert len(set.union(*workers.values())) == 2
