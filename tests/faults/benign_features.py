"""Endpoints that offer less, and say so: none of it may be held against them."""

from __future__ import annotations

import re

from tests.faults.layer import Answer, Call, Serve, benign
from tests.faults.rewrite import error

PAGE = 3
DENIED = ("bulk", "sort", "etag", "changePassword")


def _says_no(answer: Answer, *features: str) -> Answer:
    """Deny features in the ServiceProviderConfig."""
    if answer.status == 200 and isinstance(answer.body, dict):
        for feature in features:
            answer.body[feature] = {**answer.body.get(feature, {}), "supported": False}
    return answer


@benign("bare-necessities")
def bare(call: Call, serve: Serve) -> Answer:
    """No Bulk, no sorting, no versions, no cursors, no /.search, no /Me, no query on the root."""
    if call.path.startswith(("/Bulk", "/Me")) or call.path.endswith("/.search") or call.path in {"", "/"}:
        return error(404)
    call.headers.pop("if-match", None)
    call.headers.pop("if-none-match", None)
    for name in ("sortBy", "sortOrder", "cursor"):
        call.query.pop(name, None)
    answer = serve(call)
    answer.headers = {k: v for k, v in answer.headers.items() if k.lower() != "etag"}
    for resource in answer.resources:
        if isinstance(resource.get("meta"), dict):
            resource["meta"].pop("version", None)
    if call.path == "/ServiceProviderConfig":
        answer.body.pop("pagination", None)
        answer.body.get("meta", {}).pop("version", None)
        return _says_no(answer, *DENIED)
    return answer


@benign("501-for-optional-parts")
def not_implemented(call: Call, serve: Serve) -> Answer:
    """What is not offered is answered 501."""
    if (
        call.path.startswith(("/Bulk", "/Me"))
        or call.path.endswith("/.search")
        or ("sortBy" in call.query and call.path.startswith(("/Users", "/Groups")))
    ):
        return error(501)
    answer = serve(call)
    return _says_no(answer, "bulk", "sort") if call.path == "/ServiceProviderConfig" else answer


@benign("filters-of-entra-only")
def entra_filters(call: Call, serve: Serve) -> Answer:
    """Every operator but eq and and is refused with 400 invalidFilter, and so are brackets and parentheses."""
    given = call.body if call.path.endswith("/.search") and isinstance(call.body, dict) else call.query
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', str(given.get("filter", "")))
    others = re.search(r"\s(ne|co|sw|ew|gt|ge|lt|le|pr|or)\b|\bnot\b|[()\[\]]", text, re.IGNORECASE)
    if "filter" in given and others and not text.lower().startswith("emails[type eq"):
        return error(400, "invalidFilter")
    return serve(call)


@benign("small-pages")
def small_pages(call: Call, serve: Serve) -> Answer:
    """No page holds more than three resources, whatever count says (RFC 7644 section 3.4.2.4)."""
    listing = call.method == "GET" and call.path in {"/Users", "/Groups", "", "/"}
    given = call.query if listing else call.body if call.path.endswith("/.search") else None
    if isinstance(given, dict):
        count = str(given.get("count", PAGE))
        if count.lstrip("-").isdigit():
            given["count"] = str(min(int(count), PAGE)) if given is call.query else min(int(count), PAGE)
    answer = serve(call)
    if call.path == "/ServiceProviderConfig" and "pagination" in answer.body:
        answer.body["pagination"] |= {"maxPageSize": PAGE, "defaultPageSize": PAGE}
    return answer


@benign("strong-tags")
def strong_tags(call: Call, serve: Serve) -> Answer:
    """Versions are strong validators."""
    for name in ("if-match", "if-none-match"):
        if call.headers.get(name, "").startswith('"'):
            call.headers[name] = f"W/{call.headers[name]}"
    answer = serve(call)
    for name, value in list(answer.headers.items()):
        if name.lower() == "etag":
            answer.headers[name] = value.removeprefix("W/")
    for resource in answer.resources:
        if isinstance(resource.get("meta"), dict) and "version" in resource["meta"]:
            resource["meta"]["version"] = resource["meta"]["version"].removeprefix("W/")
    return answer


@benign("204-with-media-type")
def media_type_without_body(call: Call, serve: Serve) -> Answer:
    """An answer without a body names a media type."""
    answer = serve(call)
    if answer.status == 204:
        answer.headers["Content-Type"] = "application/scim+json"
    return answer
