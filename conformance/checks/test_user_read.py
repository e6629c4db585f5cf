"""Reading back: every value that was sent is stored unchanged."""

from __future__ import annotations

from typing import Any

from conformance.checks.test_user_create import taken
from conformance.idp.entra import ENTERPRISE_USER
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.features import Features
from conformance.scim.paths import MISSING, find
from conformance.verdict import Failure, Kind, show


def _stored(create_full: Steps, discovery: Steps, *paths: str) -> None:
    sent: dict[str, Any] = taken(create_full).exchange.request_body
    features = Features.of(discovery.played.answers)
    expect.stored(create_full["read"], sent, *paths, features=features)


@check("user-read-by-id", covers=["ENTRA-READ-01"], profile="entra")
def test_user_is_read_by_id(create_full: Steps) -> None:
    """A created user is read by its id.

    Entra reads a user before it changes it; a user that is gone is logged as InvalidAnchor and never updated again.

    Fix: answer GET /Users/{id} with 200 and the resource.
    """
    expect.status(create_full["read"], 200)
    expect.attribute(create_full["read"], "id", taken(create_full).exchange.resource_id)


@check("user-id-stable", covers=["ENTRA-READ-02"], profile="entra")
def test_id_is_stable(duplicate: Steps) -> None:
    """The id is the same in the answer to the create, when read, and in a list.

    Entra addresses the user by the first id it was given.

    Fix: derive the id from the stored record, never from the request.
    """
    identifier = duplicate["create"].exchange.resource_id
    expect.attribute(duplicate["read-after"], "id", identifier)
    expect.finds(duplicate["found"], [str(identifier)])


@check("user-stores-user-name", covers=["ENTRA-STORE-03"], profile="entra")
def test_user_name_is_stored(create_full: Steps, discovery: Steps) -> None:
    """userName is stored as it was sent.

    A changed userName no longer matches.

    Fix: store userName unchanged, letter case included.
    """
    _stored(create_full, discovery, "userName")


@check("user-stores-names", covers=["ENTRA-STORE-01"], profile="entra")
def test_names_are_stored(create_full: Steps, discovery: Steps) -> None:
    """Given name, family name and formatted name are stored as they were sent.

    What is lost or changed is sent again in every cycle.

    Fix: store name.givenName, name.familyName and name.formatted.
    """
    _stored(create_full, discovery, "name.givenName", "name.familyName", "name.formatted")


@check("user-stores-display-name", covers=["ENTRA-STORE-01"], profile="entra")
def test_display_name_is_stored(create_full: Steps, discovery: Steps) -> None:
    """displayName and title are stored as they were sent.

    What is lost or changed is sent again in every cycle.

    Fix: store displayName and title; do not compute them from the name.
    """
    _stored(create_full, discovery, "displayName", "title")


@check("user-stores-email", covers=["ENTRA-STORE-04"], profile="entra")
def test_email_is_stored(create_full: Steps, discovery: Steps) -> None:
    """The work e-mail address is stored with its type.

    Entra finds and changes it by emails[type eq "work"].

    Fix: store emails as a list of objects with type and value.
    """
    _stored(create_full, discovery, 'emails[type eq "work"].value')


@check("user-stores-phones", covers=["ENTRA-STORE-05"], profile="entra")
def test_phones_are_stored(create_full: Steps, discovery: Steps) -> None:
    """Work, mobile and fax numbers are stored as they were sent, not reformatted.

    A reformatted number differs from the source, so that Entra sends it again in every cycle.

    Fix: store phone numbers as text, unchanged, each under its type.
    """
    _stored(create_full, discovery, *(f'phoneNumbers[type eq "{kind}"].value' for kind in ("work", "mobile", "fax")))


@check("user-stores-address", covers=["ENTRA-STORE-06"], profile="entra")
def test_address_is_stored(create_full: Steps, discovery: Steps) -> None:
    """All parts of the work address are stored as they were sent.

    Six rows of the default mapping are parts of this address.

    Fix: store addresses as a list of objects with type and all parts.
    """
    parts = ("formatted", "streetAddress", "locality", "region", "postalCode", "country")
    _stored(create_full, discovery, *(f'addresses[type eq "work"].{part}' for part in parts))


@check("user-stores-enterprise", covers=["ENTRA-STORE-07"], profile="entra")
def test_enterprise_attributes_are_stored(create_full: Steps, discovery: Steps) -> None:
    """Department and employee number are stored under the enterprise extension's URN.

    At the root of the resource Entra does not see them, and sends them again in every cycle.

    Fix: keep the attributes of an extension inside the object named by its URN.
    """
    _stored(create_full, discovery, f"{ENTERPRISE_USER}:department", f"{ENTERPRISE_USER}:employeeNumber")


@check("user-stores-manager", covers=["ENTRA-STORE-11"], profile="entra")
def test_manager_is_stored(create_full: Steps, discovery: Steps) -> None:
    """The manager of a new user is stored.

    Microsoft's validator reads it back; a manager that is lost is sent again in every cycle.

    Fix: store manager.value of the enterprise extension when a user is created.
    """
    _stored(create_full, discovery, f"{ENTERPRISE_USER}:manager.value")


@check("user-stores-external-id", covers=["ENTRA-STORE-08"], profile="entra")
def test_external_id_is_stored(create_full: Steps, discovery: Steps) -> None:
    """externalId is stored as it was sent.

    It is the second most used matching attribute.

    Fix: store externalId unchanged; it is the client's, not the server's.
    """
    _stored(create_full, discovery, "externalId")


@check("user-stores-language", covers=["ENTRA-STORE-01"], profile="entra")
def test_language_is_stored(create_full: Steps, discovery: Steps) -> None:
    """preferredLanguage is stored as it was sent.

    What is lost or changed is sent again in every cycle.

    Fix: store preferredLanguage unchanged.
    """
    _stored(create_full, discovery, "preferredLanguage")


@check("user-active-is-boolean", covers=["ENTRA-TYPE-01"], profile="entra")
def test_active_is_a_boolean(create_full: Steps) -> None:
    """active is answered as true, not as a string.

    Entra reads a boolean; a string ends in an unreadable answer or a change in every cycle.

    Fix: answer active as a JSON boolean.
    """
    expect.status(create_full["read"], 200)
    expect.attribute(create_full["read"], "active", True)


@check("user-manager-is-object", covers=["ENTRA-MANAGER-01"], profile="entra")
def test_manager_is_an_object(create_full: Steps) -> None:
    """The manager is answered as an object with value, inside the enterprise extension.

    A bare string breaks Entra's reading of the whole answer; a manager elsewhere is sent again in every cycle.

    Fix: answer "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "<id>"}}.
    """
    step = create_full["read"]
    expect.status(step, 200)
    misplaced = find(expect.shown(step), "manager")
    if misplaced is not MISSING:
        raise Failure(
            "no manager at the root of the resource", show(misplaced), path="manager", kind=Kind.UNWANTED_VALUE
        )
    manager = find(expect.resource(step), f"{ENTERPRISE_USER}:manager")
    sent = find(taken(create_full).exchange.request_body, f"{ENTERPRISE_USER}:manager")
    if manager is not MISSING and not expect.same(manager, sent):
        raise Failure(
            f"manager = {show(sent)}", show(manager), path=f"{ENTERPRISE_USER}:manager", kind=Kind.WRONG_VALUE
        )


@check("user-unknown-is-404", covers=["ENTRA-READ-03"], profile="entra")
def test_unknown_user_is_404(deprovision: Steps) -> None:
    """A user that does not exist is answered 404.

    Entra tells by the status that a user is gone; any other answer is an incompatible endpoint.

    Fix: answer 404 with a SCIM error.
    """
    expect.status(deprovision["read-unknown"], 404)
