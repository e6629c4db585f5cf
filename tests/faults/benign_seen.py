"""Legal variations seen on real servers, which the suite once held against them."""

from __future__ import annotations

from tests.faults.layer import Answer, Call, Serve, benign

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@benign("schemas-as-printed")
def schemas_as_printed(call: Call, serve: Serve) -> Answer:
    """Schemas have no schemas of their own, as RFC 7643 section 8.7.1 prints them (django-scim2)."""
    answer = serve(call)
    if call.path.startswith("/Schemas"):
        for schema in answer.resources:
            schema.pop("schemas", None)
    return answer


@benign("extension-remove-refused")
def extension_remove_refused(call: Call, serve: Serve) -> Answer:
    """A remove whose path is an extension's URN, which is no path of the grammar, is refused (scim2-server 0.1.5)."""
    if any(operation.get("path") == ENTERPRISE and operation.get("op") == "remove" for operation in call.operations):
        return _error(400, "invalidPath")
    return serve(call)


@benign("encoded-slash-refused")
def encoded_slash_refused(call: Call, serve: Serve) -> Answer:
    """A web server refuses paths with an encoded slash before SCIM sees them, in HTML (Django, Apache, Tomcat)."""
    if call.path.startswith(("/Users/", "/Groups/")) and call.path.count("/") > 2:
        return Answer(404, {"Content-Type": "text/html"}, None, b"<html><h1>Not Found</h1></html>")
    return serve(call)


def _error(status: int, kind: str) -> Answer:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "scimType": kind}
    return Answer(status, {"Content-Type": "application/scim+json"}, body)
