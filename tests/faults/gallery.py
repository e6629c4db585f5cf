"""Faults that Microsoft's gallery gate finds."""

from __future__ import annotations

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import replace, spoil
from tests.faults.user_patch import ignore, path, refuse

spoil(
    "group-schema-missing",
    ["gallery-schema-discoverability"],
    "/Schemas has no Group schema.",
    lambda answer: answer.body.update(Resources=[s for s in answer.body["Resources"] if s["name"] != "Group"]),
    at="/Schemas",
    status=200,
)
ignore(
    "empty-string-ignored",
    ["gallery-null-update-empty"],
    "An empty string changes nothing.",
    lambda op: op.get("value") == "",
)
refuse(
    "null-refused",
    ["gallery-null-update-null"],
    "null is no value.",
    lambda op: path(op) and op.get("value", "") is None,
)
ignore(
    "gallery-pathless-ignored",
    ["gallery-null-update-pathless"],
    "Empty strings in operations without path are ignored.",
    lambda op: not path(op) and "" in op["value"].values(),
)
spoil(
    "gallery-name-upper",
    ["gallery-user-create"],
    "userName is changed.",
    lambda answer: answer.body.update(userName=answer.body["userName"].upper()),
    at="/Users",
    methods="POST",
    status=201,
)
ignore(
    "gallery-update-ignored",
    ["gallery-user-update"],
    "Changes of names are ignored.",
    lambda op: "isplayName" in str(op) or "givenName" in path(op),
)
ignore(
    "gallery-manager-frozen",
    ["gallery-update-manager"],
    "The manager never changes.",
    lambda op: path(op).endswith(":manager") and op["op"].lower() == "replace",
)
spoil(
    "gallery-group-without-id",
    ["gallery-group-create"],
    "A new group has no name.",
    lambda answer: answer.body.pop("displayName"),
    at="/Groups",
    methods="POST",
    status=201,
)
replace(
    "gallery-group-frozen",
    ["gallery-group-update"],
    "Groups never change.",
    lambda c, _s: Answer(204) if c.method == "PATCH" and c.path.startswith("/Groups/") else None,
)


@lambda register: replace("count-ignored", ["gallery-user-pagination"], "startIndex and count are ignored.", register)
def count_ignored(call: Call, serve: Serve) -> Answer | None:
    """Answer the whole list whatever page is asked for."""
    if call.path != "/Users" or "count" not in call.query:
        return None
    call.query.clear()
    return serve(call)
