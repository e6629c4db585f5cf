"""The arguments of the verb ``cycle``: numbers are read, and what excludes each other is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conformance.config.options import number
from conformance.config.settings import UserError

NUMBERS = {
    "users": number(int, 1, "a whole number from 1 to 1000000", 1_000_000),
    "groups": number(int, 0, "a whole number from 0 to 100000", 100_000),
    "members_per_request": number(int, 1, "a whole number from 1"),
    "deletion_threshold": number(int, 0, "a whole number from 0"),
    "rate": number(float, 0.01, "a number of requests a second, from 0.01"),
}
"""Arguments that are numbers, and how each is read."""

DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")

LATER = ("restart", "reset_scope", "allow_deletes")
"""What only a job can be told that ran before."""

EXCLUDED = (
    ("directory", ("users", "groups", "domain"), "the directory says who there is"),
    ("on_demand", ("changes", "initial_only", *LATER), "on demand one object is provisioned and nothing else happens"),
    ("initial_only", ("changes", "restart", "reset_scope"), "nothing happens after the initial cycle"),
    ("restart", ("changes",), "a restart is a cycle of its own; give the change sets afterwards"),
    ("reset_scope", ("changes",), "a restart is a cycle of its own; give the change sets afterwards"),
)
"""An argument, those that make no sense beside it, and why."""


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with their numbers as numbers.

    Raises:
        UserError: one is no number that can be used, or two exclude each other.
    """
    values = dict(given)
    for key, parse in NUMBERS.items():
        if given[key] is not None:
            try:
                values[key] = parse(given[key])
            except ValueError as wanted:
                raise UserError(f"{option(key)} is {given[key]!r}; it takes {wanted}.") from None
    for key, others, why in EXCLUDED:
        for other in others:
            if _is_given(values[key]) and _is_given(values[other]):
                raise UserError(f"{option(key)} and {option(other)} exclude each other: {why}.")
    if given["as_is"] and not given["directory"]:
        raise UserError("--as-is is for the names of a --directory; made-up people carry the run's prefix.")
    if given["on_demand"] is not None and not given["on_demand"].strip():
        raise UserError("--on-demand is empty; it takes the name of a user or group, or an object id.")
    if given["domain"] is not None and not DOMAIN.fullmatch(given["domain"]):
        raise UserError(f"--domain is {given['domain']!r}; it takes the name of a domain, such as example.com.")
    return values


def option(key: str) -> str:
    """An argument as it is typed."""
    return f"--{key.replace('_', '-')}"


def _is_given(value: Any) -> bool:
    return value is not None and value is not False
