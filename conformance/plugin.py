"""The pytest plugin: options, selection, verdicts on reports. The only module with hooks.

Inert for strangers: unless checks are collected it adds options and nothing else, and imports neither httpx nor
the checks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from conformance.pytest_plugin.collector import COLLECTOR, Collector
from conformance.pytest_plugin.handed import RUN
from conformance.pytest_plugin.items import check_of, dialect_of, identifier_of, is_ours, run_of, selected

if TYPE_CHECKING:
    from conformance.judge.check import Check

TURNS: pytest.StashKey[TemporaryDirectory[str]] = pytest.StashKey()
ROW: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
SELECTED: pytest.StashKey[bool] = pytest.StashKey()
UNPLAYED: pytest.StashKey[str] = pytest.StashKey()


class CheckFailed(AssertionError):
    """The endpoint broke a requirement; shown as three lines, without a traceback."""


class NotJudged(Exception):
    """The suite or the network failed, so that the endpoint could not be judged."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--scim-…`` for every setting."""
    from conformance.config.settings import OPTIONS

    group = parser.getgroup("scim", "SCIM conformance (with: pytest --pyargs conformance --scim-url URL)")
    for option in OPTIONS:
        name = f"--scim-{option.name}"
        if option.flag:
            group.addoption(name, action="store_true", default=None, help=option.help)
        else:
            action = "append" if option.many else "store"
            group.addoption(name, action=action, default=None, metavar=option.metavar, help=option.help)
    group.addoption("--scim-config", default=None, metavar="FILE", help="settings file (default scim.toml)")


# --- selection -----------------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one item a dialect."""
    found: Check | None = getattr(metafunc.function, "scim_check", None)
    if found is not None and found.dialects:
        metafunc.parametrize("scim_dialect", [str(d) for d in found.dialects], indirect=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Keep the checks of the chosen profile, dialect and ids; leave strangers' tests alone."""
    if any(check_of(item) for item in items):
        _keep_selected(config, items)
    # What others do comes after ours; where one of them finds a mistake, such as a wrong -k, nothing may be played.
    yield
    config.stash[SELECTED] = True


def _keep_selected(config: pytest.Config, items: list[pytest.Item]) -> None:
    run = run_of(config)
    keep: list[pytest.Item] = []
    drop: list[pytest.Item] = []
    for item in items:
        found = check_of(item)
        wanted = found is None or selected(found, dialect_of(item), run)
        (keep if wanted else drop).append(item)
    if drop:
        config.hook.pytest_deselected(items=drop)
        items[:] = keep


# --- playing and judging -------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Gather the results in the process that writes them, and have our parts in pytest-html's page."""
    if is_ours(config):
        _see_to_files(config)
    if not hasattr(config, "workerinput"):
        config.stash[COLLECTOR] = Collector(config)
        config.pluginmanager.register(config.stash[COLLECTOR], "scim-collector")


def _see_to_files(config: pytest.Config) -> None:
    """Of an earlier run none is left, and those of this one are their owner's only."""
    from conformance.pytest_plugin import files

    if not hasattr(config, "workerinput"):
        files.remove_earlier(config)
    if config.pluginmanager.has_plugin("html"):
        files.html_beside_the_others(config)
        if config.option.htmlpath:
            from conformance.pytest_plugin.html import HtmlReport

            config.pluginmanager.register(HtmlReport(), "scim-html")
            config.option.css = [*config.option.css, str(Path(__file__).parent / "reporting" / "report.css")]
    if not hasattr(config, "workerinput"):
        files.for_the_owner_only(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the workers take turns."""
    if TURNS not in node.config.stash:
        node.config.stash[TURNS] = TemporaryDirectory(prefix="scim-conformance-")
        node.config.add_cleanup(node.config.stash[TURNS].cleanup)
    node.workerinput["scim_turns"] = node.config.stash[TURNS].name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the checks of a journey on one worker of pytest-xdist, whichever way of sharing out was asked for."""
    if not is_ours(config) or config.getoption("dist") == "each":
        return None
    from conformance.pytest_plugin.xdist import JourneyScheduling

    return JourneyScheduling(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start to play what the selected checks need."""
    chosen: dict[str, set[str]] = defaultdict(set)
    for item in session.items:
        found = check_of(item)
        if found is not None:
            chosen[found.id].add(dialect_of(item))
    if not chosen or session.config.option.collectonly or not session.config.stash.get(SELECTED, False):
        return
    from conformance.run.header import note
    from conformance.run.live import LiveRun
    from conformance.run.replay import Replay
    from conformance.run.session import plays_of
    from conformance.run.turns import Turns
    from conformance.scim.journal import JournalBroken

    run = run_of(session.config)
    folder = getattr(session.config, "workerinput", {}).get("scim_turns")
    turns = None if folder is None else Turns(Path(folder))
    if run.settings is not None and turns is None:
        from conformance.config.credentials import sign_in
        from conformance.config.settings import UserError

        try:
            sign_in(run.settings.target, run.transport)
        except UserError as problem:
            raise pytest.UsageError(str(problem)) from None
    plays = plays_of(chosen)
    checks = ((check_of(item), dialect_of(item)) for item in session.items)
    run.wanted = [identifier_of(found, dialect) for found, dialect in checks if found is not None]
    if run.settings is None:
        assert run.recording is not None
        run.session = Replay(run.recording)
    else:
        try:
            run.session = LiveRun(run.settings, turns=turns, transport=run.transport, on_played=run.on_played)
        except JournalBroken as problem:
            raise pytest.UsageError(str(problem)) from None
    if run.diagnosis is not None:
        note(run.session.recording, diagnosis=run.diagnosis)
    run.on_start(plays, sum(len(dialects) for dialects in chosen.values()))
    if turns is None:
        run.session.start(plays)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Judge a check in place of calling its function, and turn the verdict into pytest's outcome."""
    found = check_of(pyfuncitem)
    if found is None:
        return None
    run = pyfuncitem.config.stash[RUN]
    assert run.session is not None
    row = run.session.result(found, dialect_of(pyfuncitem))
    if row is None:
        pyfuncitem.stash[UNPLAYED] = identifier_of(found, dialect_of(pyfuncitem))
        pytest.skip(f"not played: {run.session.recording.cut}")
    pyfuncitem.stash[ROW] = row
    for name in ("id", "verdict", "level", "spec"):
        pyfuncitem.user_properties.append((f"scim_{name}", row[name]))
    if row["verdict"] == "FAIL":
        raise CheckFailed
    if row["verdict"] == "ERROR":
        raise NotJudged
    if row["verdict"] in {"N/A", "BLOCKED"}:
        pytest.skip(f"{row['verdict']}: {row['got']}")
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the row on the report as plain JSON, so that it survives xdist, and drop the traceback."""
    report = yield
    if UNPLAYED in item.stash:
        report.scim_unplayed = item.stash[UNPLAYED]  # type: ignore[attr-defined]
    row = item.stash.get(ROW, None)
    if row is None or call.when != "call":
        return report
    report.scim = row  # type: ignore[attr-defined]
    if row["verdict"] == "FAIL":
        report.longrepr = f"{row['id']}\n  Requirement  {row['statement']} ({row['spec']})\n" + _difference(row)
    elif row["verdict"] == "ERROR":
        report.longrepr = f"{row['id']}\n  Not judged   {row['got']}"
        # pytest counts as an error what fails outside the call.
        report.when = "setup"
    return report


def _difference(row: dict[str, Any]) -> str:
    return f"  Expected     {row['expected']}\n  Got          {row['got']}\n  Fix          {row['fix']}"


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Count warnings and facts under their own names on pytest's terminal."""
    row = getattr(report, "scim", None)
    if row is None:
        return None
    names = {
        "WARN": ("warned", "W", "yellow"),
        "INFO": ("informed", "i", "cyan"),
        "BLOCKED": ("blocked", "b", "yellow"),
    }
    if row["verdict"] not in names:
        return None
    category, letter, colour = names[row["verdict"]]
    return category, letter, (row["verdict"], {colour: True})


# --- results -------------------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Clean up, then put the results together before any report is written."""
    config = session.config
    collector: Collector | None = config.stash.get(COLLECTOR, None)
    run = config.stash.get(RUN, None)
    if run is not None and run.session is not None:
        run.session.close(interrupted=collector is not None and collector.interrupted)
    if collector is None:
        if run is not None and run.session is not None:
            recording = run.session.recording
            config.workeroutput["scim_header"] = json.dumps(recording.header)  # type: ignore[attr-defined]
            config.workeroutput["scim_journeys"] = [  # type: ignore[attr-defined]
                json.dumps(played.to_json()) for played in recording.journeys.values()
            ]
        return
    if run is None and not collector.wanted:
        return
    from conformance.pytest_plugin import files

    if files.has_something_to_tell(run, collector):
        config.add_cleanup(files.put_off_signals())
        files.conclude_run(run_of(config), collector)
        session.exitstatus = files.exit_status(run_of(config), session.exitstatus)
