"""The SCIM answer to Entra's probe: an empty ListResponse, and what it is when it is none."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.http import STATUS, excerpt, judge, said
from conformance.doctor.probe import Probe
from conformance.doctor.raw_http import Answer

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:listresponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:error"
PREFIXES = ("/scim/v2", "/scim", "/v2", "")
OK = 200


def users(case: Case, probe: Probe, answer: Answer, *, brief: bool) -> None:
    """Judge the answer to the probe on ``/Users``.

    Raises:
        Found: what is wrong with it.
    """
    if answer.status == 404:  # noqa: PLR2004
        raise _not_found(case, probe, answer)
    if answer.status >= 500 and answer.status not in {503, 504} and _lists(probe):  # noqa: PLR2004
        raise Found("filter-crashes", status=answer.status, match=case.match, said=said(case, answer))
    judge(case, answer, case.shown)
    if answer.status >= 400:  # noqa: PLR2004
        raise _filter_refused(case, probe, answer)
    empty_list(case, answer, "/Users")
    if brief:
        return
    with_percent = probe.look_up("/Users", case.match, percent=True, about="spaces as %20")
    if not _is_empty_list(with_percent):
        case.note("fine-percent", status=with_percent.status)


def groups(case: Case, probe: Probe) -> None:
    """Send and judge the probe on ``/Groups``.

    Raises:
        Found: what is wrong with the answer.
    """
    answer = probe.look_up("/Groups", "displayName")
    if answer.status in {404, 501}:
        if _advertises_groups(probe):
            raise Found("groups-missing", status=answer.status)
        case.note("fine-no-groups", status=answer.status)
        return
    if answer.status in {401, 403}:
        raise Found("groups-forbidden", status=answer.status, said=said(case, answer))
    if answer.status != OK:
        raise Found("groups-refused", status=answer.status, said=said(case, answer))
    try:
        empty_list(case, answer, "/Groups")
    except Found as found:
        raise Found("groups-wrong", problem=found.sentence) from None


def empty_list(case: Case, answer: Answer, path: str) -> None:
    """Expect a ListResponse without results.

    Raises:
        Found: it is something else.
    """
    facts = {"path": path, "status": answer.status, "said": said(case, answer), "match": case.match}
    body = parse(case, answer, facts)
    schemas = body.get("schemas")
    named = [str(s).lower() for s in schemas] if isinstance(schemas, list) else []
    if ERROR in named:
        raise Found("error-as-success", **facts)
    if any(name.startswith("urn:scim:schemas:core:1") for name in named):
        raise Found("scim-1", **facts)
    if LIST_RESPONSE not in named:
        raise Found("not-list-response", **facts, found=excerpt(case, ", ".join(body) or "no members", 60))
    _count(body, facts)


def parse(case: Case, answer: Answer, facts: dict[str, Any]) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        Found: it is none.
    """
    if answer.status != OK:
        raise Found("odd-success", **facts)
    if not answer.body.strip():
        raise Found("empty-body", **facts)
    try:
        text = answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Found("not-utf-8", position=problem.start, **facts) from None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as problem:
        at = getattr(problem, "pos", 0)
        declared = answer.headers.get("content-length", "")
        if text.lstrip().startswith("{") and at >= len(text.rstrip()) - 1:
            cause = "json-cut-by-length" if declared == str(len(answer.body)) else "json-cut"
            raise Found(cause, size=len(answer.body), **facts) from None
        kind = answer.kind or "no content type"
        raise Found("not-json", kind=excerpt(case, kind, 40), **facts) from None
    if not isinstance(body, dict):
        raise Found("json-not-object", found=type(body).__name__, **facts)
    return body


def _count(body: dict[str, Any], facts: dict[str, Any]) -> None:
    names = {name.lower(): name for name in body}
    total = body.get(names.get("totalresults", ""))
    rows = body.get(names.get("resources", ""))
    if "totalresults" in names and "totalResults" not in body:
        raise Found("wrong-case", member=names["totalresults"], **facts)
    if "totalResults" not in body:
        raise Found("total-missing", **facts)
    if not isinstance(total, int) or isinstance(total, bool):
        raise Found("total-not-number", found=type(total).__name__, **facts)
    if rows is not None and not isinstance(rows, list):
        raise Found("resources-not-list", found=type(rows).__name__, **facts)
    number = len(rows or [])
    if number > 1 or total > 1:
        raise Found("filter-ignored", number=max(number, total), **facts)
    if number == 1 or total == 1:
        raise Found("filter-loose", **facts)


def _is_empty_list(answer: Answer) -> bool:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return answer.status == OK and isinstance(body, dict) and body.get("totalResults") == 0


def _lists(probe: Probe) -> bool:
    """Whether the collection can be read without a filter."""
    try:
        plain = probe.get("/Users", "startIndex=1&count=1", about="without a filter")
    except Found:
        return False
    return plain.status == OK and not plain.is_html


def _not_found(case: Case, probe: Probe, answer: Answer) -> Found:
    if _lists(probe):
        return Found("no-match-404", match=case.match)
    path = case.url.path
    origin = f"{case.url.scheme}://{case.url.netloc}"
    tried = [prefix for prefix in dict.fromkeys([f"{path}/v2", *PREFIXES]) if prefix != path][:4]
    for prefix in tried:
        try:
            there = probe.get("/Users?count=1", layer="http", base=f"{origin}{prefix}", about="another prefix")
        except Found:
            continue
        if there.status == OK and "Resources" in there.text:
            return Found("path-other-prefix", path=path or "/", better=f"{origin}{prefix}")
    return Found("path-not-found", path=path or "/", said=said(case, answer), host=case.host)


def _filter_refused(case: Case, probe: Probe, answer: Answer) -> Found:
    facts = {"host": case.host, "status": answer.status, "said": said(case, answer), "match": case.match}
    if _is_empty_list(probe.look_up("/Users", case.match, percent=True, about="spaces as %20")):
        return Found("plus-not-decoded", **facts)
    if case.match != "userName" and _is_empty_list(probe.look_up("/Users", "userName", about="by userName")):
        return Found("match-not-filterable", **facts)
    if _lists(probe):
        return Found("filter-refused", **facts)
    return Found(STATUS.get(answer.status, "http-odd-client-error"), path=urlsplit(case.shown).path, **facts)


def _advertises_groups(probe: Probe) -> bool:
    try:
        kinds = json.loads(probe.get("/ResourceTypes", about="is Group advertised?").body)
    except (Found, ValueError, RecursionError):
        return False
    rows = kinds.get("Resources", []) if isinstance(kinds, dict) else kinds
    return isinstance(rows, list) and any(isinstance(r, dict) and r.get("name") == "Group" for r in rows)
