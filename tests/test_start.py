"""How long somebody waits who only asks for help, and what a stranger's pytest has to import."""

from __future__ import annotations

import resource
import subprocess
import sys

from tests.torture.measured import ROOT

TIMES = 7
"""Runs of each, the quickest of which counts: other work of the machine makes each of them slower, and none quicker."""

MOST = 5.0
"""The CPU time of ``--help`` by that of an interpreter that does nothing."""


def seconds(*line):
    """CPU seconds of the quickest run of a command."""

    def once():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *line], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(TIMES))


def imported(code):
    """Which heavy libraries a piece of code imports."""
    told = f"{code}; import sys; print(sorted({{'httpx', 'jsonschema', 'faker', 'pytest_html'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_help_is_quick():
    """At most five times an interpreter that does nothing."""
    seconds("-m", "conformance", "--help")  # compiled by now

    assert seconds("-m", "conformance", "--help") <= MOST * seconds("-c", "pass")


def test_help_of_a_verb_has_the_options_of_a_run():
    """They are added when they are needed."""
    for verb, option in (("run", "--profile"), ("load", "--rate"), ("clean", "--search"), ("diagnose", "--timeout")):
        line = [sys.executable, "-m", "conformance", verb, "--help"]
        told = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert {option, "--url", "--config"} <= set(told.replace("[", " ").replace("]", " ").split())


def test_the_plugin_costs_a_stranger_nothing():
    """Without a target neither httpx nor jsonschema is imported; nor for the help."""
    assert imported("import conformance.plugin") == "[]"
    assert imported("import conformance.commands.main as m; m._parser()") == "[]"
