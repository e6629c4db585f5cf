"""Faults in PATCH by the RFC: operations ignored, misread, carried out by half."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace
from tests.faults.user_patch import Operation, ignore, patches, path, refuse, rework, value

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
MOMENTS = itertools.count()  # no two answers in a row tell the same second


def op(operation: Operation, name: str, at: str) -> bool:
    """Whether this is such an operation at such a path."""
    return operation.get("op") == name and path(operation) == at


def groups(name: str, check: str, story: str, answer: Callable[[Call, Serve], Answer | None]) -> None:
    """A fault that answers PATCHes of groups."""
    replace(
        name, [check], story,
        lambda c, s: answer(c, s) if c.method == "PATCH" and c.path.startswith("/Groups/") else None,
    )  # fmt: skip


def ignored(wrong: Callable[[Operation], bool]) -> Callable[[Call, Serve], Answer | None]:
    """Report success for PATCHes with such an operation, and do nothing."""
    return lambda call, _serve: Answer(204) if any(map(wrong, call.operations)) else None


def shown(name: str, checks: list[str], story: str, change: Callable[[dict[str, Any]], Any], after: str) -> None:
    """Change how users are read once a PATCH with such a path, value or op has been seen for them."""

    def answer(call: Call, serve: Serve) -> Answer:
        marked = call.memory.setdefault("marked", set())
        if call.method == "PATCH" and after in str(call.operations):
            marked.add(call.path)
        answer = serve(call)
        if call.path in marked and answer.status == 200 and isinstance(answer.body, dict):
            change(answer.body)
        return answer

    replace(name, checks, story, answer)


def as_replace(operation: Operation) -> None:
    """An add of several values becomes a replace."""
    if op(operation, "add", "emails") or op(operation, "add", "members"):
        operation["op"] = "replace"


replace(
    "patch-not-there",
    ["patch-supported"],
    "PATCH is answered 405.",
    lambda call, _serve: error(405) if call.method == "PATCH" else None,
)
ignore(
    "add-absent-ignored",
    ["patch-add-absent"],
    "An add of an absent title does nothing.",
    lambda o: op(o, "add", "title"),
)
refuse(
    "add-single-refused",
    ["patch-add-single"],
    "An add of a name that is there is refused.",
    lambda o: op(o, "add", "displayName"),
)
shown(
    "add-complex-replaces",
    ["patch-add-complex"],
    "An add to the name replaces it.",
    lambda u: u["name"].pop("familyName", None),
    "Maria",
)
rework("add-values-replaces", ["patch-add-value"], "An add of an address replaces all.", as_replace)
shown(
    "add-again-doubles",
    ["patch-add-again"],
    "An address that is added again is there twice.",
    lambda u: u["emails"].append(u["emails"][-1]) if len(u.get("emails", [])) == 3 else None,
    "other-",
)
shown(
    "add-again-touches",
    ["patch-add-again"],
    "An add that changes nothing moves lastModified.",
    lambda u: u["meta"].update(lastModified=f"2026-01-01T00:00:{next(MOMENTS) % 60:02}Z"),
    "other-",
)
rework(
    "add-pathless-replaces",
    ["patch-add-without-path"],
    "A path-less add replaces the addresses.",
    lambda o: o.update(op="replace") if not path(o) and "emails" in value(o) else None,
)
shown(
    "patch-two-primaries",
    ["patch-primary"],
    "A second address is made primary beside the first.",
    lambda u: [e.update(primary=True) for e in u["emails"]],
    "].primary",
)
ignore("patch-case-exact", ["patch-attribute-case"], "NICKNAME is another attribute.", lambda o: "NICKNAME" in value(o))
ignore(
    "patch-core-urn-unknown",
    ["patch-core-urn"],
    "A path with the core URN is ignored.",
    lambda o: path(o).startswith(CORE),
)
shown(
    "patch-extension-unnamed",
    ["patch-add-extension", "patch-replace-extension", "patch-extension-back"],
    "A new extension is not in schemas.",
    lambda u: u.update(schemas=[CORE]),
    "department",
)
ignore(
    "replace-single-ignored",
    ["patch-replace-single"],
    "A replace of the display name does nothing.",
    lambda o: op(o, "replace", "displayName"),
)
refuse(
    "replace-absent-refused",
    ["patch-replace-absent"],
    "A replace of an absent title is refused.",
    lambda o: op(o, "replace", "title"),
)
shown(
    "replace-complex-drops",
    ["patch-replace-complex"],
    "A replace of the family name drops the given name.",
    lambda u: u["name"].pop("givenName", None),
    "'path': 'name'",
)
ignore(
    "replace-part-ignored",
    ["patch-replace-part"],
    "A path with a dot is ignored.",
    lambda o: op(o, "replace", "name.givenName"),
)
rework(
    "replace-selects-all",
    ["patch-replace-selected"],
    "A filter in a path selects everything.",
    lambda o: o.update(path="addresses", value=[value(o)]) if path(o).startswith("addresses[") and value(o) else None,
)
ignore(
    "replace-selected-part-ignored",
    ["patch-replace-selected-part"],
    "A part of a selected value never changes.",
    lambda o: op(o, "replace", 'emails[type eq "home"].value'),
)
ignore(
    "replace-nothing-ignored",
    ["patch-replace-nothing"],
    "A replace that selects nothing is answered 204.",
    lambda o: path(o) == 'emails[type eq "other"].value',
)
refuse(
    "replace-nothing-untold",
    ["patch-replace-nothing"],
    "A replace that selects nothing is refused as invalidValue.",
    lambda o: path(o) == 'emails[type eq "other"].value',
)
rework(
    "replace-appends",
    ["patch-replace-all"],
    "A replace of all addresses appends.",
    lambda o: o.update(op="add") if op(o, "replace", "emails") else None,
)
shown(
    "replace-pathless-wipes",
    ["patch-replace-without-path"],
    "A path-less replace wipes all else.",
    lambda u: u.pop("nickName", None),
    "Pathless",
)
patches(
    "operations-reversed",
    ["patch-in-order"],
    "Operations are applied from the last to the first.",
    lambda call, _serve: call.operations.reverse(),
)
replace(
    "patch-attributes-ignored",
    ["patch-with-attributes"],
    "A PATCH is always answered 204.",
    lambda call, _serve: call.query.pop("attributes", None) and None if call.method == "PATCH" else None,
)
ignore(
    "remove-single-ignored",
    ["patch-remove-single"],
    "A remove of a nickname does nothing.",
    lambda o: op(o, "remove", "nickName"),
)
shown(
    "remove-selects-all",
    ["patch-remove-selected"],
    "A remove with a filter takes all.",
    lambda u: u.pop("emails", None),
    'emails[type eq "home"]',
)
shown(
    "remove-part-takes-all",
    ["patch-remove-part"],
    "A remove of the city takes the address.",
    lambda u: u.pop("addresses", None),
    ".locality",
)
ignore(
    "remove-all-ignored",
    ["patch-remove-all"],
    "A remove of all addresses does nothing.",
    lambda o: op(o, "remove", "emails"),
)
rework(
    "remove-addresses-all",
    ["patch-remove-last-of-type"],
    "Filters are known for emails only.",
    lambda o: o.update(path="addresses") if op(o, "remove", 'addresses[type eq "work"]') else None,
)
ignore(
    "remove-extension-ignored",
    ["patch-remove-extension"],
    "An extension is never removed.",
    lambda o: op(o, "remove", ENTERPRISE),
)
patches(
    "operations-side-by-side",
    ["patch-extension-back"],
    "An operation does not see the one before.",
    lambda call, _serve: error(400) if any(path(o) == "schemas" for o in call.operations) else None,
)
