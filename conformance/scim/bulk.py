"""Bulk jobs (RFC 7644 section 3.7): whom one may touch, and what its answer says became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.scim.exchange import Exchange
from conformance.scim.messages import BULK_REQUEST
from conformance.scim.references import MEMBERS, references
from conformance.scim.target import unsegment

PATH = "/Bulk"
REFERENCE = "bulkId:"
GROUPS = "/Groups"

STATUS = re.compile(r"[0-9]{3}")
"""What a status is; a number of thousands of digits is none, and could not even be read."""

SHOWN_OPERATIONS = 40
SHOWN_TEXT = 400
"""Of a job that tests a limit, as many operations and characters are recorded."""


class NotOurs(ValueError):
    """The job could change something this run did not create; the message says what."""


@dataclass(frozen=True)
class Creation:
    """A POST of a job.

    Attributes:
        collection: path of the endpoint the resource would be found at.
        name: its ``userName`` or ``displayName``.
        bulk_id: None where it has none, on purpose.
        data: the resource.
    """

    collection: str
    name: str
    bulk_id: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Job:
    """A job that touches nobody else's resources; made by ``plan`` only.

    Attributes:
        body: the BulkRequest.
        creations: what it may create.
    """

    body: dict[str, Any]
    creations: tuple[Creation, ...]


def plan(
    operations: Sequence[Mapping[str, Any]] | None,
    fail_on_errors: int | None,
    owns: Callable[[str, str], bool],
    invented: Collection[str] = (),
) -> Job:
    """Make a job of operations, right or wrong on purpose.

    Args:
        operations: None leaves ``Operations`` out.
        fail_on_errors: None leaves it out.
        owns: whether this run created the resource of a collection and id.
        invented: ids that this run made up, so that nothing can be behind them.

    Raises:
        NotOurs: an operation could reach a resource of somebody else, if the endpoint takes it at all.
    """
    rows = list(operations or [])
    creations = [_creation(row) for row in rows if _method(row) == "POST"]
    bulk_ids = [creation.bulk_id for creation in creations if creation.bulk_id is not None]
    if len(bulk_ids) != len(set(bulk_ids)):
        raise NotOurs("two creations of the job have the same bulkId")
    for row in rows:
        if _method(row) == "POST":
            continue
        collection, identifier = _resource(row)
        references = [f"{REFERENCE}{c.bulk_id}" for c in creations if c.collection == collection and c.bulk_id]
        if not owns(collection, identifier) and identifier not in references and identifier not in invented:
            raise NotOurs(f"bulk {row.get('method')} {row.get('path')}: this run did not create that resource")
    body: dict[str, Any] = {"schemas": [BULK_REQUEST]}
    body |= {} if fail_on_errors is None else {"failOnErrors": fail_on_errors}
    body |= {} if operations is None else {"Operations": rows}
    return Job(body, tuple(creations))


def touched(job: Job, *methods: str) -> list[tuple[str, str]]:
    """Collection and id of each resource that a job changes and does not create itself.

    Args:
        job: the job.
        methods: only those that it changes by one of them; all for none.
    """
    operations = job.body.get("Operations", [])
    keys = [_resource(row) for row in operations if _method(row) in methods or (not methods and _method(row) != "POST")]
    return [key for key in dict.fromkeys(keys) if not key[1].startswith(REFERENCE)]


def is_bulk(path: str) -> bool:
    """Whether a request to this path is a bulk job."""
    return unquote(path).rstrip("/").rpartition("/")[2].casefold() == "bulk"


def rows(exchange: Exchange) -> list[dict[str, Any]]:
    """The results in an answer; empty where it has none."""
    found = exchange.resource.get("Operations")
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def code(row: Mapping[str, Any]) -> int | None:
    """The status of a result, in whichever form: ``"201"``, ``201``, or ``{"code": "201"}``."""
    status = row.get("status")
    if isinstance(status, dict):
        status = status.get("code")
    return int(str(status)) if STATUS.fullmatch(str(status)) else None


def succeeded(row: Mapping[str, Any]) -> bool:
    """Whether a result's status is 2xx."""
    return code(row) in range(200, 300)


def place(row: Mapping[str, Any]) -> tuple[str, str]:
    """Collection and id that the location of a result, or of an answer, ends in; empty where there is none."""
    location = row.get("location")
    parts = urlsplit(location).path.rstrip("/").split("/") if isinstance(location, str) else []
    return (f"/{parts[-2]}", unquote(parts[-1])) if len(parts) > 1 else ("", "")


def result(creation: Creation, exchange: Exchange) -> dict[str, Any]:
    """What the answer says of a creation, matched by its bulkId; empty where it is silent about it."""
    if creation.bulk_id is None:
        return {}
    return next((row for row in rows(exchange) if row.get("bulkId") == creation.bulk_id), {})


def bodies(job: Job) -> list[tuple[str, Any]]:
    """Path and data of each operation of a job that has data."""
    operations = job.body.get("Operations", [])
    return [(str(row.get("path") or ""), row["data"]) for row in operations if row.get("data") is not None]


def refers(job: Job) -> bool:
    """Whether an operation refers to what another one creates, or to nothing."""
    paths = [str(row.get("path") or "") for row in job.body.get("Operations", [])]
    values = [value for _, data in bodies(job) for _, value in references(data)]
    return any(REFERENCE in text for text in (*paths, *values))


def nests(job: Job) -> bool:
    """Whether a group that a job creates is to be a member of another one."""
    born = {f"{REFERENCE}{one.bulk_id}" for one in job.creations if one.collection == GROUPS}
    named = {value for _, data in bodies(job) for kind, value in references(data) if kind == MEMBERS}
    return bool(born & named)


def abridged(body: dict[str, Any]) -> dict[str, Any]:
    """A job as it is recorded: the first operations only, and no endless text in them."""
    operations = body.get("Operations", [])
    if len(operations) > SHOWN_OPERATIONS:
        left = f"… {len(operations) - SHOWN_OPERATIONS} more operations"
        return body | {"Operations": [*operations[:SHOWN_OPERATIONS], left]}
    shortened: dict[str, Any] = _shortened(body)
    return shortened


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if isinstance(value, str) and len(value) > SHOWN_TEXT:
        return f"{value[:SHOWN_TEXT]}… {len(value) - SHOWN_TEXT} more characters"
    return value


def _method(row: Mapping[str, Any]) -> str:
    return str(row.get("method") or "").upper()


def _creation(row: Mapping[str, Any]) -> Creation:
    data, path = row.get("data"), row.get("path")
    user = isinstance(data, dict) and "userName" in data
    name = data.get("userName" if user else "displayName") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(name, str) or not name:
        raise NotOurs("a bulk POST without a name could not be found again")
    if path is not None and not re.fullmatch(r"/\w+", str(path)):
        raise NotOurs(f"bulk POST {path}: not a collection")
    bulk_id = row.get("bulkId")
    return Creation("/Users" if user else "/Groups", name, bulk_id if isinstance(bulk_id, str) else None, data)


def _resource(row: Mapping[str, Any]) -> tuple[str, str]:
    found = re.fullmatch(r"(/\w+)/([^/?#]+)", str(row.get("path") or ""))
    if found is None:
        raise NotOurs(f"bulk {row.get('method')} {row.get('path')}: not a single resource")
    return found[1], unsegment(found[2])
