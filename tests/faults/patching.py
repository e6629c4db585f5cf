"""Faults in PATCH by the RFC: operations ignored, misread, carried out by half."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, replace
from tests.faults.user_patch import Operation, ignore, patches, path, refuse, rework, value

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


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
    lambda u: u["meta"].update(lastModified=f"2026-01-01T00:00:{id(u) % 60:02}Z"),
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
replace(
    "patch-schemas-optional",
    ["patch-no-schemas"],
    "PATCH takes any body with Operations.",
    lambda call, _serve: Answer(204) if call.method == "PATCH" and not call.body.get("schemas") else None,
)
replace(
    "patch-of-nothing",
    ["patch-no-operations"],
    "A PATCH without operations is answered 204.",
    lambda call, _serve: Answer(204) if call.method == "PATCH" and not call.operations else None,
)
ignore(
    "unknown-ops-dropped",
    ["patch-bad-op"],
    "Operations that are not known are dropped.",
    lambda o: o.get("op") not in {"add", "replace", "remove"},
)
ignore(
    "add-of-nothing",
    ["patch-add-without-value"],
    "An add without value does nothing.",
    lambda o: o.get("op") == "add" and "value" not in o,
)
ignore(
    "remove-of-nothing",
    ["patch-remove-without-path"],
    "A remove without path does nothing.",
    lambda o: o.get("op") == "remove" and not path(o),
)
ignore(
    "broken-path-ignored",
    ["patch-path-malformed"],
    "A path that cannot be read does nothing.",
    lambda o: path(o).count('"') == 1,
)
ignore("index-taken", ["patch-path-index"], "An index in a path is taken.", lambda o: "[0]" in path(o))
shown(
    "unknown-stored",
    ["patch-path-unknown"],
    "Unknown attributes are stored.",
    lambda u: u.update(scimconfNoSuchAttribute="x"),
    "NoSuchAttribute",
)
ignore(
    "wrong-type-dropped",
    ["patch-wrong-type"],
    "A value of another type is dropped.",
    lambda o: op(o, "replace", "active") and bool(value(o)),
)
shown(
    "wrong-type-stored",
    ["patch-wrong-type"],
    "A value of another type is stored.",
    lambda u: u.update(active={"is": "odd"}),
    "odd",
)
ignore(
    "remove-required-ignored",
    ["patch-remove-required"],
    "A remove of the user name is answered 204.",
    lambda o: op(o, "remove", "userName"),
)


@lambda answer: patches(
    "remove-absent-crash", ["patch-remove-absent"], "A remove of what is not there is a 500.", answer
)
def remove_absent_crash(call: Call, serve: Serve) -> Answer | None:
    """Look whether the nickname is there."""
    if not any(op(o, "remove", "nickName") for o in call.operations):
        return None
    return None if "nickName" in (serve(call.to("GET", call.path)).body or {}) else error(500)


@lambda answer: patches("patch-halfway", ["patch-atomic"], "Operations before a wrong one are kept.", answer)
def halfway(call: Call, serve: Serve) -> Answer:
    """Apply the first operation by itself where all of them are refused."""
    first = {"schemas": call.body.get("schemas"), "Operations": call.operations[:1]}
    answer = serve(call)
    if answer.status == 400 and len(call.operations) > 1:
        serve(call.to("PATCH", call.path, first))
    return answer


@lambda answer: patches("patch-errors-bare", ["patch-error-body"], "A refused PATCH has no SCIM error.", answer)
def errors_bare(call: Call, serve: Serve) -> Answer:
    """Answer with another JSON object."""
    answer = serve(call)
    return Answer(400, dict(SCIM), {"error": "bad request"}) if answer.status == 400 else answer


@lambda answer: patches(
    "patch-answer-half", ["patch-answer"], "A PATCH is answered with what was changed only.", answer
)
def answer_half(call: Call, serve: Serve) -> Answer:
    """Answer 200 with a bare id."""
    answer = serve(call)
    return Answer(200, dict(SCIM), {"id": call.path.rpartition("/")[2]}) if answer.status == 204 else answer


@lambda answer: patches(
    "patch-answer-echo", ["patch-answer-true"], "A PATCH of an extension is echoed, not stored.", answer
)
def answer_echo(call: Call, serve: Serve) -> Answer | None:
    """Answer with the user as it would be."""
    if not any("department" in path(o) for o in call.operations):
        return None
    user = serve(call.to("GET", call.path)).body
    return Answer(200, dict(SCIM), user | {ENTERPRISE: {"department": "Echo"}})


groups(
    "members-add-ignored",
    "patch-members-add",
    "An add of members does nothing.",
    ignored(lambda o: op(o, "add", "members")),
)
groups(
    "members-remove-one-ignored",
    "patch-members-remove-one",
    "A remove with a filter does nothing.",
    ignored(lambda o: path(o).startswith("members[")),
)
groups(
    "members-replace-adds",
    "patch-members-replace",
    "A replace of members adds.",
    lambda call, _serve: [o.update(op="add") for o in call.operations if op(o, "replace", "members")] and None,
)
groups(
    "member-exchanged",
    "patch-member-immutable",
    "A member's id can be changed.",
    ignored(lambda o: path(o).endswith("].value")),
)
groups(
    "members-remove-all-ignored",
    "patch-members-remove-all",
    "A remove of all members does nothing.",
    ignored(lambda o: op(o, "remove", "members")),
)
groups(
    "members-nest-ignored",
    "patch-members-nest",
    "A group as a member is dropped.",
    ignored(lambda o: "'Group'" in str(o.get("value"))),
)


@lambda answer: groups(
    "members-remove-absent-refused", "patch-members-remove-absent", "A remove of a stranger is a 404.", answer
)
def remove_absent_refused(call: Call, serve: Serve) -> Answer | None:
    """Look whether the member is there."""
    wanted = [path(o).split('"')[1] for o in call.operations if path(o).startswith("members[value eq")]
    there = str((serve(call.to("GET", call.path)).body or {}).get("members"))
    return error(404) if wanted and not all(member in there for member in wanted) else None


@lambda answer: replace(
    "members-doubled", ["patch-members-again"], "A member that is added again is there twice.", answer
)
def members_doubled(call: Call, serve: Serve) -> Answer:
    """Show the first member twice from the second add on."""
    adds = call.memory.setdefault("adds", {})
    if call.method == "PATCH" and any(op(o, "add", "members") for o in call.operations):
        adds[call.path] = adds.get(call.path, 0) + 1
    answer = serve(call)
    rows = answer.body.get("members") if isinstance(answer.body, dict) else None
    if rows and adds.get(call.path, 0) > 1:
        rows.append(rows[0])
    return answer


replace(
    "groups-no-put",
    ["group-verbs"],
    "Groups cannot be replaced.",
    lambda call, _serve: error(405) if call.method == "PUT" and call.path.startswith("/Groups/") else None,
)
