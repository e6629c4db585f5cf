"""What comes of a pytest run, gathered in the process that writes its files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from conformance.pytest_plugin.handed import RUN
from conformance.pytest_plugin.interruptions import is_interruption, legible


class Collector:
    """Gathers rows and recordings in the one process that writes reports (under xdist: the controller)."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.rows: dict[str, dict[str, Any]] = {}
        self.faults: list[str] = []
        self.lines: list[dict[str, Any]] = []
        self.headers: list[dict[str, Any]] = []
        self.wanted: set[str] = set()
        self.interrupted = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a check's row; a check that crashed outside its call has none and is the suite's fault."""
        row = getattr(report, "scim", None)
        self.wanted |= {getattr(report, "scim_unplayed", "")} - {""}
        if row is not None:
            self.rows[row["id"]] = row
        elif report.failed and RUN in self.config.stash:
            self.faults.append(f"{report.nodeid} ({report.when}): {report.longreprtext}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module of checks that cannot be imported is the suite's fault."""
        if report.failed and RUN in self.config.stash:
            self.faults.append(f"{report.nodeid}: {report.longreprtext}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:  # noqa: ARG002 - as xdist calls it
        """Take note of the checks that the workers of pytest-xdist have selected."""
        from conformance.pytest_plugin.xdist import identifiers

        self.wanted |= identifiers(ids)

    def pytest_internalerror(self, excrepr: object, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """So is a crash of pytest or of this plugin, unless a signal in the midst of its work made it."""
        if is_interruption(excinfo.value):
            self.interrupted = True
        else:
            self.faults.append(str(excrepr))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Under plain pytest a GitHub job gets its summary here; the command sees to it itself."""
        run = self.config.stash.get(RUN, None)
        for line in (run.problem, run.fault) if run is not None else ():
            if line:
                terminalreporter.write_line(line, red=True)
        if run is not None and run.results is not None:
            from conformance.reporting.github import announce
            from conformance.reporting.words import cut_short

            for line in [*announce(run.results), cut_short(run.results)]:
                if line:
                    terminalreporter.write_line(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """The results say that they are not complete."""
        self.interrupted = True
        legible(excinfo)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what an xdist worker recorded."""
        output = getattr(node, "workeroutput", {})
        if error:
            self.faults.append(f"worker {node.gateway.id}: {error}")
        if "scim_header" in output:
            self.headers.append(json.loads(output["scim_header"]))
            self.lines += [json.loads(line) for line in output["scim_journeys"]]


COLLECTOR: pytest.StashKey[Collector] = pytest.StashKey()
