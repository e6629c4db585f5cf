"""Servers whose documents are missing or of another form, and one that answers everything."""

# A method does what that of the good server does, in another way: the docstring stands there once.

from __future__ import annotations

from dataclasses import replace

from tests.zoo import discovery
from tests.zoo.foreign.base import LISTS, Foreign
from tests.zoo.message import Answer, Refused, Request, listed

COLLECTIONS = {"users", "groups", ".search"}
DEEPEST = 2
"""Segments of the longest path that means something."""


class _Missing(Foreign):
    """Some documents are a 404.

    Attributes:
        missing: lower-case names of their endpoints.
    """

    missing: frozenset[str] = frozenset()

    def route(self, request: Request) -> Answer:
        if request.parts and request.parts[0].lower() in self.missing:
            raise Refused(404, "nothing here")
        return super().route(request)


class NoDiscovery(_Missing):
    """ServiceProviderConfig, ResourceTypes and Schemas are a 404."""

    missing = frozenset(discovery.HEADS)


class NoServiceProviderConfig(_Missing):
    """ServiceProviderConfig is a 404; ResourceTypes and Schemas are there."""

    missing = frozenset({"serviceproviderconfig"})


class EmptyCatchAll(Foreign):
    """Everything unknown is answered 200 with an empty list, the three discovery documents and /Bulk included."""

    legal = False
    defect = "something answers where nothing is"
    offers_bulk = False

    def route(self, request: Request) -> Answer:
        known = bool(request.parts) and request.parts[0].lower() in COLLECTIONS and len(request.parts) <= DEEPEST
        return super().route(request) if known else Answer(200, listed([], 0))


class BareArrays(Foreign):
    """Schemas and ResourceTypes are JSON arrays, without the ListResponse around them."""

    legal = False
    defect = "/Schemas and /ResourceTypes are no ListResponse"

    def route(self, request: Request) -> Answer:
        answer = super().route(request)
        bare = len(request.parts) == 1 and request.parts[0].lower() in LISTS and answer.status == 200
        return replace(answer, body=answer.body["Resources"]) if bare else answer


class TextJson(Foreign):
    """Every body has the media type text/json."""

    legal = False
    defect = "bodies are neither application/scim+json nor application/json"
    media_type = "text/json"
