"""The pytest plugin: options, selection, verdicts on reports. The only module with hooks.

Inert for strangers: unless checks are collected it adds options and nothing else, and imports neither httpx nor
the checks.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conformance.check import Check
    from conformance.recording import Recording
    from conformance.session import Session
    from conformance.settings import Settings


@dataclass(eq=False)  # pytest keeps plugins in a set
class Run:
    """A pytest run that judges an endpoint: what the command hands over, and what comes of it.

    Attributes:
        settings: of the run; None where a recording is judged.
        recording: to judge, or None.
        on_start: told the journeys with their dialects, and the number of checks.
        on_played: told the key of each finished journey.
        transport: an httpx transport in place of the network (tests).
        reports: folder for the report files, or None for none.
        diagnosis: what the look at the connection came to, or None where there was none.
        wanted: ids of the checks that were selected, once they are collected.
        session: the run itself, once checks are collected.
        results: set at the end.
        interrupted: whether a signal ended it.
        problem: why the run could not go on or its files could not be written; one sentence, empty for neither.
        fault: the suite's own that left no results, as a traceback; empty for none.
    """

    settings: Settings | None = None
    recording: Recording | None = None
    on_start: Callable[[Sequence[tuple[str, str]], int], None] = lambda _plays, _checks: None
    on_played: Callable[[str], None] = lambda _key: None
    transport: Any = None
    reports: Path | None = None
    diagnosis: dict[str, Any] | None = None
    wanted: list[str] = field(default_factory=list)
    session: Session | None = None
    results: dict[str, Any] | None = None
    interrupted: bool = False
    problem: str = ""
    fault: str = ""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Registered by the command: make the run known to the hooks below."""
        config.stash[RUN] = self


RUN: pytest.StashKey[Run] = pytest.StashKey()
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
    from conformance.settings import OPTIONS

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


def check_of(item: pytest.Item) -> Check | None:
    """The check behind a pytest item, or None for a stranger's test."""
    return getattr(getattr(item, "function", None), "scim_check", None)


def identifier_of(found: Check, dialect: str) -> str:
    """The id of a check in a dialect, as in a results file."""
    return next(identifier for identifier, known in found.variants() if known == dialect)


def dialect_of(item: pytest.Item) -> str:
    """The dialect an item is judged in, empty for none."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("scim_dialect", "")) if callspec else ""


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
    run = _run_of(config)
    keep: list[pytest.Item] = []
    drop: list[pytest.Item] = []
    for item in items:
        found = check_of(item)
        wanted = found is None or _selected(found, dialect_of(item), run)
        (keep if wanted else drop).append(item)
    if drop:
        config.hook.pytest_deselected(items=drop)
        items[:] = keep


def _run_of(config: pytest.Config) -> Run:
    """The run, made from pytest's own options where the command did not hand one over."""
    if RUN not in config.stash:
        from conformance.settings import OPTIONS, UserError, build, collect, read_token

        options = {option.key: config.getoption(f"scim_{option.key}") for option in OPTIONS}
        try:
            values = collect(options, config.getoption("scim_config"))
            # Under plain pytest the report files are written only where they are asked for.
            reports = values["reports"] if options["reports"] is not None else None
            settings = build(values | {"reports": reports}, read_token(values["token_file"], prompt=False))
            config.stash[RUN] = Run(settings, reports=reports)
        except UserError as problem:
            raise pytest.UsageError(str(problem)) from None
    run = config.stash[RUN]
    if run.settings is not None:
        from conformance.selecting import known_ids

        known_ids(run.settings.only)
    return run


def _selected(found: Check, dialect: str, run: Run) -> bool:
    if run.settings is None:
        from conformance.cutoff import is_played

        recording = run.recording
        return (
            recording is not None and _is_recorded(found, dialect, recording) and is_played(found, dialect, recording)
        )
    settings = run.settings
    if found.verb != "run" or (settings.read_only and found.writes):
        return False
    if dialect and dialect not in settings.dialects:
        return False
    if not all(getattr(settings, option) for option in found.options):
        return False
    if settings.only:
        return found.id in settings.only or identifier_of(found, dialect) in settings.only
    return found.profile in settings.profiles


def _is_recorded(found: Check, dialect: str, recording: Recording) -> bool:
    from conformance.cutoff import selected

    return identifier_of(found, dialect) in selected(recording.header)


# --- playing and judging -------------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Gather the results in the process that writes them, and have our parts in pytest-html's page."""
    if _is_ours(config):
        _see_to_files(config)
    if not hasattr(config, "workerinput"):
        config.stash[COLLECTOR] = Collector(config)
        config.pluginmanager.register(config.stash[COLLECTOR], "scim-collector")


def _see_to_files(config: pytest.Config) -> None:
    """Of an earlier run none is left, and those of this one are their owner's only."""
    from conformance import filing

    if not hasattr(config, "workerinput"):
        filing.remove_earlier(config)
    if config.pluginmanager.has_plugin("html"):
        filing.html_beside_the_others(config)
        if config.option.htmlpath:
            config.pluginmanager.register(HtmlReport(), "scim-html")
            config.option.css = [*config.option.css, str(Path(__file__).parent / "reporting" / "report.css")]
    if not hasattr(config, "workerinput"):
        filing.for_the_owner_only(config)


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
    if not _is_ours(config) or config.getoption("dist") == "each":
        return None
    from conformance.workers import JourneyScheduling

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
    from conformance.scim.journal import JournalBroken
    from conformance.session import Session, plays_of
    from conformance.turns import Turns

    run = _run_of(session.config)
    folder = getattr(session.config, "workerinput", {}).get("scim_turns")
    turns = None if folder is None else Turns(Path(folder))
    if run.settings is not None and turns is None:
        from conformance.credentials import sign_in
        from conformance.settings import UserError

        try:
            sign_in(run.settings.target, run.transport)
        except UserError as problem:
            raise pytest.UsageError(str(problem)) from None
    plays = plays_of(chosen)
    checks = ((check_of(item), dialect_of(item)) for item in session.items)
    run.wanted = [identifier_of(found, dialect) for found, dialect in checks if found is not None]
    try:
        run.session = Session(
            run.settings, run.recording, turns=turns, transport=run.transport, on_played=run.on_played
        )
    except JournalBroken as problem:
        raise pytest.UsageError(str(problem)) from None
    if run.diagnosis is not None:
        run.session.recording.header["diagnosis"] = run.diagnosis
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
        from conformance.workers import identifiers

        self.wanted |= identifiers(ids)

    def pytest_internalerror(self, excrepr: object, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """So is a crash of pytest or of this plugin, unless a signal in the midst of its work made it."""
        from conformance.filing import is_interruption

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
        from conformance.filing import legible

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
    from conformance import filing

    if filing.has_something_to_tell(run, collector):
        config.add_cleanup(filing.put_off_signals())
        filing.conclude_run(_run_of(config), collector)
        session.exitstatus = filing.exit_status(_run_of(config), session.exitstatus)


COLLECTOR: pytest.StashKey[Collector] = pytest.StashKey()


# --- pytest-html ---------------------------------------------------------------------------------------


def _is_ours(config: pytest.Config) -> bool:
    """Whether this pytest run was started for the checks: by the command, an option of ours, or the package's name."""
    from conformance.settings import OPTIONS

    given = any(config.getoption(f"scim_{option.key}", None) for option in OPTIONS)
    named = any("conformance" in str(argument) for argument in config.args)
    return given or named or any(isinstance(plugin, Run) for plugin in config.pluginmanager.get_plugins())


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
            from conformance.filing import page_of

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
