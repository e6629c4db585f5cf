"""Names that break things are stored as they were sent."""

from __future__ import annotations

import unicodedata

from conformance.checks.test_user_create import stores
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.paths import find
from conformance.verdict import Failure, Kind, NotApplicable, show


def _kept(names: Steps, create_full: Steps, kind: str) -> None:
    """The person was created and the name comes back, in whatever Unicode normalisation."""
    created = names[f"create-{kind}"]
    expect.status(created, 201, 200)
    if created.exchange.resource_id is None:
        raise Failure(
            "an id in the answer", show(created.exchange.resource.get("id")), path="id", kind=Kind.MISSING_VALUE
        )
    read = names[f"read-{kind}"]
    expect.status(read, 200)
    stored = [path for path in ("name.givenName", "name.familyName") if stores(create_full, path)]
    if not stored:
        raise NotApplicable("names of people are not stored here at all")
    for path in stored:
        sent, got = find(created.exchange.request_body, path), find(expect.resource(read), path)
        if unicodedata.normalize("NFC", str(got)) != unicodedata.normalize("NFC", sent):
            raise Failure(f"{path} = {show(sent)}", show(got), path=path, kind=Kind.WRONG_VALUE)


@check("user-name-apostrophe", covers=["ENTRA-STORE-01"], profile="entra")
def test_apostrophe_is_kept(names: Steps, create_full: Steps) -> None:
    """A family name with an apostrophe is stored as it was sent.

    An escaped or cut name differs from the source, so that Entra sends it again in every cycle.

    Fix: bind values as parameters; neither escape nor strip characters.
    """
    _kept(names, create_full, "apostrophe")


@check("user-name-accents", covers=["ENTRA-STORE-02"], profile="entra")
def test_accents_are_kept(names: Steps, create_full: Steps) -> None:
    """Accented letters are stored as they were sent.

    Lost accents are a wrong name, and a change in every cycle.

    Fix: read and write bodies as UTF-8 and store Unicode.
    """
    _kept(names, create_full, "accents")


@check("user-name-other-scripts", covers=["ENTRA-STORE-02"], profile="entra")
def test_other_scripts_are_kept(names: Steps, create_full: Steps) -> None:
    """Names in other scripts are stored as they were sent.

    Question marks in place of a name cannot be repaired later.

    Fix: read and write bodies as UTF-8 and store Unicode.
    """
    _kept(names, create_full, "cjk")


@check("user-name-emoji", covers=["ENTRA-STORE-09"], profile="entra")
def test_emoji_are_kept(names: Steps, create_full: Steps) -> None:
    """Characters outside the basic plane are stored as they were sent.

    A three-byte UTF-8 column refuses the whole user for one character.

    Fix: store four-byte UTF-8 (utf8mb4 in MySQL).
    """
    _kept(names, create_full, "emoji")


@check("user-name-long", covers=["ENTRA-STORE-10"], profile="entra")
def test_long_names_are_kept(names: Steps, create_full: Steps) -> None:
    """Names of 60 and 70 characters are stored whole.

    A cut name differs from the source, so that Entra sends it again in every cycle.

    Fix: widen the column, or refuse the value with 400 and a detail that says the limit.
    """
    _kept(names, create_full, "long")
