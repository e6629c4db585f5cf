"""What the user states of an endpoint, so that a run gets past its own rules: the ``[target]`` table of scim.toml."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from conformance.scim.paths import MISSING, find, is_within
from conformance.scim.template import filled

FEATURES = ("patch", "bulk", "filter", "changePassword", "sort", "etag", "cursor", "groups")
"""What can be stated under ``capabilities``."""


class BadAssumption(ValueError):
    """The ``[target]`` table cannot be used; the message is one clear sentence."""


@dataclass(frozen=True)
class Assumptions:
    """What is taken for granted of an endpoint; empty for one that needs nothing special.

    Attributes:
        user_domain: domain of the made-up user names and e-mail addresses.
        matching: attributes by which Entra looks a user up, in order of precedence.
        capabilities: features that are offered or not, whatever discovery says.
        user: attributes that every created user carries beside Entra's, by SCIM path; texts may be templates.
        group: the same for groups.
        allowed: the values an attribute may have, by SCIM path; the first one replaces any other.
        not_stored: SCIM paths of attributes that the endpoint accepts and does not keep.
    """

    user_domain: str = "example.com"
    matching: tuple[str, ...] = ("userName",)
    capabilities: Mapping[str, bool] = field(default_factory=dict)
    user: Mapping[str, Any] = field(default_factory=dict)
    group: Mapping[str, Any] = field(default_factory=dict)
    allowed: Mapping[str, list[Any]] = field(default_factory=dict)
    not_stored: tuple[str, ...] = ()

    @classmethod
    def parse(cls, table: Any) -> Assumptions:
        """Read the ``[target]`` table.

        Raises:
            BadAssumption: an unknown key, or a value of the wrong kind.
        """
        if not isinstance(table, dict):
            raise BadAssumption(f"[target] is {table!r}; it takes a table.")
        values: dict[str, Any] = {}
        for name, value in table.items():
            key = name.replace("-", "_")
            if key not in _KINDS:
                known = ", ".join(known.replace("_", "-") for known in _KINDS)
                raise BadAssumption(f"Unknown setting {name!r} in [target]; known are {known}.")
            fits, wanted = _KINDS[key]
            if not fits(value):
                raise BadAssumption(f"{name} in [target] is {value!r}; it takes {wanted}.")
            values[key] = tuple(value) if isinstance(value, list) else value
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults, as plain JSON: the report shows what was assumed."""
        plain = Assumptions()
        changed = {name: value for name, value in asdict(self).items() if value != getattr(plain, name)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Assumptions:
        """Read back what ``to_json`` wrote."""
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
        return cls(**values)

    def applied(self, collection: str, body: dict[str, Any]) -> dict[str, Any]:
        """A body with what every created resource of the endpoint has to carry, and with allowed values only.

        Args:
            collection: path of the endpoint, such as ``/Users``.
            body: a resource; left as it is.
        """
        extra = {"/Users": self.user, "/Groups": self.group}.get(collection, {})
        if not extra and not self.allowed:
            return body
        body = copy.deepcopy(body)
        name = str(body.get("userName") or body.get("displayName") or "")
        complete(body, extra, name)
        for path, values in self.allowed.items():
            found = find(body, path)
            if found and found not in values:
                put(body, path, values[0])
        return body

    def keeps(self, path: str | None) -> bool:
        """Whether the endpoint stores an attribute at all."""
        return path is None or not is_within(path, self.not_stored)


def complete(body: dict[str, Any], values: Mapping[str, Any], name: str) -> None:
    """Put into a body what it lacks.

    Args:
        body: a resource; changed.
        values: by SCIM path; texts may be templates (see ``scim.template``).
        name: that the resource is created with.
    """
    for path, value in values.items():
        if find(body, path) is MISSING:
            put(body, path, filled(value, name))


def put(body: dict[str, Any], path: str, value: Any) -> None:
    """Set an attribute of a resource: ``nickName``, ``name.middleName``, or ``urn:…:User:costCenter``."""
    urn, colon, attribute = path.rpartition(":")
    level = body
    if colon:
        level = body.setdefault(urn, {})
        if urn not in body.get("schemas", []):
            body.setdefault("schemas", []).append(urn)
    name, dot, sub = attribute.partition(".")
    if dot:
        inner = level.setdefault(name, {})
        for element in inner if isinstance(inner, list) else [inner]:
            element[sub] = value
    else:
        level[name] = value


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item for item in value)


_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "user_domain": (lambda v: isinstance(v, str) and "." in v and "@" not in v, "a domain such as contoso.com"),
    "matching": (_is_texts, "a list of attribute names"),
    "capabilities": (
        lambda v: _is_table(v) and all(k in FEATURES and isinstance(on, bool) for k, on in v.items()),
        f"true or false for any of {', '.join(FEATURES)}",
    ),
    "user": (_is_table, "a table of attributes and values"),
    "group": (_is_table, "a table of attributes and values"),
    "allowed": (
        lambda v: _is_table(v) and all(isinstance(row, list) and row for row in v.values()),
        "a table of attributes and lists of values",
    ),
    "not_stored": (_is_texts, "a list of attribute names"),
}
