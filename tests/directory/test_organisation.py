"""A made-up organisation of any size: same seed, same people; recognisable, believable, made one by one."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from conformance.idp.entra.people import marks_of
from conformance.provisioning.source.directory import GROUP, USER
from conformance.provisioning.source.organisation import organisation
from conformance.provisioning.source.organisation.countries import to_ascii

PREFIX = "scimconf-abc123"
SIZES = [(0, 0), (0, 3), (1, 0), (1, 1), (2, 2), (5, 7), (25, 7), (300, 40)]


def made(users=400, groups=40, seed=1, domain="contoso.example", prefix=PREFIX):
    return list(organisation(users=users, groups=groups, seed=seed, domain=domain, prefix=prefix))


@pytest.fixture(scope="module")
def company():
    """An organisation that is large enough for all that is rare."""
    return made()


@pytest.fixture(scope="module")
def people(company):
    """Its users."""
    return [one for one in company if one.kind == USER]


@pytest.fixture(scope="module")
def groups(company):
    """Its groups."""
    return [one for one in company if one.kind == GROUP]


@pytest.mark.parametrize("users, groups", SIZES)
def test_there_are_as_many_as_were_asked_for(users, groups):
    """Users come before groups, and each is there once."""
    found = made(users, groups)

    assert [one.kind for one in found] == [USER] * users + [GROUP] * groups
    assert len({one.id for one in found}) == len({(one.kind, one.name.lower()) for one in found}) == len(found)


@pytest.mark.parametrize("users, groups", SIZES)
def test_whom_an_object_names_is_there(users, groups):
    """Managers come before their people, members are users or earlier groups, nobody is named twice."""
    seen = set()
    for one in made(users, groups):
        assert one.manager is None or one.manager in seen
        assert set(one.members) <= seen
        assert len(set(one.members)) == len(one.members)
        seen.add(one.id)


def test_the_same_arguments_give_the_same_objects(company):
    """And another seed gives others."""
    assert made() == company
    assert {one.id for one in made(seed=2)}.isdisjoint({one.id for one in company})


def told(one):
    """Whom an object is about and whom it refers to, by the part of the ids that does not depend on the prefix."""
    return (one.id[24:], one.manager and one.manager[24:], [member[24:] for member in one.members])


def test_a_prefix_changes_names_and_nothing_else(company):
    """Two runs with one seed talk of the same people, by object ids of their own, which begin alike within a run."""
    other = made(prefix="scimconf-xyz789")

    assert {one.id for one in other}.isdisjoint({one.id for one in company})
    assert {one.id[:24] for one in other} == {marks_of("scimconf-xyz789").family}
    assert [told(one) for one in other] == [told(one) for one in company]
    assert [one.name.replace("xyz789", "abc123") for one in other] == [one.name for one in company]


@pytest.mark.parametrize("name", ["userPrincipalName", "mail", "mailNickname"])
def test_people_are_recognised_by_the_prefix(name, people):
    """What could clash with somebody else's data begins with the prefix, in ASCII."""
    values = [one.attributes[name] for one in people if name in one.attributes]

    assert all(value.startswith(f"{PREFIX}-") and value.isascii() for value in values)
    assert len({value.lower() for value in values}) == len(values)


def test_groups_are_recognised_by_the_prefix(groups):
    """A group's display name and mail nickname begin with the prefix."""
    assert all(one.attributes[n].startswith(f"{PREFIX}-") for one in groups for n in ("displayName", "mailNickname"))


def test_names_are_given_as_people_have_them(people):
    """There are names beyond ASCII and beyond Latin, and from several countries."""
    names = [one.attributes["displayName"] for one in people]

    assert any(not name.isascii() for name in names)
    assert any("\u4e00" <= letter <= "\u9fff" for name in names for letter in name)
    assert len({one.attributes.get("country") for one in people}) > 8


@pytest.mark.parametrize(
    "text, ascii_text",
    [
        ("İbrahim", "ibrahim"),
        ("Łukasz", "lukasz"),
        ("Weiß", "weiss"),
        ("O'Brien-Smith", "obriensmith"),
        ("Юрій", "yurii"),
    ],
)
def test_a_name_is_spelled_in_ascii(text, ascii_text):
    """User principal names hold letters that each mail system takes."""
    assert to_ascii(text) == ascii_text


def test_what_happens_to_accounts_is_there(people):
    """Some are disabled, some in the recycle bin, some have hardly any attribute, some have no manager."""
    assert any(one.attributes["accountEnabled"] is False for one in people)
    assert any(one.deleted for one in people)
    assert any("department" not in one.attributes for one in people)
    assert sum(one.manager is None for one in people) > 1
    assert {role.name for one in people for role in one.assignments} == {"Default Access", "Editor"}
    assert any(name.startswith("extension_") for one in people for name in one.attributes)


def test_who_leads_others_is_there_and_enabled(people):
    """Nobody's manager is disabled or deleted."""
    leads = {one.manager for one in people} - {None}

    assert all(one.enabled for one in people if one.id in leads)


def test_group_sizes_have_a_long_tail(groups):
    """Most groups are small, a few hold a good part of the company, and one holds a group."""
    sizes = sorted(len(one.members) for one in groups)
    ids = {one.id for one in groups}

    assert sizes[len(sizes) // 4] <= 10
    assert sizes[-1] > 300
    assert any(ids & set(one.members) for one in groups)


def test_nobody_in_the_recycle_bin_is_a_member(company, groups):
    """Entra takes a soft-deleted user out of what groups show."""
    deleted = {one.id for one in company if one.deleted}

    assert deleted
    assert all(deleted.isdisjoint(one.members) for one in groups)


def _peak(users):
    tracemalloc.start()
    try:
        for _ in organisation(users=users, groups=0, seed=1, domain="contoso.example", prefix=PREFIX):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_thousand_people_take_no_more_memory_than_a_thousand():
    """People are made from their number, and forgotten."""
    _peak(10)  # names are drawn once, and Faker is imported

    assert _peak(10_000) < 2 * _peak(1_000) + 200_000


def test_people_are_made_faster_than_any_endpoint_takes_them():
    """At least some hundreds a second, on a slow machine as well."""
    next(organisation(users=1, groups=0, seed=1, domain="contoso.example", prefix=PREFIX))
    started = time.process_time()
    count = sum(1 for _ in organisation(users=2_000, groups=0, seed=1, domain="contoso.example", prefix=PREFIX))

    assert count / (time.process_time() - started) > 300


def test_the_first_is_there_before_the_last_is_made():
    """A million people are not made to see one of them."""
    first = next(organisation(users=1_000_000, groups=0, seed=1, domain="contoso.example", prefix=PREFIX))

    assert first.attributes["jobTitle"] == "Chief Executive Officer"
