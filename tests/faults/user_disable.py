"""Faults around disabling and restoring users, and their managers."""

from __future__ import annotations

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, replace, spoil
from tests.faults.user_patch import (
    USER,
    Operation,
    ignore,
    patches,
    path,
    refuse,
    rework,
    sets,
)

# --- disable and restore ---------------------------------------------------------------------------------

refuse("disable-refused", ["user-disable-accepted"], "A PATCH of active is refused.", lambda op: sets(op, "active"))
ignore(
    "disable-ignored",
    ["user-disable-applied"],
    "A PATCH of active is answered 204 and does nothing.",
    lambda op: path(op) == "active",
)
rework(
    "false-is-truthy",
    ["user-disable-applied", "user-disable-lower-case-string", "user-disable-by-add"],
    'The string "False" is taken for true.',
    lambda op: op.update(value=bool(op["value"])) if path(op) == "active" else None,
)
refuse(
    "lower-case-false-refused",
    ["user-disable-lower-case-string"],
    'The string "false" is refused.',
    lambda op: op.get("value") == "false",
)
refuse(
    "add-active-refused",
    ["user-disable-by-add"],
    "active cannot be added.",
    lambda op: path(op) == "active" and op["op"] == "Add",
)
refuse("boolean-refused", ["user-disable-boolean"], "active has to be a string.", lambda op: op.get("value") is False)
ignore(
    "change-of-disabled-ignored",
    ["user-change-while-disabled"],
    "Changes of a disabled user are answered 204 and ignored.",
    lambda op: op.get("value") == "Alumnus",
)


@lambda register: patches(
    "change-revives", ["user-change-while-disabled"], "A change of a disabled user enables it.", register
)
def revives(call: Call, _serve: Serve) -> None:
    """Enable whoever is changed without a word on active."""
    if "active" not in str(call.body):
        call.body["Operations"] = [*call.operations, {"op": "replace", "path": "active", "value": True}]


@lambda register: patches(
    "add-restore-ignored",
    ["user-disable-boolean"],
    "Who was disabled by Add can never be enabled by it.",
    register,
)
def add_restore(call: Call, _serve: Serve) -> Answer | None:
    """Ignore an Add of active that enables."""
    stays = any(path(op) == "active" and op["op"] == "Add" and op["value"] == "True" for op in call.operations)
    return Answer(204) if stays else None


refuse(
    "restore-refused",
    ["user-restore-accepted"],
    "active cannot be set to true.",
    lambda op: path(op) == "active" and str(op["value"]).lower() == "true",
)
ignore(
    "restore-ignored",
    ["user-restore-applied"],
    "active stays false for ever.",
    lambda op: path(op) == "active" and str(op["value"]).lower() == "true",
)
spoil(
    "disabled-hidden",
    ["user-disabled-stays-readable"],
    "Disabled users are a 404.",
    lambda answer: error(404) if answer.body.get("active") is False else None,
    at=USER,
    status=200,
)


def _hide_inactive(answer: Answer) -> None:
    rows = [row for row in answer.body.get("Resources", []) if row.get("active") is not False]
    answer.body |= {"Resources": rows, "totalResults": len(rows)}


spoil(
    "disabled-not-listed",
    ["user-disabled-stays-found"],
    "Disabled users are in no list.",
    _hide_inactive,
    at="/Users",
    status=200,
)
spoil(
    "disable-empties",
    ["user-disable-keeps-attributes"],
    "A disabled user loses its name.",
    lambda answer: answer.body.pop("name", None) if answer.body.get("active") is False else None,
    at=USER,
    status=200,
)

# --- manager ---------------------------------------------------------------------------------------------


def manager(op: Operation) -> bool:
    """Whether an operation is about the manager."""
    return path(op).endswith(":manager")


refuse(
    "manager-wants-object",
    ["manager-set"],
    "A manager has to be an object.",
    lambda op: manager(op) and isinstance(op.get("value"), str),
)
ignore(
    "manager-frozen",
    ["manager-change"],
    "A manager is set once and for ever.",
    lambda op: manager(op) and op["op"].lower() == "replace",
)
replace(
    "reference-check-empty",
    ["manager-reference-check"],
    "A filter on the manager finds nobody.",
    lambda call, _s: Answer(200, dict(SCIM), EMPTY) if "manager eq" in call.query.get("filter", "") else None,
)
EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}
ignore(
    "manager-remove-ignored",
    ["manager-remove"],
    "A manager cannot be removed.",
    lambda op: manager(op) and op["op"].lower() == "remove",
)
ignore(
    "manager-empty-ignored",
    ["manager-remove-by-empty-string"],
    "An empty string leaves the manager.",
    lambda op: manager(op) and op.get("value") == "",
)
ignore(
    "manager-empty-object-ignored",
    ["manager-remove-by-empty-object"],
    "An empty object leaves the manager.",
    lambda op: manager(op) and op.get("value") == {"value": ""},
)
