"""A run's settings, from options, environment and file; one table serves the command and the pytest plugin."""

from __future__ import annotations

import os
import random
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import Any

from conformance.config.credentials import KEYS, read_credentials
from conformance.config.options import ALL, BOTH, BY_KEY, OPTIONS, Option, UserError
from conformance.idp.dialects import DIALECTS
from conformance.profiles import PROFILES
from conformance.scim.assumptions import Assumptions, BadAssumption
from conformance.scim.secret import Secret
from conformance.scim.target import BadTarget, Target, parse_tenant_url

__all__ = ["BY_KEY", "OPTIONS", "Option", "Settings", "UserError", "build", "collect", "raw_token", "read_token"]

CONFIG_NAME = "scim.toml"


@dataclass(frozen=True)
class Settings:
    """All that a run is given.

    Attributes:
        target: where to send requests.
        given: values by option key, as they were found; for messages and for the report. Holds no secret.
        seed: of the made-up people.
    """

    target: Target
    seed: int
    given: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """An option's value by its key."""
        try:
            return self.given[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def dialects(self) -> tuple[str, ...]:
        """The chosen dialects."""
        return tuple(DIALECTS) if self.dialect == BOTH else (self.dialect,)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The chosen profiles."""
        return tuple(PROFILES) if self.profile == ALL else (self.profile,)


def collect(options: Mapping[str, Any], config: str | None = None) -> dict[str, Any]:
    """Merge options, environment and file: option > environment > file > default.

    Args:
        options: by key; None (or an empty list) where not given.
        config: the file named with ``--config``, or None for ``scim.toml`` in the working folder, if there.

    Raises:
        UserError: an unknown key or a value that cannot be used.
    """
    from_file = _read_file(config)
    values: dict[str, Any] = {"target": _assumptions(from_file.pop("target", {}), config)}
    for option in OPTIONS:
        name, raw = f"--{option.name}", options.get(option.key)
        if raw in (None, [], ()):
            name, raw = option.variable, _from_environment(option)
        if raw is None and option.key in from_file:
            name, raw = f"{option.name} in {config or CONFIG_NAME}", from_file[option.key]
        values[option.key] = option.default if raw is None else _parsed(option, raw, name)
    return values


def reports_of(options: Mapping[str, Any]) -> Path:
    """The folder for the reports that options name, whatever becomes of the others.

    Args:
        options: by key, and ``config``; None where not given.

    Raises:
        UserError: the settings file cannot be read, or no folder can be made of what is given.
    """
    option = BY_KEY["reports"]
    raw = options.get("reports") or _from_environment(option) or _read_file(options.get("config")).get("reports")
    folder: Path = option.default if raw is None else _parsed(option, raw, f"--{option.name}")
    return folder


def build(values: Mapping[str, Any], token: Secret | None) -> Settings:
    """Make the settings of a run from merged values.

    Raises:
        UserError: no URL, one that cannot be used, a CA bundle that is not there, or credentials that do not fit.
    """
    if not values["url"]:
        raise UserError('No tenant URL: give --url, set SCIM_URL, or write url = "…" into scim.toml.')
    try:
        base, query = parse_tenant_url(values["url"])
    except BadTarget as problem:
        raise UserError(str(problem)) from None
    bundle = values["ca_bundle"]
    if bundle is not None and not bundle.is_file():
        raise UserError(f"The CA bundle {str(bundle)!r} is not a file; name a PEM file of root certificates.")
    target = Target(
        base=base,
        query=query,
        headers=dict(values["header"]),
        timeout=values["timeout"],
        ca_bundle=bundle,
        insecure=values["insecure"],
        proxy=values["proxy"],
        burst=values["burst"],
        assumptions=values["target"],
        **read_credentials(values, token),
    )
    if base.startswith("http://") and not target.is_loopback and not target.insecure:
        raise UserError(
            f"{base} is plain http, so the token would cross the network in clear; use https, or add --insecure."
        )
    seed = values["seed"] if values["seed"] is not None else random.SystemRandom().randrange(10**6)
    shown = {
        key: value for key, value in values.items() if key not in {*KEYS, "header", "proxy", "token_file", "target"}
    }
    return Settings(target, seed, shown)


def raw_token(token_file: str | None, *, prompt: bool) -> str | None:
    """The token as it was given, with all that came along when it was pasted; None where there is none.

    Raises:
        UserError: the file cannot be read.
    """
    text = os.environ.get("SCIM_TOKEN")
    if token_file == "-":  # noqa: S105
        text = sys.stdin.read()
    elif token_file is not None:
        try:
            text = Path(token_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise UserError(f"The token file {token_file!r} cannot be read: {problem}.") from None
    elif text is None and prompt and sys.stdin.isatty():
        text = getpass("Secret token (not shown): ")
    return text


def read_token(token_file: str | None, *, prompt: bool) -> Secret | None:
    """The secret token: from the file, from ``SCIM_TOKEN``, or asked for on a terminal.

    A leading ``Bearer `` and surrounding white space are dropped.

    Raises:
        UserError: the file cannot be read or holds nothing.
    """
    text = raw_token(token_file, prompt=prompt)
    if text is None:
        return None
    token = text.strip()
    if token[:7].lower() in {"bearer", "bearer "}:
        token = token[7:].strip()
    if not token:
        raise UserError("The secret token is empty: set SCIM_TOKEN, or name a --token-file that holds it.")
    if not token.isascii() or not token.isprintable():
        raise UserError("The secret token holds a line break or a character that no HTTP header can carry.")
    return Secret(token)


def _read_file(config: str | None) -> dict[str, Any]:
    path = Path(config or CONFIG_NAME)
    if config is None and not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except OSError as problem:
        raise UserError(f"The settings file {str(path)!r} cannot be read: {problem.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UserError(f"The settings file {str(path)!r} is not TOML: {problem}.") from None
    for name in data:
        if name.replace("-", "_") == "token":
            raise UserError(f"{path} holds a token: keep secrets out of it, use SCIM_TOKEN or token-file instead.")
        if name.replace("-", "_") not in {*BY_KEY, "target"}:
            known = ", ".join([*(option.name for option in OPTIONS), "[target]"])
            raise UserError(f"Unknown setting {name!r} in {path}; known are {known}.")
    return {name.replace("-", "_"): value for name, value in data.items()}


def _assumptions(table: Any, config: str | None) -> Assumptions:
    try:
        return Assumptions.parse(table)
    except BadAssumption as problem:
        raise UserError(f"{config or CONFIG_NAME}: {problem}") from None


def _from_environment(option: Option) -> Any:
    text = os.environ.get(option.variable)
    if not text:
        return None
    return text.splitlines() if option.many else text


def _parsed(option: Option, raw: Any, name: str) -> Any:
    if option.flag:
        return _flag(raw, name)
    if option.many:
        rows = raw if isinstance(raw, (list, tuple)) else [raw]
        return tuple(_one(option, row, name) for row in rows)
    return _one(option, raw, name)


def _one(option: Option, raw: Any, name: str) -> Any:
    if isinstance(raw, (bool, list, dict)):
        raise UserError(f"{name} is {raw!r}; it takes one {option.metavar or 'value'}.")
    try:
        return option.parse(str(raw))
    except ValueError as wanted:
        shown = "…" if option.name == "header" else repr(str(raw))
        raise UserError(f"{name} is {shown}; it takes {wanted}.") from None


def _flag(raw: Any, name: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    value = words.get(str(raw).lower())
    if value is None:
        raise UserError(f"{name} is {raw!r}; it takes true or false.")
    return value
