"""Groups without members: created, matched, renamed, deleted."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Level, Observation


def _finds_it(group_life: Steps, step: str) -> None:
    expect.finds(group_life[step], [str(group_life["create"].exchange.resource_id)])


def taken_as_sent(create_full: Steps) -> None:
    """A group is created as Entra sends it: the journeys' own ones are created with less where that is refused."""
    if "create-group" in create_full.played.steps:
        expect.status(create_full["create-group"], 201, 200)


@check("group-create", covers=["ENTRA-GROUP-01"], profile="entra")
def test_group_is_created_empty(group_life: Steps, create_full: Steps) -> None:
    """A group without members is created and answered with its id.

    Entra creates groups empty and adds the members later.

    Fix: answer 201 with the group and its id; do not require members.
    """
    taken_as_sent(create_full)
    expect.status(group_life["create"], 201, 200)
    expect.present(group_life["create"], "id")
    expect.attribute(group_life["create"], "displayName", group_life["create"].exchange.request_body["displayName"])


@check("group-duplicate-refused", covers=["ENTRA-GROUP-02"], profile="entra")
def test_duplicate_group_is_a_conflict(group_life: Steps) -> None:
    """A second group of the same displayName is refused with 409.

    Two groups of one name make the match ambiguous; members go to either of them.

    Fix: keep displayName unique among groups and answer 409 with scimType uniqueness.
    """
    expect.status(group_life["duplicate"], 409)


@check("group-match-existing", covers=["ENTRA-GROUP-03"], profile="entra")
def test_existing_group_is_found(group_life: Steps) -> None:
    """A filter on displayName with excludedAttributes=members finds the one group of that name.

    Entra asks before it creates; a group it cannot find is created again.

    Fix: support the filter displayName eq "…" on /Groups together with excludedAttributes.
    """
    _finds_it(group_life, "existing")


@check("group-match-any-letter-case", covers=["ENTRA-GROUP-04"], profile="entra")
def test_case_of_the_group_name_does_not_matter(group_life: Steps) -> None:
    """A filter on displayName finds the group whatever the letter case of the value.

    Microsoft's validator asks for it.

    Fix: compare displayName without regard to letter case.
    """
    _finds_it(group_life, "other-case")


@check("group-match-missing", covers=["ENTRA-GROUP-05"], profile="entra")
def test_missing_group_is_an_empty_list(group_life: Steps) -> None:
    """A filter on a displayName that no group has gives an empty list with status 200.

    An ignored filter makes Entra fill somebody else's group.

    Fix: apply the filter; answer 200 with totalResults 0.
    """
    expect.total(group_life["missing"], 0)


@check("group-match-whole-name", covers=["ENTRA-GROUP-05"], profile="entra")
def test_group_filter_compares_whole_names(group_life: Steps) -> None:
    """A filter with eq compares the whole displayName, not its beginning.

    "Sales" must not find "Sales EMEA".

    Fix: eq is equality; do not search with LIKE or startsWith.
    """
    expect.total(group_life["prefix"], 0)


@check("group-match-external-id", covers=["ENTRA-GROUP-06"], profile="entra")
def test_external_id_finds_the_group(group_life: Steps) -> None:
    """A filter on externalId finds the group, where the endpoint supports it.

    Tenants can match groups on the object id.

    Fix: support the filter externalId eq "…" on /Groups.
    """
    expect.sent(group_life["create"], "externalId")
    if group_life["external-id"].exchange.status == 400:
        raise Observation("a filter on externalId of groups is refused with 400")
    _finds_it(group_life, "external-id")


@check("group-match-punctuation", covers=["ENTRA-GROUP-03"], profile="entra")
def test_group_with_punctuation_is_found(filter_forms: Steps) -> None:
    """A group whose name has brackets, a comma and an ampersand is found by that name.

    Names such as "Sales (EMEA), R&D" are common; a group that is not found is created again in each cycle.

    Fix: read the value between its quotes as JSON, and take nothing in it for the filter's own grammar.
    """
    expect.finds(filter_forms["punctuation"], [str(filter_forms["create-empty-group"].exchange.resource_id)])


@check("group-rename", covers=["ENTRA-GROUP-07"], profile="entra")
def test_group_is_renamed(group_life: Steps) -> None:
    """A group is renamed, and found under the new name.

    A group that keeps its old name is created again under the new one.

    Fix: apply replace of displayName, by path and in a value without path.
    """
    expect.applied(group_life["rename"], group_life["read-renamed"])
    _finds_it(group_life, "match-renamed")


@check("group-external-id-change", covers=["ENTRA-GROUP-08"], profile="entra")
def test_group_external_id_is_replaced(group_life: Steps) -> None:
    """externalId of a group is replaced.

    A group that was adopted by name gets its externalId this way.

    Fix: let clients write externalId of groups.
    """
    expect.applied(group_life["external-id-change"], group_life["read-renamed"])


@check("group-delete", covers=["ENTRA-GROUP-09"], profile="entra")
def test_group_delete_is_204(group_life: Steps) -> None:
    """DELETE of a group is answered 204.

    A group that was deleted in the directory is deleted here.

    Fix: delete the group and answer 204 without a body.
    """
    step = group_life["delete"]
    expect.status(step, 204, level=Level.SHOULD if step.exchange.ok else None)


@check("group-deleted-is-gone", covers=["ENTRA-GROUP-10"], profile="entra")
def test_deleted_group_is_gone(group_life: Steps) -> None:
    """A deleted group is answered 404, and no filter finds it.

    A deleted group that is still found is adopted instead of created.

    Fix: answer 404 for the id and leave the group out of every query.
    """
    expect.status(group_life["read-deleted"], 404)
    expect.total(group_life["match-deleted"], 0)


@check("group-delete-missing", covers=["ENTRA-GROUP-11"], profile="entra")
def test_delete_of_missing_group_is_404(group_life: Steps) -> None:
    """DELETE of a group that is gone, or never was, is answered 404.

    Microsoft's validator asks for it.

    Fix: answer 404 for an unknown id.
    """
    expect.status(group_life["delete-again"], 404)
    expect.status(group_life["delete-unknown"], 404)
