"""Faults around changing, disabling and restoring users."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace, spoil

USER = "/Users/[^/]+"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
Operation = dict[str, Any]


def patches(name: str, checks: list[str], story: str, answer: Callable[[Call, Serve], Answer | None]) -> None:
    """A fault that answers PATCHes of users."""
    replace(
        name, checks, story, lambda c, s: answer(c, s) if c.method == "PATCH" and c.path.startswith("/Users/") else None
    )


def refuse(name: str, checks: list[str], story: str, wrong: Callable[[Operation], Any], status: int = 400) -> None:
    """A fault that refuses a PATCH with such an operation."""
    patches(
        name,
        checks,
        story,
        lambda call, _s: error(status, "invalidValue") if any(map(wrong, call.operations)) else None,
    )


def ignore(name: str, checks: list[str], story: str, wrong: Callable[[Operation], Any]) -> None:
    """A fault that leaves such operations out and reports success."""

    def answer(call: Call, serve: Serve) -> Answer | None:
        call.body["Operations"] = [op for op in call.operations if not wrong(op)]
        return None if call.operations else Answer(204)

    patches(name, checks, story, answer)


def rework(name: str, checks: list[str], story: str, change: Callable[[Operation], Any]) -> None:
    """A fault that misunderstands operations."""

    def answer(call: Call, _serve: Serve) -> None:
        for op in call.operations:
            change(op)

    patches(name, checks, story, answer)


def path(op: Operation) -> str:
    """The operation's path, empty for none."""
    return str(op.get("path") or "")


def verb(op: Operation) -> str:
    """What the operation is to do, empty where it does not say."""
    return str(op.get("op") or "")


def value(op: Operation) -> dict[str, Any]:
    """The operation's value where it is an object."""
    return op["value"] if isinstance(op.get("value"), dict) else {}


def drop(op: Operation, wrong: Callable[[str], Any]) -> None:
    """Drop members of a path-less value."""
    if not path(op):
        op["value"] = {k: v for k, v in value(op).items() if not wrong(k)} or {"nickName": "x"}


def sets(op: Operation, attribute: str) -> bool:
    """Whether an operation writes an attribute, by path or without one."""
    return path(op) == attribute or (not path(op) and attribute in value(op))


# --- attributes ------------------------------------------------------------------------------------------

ignore("add-ignored", ["user-patch-add"], "An add is answered 204 and does nothing.", lambda op: path(op) == "nickName")
patches(
    "many-operations-refused",
    ["user-patch-replace-accepted"],
    "A request of several changes is refused.",
    lambda call, _s: error(400) if len(call.operations) > 1 else None,
)
ignore(
    "display-name-frozen",
    ["user-patch-display-name"],
    "displayName never changes.",
    lambda op: (
        path(op) == "displayName" or ("displayName" in value(op) and value(op).pop("displayName") and not value(op))
    ),
)


@lambda register: patches(
    "dotted-keys-dropped", ["user-patch-name", "user-patch-pathless-add"], "Dotted names are dropped.", register
)
def dotted(call: Call, _serve: Serve) -> Answer | None:
    """Drop every path and key with a dot that is no URN."""
    for op in call.operations:
        drop(op, lambda key: "." in key and not key.startswith("urn:"))
    call.body["Operations"] = [op for op in call.operations if not re.match(r"name\.", path(op))]
    return None if call.operations else Answer(204)


@lambda register: replace(
    "siblings-lost", ["user-patch-name-keeps-formatted"], "Replacing a part of the name empties the rest.", register
)
def siblings(call: Call, serve: Serve) -> Answer | None:
    """After a PATCH of the name, its formatted form is gone."""
    if call.method == "PATCH" and "givenName" in str(call.body):
        call.memory[call.path] = True
    answer = serve(call)
    if call.memory.get(call.path) and call.method == "GET":
        answer.body.get("name", {}).pop("formatted", None)
    return answer


ignore(
    "filtered-path-ignored",
    ["user-patch-work-email", "user-patch-creates-email", "user-patch-phone", "user-patch-address-part"],
    "Paths with a filter are ignored.",
    lambda op: "[" in path(op),
)
refuse(
    "filtered-path-refused",
    ["user-patch-creates-phones", "user-patch-creates-address"],
    "Paths with a filter are refused.",
    lambda op: "[" in path(op),
)


@lambda register: patches(
    "external-id-frozen",
    ["user-patch-external-id", "user-patch-adds-external-id"],
    "externalId cannot be written.",
    register,
)
def frozen(call: Call, _serve: Serve) -> Answer | None:
    """Drop externalId from a PATCH."""
    for op in call.operations:
        drop(op, lambda key: key == "externalId")
    call.body["Operations"] = [op for op in call.operations if path(op) != "externalId"]
    return None if call.operations else Answer(204)


@lambda register: patches(
    "urn-dropped", ["user-patch-employee-number", "user-patch-department"], "URN-qualified names are dropped.", register
)
def urn(call: Call, _serve: Serve) -> Answer | None:
    """Drop what is written under the enterprise URN."""
    for op in call.operations:
        drop(op, lambda key: key.startswith(f"{ENTERPRISE}:"))
    call.body["Operations"] = [op for op in call.operations if not path(op).startswith(f"{ENTERPRISE}:")]
    return None if call.operations else Answer(204)


spoil(
    "literal-keys",
    ["user-patch-stores-no-literal-keys"],
    "A dotted key is stored as it stands.",
    lambda answer: answer.body.update({"name.givenName": "Kim"}),
    at=USER,
    status=200,
)


@lambda register: replace(
    "patch-deactivates",
    ["user-patch-keeps-others", "user-change-while-disabled"],
    "A PATCH without active disables the user.",
    register,
)
def deactivates(call: Call, serve: Serve) -> Answer | None:
    """Add an operation on active where there is none; refuse changes of who is inactive."""
    if call.method != "PATCH" or not call.path.startswith("/Users/") or "active" in str(call.body):
        return None
    now = serve(call.to("GET", call.path)).body or {}
    if now.get("active") is False:
        return error(409)
    call.body["Operations"] = [*call.operations, {"op": "replace", "path": "active", "value": False}]
    return None


refuse("rename-refused", ["user-rename-accepted"], "userName cannot change.", lambda op: sets(op, "userName"))


@lambda register: replace(
    "rename-not-indexed",
    ["user-rename-found", "user-rename-frees-name"],
    "Filters look at the first userName for ever.",
    register,
)
def not_indexed(call: Call, serve: Serve) -> Answer | None:
    """Translate a look-up of the new name into nobody, and of the old one into the renamed user."""
    text = call.query.get("filter", "")
    if call.path != "/Users" or not text.startswith("userName"):
        return None
    call.query["filter"] = (
        text.replace("-renamed@", "-nobody@") if "-renamed@" in text else text.replace("@", "-renamed@")
    )
    found = serve(call)
    if found.body["totalResults"] or "-renamed@" in text:
        return found
    call.query["filter"] = text
    return None


@lambda register: patches("no-op-refused", ["user-patch-no-op"], "A change that changes nothing is refused.", register)
def no_op(call: Call, serve: Serve) -> Answer | None:
    """Refuse a displayName that is there already."""
    now = serve(call.to("GET", call.path)).body or {}
    wanted = [op.get("value") for op in call.operations if path(op) == "displayName"]
    return error(400) if len(call.operations) == 1 and wanted == [now.get("displayName")] else None


# --- filtered values -------------------------------------------------------------------------------------


def after(name: str, checks: list[str], story: str, when: str, change: Callable[[dict[str, Any]], Any]) -> None:
    """A fault that shows a user wrongly once it has met a PATCH that mentions a text."""

    def answer(call: Call, serve: Serve) -> Answer | None:
        if call.method == "PATCH" and when in str(call.body):
            call.memory[call.path, name] = True
        answer = serve(call)
        if call.memory.get((call.path, name)) and call.method == "GET" and answer.status == 200:
            change(answer.body)
        return answer

    replace(name, checks, story, answer)


def only(attribute: str, kind: str) -> Callable[[dict[str, Any]], Any]:
    """Keep the elements of one type only."""
    return lambda body: body.update({attribute: [row for row in body.get(attribute, []) if row.get("type") == kind]})


after(
    "siblings-of-filter-lost",
    ["user-patch-keeps-other-emails"],
    "A path with a filter removes the other elements.",
    'emails[type eq "work"]',
    only("emails", "work"),
)
after(
    "add-appends",
    ["user-patch-add-overwrites"],
    "An add through a filter appends.",
    "'Add', 'path': 'emails",
    lambda body: body["emails"].append({"type": "work", "value": "second@x.example"}),
)
after(
    "add-appends-compliant",
    ["user-patch-add-overwrites"],
    "An add through a filter appends, in lower case too.",
    "'add', 'path': 'emails",
    lambda body: body["emails"].append({"type": "work", "value": "second@x.example"}),
)
after(
    "address-split",
    ["user-patch-creates-address"],
    "Each part of an address becomes an address.",
    "addresses[",
    lambda body: body["addresses"].append({"type": "work", "country": "US"}),
)
rework(
    "remove-writes",
    ["user-patch-remove-writes-nothing"],
    "The value of a remove is written.",
    lambda op: op.update(op="replace") if op["op"].lower() == "remove" and path(op).startswith("emails[") else None,
)

# --- path-less, extensions, roles, several ---------------------------------------------------------------

ignore(
    "pathless-ignored",
    ["user-patch-pathless-add", "user-disable-pathless"],
    "Operations without path are ignored.",
    lambda op: not path(op),
)
rework(
    "pathless-active-only",
    ["user-patch-pathless-keys"],
    "Where a path-less value has active in it, nothing else of it is read.",
    lambda op: drop(op, lambda key: key != "active" and "active" in op["value"]),
)
rework(
    "extension-object-dropped",
    ["user-patch-pathless-extension"],
    "An extension inside a path-less value is dropped.",
    lambda op: drop(op, lambda key: key == ENTERPRISE),
)
refuse(
    "core-urn-refused",
    ["user-patch-core-urn"],
    "A core attribute under its URN is refused.",
    lambda op: "core:2.0:User:" in path(op),
)
refuse("roles-refused", ["user-patch-roles"], "Roles cannot be changed.", lambda op: path(op) == "roles")


@lambda register: patches(
    "first-operation-only",
    ["user-patch-operations-all-applied", "user-patch-operations-in-order"],
    "Only the first operation is applied.",
    register,
)
def first_only(call: Call, _serve: Serve) -> None:
    """Drop all operations but one."""
    call.body["Operations"] = call.operations[:1]


refuse(
    "op-case-sensitive",
    ["user-patch-op-capitalised", "user-disable-boolean", "user-disable-accepted"],
    "op has to be in lower case.",
    lambda op: verb(op) != verb(op).lower(),
)
refuse(
    "op-wants-capitals",
    ["user-patch-op-lower-case"],
    "op has to be capitalised.",
    lambda op: "op" in op and verb(op) == verb(op).lower(),
)
