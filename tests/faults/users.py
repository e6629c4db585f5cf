"""Faults around creating, reading, matching and deleting users."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace, spoil

USER = "/Users/[^/]+"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def lose(name: str, check: str, attribute: str, *, at: str = USER) -> None:
    """A fault that leaves an attribute out of what is read."""

    def change(answer: Answer) -> None:
        for row in answer.resources:
            row.pop(attribute, None)

    spoil(name, [check], f"{attribute} is not stored.", change, at=at)


def alter(name: str, checks: list[str], story: str, change: Callable[[dict[str, Any]], Any], *, at: str = USER) -> None:
    """A fault that changes each user that is read."""

    def changed(answer: Answer) -> None:
        for row in answer.resources:
            if "userName" in row:
                change(row)

    spoil(name, checks, story, changed, at=at)


def filters(name: str, checks: list[str], story: str, answer: Callable[[Call, Serve], Answer | None]) -> None:
    """A fault that answers look-ups of users."""
    replace(name, checks, story, lambda c, s: answer(c, s) if c.path == "/Users" and "filter" in c.query else None)


def creates(
    name: str, checks: list[str], story: str, wrong: Callable[[dict[str, Any]], Any], status: int = 400
) -> None:
    """A fault that refuses some new users."""

    def answer(call: Call, _serve: Serve) -> Answer | None:
        new = call.method == "POST" and call.path == "/Users" and isinstance(call.body, dict)
        return error(status, "invalidValue") if new and wrong(call.body) else None

    replace(name, checks, story, answer)


def _everybody(call: Call, serve: Serve) -> Answer:
    del call.query["filter"]
    return serve(call)


def _nobody_is_404(call: Call, serve: Serve) -> Answer:
    answer = serve(call)
    return error(404) if answer.body and answer.body.get("totalResults") == 0 else answer


def _rewritten(pattern: str, to: Callable[[str], str]) -> Callable[[Call, Serve], Answer]:
    def answer(call: Call, serve: Serve) -> Answer:
        call.query["filter"] = re.sub(pattern, lambda match: to(match[0]), call.query["filter"])
        return serve(call)

    return answer


def _only(attribute: str, answer: Callable[[Call, Serve], Answer]) -> Callable[[Call, Serve], Answer | None]:
    return lambda call, serve: answer(call, serve) if call.query["filter"].startswith(attribute) else None


def _empty(call: Call, serve: Serve) -> Answer:
    call.query["filter"] = 'userName eq "nobody at all"'
    return serve(call)


# --- connect and match -----------------------------------------------------------------------------------

filters(
    "empty-match-404", ["connect-users-answered", "match-missing-is-empty"], "An empty list is a 404.", _nobody_is_404
)
filters(
    "filter-ignored",
    ["connect-users-empty", "match-external-id-missing", "match-work-email-missing", "match-missing-is-empty"],
    "Filters are ignored: every look-up finds everybody.",
    lambda call, serve: _everybody(call, serve) if serve(call.to("POST", "/Users", PASSER_BY)) else None,
)
PASSER_BY = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "passer-by@contoso.com"}


@lambda register: replace(
    "percent-not-decoded",
    ["connect-percent-encoding", "match-existing-percent-encoding"],
    "Of two look-ups of the same thing only the first is answered: %20 is not a space here.",
    register,
)
def percent(call: Call, serve: Serve) -> Answer | None:
    """Refuse every second look-up of the same thing; the journeys send + first and %20 next."""
    seen = call.memory.setdefault("filters", {})
    text = call.query.get("filter", "")
    if call.path != "/Users" or not text.startswith("userName"):
        return None
    seen[text] = seen.get(text, 0) + 1
    return error(400, "invalidFilter") if seen[text] == 2 else None


replace(
    "firewall-wants-agent",
    ["connect-without-user-agent"],
    "A firewall blocks requests without a User-Agent.",
    lambda call, _serve: (
        None if call.headers.get("user-agent") else Answer(403, {"Content-Type": "text/html"}, None, b"<h1>No</h1>")
    ),
)
spoil(
    "plain-json-type",
    ["connect-media-type"],
    "Answers are application/json.",
    lambda answer: answer.headers.update({"Content-Type": "application/json"}),
)
replace(
    "groups-404",
    ["connect-groups-answered"],
    "A look-up of groups is a 404.",
    lambda call, _serve: error(404) if call.path == "/Groups" and call.method == "GET" else None,
)
spoil(
    "counts-as-strings",
    ["connect-counts-are-numbers"],
    "totalResults is a string.",
    lambda answer: (
        answer.body.update(totalResults=str(answer.body["totalResults"]))
        if "totalResults" in (answer.body or {})
        else None
    ),
)
filters("match-finds-nobody", ["match-existing"], "A filter on userName finds nobody.", _only("userName", _empty))
filters(
    "match-case-sensitive",
    ["match-any-letter-case"],
    "userName is compared with regard to letter case.",
    lambda call, serve: _empty(call, serve) if '"SCIMCONF' in call.query["filter"] else None,
)
filters(
    "attribute-case-sensitive",
    ["match-attribute-name-case"],
    "USERNAME is no attribute.",
    _only("USERNAME", lambda _c, _s: error(400, "invalidFilter")),
)
filters(
    "eq-is-prefix",
    ["match-whole-value"],
    "eq compares beginnings.",
    _rewritten(r"userName eq", lambda _t: "userName sw"),
)
filters("external-id-finds-nobody", ["match-external-id"], "externalId is not searched.", _only("externalId", _empty))
filters("email-finds-nobody", ["match-work-email"], "E-mail addresses are not searched.", _only("emails[", _empty))
alter("rows-without-id", ["match-row-is-usable"], "Rows of a list carry no id.", lambda row: row.pop("id"), at="/Users")
alter(
    "active-string-in-lists",
    ["match-active-is-boolean"],
    "active is a string in lists.",
    lambda row: row.update(active=str(row.get("active"))),
    at="/Users",
)
filters(
    "apostrophe-breaks-filter",
    ["match-apostrophe"],
    "An apostrophe in a filter ends in an error.",
    lambda call, _s: error(500) if "'" in call.query["filter"] else None,
)
filters(
    "plus-decoded-twice",
    ["match-plus-sign"],
    "A plus in a filter is decoded to a space.",
    _rewritten(r"\+", lambda _t: " "),
)

# --- create ----------------------------------------------------------------------------------------------

creates(
    "create-refused-with-address",
    ["user-create-accepted"],
    "An address is an unknown attribute.",
    lambda body: "addresses" in body,
)
creates(
    "create-wants-more", ["user-create-minimal"], "A user needs an e-mail address.", lambda body: "emails" not in body
)
creates(
    "create-wants-enterprise",
    ["user-create-core-schema-only"],
    "The enterprise schema has to be listed.",
    lambda body: len(body["schemas"]) < 2,
)
creates(
    "create-wants-object",
    ["user-create-extension-without-object"],
    "A listed extension has to be there.",
    lambda body: ENTERPRISE in body["schemas"] and ENTERPRISE not in body,
)
creates(
    "phones-want-primary",
    ["user-create-phone-without-primary"],
    "A phone number has to say primary.",
    lambda body: any("primary" not in p for p in body.get("phoneNumbers", [])),
)
creates(
    "unlisted-extension-refused",
    ["user-create-unlisted-extension"],
    "A schema that is not listed is an error.",
    lambda body: any("CustomExtension" in key for key in body),
)
creates(
    "string-booleans-refused",
    ["user-create-active-as-string"],
    "active as a string is an error.",
    lambda body: isinstance(body.get("active"), str),
)
creates(
    "role-display-refused",
    ["user-create-role-display"],
    "A role has no display.",
    lambda body: any("display" in r for r in body.get("roles", [])),
)
creates(
    "role-display-name-refused",
    ["user-create-role-display-name"],
    "A role has no displayName.",
    lambda body: any("displayName" in r for r in body.get("roles", [])),
)
creates(
    "manager-string-refused",
    ["user-create-manager-as-string"],
    "A manager has to be an object.",
    lambda body: isinstance(body.get(ENTERPRISE, {}).get("manager"), str),
)
spoil(
    "create-without-id",
    ["user-create-returns-id"],
    "The answer to a create has no id.",
    lambda answer: answer.body.pop("id"),
    at="/Users",
    methods="POST",
    status=201,
    when=lambda call: "addresses" in call.body,
)
spoil(
    "create-changes-name",
    ["user-create-keeps-user-name"],
    "userName is put into lower case and shortened.",
    lambda answer: answer.body.update(userName=answer.body["userName"].upper()),
    at="/Users",
    methods="POST",
    status=201,
)
spoil(
    "created-always-active",
    ["user-create-inactive"],
    "A new user is always active.",
    lambda answer: answer.body.update(active=True),
    at="/Users",
    methods="POST",
    status=201,
)
spoil(
    "conflict-as-400",
    ["user-duplicate-refused"],
    "A duplicate is a 400.",
    lambda _answer: error(400, "uniqueness"),
    at="/Users",
    methods="POST",
    status=409,
)
spoil(
    "conflict-without-type",
    ["user-duplicate-names-uniqueness"],
    "A conflict does not say what it is.",
    lambda answer: answer.body.pop("scimType"),
    at="/Users",
    methods="POST",
    status=409,
)


@lambda register: replace(
    "conflict-by-case", ["user-duplicate-any-letter-case"], "Users may differ in letter case only.", register
)
def by_case(call: Call, serve: Serve) -> Answer | None:
    """Create the second user under another name, and show it under the one that was asked for."""
    name = str((call.body or {}).get("userName", "")) if call.method == "POST" else ""
    if not name.startswith("SCIMCONF"):
        return None
    call.body = call.body | {"userName": f"{name}-again"}
    answer = serve(call)
    answer.body["userName"] = name
    return answer


@lambda register: replace("email-unique", ["user-same-email-allowed"], "E-mail addresses have to be unique.", register)
def unique_mail(call: Call, _serve: Serve) -> Answer | None:
    """Refuse a second user of the same address."""
    if call.method != "POST" or call.path != "/Users":
        return None
    seen = call.memory.setdefault("mails", set())
    mails = {mail["value"] for mail in call.body.get("emails", [])} - {None}
    known = mails & seen
    seen |= mails
    return error(409, "uniqueness") if known and call.body["userName"].split("-")[-1][:1] != "x" else None


@lambda register: replace(
    "duplicate-overwrites", ["user-duplicate-leaves-first"], "A refused duplicate overwrites the first user.", register
)
def overwrites(call: Call, serve: Serve) -> Answer | None:
    """Change the first user's name when its duplicate is refused."""
    if call.method != "POST" or call.path != "/Users":
        return None
    answer = serve(call)
    if answer.status == 409:
        look = call.to("GET", "/Users")
        look.query = {"filter": f'userName eq "{call.body["userName"]}"'}
        first = serve(look).body["Resources"][0]
        change = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "name.familyName", "value": "Taken"}],
        }
        serve(call.to("PATCH", f"/Users/{first['id']}", change))
    return answer
