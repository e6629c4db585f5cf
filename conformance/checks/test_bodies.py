"""Every body of the central journeys against the JSON Schema of what it should be."""

from __future__ import annotations

import re

from conformance.judge import expect
from conformance.judge.bodies import differences, shows
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Failure, Kind, Level, NotApplicable

SHOWN = 5
NUMBER = re.compile(r"status is [1-5][0-9][0-9], expected a string")


def _conform(wanted: str, *journeys: Steps) -> None:
    """Every answer of a kind in these journeys is what its schema says; all that differ are told at once."""
    recorded = [steps.played for steps in journeys]
    if not shows(recorded, wanted):
        raise NotApplicable(f"no answer has a body of the kind {wanted}")
    found = list(differences(recorded, wanted))
    if not found:
        return
    for played, step, _ in found[:SHOWN]:
        next(steps for steps in journeys if steps.played is played)[step.name]
    texts = list(dict.fromkeys(f"{step.name}: {text}" for _, step, text in found))
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    # A number for the status of an error is common, and does no harm.
    numbers = all(NUMBER.fullmatch(text) for _, _, text in found)
    level = Level.SHOULD if wanted == "Error" and numbers else None
    raise Failure(
        f"bodies that fit the schema of {wanted}",
        "; ".join(texts[:SHOWN]) + more,
        level=level,
        kind=Kind.SCHEMA,
        subject=wanted,
    )


@check("body-user", covers=["ENTRA-BODY-01"], profile="entra")
def test_users_can_be_read_by_entra(create_full: Steps, disable: Steps, patch_attributes: Steps) -> None:
    """Every user that Entra is shown has the names and JSON types that SCIM gives them.

    Entra deserialises each user; a string where a list or a Boolean belongs stops the account.

    Fix: return id as a string, active as a Boolean, emails and its like as lists of objects.
    """
    _conform("User", create_full, disable, patch_attributes)


@check("body-list", covers=["ENTRA-BODY-02"], profile="entra")
def test_lists_can_be_read_by_entra(connect: Steps, match: Steps, disable: Steps) -> None:
    """Every query's answer is a well-formed ListResponse.

    Entra reads totalResults and Resources; without them each match fails.

    Fix: answer with schemas, totalResults as a number, and Resources as a list.
    """
    _conform("ListResponse", connect, match, disable)


@check("body-error", covers=["ENTRA-BODY-03"], profile="entra")
def test_errors_can_be_read_by_entra(match: Steps, duplicate: Steps, deprovision: Steps) -> None:
    """Every error that Entra gets has the form of a SCIM error.

    The provisioning log shows its detail.

    Fix: answer with schemas, status as a string, and detail.
    """
    _conform("Error", match, duplicate, deprovision)


@check("body-users", covers=["RFC7643-2.3-02", "RFC7643-3.1-03", "RFC7643-3-02", "RFC7643-2.3.5-01"], profile="rfc")
def test_users_fit_the_user_schema(
    crud: Steps, creation: Steps, removal: Steps, transport: Steps, errors: Steps
) -> None:
    """Every user in every answer fits the core User schema and the enterprise extension.

    What does not fit cannot be read by a client that is built from the schemas.

    Fix: return the JSON types that RFC 7643 section 8.7 gives each attribute.
    """
    _conform("User", crud, creation, removal, transport, errors)


@check("body-groups", covers=["RFC7643-2.3-02", "RFC7643-3.1-03", "RFC7643-3-02"], profile="rfc")
def test_groups_fit_the_group_schema(references: Steps, schema_groups: Steps) -> None:
    """Every group in every answer fits the core Group schema.

    What does not fit cannot be read by a client that is built from the schemas.

    Fix: return the JSON types that RFC 7643 section 8.7 gives each attribute.
    """
    _conform("Group", references, schema_groups)


@check(
    "body-lists", covers=["RFC7644-3.4.2-02", "RFC7644-3.4.2-03", "RFC7644-3.4.2-04", "RFC7644-3.1-02"], profile="rfc"
)
def test_lists_fit_the_list_response(removal: Steps, discovery: Steps, discovery_tour: Steps, errors: Steps) -> None:
    """Every query's answer fits the ListResponse.

    A client walks through results by its members.

    Fix: answer with schemas, totalResults, and Resources where there are results.
    """
    _conform("ListResponse", removal, discovery, discovery_tour, errors)


@check("body-errors", covers=["RFC7644-3.12-02", "RFC7644-3.12-01", "RFC7644-3.1-02"], profile="rfc")
def test_errors_fit_the_error_schema(errors: Steps, removal: Steps, auth: Steps) -> None:
    """Every error fits the Error message.

    A client shows its detail and decides by its scimType.

    Fix: answer with schemas, status as a string, and detail.
    """
    _conform("Error", errors, removal, auth)


@check("body-discovery", covers=["RFC7643-2.3-02", "RFC7643-5-01", "RFC7643-6-01"], profile="rfc")
def test_discovery_fits_its_schemas(discovery: Steps, discovery_tour: Steps) -> None:
    """The discovery documents fit their own schemas.

    A client builds itself from them.

    Fix: return the members of RFC 7643 sections 5, 6 and 7 with their JSON types.
    """
    recorded = [discovery.played, discovery_tour.played]
    names = [name for name in ("ServiceProviderConfig", "ResourceType", "Schema") if shows(recorded, name)]
    for name in expect.some(names, "no discovery document was answered"):
        _conform(name, discovery, discovery_tour)
