"""Faults in the form of bodies."""

from __future__ import annotations

from tests.faults.layer import Answer
from tests.faults.rewrite import spoil

METHODS = "GET POST PUT PATCH DELETE"


def external_ids_as_numbers(answer: Answer) -> None:
    """Make each externalId a number."""
    for row in answer.resources:
        row["externalId"] = 7


def emails_as_text(answer: Answer) -> None:
    """Make a list of one value a plain value."""
    for row in answer.resources:
        row["emails"] = "one@example.com"


def totals_as_text(answer: Answer) -> None:
    """Put the count in quotes."""
    if isinstance(answer.body, dict) and "totalResults" in answer.body:
        answer.body["totalResults"] = str(answer.body["totalResults"])


def status_as_number(answer: Answer) -> None:
    """Take the quotes off the status."""
    if answer.status >= 400:
        answer.body["status"] = answer.status


spoil(
    "emails-as-text", ["body-user", "body-users"], "emails is a string.", emails_as_text, at="/Users.*", methods=METHODS
)
spoil(
    "external-id-number",
    ["body-groups"],
    "externalId of a group is a number.",
    external_ids_as_numbers,
    at="/Groups.*",
    methods=METHODS,
)
spoil("totals-as-text", ["body-list", "body-lists"], "totalResults is a string.", totals_as_text)
spoil(
    "status-as-number",
    ["body-error", "body-errors"],
    "The status in an error is a number.",
    status_as_number,
    methods=METHODS,
)
spoil(
    "config-sort-missing",
    ["body-discovery"],
    "The configuration says nothing of sorting.",
    lambda answer: answer.body.pop("sort") and None,
    at="/ServiceProviderConfig",
)
