"""The files of a pytest run: what is seen to before it begins, and what is written at its end."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.reporting import page
from conformance.reporting.model import Results
from conformance.reporting.results import private, write
from conformance.run.cutoff import selected
from conformance.run.earlier import remove
from conformance.run.header import header_of
from conformance.run.session import conclude, merge, take_fault, untold

if TYPE_CHECKING:
    from conformance.pytest_plugin.collector import Collector
    from conformance.pytest_plugin.handed import Run


def html_beside_the_others(config: pytest.Config) -> None:
    """Under plain pytest ``--scim-reports`` asks for the page too, unless ``--html`` puts it elsewhere."""
    reports = config.getoption("scim_reports", None)
    if reports and not config.option.htmlpath and not hasattr(config, "workerinput"):
        path = Path(reports) / "report.html"
        write(path, "")  # pytest-html keeps the mode: only its owner reads it
        config.option.htmlpath, config.option.self_contained_html = str(path), True


def remove_earlier(config: pytest.Config) -> None:
    """Remove the files of an earlier run from the folder that ``--scim-reports`` names; the command does it itself."""
    reports = config.getoption("scim_reports", None)
    if reports and not config.option.collectonly:
        remove(Path(reports))


def for_the_owner_only(config: pytest.Config) -> None:
    """What pytest-html and pytest's JUnit XML write holds what the endpoint answered; both keep the mode they find."""
    for given in (getattr(config.option, name, None) for name in ("htmlpath", "xmlpath")):
        if given:
            with suppress(OSError):  # whoever writes it tells why it cannot be
                private(Path(os.path.expandvars(given)).expanduser())


def page_of(run: Run, session: pytest.Session) -> str:
    """The page's parts for pytest-html's frame; where they cannot be made, the fault is told in their place."""
    text = _made(run, page.body)
    if text is None:
        session.exitstatus = exit_status(run, session.exitstatus)
    return text or page.UNMADE


def _made(run: Run, make: Callable[[Results], str]) -> str | None:
    """What is made of the results; None where it cannot be made, which the results tell of then."""
    assert run.results is not None
    try:
        return make(run.results)
    except Exception:  # noqa: BLE001 - an exit code of Python's own would blame the endpoint
        run.results = take_fault(run.results, traceback.format_exc(), run.reports)
        return None


def _write_page(run: Run) -> None:
    """Write our own page, where one is wanted; where it cannot be made, the fault is told in its place.

    Raises:
        OSError: it cannot be written.
    """
    if run.page is not None:
        write(run.page, _made(run, page.render) or page.frame(page.UNMADE))


def has_something_to_tell(run: Run | None, collector: Collector) -> bool:
    """Whether checks were selected, or a recording names some though none of them was played to its end."""
    if collector.rows or collector.headers or collector.wanted or run is None:
        return True
    return run.session is not None or (run.recording is not None and bool(selected(header_of(run.recording))))


def put_off_signals() -> Callable[[], None]:
    """Let no signal end the process while it judges and writes, which takes a moment; gives what lets them again."""
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def exit_status(run: Run, status: int | pytest.ExitCode) -> int | pytest.ExitCode:
    """pytest's exit code, but as of the command 3 where the suite was at fault, and not 0 where not all was played."""
    faulty = run.fault or (run.results is not None and run.results.gate.exit == pytest.ExitCode.INTERNAL_ERROR)
    if faulty:
        return pytest.ExitCode.INTERNAL_ERROR
    cut = run.results is not None and not run.results.complete
    return pytest.ExitCode.TESTS_FAILED if cut and status == pytest.ExitCode.OK else status


def conclude_run(run: Run, collector: Collector) -> None:
    """Put the results of a run together and write its files; what goes wrong with that is noted in the run."""
    run.interrupted = collector.interrupted
    if run.recording is not None:
        recording = run.recording
    elif run.session is None:
        assert run.settings is not None
        recording = merge(collector.headers, collector.lines) if collector.headers else untold(run.settings)
    else:
        recording = run.session.recording
        run.problem = run.session.problem
        run.interrupted = run.interrupted or run.session.interrupted
    try:
        run.results = conclude(
            run.settings,
            recording,
            collector.rows,
            complete=not run.interrupted and not run.problem,
            faults=[*collector.faults, run.problem] if run.problem else collector.faults,
            reports=run.reports,
            wanted=[*run.wanted, *collector.wanted],
        )
        _write_page(run)
    except OSError as problem:
        run.problem = run.problem or unwritten(run, problem)
    except Exception:  # noqa: BLE001 - an exit code of Python's own would blame the endpoint
        run.fault = traceback.format_exc()


def unwritten(run: Run, problem: OSError) -> str:
    """Why the files of a run cannot be written, for the user."""
    return f"The report files cannot be written to {str(run.reports)!r}: {problem.strerror or problem}."
