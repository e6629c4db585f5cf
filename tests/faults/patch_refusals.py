"""Faults around PATCHes that have to be refused, and around members."""

from __future__ import annotations

from tests.faults.layer import Answer, Call, Serve
from tests.faults.patching import ENTERPRISE, groups, ignored, op, shown
from tests.faults.rewrite import SCIM, error, replace
from tests.faults.user_patch import ignore, patches, path, value

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
