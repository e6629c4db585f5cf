"""Legal variations: a server may do each of these, and no check may hold it against the server."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.faults.layer import Answer, Behaviour, Call, Serve, benign

DISCOVERY = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def each_resource(answer: Answer, change: Callable[[dict[str, Any]], None]) -> Answer:
    """Change every user and group in an answer."""
    for resource in answer.resources:
        if isinstance(resource, dict) and ("userName" in resource or "displayName" in resource):
            change(resource)
    return answer


def _register(name: str, story: str, behaviour: Behaviour) -> None:
    behaviour.__doc__ = story
    benign(name)(behaviour)


def _on_resources(name: str, story: str, change: Callable[[dict[str, Any]], None]) -> None:
    _register(name, story, lambda call, serve: each_resource(serve(call), change))


def _on_answers(name: str, story: str, change: Callable[[Call, Answer], None]) -> None:
    def behaviour(call: Call, serve: Serve) -> Answer:
        answer = serve(call)
        change(call, answer)
        return answer

    _register(name, story, behaviour)


# --- headers and framing ---------------------------------------------------------------------------------


def _without(*names: str) -> Callable[[Call, Answer], None]:
    def change(_call: Call, answer: Answer) -> None:
        answer.headers = {k: v for k, v in answer.headers.items() if k.lower() not in names}

    return change


def _retitled(rename: Callable[[str], str]) -> Callable[[Call, Answer], None]:
    def change(_call: Call, answer: Answer) -> None:
        answer.headers = {rename(k): v for k, v in answer.headers.items()}

    return change


def _charset(_call: Call, answer: Answer) -> None:
    for name, value in list(answer.headers.items()):
        if name.lower() == "content-type" and "charset" not in value:
            answer.headers[name] = f"{value}; charset=utf-8"


_on_answers("lower-case-headers", "Header names come in lower case.", _retitled(str.lower))
_on_answers("upper-case-headers", "Header names come in capitals.", _retitled(str.upper))
_on_answers("charset-parameter", "The media type carries a charset parameter.", _charset)


@benign("gzip")
def compressed(call: Call, serve: Serve) -> Answer:
    """Answers are compressed where the client accepts it."""
    answer = serve(call)
    raw = answer.raw if answer.raw is not None else (b"" if answer.body is None else json.dumps(answer.body).encode())
    if raw and "gzip" in call.headers.get("accept-encoding", ""):
        return Answer(answer.status, {**answer.headers, "Content-Encoding": "gzip"}, None, gzip.compress(raw))
    return answer


@benign("pretty-printed")
def pretty(call: Call, serve: Serve) -> Answer:
    """Bodies are indented and hold non-ASCII text as it is."""
    answer = serve(call)
    if answer.body is not None:
        answer.raw = json.dumps(answer.body, indent=3, ensure_ascii=False).encode()
    return answer


@benign("reversed-members")
def other_order(call: Call, serve: Serve) -> Answer:
    """The members of every object come in another order."""
    answer = serve(call)
    answer.body = _reversed(answer.body)
    return answer


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


# --- statuses --------------------------------------------------------------------------------------------


@benign("patch-200-with-body")
def patch_with_body(call: Call, serve: Serve) -> Answer:
    """A PATCH is answered 200 with the whole resource (RFC 7644 section 3.5.2)."""
    answer = serve(call)
    if call.method == "PATCH" and answer.status == 204:
        return serve(call.to("GET", call.path))
    return answer


@benign("patch-204")
def patch_without_body(call: Call, serve: Serve) -> Answer:
    """A PATCH is answered 204, unless attributes were asked for (RFC 7644 section 3.5.2)."""
    answer = serve(call)
    if call.method == "PATCH" and answer.status == 200 and "attributes" not in call.query:
        etag = {k: v for k, v in answer.headers.items() if k.lower() == "etag"}
        return Answer(204, etag)
    return answer


@benign("me-404")
def no_me(call: Call, serve: Serve) -> Answer:
    """/Me does not exist."""
    return _not_found() if call.path.startswith("/Me") else serve(call)


def _not_found() -> Answer:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404", "detail": "Not found"}
    return Answer(404, {"Content-Type": "application/scim+json"}, body)


@benign("no-discovery", demanded=["gallery-schema-discoverability", "gallery-config-there", "gallery-types-there"])
def no_discovery(call: Call, serve: Serve) -> Answer:
    """The endpoint has no discovery documents, which Entra does not need."""
    return _not_found() if call.path.startswith(DISCOVERY) else serve(call)


_CALLS = itertools.count(1)


@benign("throttled-now-and-then")
def throttled(call: Call, serve: Serve) -> Answer:
    """One request in seven is answered 429 and asked to come again at once."""
    if next(_CALLS) % 7 == 0:
        return Answer(429, {"Content-Type": "application/scim+json", "Retry-After": "0"})
    return serve(call)


# --- what resources hold ---------------------------------------------------------------------------------


def _nulls(resource: dict[str, Any]) -> None:
    for name in ("nickName", "profileUrl", "locale", "timezone") if "userName" in resource else ():
        resource.setdefault(name, None)


def _empty_lists(resource: dict[str, Any]) -> None:
    names = ("ims", "photos", "entitlements") if "userName" in resource else ()
    for name in names:
        resource.setdefault(name, [])


ACME = "urn:example:params:scim:schemas:acme:2.0:User"
ACME_SCHEMA = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    "id": ACME,
    "name": "Acme",
    "attributes": [],
}


def _extra(call: Call, answer: Answer) -> None:
    if call.path == f"/Schemas/{ACME}":
        answer.status, answer.body = 200, ACME_SCHEMA
    for row in answer.resources if "ResourceTypes" in call.path else []:
        row["schemaExtensions"] = [*row.get("schemaExtensions", []), {"schema": ACME, "required": False}]
    if call.path == "/Schemas" and answer.resources:
        answer.body["Resources"].append(ACME_SCHEMA)
        answer.body["totalResults"] += 1
    if call.path.startswith(("/Users", "/Groups")):
        each_resource(answer, _with_acme)


def _with_acme(resource: dict[str, Any]) -> None:
    resource["schemas"] = [*(urn for urn in resource.get("schemas", []) if urn != ACME), ACME]
    resource[ACME] = {"costCenter": "4711"}


def _more_meta(resource: dict[str, Any]) -> None:
    if isinstance(resource.get("meta"), dict):
        resource["meta"]["tenant"] = "acme"


def _relative_location(resource: dict[str, Any]) -> None:
    if isinstance(resource.get("meta"), dict) and "location" in resource["meta"]:
        resource["meta"]["location"] = "/v2" + resource["meta"]["location"].partition("/v2")[2]


def _long_timestamps(resource: dict[str, Any]) -> None:
    for name in ("created", "lastModified"):
        value = (resource.get("meta") or {}).get(name)
        if isinstance(value, str):
            whole = value.removesuffix("Z").partition("+")[0]
            seconds, _, fraction = whole.partition(".")
            resource["meta"][name] = f"{seconds}.{fraction:0<7}+00:00"


def _no_ref(resource: dict[str, Any]) -> None:
    for row in resource.get("members") or []:
        row.pop("$ref", None)
        row.pop("type", None)


def _display(resource: dict[str, Any]) -> None:
    for row in resource.get("members") or []:
        row["display"] = "Somebody"


def _sorted_lists(resource: dict[str, Any]) -> None:
    for value in resource.values():
        if isinstance(value, list):
            value.reverse()


_on_resources("nulls-for-unset", "Attributes without a value are shown as null.", _nulls)
_on_resources("empty-lists-for-unset", "Multi-valued attributes without a value are shown as [].", _empty_lists)
_on_answers("vendor-extension", "Every resource carries a vendor's extension, which discovery declares.", _extra)
_on_resources("more-meta", "meta has a member of the vendor's own.", _more_meta)
_on_resources("relative-locations", "meta.location is a relative URI.", _relative_location)
_on_resources("long-timestamps", "Timestamps carry seven digits and +00:00.", _long_timestamps)
_on_resources("members-without-ref", "Members carry their value only.", _no_ref)
_on_resources("members-with-display", "Members carry a display name.", _display)
_on_resources("other-element-order", "Multi-valued attributes come in another order.", _sorted_lists)


# --- lists -----------------------------------------------------------------------------------------------


def _no_empty_resources(_call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict) and answer.body.get("Resources") == []:
        del answer.body["Resources"]


def _empty_resources(_call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict) and answer.body.get("totalResults") == 0:
        answer.body.setdefault("Resources", [])


def _more_in_lists(_call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict) and "totalResults" in answer.body:
        answer.body["acmeQueryTime"] = 3


_on_answers("no-resources-when-empty", "An empty list has no Resources member.", _no_empty_resources)
_on_answers("resources-when-empty", "An empty list has an empty Resources member.", _empty_resources)
_on_answers("more-in-lists", "A list carries a member of the vendor's own.", _more_in_lists)


@benign("foreign-users")
def foreign_users(call: Call, serve: Serve) -> Answer:
    """The tenant is not empty: other people and groups are there."""
    if "seeded" not in call.memory:
        call.memory["seeded"] = True
        for number in range(6):
            person = {"schemas": [USER], "userName": f"colleague{number}@contoso.com", "active": True}
            serve(call.to("POST", "/Users", person))
    return serve(call)


# --- ids -------------------------------------------------------------------------------------------------


def _other_ids(name: str, story: str, rewrite: Callable[[str, int], str]) -> None:
    """Give every resource an id of another form, translated in both directions."""
    lock = threading.Lock()

    def behaviour(call: Call, serve: Serve) -> Answer:
        with lock:
            return translated(call, serve)

    def translated(call: Call, serve: Serve) -> Answer:
        inward: dict[str, str] = call.memory.setdefault("inward", {})
        outward: dict[str, str] = call.memory.setdefault("outward", {})
        text = json.dumps([call.path, call.query, call.body])
        for form, real in inward.items():
            if form in text:
                text = text.replace(form, real)
        call.path, call.query, call.body = json.loads(text)
        answer = serve(call)
        for real in [resource.get("id") for resource in answer.resources] + _made_in_bulk(answer):
            if isinstance(real, str) and real not in outward and _is_uuid(real):
                shown = outward[real] = rewrite(real, len(outward) + 1)
                for form in (json.dumps(shown)[1:-1], json.dumps(json.dumps(shown))[2:-2], quote(shown, safe="")):
                    inward[form] = real
        _show(answer, outward)
        return answer

    _register(name, story, behaviour)


def _made_in_bulk(answer: Answer) -> list[Any]:
    """The ids in the locations of what a bulk job created."""
    rows = answer.body.get("Operations") if isinstance(answer.body, dict) else None
    return [str(row.get("location")).rpartition("/")[2] for row in rows or [] if row.get("method") == "POST"]


OF_THE_SERVER = re.compile("[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""An id as the embedded server makes them."""


def _is_uuid(text: str) -> bool:
    return OF_THE_SERVER.fullmatch(text) is not None


def _show(answer: Answer, outward: dict[str, str]) -> None:
    if answer.body is not None:
        answer.body = _replaced(answer.body, outward)
    answer.headers = {name: _replaced(value, outward) for name, value in answer.headers.items()}


def _replaced(value: Any, outward: dict[str, str]) -> Any:
    """A value with every id of the server's own in it shown as its other form; in a URL that is quoted."""
    if isinstance(value, dict):
        return {key: _replaced(item, outward) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, outward) for item in value]
    if isinstance(value, str):
        return outward.get(value) or OF_THE_SERVER.sub(
            lambda found: quote(outward.get(found[0], found[0]), safe=""), value
        )
    return value


_other_ids("integer-ids", "Ids are numbers, sent as strings.", lambda _real, number: str(700100 + number))
_other_ids(
    "mail-like-ids", "Ids look like e-mail addresses.", lambda real, _number: f"{real[:8]}{real[-6:]}@id.example"
)
_other_ids("ids-with-a-space", "Ids hold a space.", lambda real, _number: f"id {real[:8]}{real[-6:]}")
_other_ids("capital-ids", "Ids are in capitals.", lambda real, _number: f"ID-{real.upper()}")
