"""The guard's rules: which request can only touch what is this run's, and what an answer proves of a resource."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from conformance.scim import bulk
from conformance.scim.paths import member
from conformance.scim.target import LONGEST_ID, unsegment

if TYPE_CHECKING:
    from conformance.scim.client import Request
    from conformance.scim.ledger import Ledger

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 section 9.2.1)."""

SEARCH = "/.search"
COLLECTION = re.compile(r"/[\w-]+")
"""One segment: the endpoint of a resource type, and no resource in it."""

MADE_UP = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An id that nobody can have been given: a UUID of our own making."""

PLAIN = re.compile(r"[\w~@=,:-][\w~@=,:.-]*", re.ASCII)
"""An id that no server or proxy can read as another path: it is the same decoded once, twice or never."""

NAMES = ("userName", "displayName", "externalId")
"""What shows whose a resource is, the surest first; a resource of ours carries its name in one of them."""

UNIQUE = {"/Users": "userName", "/Groups": "displayName"}
"""What the resources of a collection are looked up by."""


def objection(request: Request, held: Ledger) -> str | None:
    """Why a request must not be sent; None where all that it can change is this run's.

    Args:
        request: as it would be sent.
        held: what the run created, and is about to create.
    """
    if any("method-override" in name.lower() for name in request.headers):
        return "a header would make another method of it"
    if request.method in SAFE_METHODS or held.owns(*place(request.path)):
        return None
    if request.method == "PATCH" and held.is_adopted(*place(request.path)):
        return None
    if request.searches:
        return None if request.method == "POST" and request.path.endswith(SEARCH) else "only a POST to .search reads"
    if bulk.is_bulk(request.path):
        return None if _is_planned(request) else "a bulk job is sent by Client.bulk only"
    return _objection_to_new(request, held)


def place(path: str) -> tuple[str, str]:
    """Collection and decoded id of a path."""
    collection, _, identifier = path.rpartition("/")
    return collection, unsegment(identifier)


def _objection_to_new(request: Request, held: Ledger) -> str | None:
    """Why a request to what is not ours must not be sent: it has to create, or to meet nobody."""
    collection, identifier = place(request.path)
    if request.invents and COLLECTION.fullmatch(collection):
        known = MADE_UP.fullmatch(identifier) or held.was_ours(collection, identifier)
        return None if known else "that id is not of our making"
    if request.method == "POST" and COLLECTION.fullmatch(request.path):
        return None if _is_noted(request, held) else "what it could create is not in the journal"
    return "this run did not create that resource"


def _is_planned(request: Request) -> bool:
    """Whether a bulk request is a planned job, or a text that no endpoint can read as one."""
    if request.text is not None:
        return not _is_json(request.text) and "operations" not in request.text.casefold()
    return request.method == "POST" and request.job is not None and request.body is request.job.body


def _is_noted(request: Request, held: Ledger) -> bool:
    """Whether a POST to a collection creates what is expected, or has a body of which nothing can be made."""
    if request.text is not None:
        return not _is_json(request.text, dict)
    texts = [value for value in (request.body or {}).values() if isinstance(value, str)]
    return not request.body or any(held.expects(request.path, value) for value in texts)


def _is_json(text: str, kind: type = object) -> bool:
    try:
        return isinstance(json.loads(text), kind)
    except (ValueError, RecursionError):
        return False


def lead(headers: Mapping[str, str], resource: Mapping[str, Any]) -> str:
    """The id that an answer to a create leads to, by its body or else by its Location; empty for none.

    An id for which no URL can be made leads nowhere.
    """
    identifier = resource.get("id")
    if isinstance(identifier, str) and identifier:
        return identifier if len(identifier) <= LONGEST_ID else ""
    return unquote(urlsplit(headers.get("location", "")).path.rstrip("/").rpartition("/")[2])


def is_called(resource: Mapping[str, Any], name: str) -> bool:
    """Whether a resource carries a name, in any letter case (RFC 7643 section 2.1)."""
    shown = [member(dict(resource), attribute) for attribute in NAMES]
    return name.casefold() in {value.casefold() for value in shown if isinstance(value, str)}


def hits(rows: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """The ids of those resources of a list that carry a name."""
    return [str(row["id"]) for row in rows if row.get("id") and is_called(row, name)]


def contradicts(resource: Mapping[str, Any], collection: str, identifier: str, name: str) -> bool:
    """Whether what is shown is not what we created: it has another id, or somebody else's name.

    What shows neither contradicts nothing.
    """
    called = member(dict(resource), UNIQUE.get(collection, "displayName"))
    shown = resource.get("id")
    other = isinstance(shown, str) and bool(shown) and shown.casefold() != identifier.casefold()
    return other or (isinstance(called, str) and not is_called(resource, name))


def shows(resource: Mapping[str, Any], collection: str, identifier: str, name: str) -> bool:
    """Whether what was read behind an id proves that it is what we created under a name."""
    return is_called(resource, name) and not contradicts(resource, collection, identifier, name)


def is_plain(identifier: str) -> bool:
    """Whether an id can only be read as one segment of a path, by whatever is between us and the endpoint."""
    return PLAIN.fullmatch(identifier) is not None
