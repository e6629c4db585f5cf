"""Which of pytest's items are checks, and which of them a run judges."""

from __future__ import annotations

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
        from conformance.pytest_plugin.selection import known_ids

        known_ids(run.settings.only)
    return run


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
