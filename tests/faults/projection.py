"""Faults in showing a part of a resource."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace

ONE, ALL = "/Users/[^/]+", "/Users"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def named(call: Call, parameter: str) -> str:
    """The names in a parameter, or an empty string."""
    return call.query.get(parameter, "")


def asking(
    name: str, check: str, story: str, change: Callable[[Call], Any], *, at: str = ONE, method: str = "GET"
) -> None:
    """A fault that reads another query than was sent, or gives an answer of its own."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        concerned = call.method == method and re.fullmatch(at, call.path) and call.query
        answer = change(call) if concerned else None
        return answer if isinstance(answer, Answer) else serve(call)

    replace(name, [check], story, behaviour)


def showing(
    name: str, check: str, story: str, when: Callable[[Call], Any], change: Callable[[dict[str, Any]], Any]
) -> None:
    """A fault in what is shown of a user."""

    def behaviour(call: Call, serve: Serve) -> Answer | None:
        if not re.fullmatch(ONE, call.path) or not when(call):
            return None
        answer = serve(call)
        change(answer.body)
        return answer

    replace(name, [check], story, behaviour)


def without(parameter: str) -> Callable[[Call], Any]:
    """Drop a parameter."""
    return lambda call: call.query.pop(parameter, None)


def exact(call: Call) -> None:
    """Know names in their own spelling only; serve the others as if they were not there."""
    for parameter in ("attributes", "excludedAttributes"):
        names = named(call, parameter).split(",")
        if any(map(str.isupper, names)):
            call.query[parameter] = ",".join(name for name in names if not name.isupper()) or "id"


def whole_attributes(parameter: str) -> Callable[[Call], None]:
    """Read the name of a sub-attribute as that of the whole attribute."""

    def change(call: Call) -> None:
        if named(call, parameter):
            call.query[parameter] = ",".join(name.partition(".")[0] for name in named(call, parameter).split(","))

    return change


def unqualified(call: Call) -> None:
    """Know no name with a URN."""
    if "urn:" in named(call, "attributes"):
        call.query["attributes"] = "id"


def half_named(call: Call) -> None:
    """Know the URN of the core schema, and none other."""
    if "urn:" in named(call, "attributes"):
        call.query["attributes"] = f"{USER}:userName"


def deaf_to_capitals(call: Call, serve: Serve) -> Answer | None:
    """Take no notice of an attribute in capitals."""
    for operation in call.operations:
        if isinstance(operation.get("value"), dict) and "NICKNAME" in operation["value"]:
            return Answer(204)
    return None


asking("part-attributes-ignored", "projection-attributes", "attributes is ignored.", without("attributes"))
showing(
    "part-attributes-without-id",
    "projection-attributes",
    "attributes leaves the id out.",
    lambda call: named(call, "attributes"),
    lambda user: user.pop("id", None),
)
showing(
    "part-attributes-with-meta",
    "projection-attributes",
    "meta comes unasked.",
    lambda call: named(call, "attributes"),
    lambda user: user.update(meta={"resourceType": "User"}),
)
showing(
    "part-attributes-without-schemas",
    "projection-attributes",
    "attributes leaves schemas out.",
    lambda call: named(call, "attributes"),
    lambda user: user.pop("schemas", None),
)
asking(
    "part-sub-attribute-whole",
    "projection-sub-attribute",
    "All of name is shown where a part is asked for.",
    whole_attributes("attributes"),
)
asking("part-attributes-without-urn", "projection-urn", "Names with a URN are unknown in attributes.", unqualified)
asking("part-attributes-core-only", "projection-urn", "Attributes of an extension cannot be asked for.", half_named)
asking("part-attributes-exact", "projection-case", "Names in attributes are compared exactly.", exact)
asking("part-excluded-exact", "projection-excluded-case", "Names in excludedAttributes are compared exactly.", exact)
asking(
    "part-attributes-unknown-500",
    "projection-unknown",
    "An unknown name in attributes ends in a 500.",
    lambda call: error(500) if "Shoe" in named(call, "attributes") else None,
)
asking("part-excluded-ignored", "projection-excluded", "excludedAttributes is ignored.", without("excludedAttributes"))
showing(
    "part-excluded-takes-more",
    "projection-excluded",
    "excludedAttributes leaves out more than it names.",
    lambda call: named(call, "excludedAttributes"),
    lambda user: user.pop("title", None),
)
showing(
    "part-excluded-id",
    "projection-excluded-always",
    "excludedAttributes can leave out the id.",
    lambda call: "id" in named(call, "excludedAttributes").split(","),
    lambda user: user.pop("id", None),
)
asking(
    "part-excluded-sub-whole",
    "projection-excluded-sub",
    "All of name is left out where a part is named.",
    whole_attributes("excludedAttributes"),
)
asking(
    "part-both-500",
    "projection-both",
    "attributes with excludedAttributes ends in a 500.",
    lambda call: error(500) if len({"attributes", "excludedAttributes"} & set(call.query)) > 1 else None,
)
asking("part-list-attributes-ignored", "projection-list", "Lists ignore attributes.", without("attributes"), at=ALL)
asking(
    "part-list-excluded-ignored",
    "projection-list-excluded",
    "Lists ignore excludedAttributes.",
    without("excludedAttributes"),
    at=ALL,
)
asking(
    "part-create-with-attributes-refused",
    "projection-create",
    "A create with a query is refused.",
    lambda _call: error(400),
    at=ALL,
    method="POST",
)
asking(
    "part-replace-excluded-ignored",
    "projection-replace",
    "PUT ignores excludedAttributes.",
    without("excludedAttributes"),
    method="PUT",
)


def patched_whole(call: Call, serve: Serve) -> Answer | None:
    """Answer a PATCH with the whole user, whatever was asked for."""
    if call.method != "PATCH" or not call.query:
        return None
    answer = serve(call)
    return serve(call.to("GET", call.path)) if answer.status == 200 else answer


replace("part-patch-attributes-ignored", ["projection-patch"], "PATCH ignores attributes.", patched_whole)


def stored_in_part(call: Call, serve: Serve) -> Answer | None:
    """Store no more of a patched user than is shown."""
    parts = call.memory.setdefault("parts", {})
    if call.method == "PATCH" and call.query:
        parts[call.path] = True
    answer = serve(call)
    if call.method == "GET" and call.path in parts and answer.status == 200:
        answer.body.pop("displayName", None)
    return answer


replace("part-patch-stores-part", ["projection-patch"], "A PATCH with attributes loses the others.", stored_in_part)
replace("part-patch-names-exact", ["projection-patch-case"], "PATCH knows no names in capitals.", deaf_to_capitals)
