"""Matching: the look-ups by which Entra decides between create and adopt."""

from __future__ import annotations

from conformance.idp.entra import mapping
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra


@journey(users=2)
def match(entra: Entra) -> None:
    """Look one user up by each matching attribute; existing, missing, in other letters, by half a name."""
    # Some endpoints cannot compare an attribute that somebody lacks, so there is always somebody who lacks it.
    without = mapping.minimal_user(entra.person())
    entra.attempt_create(USERS, without, step="create-without-email", name=without["userName"])
    person = entra.person()
    user = entra.create_user(body=mapping.documented_user(person), step="create")
    domain = person.user_name.partition("@")[2]
    entra.match("userName", user.name, step="existing")
    entra.match("userName", user.name, step="existing-percent", percent=True)
    entra.match("userName", f"nobody-{user.name}", step="missing")
    entra.match("userName", user.name.upper(), step="other-case")
    # A filter that compares prefixes would find the user by this part of the name.
    entra.match("userName", user.name.removesuffix(f"@{domain}"), step="prefix")
    entra.match("externalId", person.external_id, step="external-id")
    entra.match("externalId", f"{person.external_id}-none", step="external-id-missing")
    entra.match('emails[type eq "work"].value', person.email, step="work-email")
    entra.match('emails[type eq "work"].value', f"nobody-{person.email}", step="work-email-missing")
    # Structural names are case-insensitive (Microsoft Learn, "Develop a SCIM endpoint").
    entra.match("USERNAME", user.name, step="attribute-case")


@journey(users=6)
def names(entra: Entra) -> None:
    """People whose names break things: apostrophes, accents, other scripts, a plus in the address, great length."""
    people = {
        "apostrophe": ("o'brien", "Miles", "O'Brien"),
        "plus": ("a+tag", "Ann", "Plus"),
        "accents": ("", "Zoë", "Müller-Núñez"),
        "cjk": ("", "美咲", "佐藤"),
        "emoji": ("", "Grace 🌷", "Hopper"),
        "long": ("", "Hubert" * 10, "Wolfeschlegelsteinhausenbergerdorff" * 2),
    }
    for kind, (tail, given, family) in people.items():
        person = entra.person(f"-{tail}" if tail else "")
        body = mapping.documented_user(person)
        body["name"] = {"givenName": given, "familyName": family, "formatted": f"{given} {family}"}
        exchange = entra.attempt_create(USERS, body, step=f"create-{kind}", name=person.user_name)
        if exchange.resource_id is not None:
            entra.get(f"/Users/{entra.segment(exchange.resource_id)}", step=f"read-{kind}")
        if tail:
            entra.match("userName", person.user_name, step=f"match-{kind}")
