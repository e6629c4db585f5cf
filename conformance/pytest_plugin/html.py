"""Our parts in the page that pytest-html writes under plain pytest."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from conformance.pytest_plugin.handed import RUN


class HtmlReport:
    """Our parts in pytest-html's page, whose table keeps what is no check; registered for runs of the checks only."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep what CI systems put into the environment table out of the report."""
        from pytest_metadata.plugin import metadata_key

        session.config.stash[metadata_key].clear()

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the report."""
        report.title = "SCIM conformance"

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str], session: pytest.Session) -> None:
        """All of the page's parts, made from the results alone."""
        run = session.config.stash.get(RUN, None)
        if run is not None and run.results is not None:
            from conformance.pytest_plugin.files import page_of

            prefix.append(page_of(run, session))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """A check has its place among our parts, and no row in pytest-html's table."""
        if hasattr(report, "scim") or hasattr(report, "scim_unplayed"):
            cells.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Give the page that pytest-html wrote what its frame lacks."""
        yield
        path = Path(os.path.expandvars(session.config.option.htmlpath)).expanduser()
        if not hasattr(session.config, "workerinput") and path.is_file():
            from conformance.reporting import page

            path.write_text(page.adopted(path.read_text(encoding="utf-8")), encoding="utf-8")
