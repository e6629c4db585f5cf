"""Where the references of users and groups lead."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import find, is_empty, objects
from conformance.verdict import Failure, Kind, NotApplicable, show


@check("references-manager", covers=["RFC7643-4.3-03", "RFC7643-4.3-05", "RFC7643-4.3-04"], profile="rfc")
def test_manager_is_a_reference(references: Steps) -> None:
    """The manager, where it is returned, is an object with the manager's id, under a name of the endpoint's own.

    Entra reads manager.value to see whether it has to change.

    Fix: return manager as {"value": id}, and derive displayName.
    """
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    manager = find(expect.resource(references["read"]), f"{urn}:manager")
    if is_empty(manager):
        raise NotApplicable("manager is not returned")
    if not isinstance(manager, dict) or manager.get("value") != references["read"].facts["boss"]:
        raise Failure("manager.value: the manager's id", show(manager), path="manager", kind=Kind.WRONG_VALUE)
    if manager.get("displayName") == "Made up":
        raise Failure(
            "no displayName of the client's making", show(manager), path="manager.displayName", kind=Kind.UNWANTED_VALUE
        )


@check("references-members", covers=["RFC7643-4.2-05", "RFC7643-4.2-06"], profile="rfc")
def test_members_are_references(references: Steps) -> None:
    """The members of a group carry the ids of the users they are.

    Entra compares them with its own list.

    Fix: return members as objects whose value is the user's id.
    """
    if "read-group" not in references.played.steps:
        raise NotApplicable("no group could be created with a member")
    group = expect.resource(references["read-group"])
    ids = [row.get("value") for row in objects(group.get("members"))]
    if references["read-group"].facts["user"] not in ids:
        raise Failure("the user's id among members", show(ids), path="members", kind=Kind.MISSING_VALUE)


@check("references-groups", covers=["RFC7643-4.1.2-06", "RFC7643-4.1.2-09"], profile="rfc")
def test_groups_of_a_user_are_references(references: Steps) -> None:
    """The groups of a user, where they are returned, carry the ids of the groups they are.

    A client looks the group up by it.

    Fix: return groups with value set to the group's id.
    """
    groups = expect.resource(references["read"]).get("groups")
    if is_empty(groups):
        raise NotApplicable("groups is not returned")
    ids = [row.get("value") for row in objects(groups)]
    if references["read"].facts["group"] not in ids:
        raise Failure("the group's id among groups", show(ids), path="groups", kind=Kind.MISSING_VALUE)


@check(
    "references-resolve",
    covers=["RFC7643-2.3.7-02", "RFC7643-2.3.7-03", "RFC7643-2.3.7-05", "RFC7643-4.1.2-07"],
    profile="rfc",
)
def test_references_resolve(references: Steps) -> None:
    """What a $ref points to can be read.

    A reference that leads nowhere is worse than none.

    Fix: build $ref from the public base URL and the resource's id.
    """
    if "follow" not in references.played.steps and references.played.crash is None:
        raise NotApplicable("the endpoint returns no $ref")
    wrong = [f"GET {e.path} answers {e.status}" for e in references["follow"].exchanges if e.status != 200]
    expect.nothing(wrong, "200 for each reference", path="$ref", kind=Kind.STATUS)
