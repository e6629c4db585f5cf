"""The table of options: one for the command, the pytest plugin, the environment and the file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.idp.dialects import DIALECTS
from conformance.profiles import PROFILES

if TYPE_CHECKING:
    from conformance.scim.secret import Secret

ALL, BOTH = "all", "both"
"""Words for every profile, and for every dialect."""


class UserError(Exception):
    """Something the user can put right; the message is one clear sentence. Exit code 2."""


class Option(NamedTuple):  # no dataclass: `--help` would take half as long again
    """One setting: ``--name`` of the command, ``--scim-name`` of pytest, ``SCIM_NAME``, ``name`` in the file.

    Attributes:
        name: with dashes.
        help: one line.
        parse: from text to value; raises ValueError with what is wanted.
        default: where nothing is given.
        metavar: shown in the help.
        flag: takes no value.
        many: can be repeated; a list in the file, separated by newlines in the environment.
    """

    name: str
    help: str
    parse: Callable[[str], Any] = str
    default: Any = None
    metavar: str | None = None
    flag: bool = False
    many: bool = False

    @property
    def key(self) -> str:
        """The name as a Python identifier."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"SCIM_{self.key.upper()}"


def _words(table: Mapping[str, object], every: str) -> str:
    return f"{', '.join(table)} or {every}"


def _among(table: Mapping[str, object], every: str) -> Callable[[str], str]:
    """Takes what a table has when it is asked, and the word for all of it."""

    def parse(text: str) -> str:
        return _one_of(*table, every)(text)

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    return parse


def number(
    kind: type[int | float], least: float, wanted: str, most: float = sys.float_info.max
) -> Callable[[str], float]:
    """Make the reader of a number.

    Args:
        kind: whole or not.
        least: that is taken.
        wanted: in words, for the message.
        most: that is taken.
    """

    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise ValueError(wanted) from None
        if not least <= value <= most:
            raise ValueError(wanted)
        return value

    return parse


def _name(text: str) -> str:
    if not text.replace("-", "").replace("_", "").isalnum() or not text.isascii():
        raise ValueError("the name of a header")
    return text


def _header(text: str) -> tuple[str, Secret]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not name.strip().replace("-", "").replace("_", "").isalnum():
        raise ValueError("of the form 'Name: value'")
    from conformance.scim.secret import Secret

    return name.strip(), Secret(value.strip())


OPTIONS = (
    Option("url", "tenant URL of the SCIM endpoint", metavar="URL"),
    Option("token-file", "file that holds the secret token; - reads standard input", metavar="FILE"),
    Option("token-url", "token endpoint for OAuth 2.0 client credentials", metavar="URL"),
    Option("client-id", "who we are at the token endpoint", metavar="ID"),
    Option("client-secret-file", "file that holds the client secret (or SCIM_CLIENT_SECRET)", Path, metavar="FILE"),
    Option(
        "private-key-file", "private key that signs a JWT in place of the client secret (PEM)", Path, metavar="FILE"
    ),
    Option("scope", "scope to ask the token endpoint for", metavar="SCOPE"),
    Option("audience", "audience to ask the token endpoint for", metavar="NAME"),
    Option("username", "user name for HTTP Basic", metavar="NAME"),
    Option("password-file", "file that holds the password for HTTP Basic (or SCIM_PASSWORD)", Path, metavar="FILE"),
    Option("api-key-header", "header that carries the token in place of Authorization: Bearer", _name, metavar="NAME"),
    Option("client-cert", "our certificate for mutual TLS (PEM)", Path, metavar="FILE"),
    Option("client-key", "private key of --client-cert, where it is a file of its own (PEM)", Path, metavar="FILE"),
    Option("burst", "at the end, send 50 look-ups at 25 a second", flag=True, default=False),
    Option("cycle", "also play a company's year of provisioning cycles", flag=True, default=False),
    Option("profile", f"which checks: {_words(PROFILES, ALL)}", _among(PROFILES, ALL), "entra", "NAME"),
    Option("only", "only the check with this id (repeatable)", metavar="ID", many=True, default=()),
    Option("dialect", _words(DIALECTS, BOTH), _among(DIALECTS, BOTH), "both", "NAME"),
    Option("concurrency", "how many journeys run at once", number(int, 1, "a whole number from 1"), 4, "N"),
    Option("max-users", "how many users may be there at once", number(int, 4, "a whole number from 4"), None, "N"),
    Option("strict", "exit 1 on a WARN too, as --fail-on should does", flag=True, default=False),
    Option(
        "fail-on", "what gives exit code 1: must, should or never", _one_of("must", "should", "never"), "must", "LEVEL"
    ),
    Option(
        "require", "this check has to pass: not offered is not enough (repeatable)", metavar="ID", many=True, default=()
    ),
    Option("baseline", "file of known failures that are tolerated (TOML)", Path, metavar="FILE"),
    Option("read-only", "send nothing that writes", flag=True, default=False),
    Option("reports", "folder for the report files", Path, Path("reports"), "DIR"),
    Option("evidence", "whose bodies the results hold: broken or all", _one_of("broken", "all"), "broken", "WHICH"),
    Option("seed", "makes the same users again", number(int, 0, "a whole number from 0"), metavar="N"),
    Option("timeout", "seconds to wait for an answer", number(float, 0.05, "a number of seconds"), 30.0, "S"),
    Option(
        "time-limit",
        "seconds after which a run sends nothing more but its clean-up",
        number(float, 1, "a number of seconds from 1"),
        metavar="S",
    ),
    Option("ca-bundle", "file of trusted root certificates (PEM)", Path, metavar="FILE"),
    Option("insecure", "accept any certificate, and http to another machine", flag=True, default=False),
    Option("proxy", "URL of an HTTP proxy", metavar="URL"),
    Option("header", "a further request header, 'Name: value' (repeatable)", _header, (), "LINE", many=True),
)
BY_KEY = {option.key: option for option in OPTIONS}
