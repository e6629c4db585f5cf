"""Faults in filters: operators taken for others, conditions dropped, notations not understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


def filters(name: str, catches: Iterable[str], story: str, change: Callable[[str], str | None]) -> None:
    """Register a fault that understands filters in another way.

    Args:
        name: of the fault.
        catches: checks that must notice.
        story: what is wrong with the server, in one sentence.
        change: gives the filter as the server understands it; None drops it.
    """

    def answer(call: Call, serve: Serve) -> Answer:
        text = call.query.get("filter")
        if call.method == "GET" and text is not None:
            changed = change(text)
            if changed is None:
                del call.query["filter"]
            else:
                call.query["filter"] = changed
        return serve(call)

    replace(name, catches, story, answer)


def instead(old: str, new: str) -> Callable[[str], str]:
    """One piece of a filter taken for another."""
    return lambda text: text.replace(old, new)


def dropped(piece: str) -> Callable[[str], str | None]:
    """Filters with such a piece are dropped."""
    return lambda text: None if piece in text else text


filters("eq-dropped", ["filter-eq"], "eq is dropped for display names.", dropped("displayName eq"))
filters(
    "brackets-in-values",
    ["group-match-punctuation"],
    "Brackets within a value are taken for the filter's own.",
    lambda text: re.sub(r'"[^"]*"', lambda value: value[0].replace("(", "").replace(")", ""), text),
)
filters("ne-is-eq", ["filter-ne"], "ne is read as eq.", instead(" ne ", " eq "))
filters("co-is-sw", ["filter-co"], "co looks at the beginning only.", instead(" co ", " sw "))
filters(
    "sw-is-longer",
    ["filter-sw"],
    "sw wants more than the text itself.",
    lambda t: re.sub(r'(userName) sw ("[^"]*@[^"]*")$', r"\1 sw \2 and \1 ne \2", t),
)
filters("ew-is-eq", ["filter-ew"], "ew is read as eq.", instead(" ew ", " eq "))
filters("pr-of-anything", ["filter-pr"], "pr is dropped for titles.", instead(" and title pr", ""))
filters(
    "pr-not-of-complex", ["filter-pr"], "No complex attribute is ever present.", instead("name pr", "not (userName pr)")
)
filters("ge-is-gt", ["filter-order"], "ge leaves the value itself out.", instead(" ge ", " gt "))
filters("dates-as-text", ["filter-dates"], "Zones of dates are ignored.", lambda t: re.sub(r"\+05:00", "Z", t))
filters(
    "booleans-ordered",
    ["filter-boolean-order"],
    "active gt true finds those who are disabled.",
    instead("active gt true", "active eq false"),
)
filters("active-ignored", ["filter-boolean"], "A filter on active is dropped.", instead(" and active eq false", ""))
filters(
    "and-first-only",
    ["filter-and"],
    "What follows and is dropped.",
    lambda t: t if " sw " in t or "(" in t or "[" in t else re.sub(r" and .*", "", t),
)
filters(
    "or-first-only",
    ["filter-or"],
    "What follows or is dropped.",
    lambda t: re.sub(r" or .*", "", t) if "(" not in t else t,
)
filters("not-dropped", ["filter-not"], "not is not read.", instead("not (", "("))
filters(
    "left-to-right",
    ["filter-precedence"],
    "Filters are read from left to right.",
    lambda t: re.sub(r"^(userName eq \S+ or userName eq \S+) and", r"(\1) and", t),
)
filters("flat", ["filter-grouping"], "Parentheses are not read.", lambda t: re.sub(r"^\(([^)]*)\)", r"\1", t))
filters(
    "first-value-only",
    ["filter-any-value"],
    "Only the first value of several is compared.",
    lambda t: re.sub(r"^emails.value eq.*", 'userName eq "nobody"', t),
)
filters(
    "brackets-loosened",
    ["filter-value-path"],
    "Conditions in brackets may be met by different values.",
    lambda t: re.sub(r"emails\[type eq (\S+) and value eq (\S+)\]", r"emails.type eq \1 and emails.value eq \2", t),
)
filters("bare-multi-dropped", ["filter-bare-multi"], "A filter on emails alone is dropped.", dropped("emails co"))
filters(
    "unknown-part-dropped", ["filter-unknown-sub"], "A condition on an unknown part is dropped.", dropped("NoSuchPart")
)
filters(
    "text-exact",
    ["filter-text-case"],
    "A display name in capitals finds nobody.",
    lambda t: 'userName eq "nobody"' if t.endswith(' ANNA"') else t,
)
filters(
    "external-id-inexact",
    ["filter-exact-case"],
    "externalId is compared without case.",
    lambda t: re.sub(r'externalId eq "aBc-(.*)"', lambda m: f'externalId eq "AbC-{m[1].lower()}"', t),
)
filters("id-filter-dropped", ["filter-id"], "A filter on id is dropped.", dropped("id eq"))
filters(
    "dots-dropped",
    ["filter-sub-attribute"],
    "A condition on a part of the name finds nobody.",
    instead("name.familyName eq", "name.familyName ne"),
)
filters(
    "extension-filter-dropped",
    ["filter-urn"],
    "A filter with the extension's URN is dropped.",
    dropped(f"{ENTERPRISE}:"),
)
filters(
    "core-urn-finds-nobody",
    ["filter-urn"],
    "A filter with the core schema's URN finds nobody.",
    lambda t: 'userName eq "nobody"' if t.startswith(CORE) else t,
)
filters("schemas-filter-dropped", ["filter-schemas"], "A filter on schemas is dropped.", dropped("schemas eq"))
filters(
    "escapes-kept",
    ["filter-escapes"],
    "Escapes in values are not undone.",
    lambda t: t.replace("\\u0041", "u0041").replace('\\"', ""),
)
filters(
    "attribute-case-exact",
    ["filter-attribute-case"],
    "USERNAME is another attribute, and dropped.",
    dropped("USERNAME"),
)
filters("operator-case-exact", ["filter-operator-case"], "EQ is another operator, and dropped.", dropped(" EQ "))
filters(
    "unknown-attribute-dropped",
    ["filter-unknown-attribute"],
    "A filter on an unknown attribute is dropped.",
    dropped("NoSuchAttribute"),
)
filters(
    "malformed-dropped",
    ["filter-malformed"],
    "A filter that cannot be read is dropped.",
    lambda t: None if t.endswith(" eq") or " is " in t else t,
)
filters("group-filters-dropped", ["filter-groups"], "A filter on members is dropped.", dropped("members.value"))


@lambda answer: replace("malformed-untold", ["filter-malformed"], "A refused filter has no scimType.", answer)
def malformed_untold(call: Call, serve: Serve) -> Answer | None:
    """Take the scimType out of refusals."""
    answer = serve(call)
    if answer.status == 400 and "filter" in call.query:
        answer.body.pop("scimType", None)
    return answer


@lambda answer: replace("root-users-only", ["filter-root"], "A query on the root finds users only.", answer)
def root_users_only(call: Call, serve: Serve) -> Answer | None:
    """Send queries on the root to the users."""
    if call.path not in {"", "/"}:
        return None
    call.path = "/Users"
    return serve(call)


@lambda answer: replace("root-filter-dropped", ["filter-root"], "Filters on the root are dropped.", answer)
def root_filter_dropped(call: Call, serve: Serve) -> Answer | None:
    """Drop the filter."""
    if call.path in {"", "/"}:
        call.query.pop("filter", None)
    return None


@lambda answer: replace("le-fails", ["filter-order"], "le breaks the server.", answer)
def le_fails(call: Call, _serve: Serve) -> Answer | None:
    """Answer 500."""
    return error(500) if " le " in call.query.get("filter", "") else None
