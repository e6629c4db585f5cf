"""Which checks a run judges, by pytest's own selection, and pytest started on the shipped checks."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from conformance.config.settings import Settings, UserError
from conformance.pytest_plugin.handed import Run
from conformance.pytest_plugin.items import check_of, dialect_of

NONE_FITS = "No check fits the given --only, -k, --profile, --dialect and --read-only."


def on_checks(arguments: Sequence[str], expression: str | None, plugins: Sequence[object]) -> int:
    """Start pytest on the shipped checks, untouched by the environment and by the folder it is called in.

    Args:
        arguments: for pytest, beside those that are the same for all.
        expression: as for pytest's ``-k``, or None.
        plugins: ours, beside the one of this package.

    Returns:
        pytest's exit code.
    """
    checks = Path(__file__).parents[1] / "checks"
    common = [str(checks), "-c", str(checks.parent / "pytest.ini"), f"--rootdir={checks.parent}"]
    common += ["--disable-plugin-autoload", "-p", "conformance.plugin", "-p", "no:cacheprovider"]
    # It collects garbage several times at the end, to find what is none of the endpoint's.
    common += ["-p", "no:unraisableexception"]
    # In one word: an expression that begins with a hyphen would be taken for an option.
    common += [f"-k={expression}"] if expression else []
    # What the environment adds to pytest's options is meant for the caller's own tests.
    environment = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    try:
        return int(pytest.main([*common, *arguments], plugins=plugins))
    finally:
        os.environ.update(environment)


class _Chooser:
    """A pytest plugin that takes the chosen checks and lets nothing run."""

    def __init__(self) -> None:
        self.chosen: dict[str, set[str]] = defaultdict(set)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take what was chosen."""
        for item in session.items:
            found = check_of(item)
            if found is not None:
                self.chosen[found.id].add(dialect_of(item))


def chosen(settings: Settings, expression: str | None) -> dict[str, set[str]]:
    """The checks that a run would judge, found out without a request.

    Returns:
        check id to the dialects it is judged in (an empty string for none).

    Raises:
        UserError: the expression is wrong, there is no check of an id that is asked for, or none fits.
    """
    chooser, said = _Chooser(), StringIO()
    with redirect_stdout(StringIO()), redirect_stderr(said):
        code = on_checks(["--collect-only", "-qq"], expression, [Run(settings), chooser])
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UserError(_why(said.getvalue(), expression))
    if not chooser.chosen:
        raise UserError(NONE_FITS)
    return chooser.chosen


def _why(said: str, expression: str | None) -> str:
    """What pytest holds against the options, as one sentence."""
    text = " ".join(said.removeprefix("ERROR: ").split())
    wrong = re.match(r"Wrong expression passed to '-k': (.*)", text)
    if wrong:
        reason = wrong[1].removeprefix(f"{expression}: ").rstrip(".")
        return (
            f"-k is {expression!r}, which is no expression of pytest's ({reason}); write such as 'disable or rename'."
        )
    return text or "No run can be made of these options."
