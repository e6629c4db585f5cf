"""Runs that a signal cuts short: whether one did, and what of it pytest can show."""

from __future__ import annotations

import pytest


def is_interruption(problem: BaseException | None) -> bool:
    """Whether an exception came of SIGINT or SIGTERM, however often it was wrapped since."""
    while problem is not None:
        if isinstance(problem, KeyboardInterrupt):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def legible(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Take out of an interruption's traceback what pytest cannot show.

    A signal can come at an instruction that is on no line; pytest 9.2 fails where it looks for its source, which
    would be taken for a fault of ours.
    """
    shown = [entry for entry in excinfo.traceback if entry._rawentry.tb_lineno is not None]  # noqa: SLF001
    excinfo.traceback = type(excinfo.traceback)(shown)
