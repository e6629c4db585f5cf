"""Bulk jobs: every verb, half a job that fails, wrong jobs, and jobs beyond the limits (RFC 7644 section 3.7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from conformance.idp.entra import mapping, patch
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra, NotOffered, Owned
from conformance.journeys.crud import last
from conformance.scim.bulk import PATH
from conformance.scim.paths import find
from conformance.scim.request import Request

MOST_OPERATIONS = 2000
MOST_BYTES = 2 * 1024 * 1024
"""Limits beyond these are not tried: too much of a burden, for both sides."""

FEW_OPERATIONS = 100


@journey(users=8)
def bulk(entra: Entra) -> None:
    """Every verb in one job, then jobs of which a part fails."""
    entra.require("bulk")
    replaced = entra.create_user(step="create")
    patched = entra.create_user(step="create-second")
    deleted = entra.create_user(step="create-third")
    replacement = {"method": "PUT", "path": replaced.path, "data": replaced.sent | {"displayName": "Replaced in bulk"}}
    operations = [
        post_user(entra, "new"),
        replacement,
        change(patched.path, "displayName", "Patched in bulk"),
        {"method": "DELETE", "path": deleted.path},
    ]
    made = job(entra, operations, step="verbs")
    entra.read(replaced, step="read-replaced")
    entra.read(patched, step="read-patched")
    entra.get(deleted.path, step="read-deleted")
    if "new" in made:
        entra.read(made["new"], step="read-created")
    _fail(entra, patched)


def _fail(entra: Entra, owned: Owned) -> None:
    """Jobs with a part that has to fail, with and without a limit on errors; the same failures on their own."""
    taken = mapping.minimal_user(entra.person()) | {"userName": owned.name}
    nobody = entra.nobody(USERS)
    nobodies = [last(nobody)]
    missing: list[dict[str, Any]] = [{"method": "DELETE", "path": nobody}] * 5
    operations = [
        {"method": "POST", "path": USERS, "bulkId": "taken", "data": taken},
        missing[0],
        post_user(entra, "after"),
        *(change(owned.path, "displayName", value) for value in ("First", "Second", "Last")),
    ]
    job(entra, operations, step="failures", invented=nobodies)
    entra.read(owned, step="read-after")
    entra.attempt_create(USERS, taken, step="single-taken", name=owned.name)
    entra.knock("single-missing", Request("DELETE", nobody))
    operations = [missing[0], post_user(entra, "early"), *missing[1:3], post_user(entra, "late")]
    job(entra, operations, step="stop-at-two", fail_on_errors=2, invented=nobodies)
    job(entra, [*missing[3:], post_user(entra, "late")], step="stop-at-one", fail_on_errors=1, invented=nobodies)


@journey()
def bulk_malformed(entra: Entra) -> None:
    """Jobs that lack what they need, or ask for what there is not."""
    entra.require("bulk")
    user = entra.create_user(step="create")
    job(entra, None, step="no-operations")
    job(entra, [{"path": user.path, "data": user.sent}], step="no-method")
    creation = post_user(entra, "unused")
    del creation["bulkId"]
    job(entra, [creation], step="no-bulk-id")
    creation = post_user(entra, "pathless")
    del creation["path"]
    job(entra, [creation], step="no-path")
    job(entra, [post_user(entra, "odd") | {"path": "/NoSuchEndpoint"}], step="odd-path")
    job(entra, [{"method": "PUT", "path": user.path}, {"method": "PATCH", "path": user.path}], step="no-data")
    job(entra, [{"method": "GET", "path": user.path}], step="odd-method")


@journey(users=0)
def bulk_refused(entra: Entra) -> None:
    """What is no job at all, or an empty one where bulk is not offered."""
    if entra.features.offers("bulk") is False:
        entra.bulk([], step="unsupported")
    else:
        entra.send("not-json", Request("POST", PATH, text="{bad"))


@journey(users=2)
def bulk_limits(entra: Entra) -> None:
    """Jobs of one operation and of one byte too many; all of it about a user that is deleted."""
    entra.require("bulk")
    most, size = (find(entra.features.config, f"bulk.{name}") for name in ("maxOperations", "maxPayloadSize"))
    nobody = entra.nobody(USERS)
    nobodies = [last(nobody)]
    deletions = [{"method": "DELETE", "path": nobody}] * (MOST_OPERATIONS + 1)
    if _is_limit(most, MOST_OPERATIONS):
        job(entra, deletions[: most + 1], step="too-many", invented=nobodies, limit=most)
    if _is_limit(most, FEW_OPERATIONS):
        job(entra, deletions[:most], step="at-limit", invented=nobodies, limit=most)
    if _is_limit(size, MOST_BYTES):
        large = change(nobody, "displayName", "x" * size)
        job(entra, [large], step="too-large", invented=nobodies, limit=size)


@journey()
def bulk_versions(entra: Entra) -> None:
    """Operations with a version: one that never was, and the current one."""
    entra.require("bulk")
    entra.require("etag")
    user = entra.create_user(step="create")
    tag = entra.read(user, step="read").headers.get("etag")
    if not tag:
        raise NotOffered("the endpoint sends no ETag")
    operation = change(user.path, "displayName", "Changed")
    headers = {"if-match": 'W/"scimconf-never"'}
    entra.send("single-stale", Request("PATCH", user.path, body=operation["data"], headers=headers))
    job(entra, [operation | {"version": headers["if-match"]}], step="stale")
    # The single request may have changed the user where preconditions are not looked at.
    tag = entra.read(user, step="read-again").headers.get("etag", tag)
    job(entra, [operation | {"version": tag}], step="current")
    entra.read(user, step="read-changed")


def job(
    entra: Entra,
    operations: Sequence[Mapping[str, Any]] | None,
    *,
    step: str,
    fail_on_errors: int | None = None,
    invented: Collection[str] = (),
    **facts: Any,
) -> dict[str, Owned]:
    """Send a job and note whether bulk is advertised; where that is unknown, it may be missing."""
    advertised = entra.features.offers("bulk") is True
    return entra.bulk(
        operations, step=step, fail_on_errors=fail_on_errors, invented=invented, advertised=advertised, **facts
    )


def post_user(entra: Entra, bulk_id: str, **more: Any) -> dict[str, Any]:
    """The operation that creates the journey's next person."""
    return {
        "method": "POST",
        "path": USERS,
        "bulkId": bulk_id,
        "data": mapping.minimal_user(entra.person()) | more,
    }


def change(path: str, attribute: str, value: str) -> dict[str, Any]:
    """The operation that sets one attribute of a resource."""
    data = patch.envelope([{"op": "replace", "path": attribute, "value": value}])
    return {"method": "PATCH", "path": path, "data": data}


def _is_limit(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most
