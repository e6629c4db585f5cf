"""Creating users: the answer, duplicates, and the bodies that Entra varies."""

from __future__ import annotations

from conformance.idp.entra import base as bases
from conformance.idp.entra.base import Base
from conformance.journeys.actor import BASE
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.features import Features
from conformance.scim.paths import MISSING, find, is_empty
from conformance.verdict import Failure, Kind, NotApplicable, show


def taken(create_full: Steps) -> Step:
    """The create that the endpoint took: of the whole default mapping, or of less where it refused that."""
    played = create_full.played.steps
    return create_full["create-smaller" if "create-smaller" in played else "create"]


def stores(create_full: Steps, path: str) -> bool:
    """Whether the endpoint was seen to keep what was sent at a SCIM path, or nobody could see."""
    read = create_full["read"].exchange
    return not read.ok or find(read.resource, path) is not MISSING


def needed(create_full: Steps, discovery: Steps) -> set[str]:
    """The attributes that every user has to have here: those that the schema requires, and those that were learned."""
    learned = create_full.played.told.get(BASE, {}).get("/Users")
    base = Base.from_json(learned) if learned else Base()
    return bases.needed("/Users", Features.of(discovery.played.answers), base)


@check("user-create-accepted", covers=["ENTRA-CREATE-01"], profile="entra")
def test_full_mapping_is_accepted(create_full: Steps) -> None:
    """A user with the whole default attribute mapping is created.

    This is the body of Entra's first cycle: names, e-mail, address, phones, enterprise attributes, manager, roles.

    Fix: answer 201; ignore attributes that are not supported, meta.resourceType and empty lists among them.
    """
    expect.status(create_full["create"], 201, 200)


@check("user-create-returns-id", covers=["ENTRA-CREATE-02"], profile="entra")
def test_answer_holds_the_id(create_full: Steps) -> None:
    """The answer to a create holds the new user's id.

    Entra keeps this id for ever; without it the user is created again in the next cycle.

    Fix: return the stored resource, with its id as a non-empty string.
    """
    step = taken(create_full)
    expect.status(step, 201, 200)
    if step.exchange.resource_id is None:
        told = expect.resource(step).get("id")
        kind = Kind.MISSING_VALUE if is_empty(told) or told == "" else Kind.WRONG_TYPE
        raise Failure("an id in the answer, as a text", show(told), path="id", kind=kind)


@check("user-create-keeps-user-name", covers=["ENTRA-CREATE-03"], profile="entra")
def test_user_name_round_trips(create_full: Steps) -> None:
    """The userName in the answer to a create is the one that was sent.

    A changed userName no longer matches, so that the next cycle creates the user again.

    Fix: store userName unchanged.
    """
    step = taken(create_full)
    expect.status(step, 201, 200)
    expect.attribute(step, "userName", step.exchange.request_body["userName"])


@check("user-create-minimal", covers=["ENTRA-CREATE-04"], profile="entra")
def test_user_name_alone_is_enough(create_full: Steps, discovery: Steps) -> None:
    """A user with nothing but a userName is created.

    Attributes that are empty in Entra are not sent at all.

    Fix: require userName only, or name what else is required in /Schemas and in the attribute mapping.
    """
    required = [path for path in bases.required("/Users", Features.of(discovery.played.answers)) if ":" not in path]
    if required and not create_full["create-boss"].exchange.ok:
        raise NotApplicable(f"the endpoint's User schema requires {', '.join(required)} too")
    expect.status(create_full["create-boss"], 201, 200)


@check("user-create-core-schema-only", covers=["ENTRA-CREATE-05"], profile="entra")
def test_core_schema_alone_is_enough(create_variants: Steps) -> None:
    """A user whose schemas list the core schema only is created.

    Microsoft's own samples with roles are of this form.

    Fix: do not insist on the enterprise schema.
    """
    expect.status(create_variants["core-only"], 201, 200)


@check("user-create-extension-without-object", covers=["ENTRA-CREATE-06"], profile="entra")
def test_extension_without_object_is_accepted(create_variants: Steps) -> None:
    """A user whose schemas list the enterprise extension without any of its attributes is created.

    Microsoft prints this body as its example of a create.

    Fix: take a listed extension without attributes for an empty one.
    """
    expect.status(create_variants["enterprise-without-object"], 201, 200)


@check("user-create-phone-without-primary", covers=["ENTRA-CREATE-07"], profile="entra")
def test_phones_without_primary_are_accepted(create_variants: Steps) -> None:
    """Phone numbers without a primary one are accepted and kept.

    Microsoft's sample of phone numbers has no primary.

    Fix: treat primary as optional.
    """
    step = create_variants["phone-without-primary"]
    expect.status(step, 201, 200)
    expect.attribute(step, 'phoneNumbers[type eq "mobile"].value', "+1 555 0124")


@check("user-create-unlisted-extension", covers=["ENTRA-CREATE-08"], profile="entra")
def test_unlisted_extension_is_tolerated(create_variants: Steps) -> None:
    """A user that carries a custom extension which its schemas do not list is created.

    Entra sends custom extension attributes without naming their schema.

    Fix: ignore or store an extension that is not listed; do not answer 400.
    """
    expect.status(create_variants["unlisted-extension"], 201, 200)


@check("user-create-active-as-string", covers=["ENTRA-CREATE-10"], profile="entra")
def test_active_as_string_is_understood(create_variants: Steps) -> None:
    """active as the string "True" in a create means true.

    A Microsoft maintainer wrote that the service has sent it in this form.

    Fix: read "True" and "False" in any letter case as booleans.
    """
    step = create_variants["active-as-string"]
    expect.status(step, 201, 200)
    expect.attribute(step, "active", True)


@check("user-create-inactive", covers=["ENTRA-CREATE-09"], profile="entra")
def test_inactive_user_is_created_inactive(create_variants: Steps) -> None:
    """A user that is created with active false is inactive.

    A blocked account that becomes active in the application is a way in for somebody who should have none.

    Fix: take active from the request; do not default it to true.
    """
    step = create_variants["inactive"]
    expect.status(step, 201, 200)
    expect.attribute(step, "active", False)


@check("user-create-role-display", covers=["ENTRA-ROLE-01"], profile="entra")
def test_role_with_display_is_accepted(create_variants: Steps) -> None:
    """A role with display, type, value and primary is accepted.

    AssertiveAppRoleAssignmentsComplex sends this body.

    Fix: accept the sub-attributes of roles; ignore roles where they are not supported.
    """
    expect.status(create_variants["role-display"], 201, 200)


@check("user-create-role-display-name", covers=["ENTRA-ROLE-02"], profile="entra")
def test_role_with_display_name_is_accepted(create_variants: Steps) -> None:
    """A role with the sub-attribute displayName is accepted.

    AppRoleAssignmentsComplex is documented with this spelling, which no schema lists.

    Fix: ignore sub-attributes of roles that are not known.
    """
    expect.status(create_variants["role-display-name"], 201, 200)


@check("user-create-manager-as-string", covers=["FIELD-19"], profile="entra")
def test_manager_as_bare_id_is_accepted(create_manager_string: Steps) -> None:
    """A manager given as a bare id inside a new user is accepted.

    Entra has been seen to send it in this form.

    Fix: read a string in place of the manager object as its value.
    """
    expect.status(create_manager_string["create"], 201, 200)


@check("user-duplicate-refused", covers=["ENTRA-DUP-01"], profile="entra")
def test_duplicate_is_a_conflict(duplicate: Steps) -> None:
    """A second user of the same userName is refused with 409.

    A second account for the same person takes the match away from the first.

    Fix: keep userName unique and answer 409 with scimType uniqueness.
    """
    expect.status(duplicate["again"], 409)


@check("user-duplicate-names-uniqueness", covers=["FIELD-37"], profile="entra")
def test_conflict_says_uniqueness(duplicate: Steps) -> None:
    """A conflict is a SCIM error with status "409" and scimType uniqueness.

    The provisioning log shows the answer to the admin; without these the reason is a guess.

    Fix: answer {"schemas": […Error], "status": "409", "scimType": "uniqueness", "detail": …}.
    """
    step = duplicate["again"]
    expect.status(step, 409)
    expect.attribute(step, "scimType", "uniqueness")
    expect.attribute(step, "status", "409")


@check("user-duplicate-any-letter-case", covers=["FIELD-36"], profile="entra")
def test_duplicate_in_other_letters_is_a_conflict(duplicate: Steps) -> None:
    """A second user whose userName differs in letter case only is refused with 409.

    userName is compared without regard to case; two such users make every match ambiguous.

    Fix: compare userName without regard to letter case where uniqueness is decided.
    """
    expect.status(duplicate["again-other-case"], 409)


@check("user-same-email-allowed", covers=["FIELD-36"], profile="entra")
def test_shared_email_is_no_conflict(duplicate: Steps) -> None:
    """Two users may share an e-mail address: uniqueness is the userName's.

    A shared mailbox address on two accounts otherwise stops one of them for ever.

    Fix: decide uniqueness by userName, or document that e-mail addresses have to be unique.
    """
    expect.status(duplicate["same-email"], 201, 200)


@check("user-duplicate-leaves-first", covers=["ENTRA-DUP-02"], profile="entra")
def test_conflict_changes_nothing(duplicate: Steps) -> None:
    """The first user is unchanged after a refused duplicate.

    A duplicate that overwrites is a way to take somebody's account over.

    Fix: check for the conflict before anything is written.
    """
    step = duplicate["read-after"]
    created = duplicate["create"].exchange
    expect.status(step, 200)
    expect.attribute(step, "id", created.resource_id)
    # As it was answered before: what an endpoint does not keep is another check's matter.
    stored = find(created.resource, "name.familyName")
    if stored is not MISSING:
        expect.attribute(step, "name.familyName", stored)
