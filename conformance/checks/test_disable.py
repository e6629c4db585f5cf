"""Leavers: disabled, still found, and back again."""

from __future__ import annotations

from conformance import expect
from conformance.check import Steps, check


@check("user-disable-accepted", covers=["ENTRA-DISABLE-01"], profile="entra")
def test_disable_is_accepted(disable: Steps) -> None:
    """Setting active to false is accepted.

    Entra disables a leaver with this very request; where it is refused, the leaver keeps the access.

    Fix: accept a PATCH of active in Entra's forms: op in any letter case, the value as boolean or as string.
    """
    expect.accepted(disable["disable"])


@check("user-disable-applied", covers=["ENTRA-DISABLE-02"], profile="entra")
def test_disabled_user_is_inactive(disable: Steps) -> None:
    """A disabled user is still found by its id, with active false.

    Entra reads the user before it enables it again; one that is hidden can never come back, and one that is still
    active keeps its access.

    Fix: store active as the boolean false, and keep disabled users readable; hide them from sign-in, not from SCIM.
    """
    expect.status(disable["read-disabled"], 200)
    expect.attribute(disable["read-disabled"], "active", False)
