"""Servers that lack a method or a resource type, or answer it without doing it."""

# A method does what that of the good server does, in another way: the docstring stands there once.

from __future__ import annotations

from tests.zoo.foreign.base import Foreign
from tests.zoo.message import Answer, Refused, Request
from tests.zoo.schema import Kind, data_of
from tests.zoo.server import METHODS
from tests.zoo.store import Record


class _Lacks(Foreign):
    """A method is not there.

    Attributes:
        lacked: the method.
        status: what it is answered.
    """

    legal = False
    lacked = ""
    status = 405

    def resource(self, kind: Kind, request: Request) -> Answer:
        if request.method != self.lacked:
            return super().resource(kind, request)
        allowed = ", ".join(method for method in METHODS if method != self.lacked)
        refused = Refused(self.status, f"{self.lacked} is not supported").answer
        return Answer(self.status, refused.body, {"Allow": allowed})


class NoPatch(_Lacks):
    """PATCH is answered 405, and ServiceProviderConfig says that it is not supported."""

    # RFC 7644 makes it optional, but Entra changes users and groups by nothing else.
    defect = "PATCH is refused"
    lacked = "PATCH"
    features = {"patch": {"supported": False}}  # noqa: RUF012 - nobody changes it


class NoDelete(_Lacks):
    """DELETE is answered 405."""

    defect = "DELETE is refused"
    lacked = "DELETE"


class DeleteNotImplemented(NoDelete):
    """DELETE is answered 501."""

    status = 501


class NoGroups(Foreign):
    """There are no groups: 404 at /Groups, and /ResourceTypes and /Schemas have the user only."""

    groups = None


class PutIgnored(Foreign):
    """PUT is answered 200 with the resource as it was, and changes nothing."""

    legal = False
    defect = "PUT has no effect"

    def replace(self, record: Record, request: Request) -> Answer:
        data_of(record.kind, request.body)
        return self.shown(record, request)
