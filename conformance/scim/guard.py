"""The guard's rules: which request can only touch what is this run's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from conformance.scim import bulk
from conformance.scim.claim import identifier_of
from conformance.scim.target import LONGEST_ID, unsegment

if TYPE_CHECKING:
    from conformance.scim.request import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 section 9.2.1)."""

SEARCH = "/.search"
COLLECTIONS = ("/Users", "/Groups")
"""The endpoints in which something is created, and whose lists show who is there."""

COLLECTION = re.compile(r"/[\w-]+")
"""One segment: the endpoint of a resource type, and no resource in it."""

UNNUMBERED = re.compile(r"[g-zG-Z][\w.-]*", re.ASCII)
"""An id that no parser takes for a number, be it decimal, hexadecimal, or content with leading digits: a made-up UUID
such as ``175df748-…`` is user 175 to many a server."""

PLAIN = re.compile(r"[\w~@=,:-][\w~@=,:.-]*", re.ASCII)
"""An id that no server or proxy can read as another path: it is the same decoded once, twice or never."""


class Held(Protocol):
    """What a run has to know of what it created, for its requests to be guarded."""

    def owns(self, collection: str, identifier: str) -> bool:
        """Whether this run created the resource and has not yet seen it gone."""

    def was_ours(self, collection: str, identifier: str) -> bool:
        """Whether the run created it, and it is gone."""

    def is_adopted(self, collection: str, identifier: str) -> bool:
        """Whether the user let it be changed."""

    def expects(self, collection: str, name: str) -> bool:
        """Whether a create with such a name is noted and not answered."""


def objection(request: Request, held: Held) -> str | None:
    """Why a request must not be sent; None where all that it can change is this run's, or nobody's.

    What is nobody's is looked at before it is written to; see ``Client``.

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


def _objection_to_new(request: Request, held: Held) -> str | None:
    """Why a request to what is not ours must not be sent: it has to create, or to meet nobody."""
    collection, identifier = place(request.path)
    if request.invents and COLLECTION.fullmatch(collection):
        return None if can_be_nobody(collection, identifier, held) else "somebody could have that id"
    if request.method == "POST" and COLLECTION.fullmatch(request.path):
        return None if _is_noted(request, held) else "what it could create is not in the journal"
    return "this run did not create that resource"


def can_be_nobody(collection: str, identifier: str, held: Held) -> bool:
    """Whether an id may be tried as one that nobody has: our own that is deleted, or one that is no number at all."""
    return held.was_ours(collection, identifier) or UNNUMBERED.fullmatch(identifier) is not None


def _is_planned(request: Request) -> bool:
    """Whether a bulk request is a planned job, or a text that no endpoint can read as one."""
    if request.text is not None:
        return not _is_json(request.text) and "operations" not in request.text.casefold()
    return request.method == "POST" and request.job is not None and request.body is request.job.body


def _is_noted(request: Request, held: Held) -> bool:
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
    identifier = identifier_of(resource)
    if identifier:
        return identifier if len(identifier) <= LONGEST_ID else ""
    return unquote(urlsplit(headers.get("location", "")).path.rstrip("/").rpartition("/")[2])


def elsewhere(collection: str, headers: Mapping[str, str], resource: Mapping[str, Any]) -> tuple[str, str] | None:
    """Collection and id to which an answer to a create leads, where that is not the collection it was sent to."""
    meta = resource.get("meta")
    told = headers if headers.get("location") else meta
    place, identifier = bulk.place(told) if isinstance(told, Mapping) else ("", "")
    return (place, identifier) if place in COLLECTIONS and place != collection and is_plain(identifier) else None


def is_plain(identifier: str) -> bool:
    """Whether an id can only be read as one segment of a path, by whatever is between us and the endpoint."""
    return PLAIN.fullmatch(identifier) is not None
