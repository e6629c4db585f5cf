"""Faults around groups and their members."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import SCIM, error, replace, spoil
from tests.faults.user_patch import path

GROUP = "/Groups/[^/]+"
EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


def patches(name: str, checks: list[str], story: str, answer: Callable[[Call, Serve], Answer | None]) -> None:
    """A fault that answers PATCHes of groups."""
    replace(
        name,
        checks,
        story,
        lambda c, s: answer(c, s) if c.method == "PATCH" and c.path.startswith("/Groups/") else None,
    )


def looks(name: str, checks: list[str], story: str, answer: Callable[[Call, Serve], Answer | None]) -> None:
    """A fault that answers look-ups of groups."""
    replace(name, checks, story, lambda c, s: answer(c, s) if c.path == "/Groups" and "filter" in c.query else None)


def removing(call: Call) -> bool:
    """Whether a PATCH removes members."""
    return any(op["op"].lower() == "remove" and path(op).startswith("members") for op in call.operations)


def adding(call: Call) -> bool:
    """Whether a PATCH adds members."""
    return any(op["op"].lower() == "add" and path(op) == "members" for op in call.operations)


def wipe_where(mark: str) -> Callable[[Call, Serve], None]:
    """Turn such removals into one of all members."""
    return lambda call, serve: wipe(call, serve) if mark in str(call.body) else None


def empty(_call: Call, _serve: Serve) -> Answer:
    """An empty list."""
    return Answer(200, dict(SCIM), EMPTY)


def wipe(call: Call, _serve: Serve) -> None:
    """Turn every removal into one of all members."""
    for op in call.operations:
        if op["op"].lower() == "remove":
            op.pop("value", None)
            op["path"] = "members"


def ignored(when: Callable[[Call], object]) -> Callable[[Call, Serve], Answer | None]:
    """Report success where a PATCH fits, and do nothing."""
    return lambda call, _serve: Answer(204) if when(call) else None


def refused(when: Callable[[Call], object], status: int = 400) -> Callable[[Call, Serve], Answer | None]:
    """Refuse a PATCH that fits."""
    return lambda call, _serve: error(status, "invalidValue") if when(call) else None


spoil(
    "group-create-refused",
    ["group-create"],
    "A group needs members.",
    lambda _a: error(400),
    at="/Groups",
    methods="POST",
    status=201,
)
spoil(
    "group-conflict-400",
    ["group-duplicate-refused"],
    "A second group of a name is a 400.",
    lambda _a: error(400),
    at="/Groups",
    methods="POST",
    status=409,
)
looks(
    "group-not-found",
    ["group-match-existing"],
    "A filter on displayName finds no group.",
    lambda c, s: empty(c, s) if "displayName eq" in c.query["filter"] else None,
)
looks(
    "group-case-sensitive",
    ["group-match-any-letter-case"],
    "Group names are compared with regard to case.",
    lambda c, s: empty(c, s) if '"SCIMCONF' in c.query["filter"] else None,
)
looks(
    "group-empty-404",
    ["group-match-missing"],
    "No group found is a 404.",
    lambda c, s: error(404) if not s(c).body.get("totalResults") else None,
)


@lambda register: looks(
    "group-eq-is-prefix", ["group-match-whole-name"], "eq compares the beginning of a group's name.", register
)
def prefix(call: Call, _serve: Serve) -> None:
    """Search by beginnings."""
    call.query["filter"] = call.query["filter"].replace("displayName eq", "displayName sw")


looks(
    "group-external-id-not-found",
    ["group-match-external-id"],
    "externalId of groups is not searched.",
    lambda c, s: empty(c, s) if "externalId" in c.query["filter"] else None,
)
patches(
    "group-rename-ignored",
    ["group-rename"],
    "A rename of a group is ignored.",
    ignored(lambda c: "displayName" in str(c.body)),
)
patches(
    "group-external-id-refused",
    ["group-external-id-change"],
    "externalId of a group cannot change.",
    refused(lambda c: "externalId" in str(c.body)),
)
spoil(
    "group-delete-202",
    ["group-delete"],
    "A group's delete is answered 202.",
    lambda _a: Answer(202),
    at=GROUP,
    methods="DELETE",
    status=204,
)
replace(
    "group-delete-ignored",
    ["group-deleted-is-gone"],
    "A deleted group stays.",
    lambda c, _s: Answer(204) if c.method == "DELETE" and c.path.startswith("/Groups/") else None,
)
spoil(
    "group-delete-again-204",
    ["group-delete-missing"],
    "DELETE of a missing group is a 204.",
    lambda _a: Answer(204),
    at=GROUP,
    methods="DELETE",
    status=404,
)

patches(
    "group-patch-501", ["group-patch-implemented"], "PATCH of groups is not implemented.", refused(lambda _c: True, 501)
)
patches("add-member-ignored", ["group-add-member"], "An added member does not arrive.", ignored(adding))
patches(
    "ref-null-refused",
    ["group-add-several", "group-remove-with-ref"],
    '"$ref": null is an error.',
    refused(lambda c: "'$ref': None" in str(c.body)),
)


@lambda register: patches("add-again-409", ["group-add-again"], "Adding a member twice is a conflict.", register)
def add_again(call: Call, serve: Serve) -> Answer | None:
    """Refuse who is in it."""
    now = {row["value"] for row in serve(call.to("GET", call.path)).body.get("members", [])}
    asked = {row["value"] for op in call.operations if adding(call) for row in op.get("value", [])}
    return error(409) if asked & now else None


@lambda register: replace(
    "excluded-ignored", ["group-read-without-members"], "excludedAttributes is ignored.", register
)
def excluded(call: Call, _serve: Serve) -> None:
    """Forget what was not wanted."""
    call.query.pop("excludedAttributes", None)


looks(
    "membership-check-empty",
    ["group-membership-check"],
    "A filter on members finds nothing.",
    lambda c, s: empty(c, s) if "members eq" in c.query["filter"] else None,
)


@lambda register: patches(
    "rename-empties-group", ["group-members-survive"], "A replace without members empties the group.", register
)
def rename_empties(call: Call, serve: Serve) -> None:
    """Remove all members with a rename."""
    if "displayName" in str(call.body):
        call.body["Operations"] = [*call.operations, {"op": "remove", "path": "members"}]


@lambda register: replace(
    "disable-leaves-groups", ["group-members-survive"], "A disabled user loses the memberships.", register
)
def disable_leaves(call: Call, serve: Serve) -> Answer | None:
    """Remove who is disabled from the group that was patched last."""
    if call.method == "PATCH" and call.path.startswith("/Groups/"):
        call.memory["group"] = call.path
    if (
        call.method == "PATCH"
        and call.path.startswith("/Users/")
        and "alse" in str(call.body)
        and "group" in call.memory
    ):
        gone = {"op": "remove", "path": f'members[value eq "{call.path.rpartition("/")[2]}"]'}
        urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        serve(call.to("PATCH", call.memory["group"], {"schemas": [urn], "Operations": [gone]}))
    return None


patches(
    "removal-wipes-group",
    ["group-remove-member"],
    "Removing one member empties the group.",
    wipe,
)
patches("removal-ignored", ["group-remove-member", "group-remove-all"], "Removals are ignored.", ignored(removing))
patches(
    "removal-by-filter-refused",
    ["group-remove-filtered", "group-add-and-remove"],
    "members[value eq …] is refused.",
    refused(lambda c: "members[" in str(c.body)),
)


@lambda register: patches(
    "stranger-404", ["group-remove-stranger"], "Removing somebody who is not in it is an error.", register
)
def stranger(call: Call, serve: Serve) -> Answer | None:
    """Refuse a removal that changes nothing."""
    now = str(serve(call.to("GET", call.path)).body.get("members", []))
    asked = [row["value"] for op in call.operations for row in op.get("value") or []] if removing(call) else []
    asked += [path(op).split('"')[1] for op in call.operations if "[" in path(op)]
    return error(404) if asked and len(call.operations) == 1 and not any(one in now for one in asked) else None


@lambda register: patches("lost-update", ["group-parallel-adds"], "Of five parallel additions one is lost.", register)
def lost_update(call: Call, _serve: Serve) -> Answer | None:
    """Forget the third addition to a group."""
    count = call.memory[call.path] = call.memory.get(call.path, 0) + 1
    return Answer(204) if count == 3 and adding(call) else None


@lambda register: patches("replace-refused", ["group-replace-partial"], "members cannot be replaced.", register)
def replace_refused(call: Call, _serve: Serve) -> Answer | None:
    """Refuse a replace of members."""
    return (
        error(400) if any(op["op"].lower() == "replace" and path(op) == "members" for op in call.operations) else None
    )


patches(
    "ref-wipes-group",
    ["group-remove-with-ref"],
    "An empty $ref makes a removal one of everybody.",
    wipe_where("'$ref': None"),
)
patches(
    "filter-wipes-group", ["group-remove-filtered"], "members[value eq …] empties the group.", wipe_where("members[")
)
