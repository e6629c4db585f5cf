"""Faults around reading, storing and deleting users."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.faults.layer import Answer, Call, Serve
from tests.faults.rewrite import error, replace, spoil
from tests.faults.users import (
    ENTERPRISE,
    USER,
    alter,
    lose,
)

# --- read and store --------------------------------------------------------------------------------------

spoil(
    "read-refused", ["user-read-by-id"], "Users cannot be read by id.", lambda _answer: error(405), at=USER, status=200
)
alter(
    "id-changes",
    ["user-id-stable"],
    "The id is another one when the user is read.",
    lambda row: row.update(id=row["id"] + "x"),
)
alter(
    "user-name-lowered",
    ["user-stores-user-name"],
    "userName is shown in capitals.",
    lambda row: row.update(userName=row["userName"].upper()),
)
alter(
    "family-name-lost",
    ["user-stores-names"],
    "The family name is not stored.",
    lambda row: row.get("name", {}).pop("familyName", None),
)
lose("display-name-lost", "user-stores-display-name", "displayName")
alter(
    "email-without-type",
    ["user-stores-email"],
    "E-mail addresses lose their type.",
    lambda row: [m.pop("type", None) for m in row.get("emails", [])],
)
alter(
    "phones-reformatted",
    ["user-stores-phones"],
    "Phone numbers are reformatted.",
    lambda row: [p.update(value=p["value"].replace(" ", "-")) for p in row.get("phoneNumbers", [])],
)
alter(
    "address-cut",
    ["user-stores-address"],
    "The postal code is not stored.",
    lambda row: [a.pop("postalCode", None) for a in row.get("addresses", [])],
)
alter(
    "enterprise-at-root",
    ["user-stores-enterprise"],
    "Enterprise attributes are shown at the root.",
    lambda row: row.update(row.pop(ENTERPRISE, {})),
)
alter(
    "manager-lost",
    ["user-stores-manager"],
    "The manager of a new user is not stored.",
    lambda row: row.get(ENTERPRISE, {}).pop("manager", None),
)
lose("external-id-lost", "user-stores-external-id", "externalId")
lose("language-lost", "user-stores-language", "preferredLanguage")
alter(
    "active-as-string",
    ["user-active-is-boolean"],
    "active is shown as a string.",
    lambda row: row.update(active=str(row.get("active"))),
)
alter(
    "manager-as-string",
    ["user-manager-is-object"],
    "The manager is shown as a bare id.",
    lambda row: (
        row[ENTERPRISE].update(manager=row[ENTERPRISE]["manager"]["value"])
        if row.get(ENTERPRISE, {}).get("manager")
        else None
    ),
)
spoil(
    "unknown-user-400",
    ["user-unknown-is-404"],
    "An unknown user is a 400.",
    lambda _answer: error(400),
    at=USER,
    status=404,
)


def garble(name: str, check: str, story: str, change: Callable[[str], str]) -> None:
    """A fault that changes names that are read."""
    alter(name, [check], story, lambda row: row.update(name={k: change(v) for k, v in row.get("name", {}).items()}))


garble(
    "apostrophe-escaped",
    "user-name-apostrophe",
    "An apostrophe comes back escaped.",
    lambda text: text.replace("'", "&#39;"),
)
garble("accents-lost", "user-name-accents", "Accents are lost.", lambda text: text.replace("ë", "e").replace("ü", "u"))
garble(
    "scripts-lost",
    "user-name-other-scripts",
    "Other scripts become question marks.",
    lambda text: re.sub("[\u3000-\u9fff]", "?", text),
)
garble("emoji-lost", "user-name-emoji", "Emoji are lost.", lambda text: re.sub("[\U00010000-\U0010ffff]", "", text))
garble("names-cut", "user-name-long", "Names are cut after 50 characters.", lambda text: text[:50])

# --- delete ----------------------------------------------------------------------------------------------

spoil(
    "delete-202",
    ["user-delete-accepted"],
    "A delete is answered 202.",
    lambda _answer: Answer(202),
    at=USER,
    methods="DELETE",
    status=204,
)


@lambda register: replace(
    "delete-ignored",
    ["user-deleted-is-gone", "user-create-after-delete"],
    "A delete is answered 204, and the user stays.",
    register,
)
def ignored(call: Call, _serve: Serve) -> Answer | None:
    """Say that the user is gone."""
    return Answer(204) if call.method == "DELETE" and call.path.startswith("/Users/") else None


@lambda register: replace("deleted-still-listed", ["user-deleted-not-found"], "Deleted users stay in lists.", register)
def still_listed(call: Call, serve: Serve) -> Answer | None:
    """Remember what was deleted and show it in place of an empty list."""
    if call.method == "DELETE":
        call.memory["last"] = serve(call.to("GET", call.path)).body
        return None
    answer = serve(call)
    if call.path == "/Users" and call.method == "GET" and answer.status == 200 and not answer.body["totalResults"]:
        answer.body |= {"totalResults": 1, "Resources": [call.memory.get("last", {})]}
    return answer


spoil(
    "delete-again-204",
    ["user-delete-twice", "user-delete-unknown"],
    "Whatever is deleted, the answer is 204.",
    lambda _answer: Answer(204),
    at=USER,
    methods="DELETE",
    status=404,
)
