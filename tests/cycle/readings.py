"""Readings of a small company's target, and endpoints that refuse or show something odd."""

from __future__ import annotations

import json
from dataclasses import replace

from conformance.provisioning.service.reading import Reading
from conformance.scim.client import Request
from tests.faults.layer import Call
from tests.faults.rewrite import error


def read(office, taken=None):
    """A reading, with its differences as kind, person, attribute, expected and got."""
    reading = Reading(office.tools, taken)
    reading.told = list(reading.differences())
    reading.rows = [(one.kind, one.person, one.attribute, one.expected, one.got) for one in reading.told]
    return reading


def kinds(office):
    """The kinds of what differs, with the attribute."""
    return [(one.kind, one.attribute) for one in read(office).told]


def change(office, source, *operations):
    """Change a resource behind the service's back."""
    link = office.state.link(source.id)
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
    office.client.send(Request("PATCH", f"{link.collection}/{link.target}", body=body))


def shows(path, **members):
    """A server that shows these members in each answer to a GET below a path."""

    def behaviour(call, serve):
        answer = serve(call)
        if call.method == "GET" and call.path.startswith(path) and isinstance(answer.body, dict):
            for row in answer.resources:
                row.update(members)
        return answer

    return behaviour


def refuses(fits, status=400):
    """A server that refuses some requests."""
    return lambda call, serve: error(status) if fits(call) else serve(call)


def off(call):
    """Whether a user is told to be inactive."""
    return call.method == "PATCH" and any(str(op.get("value")).lower() == "false" for op in call.operations)


def refusing(office, fits, status=400):
    """The same office, whose endpoint refuses some requests from now on; a read is sent in place of a refused write."""
    send = office.client.send

    def sent(request):
        call = Call(request.method, request.path, body=request.body)
        if not fits(call):
            return send(request)
        return replace(
            send(Request("GET", request.path)), status=status, body='{"detail": "no"}', method=request.method
        )

    office.client.send = sent
    return office


def counted(office, number):
    """The same office, whose endpoint finds everybody so many times."""
    send = office.client.send

    def sent(request):
        answer = send(request)
        if "userName+eq" not in request.query or not answer.listed:
            return answer
        body = answer.resource | {"totalResults": number, "Resources": answer.listed * number}
        return replace(answer, body=json.dumps(body))

    office.client.send = sent
    return office
