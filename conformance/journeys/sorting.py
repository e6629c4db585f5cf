"""Sorted lists of three users, who were not created in any order that is asked for."""

from __future__ import annotations

from conformance.idp.entra import mapping
from conformance.journeys import journey
from conformance.journeys.actor import USERS, Entra
from conformance.scim.target import quoted

LABELS = ("alpha", "Beta", "gamma")
"""In this order without regard to letter case; with regard to it Beta would be first."""


@journey(users=3)
def sorting(entra: Entra) -> None:
    """Ask for the same users by name, by part, by letter case, by what some of them lack."""
    entra.require("sort")
    entra.require("filter")
    stem = f"{entra.people.prefix}-{entra.key}"
    people = {label: entra.person(f"-{label.lower()}") for label in LABELS}
    labels = {}
    for label in ("gamma", "alpha", "Beta"):
        person = people[label]
        body = mapping.minimal_user(person) | {"displayName": f"{stem} {label}"}
        body["name"] = {"familyName": f"{stem} {label.lower()}", "givenName": person.given_name}
        # Of several addresses the primary one counts, which is not the first one here.
        rank = "zyx"[LABELS.index(label)]
        body["emails"] = [
            {"type": "home", "value": f"{rank}-{person.email}"},
            {"type": "work", "value": f"{label.lower()}-{person.email}", "primary": True},
        ]
        if label != "Beta":
            body["title"] = f"{label} title"
        made = entra.create(USERS, body, step=label.lower(), name=person.user_name)
        labels[made.id] = label
        entra.see(made, step=label.lower())
    within = ("filter", f"userName sw {quoted(stem)}")
    for step, by, order in (
        ("by-name", "displayName", None),
        ("by-name-ascending", "displayName", "ascending"),
        ("by-name-descending", "displayName", "descending"),
        ("by-part", "name.familyName", None),
        ("by-title", "title", "ascending"),
        ("by-title-descending", "title", "descending"),
        ("by-email", "emails", None),
        ("by-creation", "meta.created", None),
        ("sideways", "displayName", "sideways"),
    ):
        query = [within, ("sortBy", by), *([("sortOrder", order)] if order else [])]
        entra.get(USERS, step=step, query=query)
        entra.played.steps[step].facts.update(labels=labels, by=by)
