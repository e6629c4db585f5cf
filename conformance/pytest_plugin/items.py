"""Which of pytest's items are checks, and which of them a run judges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from conformance.pytest_plugin.handed import RUN, Run

if TYPE_CHECKING:
    from conformance.judge.check import Check
    from conformance.recording import Recording


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


def run_of(config: pytest.Config) -> Run:
    """The run, made from pytest's own options where the command did not hand one over.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    if RUN not in config.stash:
        from conformance.config.settings import OPTIONS, UserError, build, collect, read_token

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
        known_ids(run.settings.only)
    return run


def known_ids(only: Iterable[str]) -> None:
    """See that there is a check of each id that is asked for.

    Raises:
        pytest.UsageError: there is none, or no run judges it.
    """
    import difflib

    from conformance.judge.check import load

    known = {i: item.verb for item in load().values() for i in (item.id, *(v for v, _ in item.variants()))}
    for identifier in only:
        if known.get(identifier, "run") != "run":
            raise pytest.UsageError(
                f"{identifier!r} is judged by `scim-conformance {known[identifier]}`, not by a run."
            )
        if identifier not in known:
            near = difflib.get_close_matches(identifier, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`scim-conformance checks` lists all."
            raise pytest.UsageError(f"There is no check {identifier!r}; {hint}")


def selected(found: Check, dialect: str, run: Run) -> bool:
    """Whether a run judges a check in a dialect: by its options, or where a recording is judged by what that holds."""
    if run.settings is None:
        from conformance.run.cutoff import is_played

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
    from conformance.run import cutoff
    from conformance.run.header import header_of

    return identifier_of(found, dialect) in cutoff.selected(header_of(recording))


def is_ours(config: pytest.Config) -> bool:
    """Whether this pytest run was started for the checks: by the command, an option of ours, or the package's name."""
    from conformance.config.settings import OPTIONS

    given = any(config.getoption(f"scim_{option.key}", None) for option in OPTIONS)
    named = any("conformance" in str(argument) for argument in config.args)
    return given or named or any(isinstance(plugin, Run) for plugin in config.pluginmanager.get_plugins())
