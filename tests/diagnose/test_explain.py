"""Error codes and log messages are explained, by checks that exist."""

from __future__ import annotations

import pytest

from conformance.commands.main import main
from conformance.doctor.explain import as_text, codes, find
from conformance.doctor.finding import causes
from conformance.judge.check import load

SERVICE = "SystemForCrossDomainIdentityManagement"
MESSAGE = (
    "Failed to create User 'jan' in customappsso; Error: StatusCode: BadRequest Message: Processing of the HTTP "
    'request resulted in an exception. Web Response: {"detail": "op is unknown"}. This operation was retried 0 times.'
)


def test_checks_named_by_codes_exist():
    """A code names real checks."""
    assert {name for code in codes() for name in code.checks} - set(load()) == set()


def test_codes_of_the_doctor_can_be_explained():
    """Whatever code a diagnosis shows, explain knows it."""
    shown = {cause.code for cause in causes().values() if cause.code}

    assert {code for code in shown if [found.code for found in find(code)] != [code]} == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{SERVICE}ServiceIncompatible", f"{SERVICE}ServiceIncompatible"),
        ("serviceincompatiblefiltering", f"{SERVICE}ServiceIncompatibleFiltering"),
        ("CredentialValidationUnavailable", f"{SERVICE}CredentialValidationUnavailable"),
        ("You appear to have entered invalid credentials. Please confirm", f"{SERVICE}CredentialValidationFailure"),
        (MESSAGE, f"{SERVICE}BadRequest"),
        ("Conflict", "EntryConflict"),
    ],
)
def test_a_text_names_its_code(text, code):
    """Codes are found in any case, with and without the service's name, and inside a message."""
    assert [found.code for found in find(text)] == [code]


def test_the_explanation_is_printed(capsys):
    """Cause, remedy and checks, in narrow lines."""
    assert main(["explain", *MESSAGE.split()]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0] == f"{SERVICE}BadRequest"
    assert "user-create-accepted" in told
    assert max(map(len, told.splitlines())) <= 100


def test_an_unknown_code_is_the_users_mistake(capsys):
    """With the nearest code as a hint."""
    assert main(["explain", "EntryConflikt"]) == 2
    assert "EntryConflict" in capsys.readouterr().err


def test_every_explanation_is_narrow():
    """No line is wider than a terminal."""
    assert [code.code for code in codes() if max(map(len, as_text(code).splitlines())) > 100] == []


def test_a_check_is_explained_too(capsys):
    """With its source, why, and fix; and with the defect that it isolates."""
    assert main(["explain", "user-patch-op-capitalised,", "connect-media-type"]) == 0
    out = capsys.readouterr().out

    assert "user-patch-op-capitalised (profile entra): " in out
    assert "May mean: `op` with a capital letter" in out
    assert "Fix:      send Content-Type: application/scim+json" in out
    assert "Source:   " in out
    assert "None" not in out
