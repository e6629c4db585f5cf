"""Matching: whether Entra finds the users that are there, and nobody else."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.verdict import Failure, Kind, Level, Observation, show

SCIM_FILTER_REFUSED = 400


def _finds_created(match: Steps, step: str) -> None:
    expect.finds(match[step], [str(match["create"].exchange.resource_id)])


def _may_be_refused(step: Step, what: str) -> None:
    """A filter that is refused with 400 is a fact: whether it is needed depends on the attribute mapping."""
    if step.exchange.status == SCIM_FILTER_REFUSED:
        raise Observation(f"{what} is refused with 400: it cannot be a matching attribute")


@check("match-existing", covers=["ENTRA-MATCH-01"], profile="entra")
def test_existing_user_is_found(match: Steps) -> None:
    """A filter on userName finds the one user of that name.

    Entra asks before it creates; a user it cannot find is created twice or fails with a conflict for ever.

    Fix: support the filter userName eq "…" and return exactly the matching user, inactive or not.
    """
    _finds_created(match, "existing")


@check("match-existing-percent-encoding", covers=["ENTRA-CONNECT-03"], profile="entra")
def test_existing_user_is_found_with_percent_encoding(match: Steps) -> None:
    """A filter whose spaces are sent as %20 finds the user too.

    Microsoft's validator encodes this way, Entra with +.

    Fix: decode the query as application/x-www-form-urlencoded.
    """
    _finds_created(match, "existing-percent")


@check("match-missing-is-empty", covers=["ENTRA-MATCH-02"], profile="entra")
def test_missing_user_is_an_empty_list(match: Steps) -> None:
    """A filter on a userName that nobody has gives an empty list with status 200.

    Entra takes 404 for an incompatible endpoint, and any row for the user it looks for.

    Fix: answer 200 with totalResults 0; never 404, never other users.
    """
    expect.total(match["missing"], 0)


@check("match-any-letter-case", covers=["ENTRA-MATCH-03"], profile="entra")
def test_case_of_the_value_does_not_matter(match: Steps) -> None:
    """A filter on userName finds the user whatever the letter case of the value.

    Entra's user names change case freely; a case-sensitive match creates the user a second time.

    Fix: compare userName without regard to letter case (RFC 7643 section 8.7.1: caseExact false).
    """
    _finds_created(match, "other-case")


@check("match-attribute-name-case", covers=["ENTRA-CASE-01"], profile="entra")
def test_case_of_the_attribute_does_not_matter(match: Steps) -> None:
    """A filter finds the user whatever the letter case of the attribute's name.

    Attribute names are case-insensitive, and admins type them by hand into the attribute list.

    Fix: compare attribute names in filters without regard to letter case.
    """
    _finds_created(match, "attribute-case")


@check("match-whole-value", covers=["ENTRA-MATCH-04"], profile="entra")
def test_eq_compares_the_whole_value(match: Steps) -> None:
    """A filter with eq compares the whole userName, not its beginning.

    A prefix match makes Entra adopt somebody else's account, or fail with several matches.

    Fix: eq is equality; do not search with LIKE or startsWith.
    """
    expect.total(match["prefix"], 0)


@check("match-external-id", covers=["ENTRA-MATCH-05"], profile="entra")
def test_external_id_finds_the_user(match: Steps) -> None:
    """A filter on externalId finds the user, where the endpoint supports it.

    Many tenants match on externalId, because it is the object id in Entra and never changes.

    Fix: support the filter externalId eq "…".
    """
    expect.sent(match["create"], "externalId")
    _may_be_refused(match["external-id"], "a filter on externalId")
    _finds_created(match, "external-id")


@check("match-external-id-missing", covers=["ENTRA-MATCH-02"], profile="entra")
def test_unknown_external_id_finds_nobody(match: Steps) -> None:
    """A filter on an externalId that nobody has gives an empty list.

    An ignored filter would hand somebody else's account to Entra.

    Fix: apply the filter, or refuse it with 400 invalidFilter.
    """
    _may_be_refused(match["external-id-missing"], "a filter on externalId")
    expect.total(match["external-id-missing"], 0)


@check("match-work-email", covers=["ENTRA-MATCH-06"], profile="entra")
def test_work_email_finds_the_user(match: Steps) -> None:
    """A filter on the work e-mail address finds the user, where the endpoint supports it.

    Tenants whose user names changed match on the e-mail address instead.

    Fix: support value paths in filters: emails[type eq "work"].value eq "…".
    """
    expect.sent(match["create"], "emails")
    _may_be_refused(match["work-email"], "a filter on the work e-mail address")
    _finds_created(match, "work-email")


@check("match-work-email-missing", covers=["ENTRA-MATCH-02"], profile="entra")
def test_unknown_work_email_finds_nobody(match: Steps) -> None:
    """A filter on a work e-mail address that nobody has gives an empty list.

    An ignored filter would hand somebody else's account to Entra.

    Fix: apply the filter, or refuse it with 400 invalidFilter.
    """
    _may_be_refused(match["work-email-missing"], "a filter on the work e-mail address")
    expect.total(match["work-email-missing"], 0)


@check("match-row-is-usable", covers=["ENTRA-MATCH-07"], profile="entra")
def test_the_row_can_be_adopted(match: Steps) -> None:
    """A matching row carries id and userName as they are when the user is read by id.

    Entra stores that id for ever and compares the attributes; a row without them leads to a second create.

    Fix: put the whole resource into the rows of a filtered list.
    """
    step = match["existing"]
    expect.list_response(step)
    rows = step.exchange.listed or [{}]
    created = match["create"].exchange
    wanted = {"id": created.resource_id, "userName": created.request_body["userName"]}
    got = {name: rows[0].get(name) for name in wanted}
    if got["id"] != wanted["id"] or str(got["userName"]).casefold() != wanted["userName"].casefold():
        raise Failure(show(wanted), show(got), path="Resources[0]", kind=Kind.WRONG_VALUE)


@check("match-active-is-boolean", covers=["ENTRA-TYPE-01"], profile="entra")
def test_active_is_a_boolean_in_lists(match: Steps) -> None:
    """active is true or false in a matching row, not a string.

    Entra reads it as a boolean; a string there ends in an unreadable answer or a change in every cycle.

    Fix: answer active as a JSON boolean, whatever form it was sent in.
    """
    step = match["existing"]
    expect.list_response(step)
    rows = [row for row in step.exchange.listed if "active" in row]
    for row in expect.some(rows, "the list shows nobody with active"):
        if not isinstance(row["active"], bool):
            raise Failure(
                "active as true or false", show(row["active"]), path="Resources[0].active", kind=Kind.WRONG_TYPE
            )


def _found_by_name(names: Steps, kind: str) -> None:
    """The user of that kind is found; a refusal of the name itself is a matter of the endpoint's rules."""
    created = names[f"create-{kind}"].exchange
    if created.resource_id is None:
        raise Failure(
            "201 for this user name",
            f"HTTP {created.status}",
            path="userName",
            level=Level.SHOULD,
            kind=Kind.STATUS,
            subject=str(created.status),
        )
    expect.finds(names[f"match-{kind}"], [created.resource_id])


@check("match-apostrophe", covers=["ENTRA-MATCH-08"], profile="entra")
def test_apostrophe_in_the_user_name(names: Steps) -> None:
    """A user name with an apostrophe can be created and is found.

    O'Brien is an ordinary name; a filter that breaks on it leaves such people without an account.

    Fix: treat the filter's value as a JSON string and never paste it into a query language.
    """
    _found_by_name(names, "apostrophe")


@check("match-plus-sign", covers=["ENTRA-MATCH-09"], profile="entra")
def test_plus_in_the_user_name(names: Steps) -> None:
    """A user name with a plus sign can be created and is found.

    Entra encodes the plus as %2B; an endpoint that decodes twice looks for a space and finds nobody.

    Fix: decode the query string exactly once.
    """
    _found_by_name(names, "plus")
