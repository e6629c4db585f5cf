"""Operations of a bulk job that refer to each other by bulkId (RFC 7644 sections 3.7.1 and 3.7.2)."""

from __future__ import annotations

from conformance.checks.test_bulk import asked, pairs, results, told
from conformance.idp.entra import ENTERPRISE_USER
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim import bulk as jobs
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NoAnswer, NotApplicable, Observation, Unplayed, show

MANAGER = f"{ENTERPRISE_USER}:manager"


def _members(steps: Steps, name: str) -> list[str]:
    """The members of the group in an answer."""
    expect.status(steps[name], 200)
    rows = find(expect.resource(steps[name]), "members")
    return [str(row.get("value")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _made(step: Step, bulk_id: str) -> str:
    """The id of what a job created, as the client saw it.

    Raises:
        NoAnswer: the job says that it was created, and the read that would have shown it was lost.
    """
    found = step.facts["ids"].get(bulk_id)
    if found is None:
        raise NoAnswer(f"what the job created as {bulk_id!r} could not be read")
    return str(found)


def _all_done(steps: Steps, name: str) -> None:
    """All operations of a job succeeded."""
    lost = [f"{told(op)}: {show(row)}" for op, row in pairs(steps, name) if not jobs.succeeded(row)]
    expect.nothing(lost, "success of operations that refer to each other", kind=Kind.REFUSED)


@check("bulk-reference-member", covers=["RFC7644-3.7.2-01"], profile="rfc")
def test_a_new_group_gets_a_new_member(bulk_groups: Steps) -> None:
    """A group can be created together with its member, named by its bulkId.

    It is what bulkId is for: the client cannot know the id yet.

    Fix: replace each "bulkId:x" with the id of the resource that the job created as x.
    """
    _all_done(bulk_groups, "members")
    if "read-members" not in bulk_groups.played.steps:
        raise Unplayed(bulk_groups.played.key, "members")
    wanted = _made(bulk_groups["read-members"], "user")
    got = _members(bulk_groups, "read-members")
    if got != [wanted]:
        raise Failure(f"members {show([wanted])}", show(got), path="members", kind=Kind.WRONG_MEMBERS)


@check("bulk-reference-manager", covers=["RFC7644-3.7.2-02"], profile="rfc")
def test_a_new_user_gets_a_new_manager(bulk_users: Steps) -> None:
    """A bulkId stands for the new id in an extension's attributes too.

    A new employee and a new manager can come in one job only so.

    Fix: replace "bulkId:x" wherever it stands in data, extensions included.
    """
    asked(bulk_users, "manager")
    _all_done(bulk_users, "manager")
    if "read-manager" not in bulk_users.played.steps:
        raise Unplayed(bulk_users.played.key, "manager")
    wanted = _made(bulk_users["read-manager"], "boss")
    got = find(expect.resource(bulk_users["read-manager"]), f"{MANAGER}.value")
    if got != wanted:
        raise Failure(f"the manager {show(wanted)}", show(got), path=f"{MANAGER}.value", kind=Kind.WRONG_VALUE)


@check("bulk-reference-path", covers=["RFC7644-3.7.2-03", "RFC7644-3.7.2-01"], profile="rfc")
def test_a_new_user_is_changed_in_the_same_job(bulk_users: Steps) -> None:
    """A bulkId in a path that is accepted leads to the new resource.

    The RFC does not say that it has to work; success without a change is a lie all the same.

    Fix: replace "bulkId:x" in paths, or refuse the operation.
    """
    changed = pairs(bulk_users, "path")[1][1]
    if not jobs.succeeded(changed):
        raise Observation(f"a bulkId in a path is refused: {show(changed)}")
    if "read-path" not in bulk_users.played.steps:
        raise Unplayed(bulk_users.played.key, "path")
    expect.attribute(bulk_users["read-path"], "displayName", "By reference", level=Level.SHOULD)


@check("bulk-reference-unknown", covers=["RFC7644-3.7.2-04", "RFC7644-3.7.2-01"], profile="rfc")
def test_an_unknown_bulk_id_is_not_stored(bulk_groups: Steps) -> None:
    """A bulkId that no operation has is never stored as if it were an id.

    The reference would point nowhere for good.

    Fix: let the operation fail, with 400 or 409.
    """
    if asked(bulk_groups, "unknown").exchange.ok:
        results(bulk_groups, "unknown")
    if "read-unknown" not in bulk_groups.played.steps:
        return
    stored = [value for value in _members(bulk_groups, "read-unknown") if value.startswith(jobs.REFERENCE)]
    expect.nothing(stored, "no bulkId among the members", path="members", level=Level.SHOULD, kind=Kind.WRONG_MEMBERS)
    raise Observation("a reference to an unknown bulkId is dropped")


def _circle(steps: Steps) -> list[str]:
    """Where the two of a circle do not refer to each other; empty where they do.

    Raises:
        NotApplicable: the endpoint refuses such references for a reason of its own.
    """
    step = asked(steps, "circle")
    if step.exchange.status == 409:
        return []
    if step.exchange.status is not None and step.exchange.status >= 500:
        return [f"HTTP {step.exchange.status}"]
    rows = [row for _, row in pairs(steps, "circle")]
    codes = [jobs.code(row) for row in rows]
    if 409 in codes:
        return []
    if not all(jobs.succeeded(row) for row in rows):
        if any(code is None or code >= 500 for code in codes):
            return [show(rows)]
        raise NotApplicable(f"such references are refused: {show(rows)}")
    if "read-circle" not in steps.played.steps:
        raise Unplayed(steps.played.key, "circle")
    wanted = _made(steps["read-circle"], "one")
    body = expect.resource(steps["read-circle"])
    found = find(body, f"{MANAGER}.value") if "userName" in body else _members(steps, "read-circle")
    return [] if found in (wanted, [wanted]) else [show(found) if not is_empty(found) else "no reference"]


@check("bulk-circle-groups", covers=["RFC7644-3.7.1-01", "RFC7644-3.7.1-02"], profile="rfc")
def test_groups_in_a_circle_are_tried(bulk_groups: Steps) -> None:
    """Two new groups can be members of each other, or are refused with 409.

    A whole organisation can be created in one job only so.

    Fix: create both, then set the references; answer 409 where that cannot be done.
    """
    expect.nothing(
        _circle(bulk_groups), "both groups with their reference, or 409", path="members", kind=Kind.WRONG_MEMBERS
    )


@check("bulk-circle-users", covers=["RFC7644-3.7.1-01", "RFC7644-3.7.1-02"], profile="rfc")
def test_users_in_a_circle_are_tried(bulk_users: Steps) -> None:
    """Two new users can manage each other, or are refused with 409.

    A whole organisation can be created in one job only so.

    Fix: create both, then set the references; answer 409 where that cannot be done.
    """
    expect.nothing(
        _circle(bulk_users), "both users with their reference, or 409", path=MANAGER, kind=Kind.MISSING_VALUE
    )
