"""Scoping filters: every operator, null, letter case, and how clauses and groups combine."""

from __future__ import annotations

import pytest

from conformance.provisioning.mappings.scoping import ALL, UNSUPPORTED, BadScope, parse_scope

ADA = {
    "department": "Sales",
    "country": "DE",
    "userPrincipalName": "ada@contoso.com",
    "employeeId": "1234567",
    "extensionAttribute1": "7",
    "extensionAttribute2": 7,
    "accountEnabled": True,
    "dirSyncEnabled": False,
    "jobTitle": "",
    "preferredLanguage": None,
    "extensionAttribute3": ["a", "b"],
}


def clause(attribute, operator, *values):
    """A clause as Graph exports it."""
    return {"sourceOperandName": attribute, "operatorName": operator, "targetOperand": {"values": list(values)}}


def scope(*groups, **more):
    """A filter of groups, each a list of clauses."""
    return parse_scope({"groups": [{"name": f"g{i}", "clauses": list(g)} for i, g in enumerate(groups, 1)], **more})


HOLDS = [
    ("department", "&", "Sales,Research"),
    ("department", "!&", "Research,Legal"),
    ("department", "!&", "sales"),
    ("userPrincipalName", "ENDS_WITH", "@contoso.com"),
    ("department", "EQUALS", "Sales"),
    ("dirSyncEnabled", "EQUALS", "False"),
    ("extensionAttribute1", "Greater_Than", "6"),
    ("extensionAttribute2", "Greater_Than", "6"),
    ("extensionAttribute1", "Greater_Than_OR_EQUALS", "7"),
    ("userPrincipalName", "Includes", "@cont"),
    ("dirSyncEnabled", "IS FALSE"),
    ("department", "IS NOT NULL"),
    ("jobTitle", "IS NULL"),
    ("preferredLanguage", "IS NULL"),
    ("nothingOfTheKind", "IS NULL"),
    ("accountEnabled", "IS TRUE"),
    ("department", "NOT EQUALS", "Legal"),
    ("department", "NOT EQUALS", "sales"),
    ("userPrincipalName", "NOT REGEX MATCH", r".*\@fabrikam.com"),
    ("userPrincipalName", "REGEX MATCH", r".*\@contoso.com"),
    ("employeeId", "REGEX MATCH", "(1[0-9][0-9][0-9][0-9][0-9][0-9])"),
]

FAILS = [
    ("department", "&", "Research,Legal"),
    ("department", "&", "sales,research"),
    ("department", "!&", "Sales,Research"),
    ("userPrincipalName", "ENDS_WITH", "contoso"),
    ("userPrincipalName", "ENDS_WITH", "@CONTOSO.COM"),
    ("department", "EQUALS", "sales"),
    ("department", "EQUALS", "Sale"),
    ("extensionAttribute1", "Greater_Than", "7"),
    ("extensionAttribute1", "Greater_Than", "10"),
    ("department", "Greater_Than", "1"),
    ("accountEnabled", "Greater_Than", "0"),
    ("extensionAttribute1", "Greater_Than_OR_EQUALS", "8"),
    ("department", "Greater_Than_OR_EQUALS", "0"),
    ("department", "Includes", "sale"),
    ("accountEnabled", "IS FALSE"),
    ("department", "IS FALSE"),
    ("jobTitle", "IS NOT NULL"),
    ("department", "IS NULL"),
    ("dirSyncEnabled", "IS TRUE"),
    ("department", "IS TRUE"),
    ("department", "NOT EQUALS", "Sales"),
    ("userPrincipalName", "NOT REGEX MATCH", r".*\@contoso.com"),
    ("userPrincipalName", "REGEX MATCH", r"ADA@.*"),
    ("employeeId", "REGEX MATCH", "([1-9][0-9])"),
]

OPERAND = {"nothing": (), "text": ("x",), "integer": ("1",), "pattern": (".*",)}


@pytest.mark.parametrize("row", HOLDS, ids=" ".join)
def test_a_clause_that_holds_lets_in(row):
    """Each operator is true where Microsoft's page says so, and there is nothing to explain."""
    assert scope([clause(*row)]).admits(ADA)
    assert scope([clause(*row)]).explain(ADA) == []


@pytest.mark.parametrize("row", FAILS, ids=" ".join)
def test_a_clause_that_fails_keeps_out(row):
    """Each operator is false otherwise, and the log says which clause it was."""
    assert not scope([clause(*row)]).admits(ADA)
    assert scope([clause(*row)]).explain(ADA)[0].startswith(f"{row[0]} {row[1]}")


def test_every_operator_is_tried_both_ways():
    """The two tables leave no operator out."""
    names = {operator.name for operator in ALL}

    assert {row[1] for row in HOLDS} == {row[1] for row in FAILS} == names
    assert len(names) == 14


@pytest.mark.parametrize("operator", [one for one in ALL if one.name != "IS NULL"], ids=lambda one: one.name)
@pytest.mark.parametrize("attribute", ["jobTitle", "preferredLanguage", "nothingOfTheKind"])
def test_null_and_empty_make_every_clause_false(operator, attribute):
    """A missing, null or empty value is out of scope, whatever the operator: NOT EQUALS and NOT REGEX MATCH too."""
    filters = scope([clause(attribute, operator.name, *OPERAND[operator.takes])])

    assert not filters.admits(ADA)
    assert "it is null" in filters.explain(ADA)[0]


@pytest.mark.parametrize("operator", ALL, ids=lambda one: one.name)
def test_several_values_make_every_clause_false(operator):
    """No operator evaluates an attribute that turns out to have several values."""
    filters = scope([clause("extensionAttribute3", operator.name, *OPERAND[operator.takes])])

    assert not filters.admits(ADA)
    assert "several values" in filters.explain(ADA)[0]


@pytest.mark.parametrize("spelling", ["NOT EQUALS", "Not_Equals", "NOT_EQUALS", "NotEquals", "not equals"])
def test_operators_of_portal_and_export_are_the_same(spelling):
    """Letter case, blanks and underscores of an operator's name do not count."""
    assert scope([clause("department", spelling, "Legal")]).admits(ADA)


def test_attribute_names_fit_in_any_letter_case():
    """A source attribute is found however the filter spells it."""
    assert scope([clause("DEPARTMENT", "EQUALS", "Sales")]).admits(ADA)


def test_clauses_are_and_groups_are_or():
    """All clauses of one group have to hold, and one group is enough."""
    sales, legal, german = (
        clause("department", "EQUALS", "Sales"),
        clause("department", "EQUALS", "Legal"),
        clause("country", "EQUALS", "DE"),
    )

    assert scope([sales, german]).admits(ADA)
    assert not scope([legal, german]).admits(ADA)
    assert scope([legal], [sales, german]).admits(ADA)
    assert scope([legal], [legal, german]).explain(ADA) == [
        'department EQUALS "Legal" does not hold: it is "Sales" (scoping filter \'g1\').',
        'department EQUALS "Legal" does not hold: it is "Sales" (scoping filter \'g2\').',
    ]


@pytest.mark.parametrize("extra", ["inputFilterGroups", "categoryFilterGroups"])
def test_each_set_of_groups_has_to_be_passed(extra):
    """An object that passes the groups still has to pass Graph's two other sets, where they are not empty."""
    sales, legal = clause("department", "EQUALS", "Sales"), clause("department", "EQUALS", "Legal")

    assert scope([sales], **{extra: [{"name": "x", "clauses": [sales]}]}).admits(ADA)
    assert not scope([sales], **{extra: [{"name": "x", "clauses": [legal]}]}).admits(ADA)
    assert scope([sales], **{extra: []}).admits(ADA)


@pytest.mark.parametrize("data", [None, {}, {"groups": []}, {"groups": None, "inputFilterGroups": []}])
def test_no_filter_lets_everybody_in(data):
    """An empty filter is no filter."""
    assert parse_scope(data).admits({})
    assert parse_scope(data).explain({}) == []


def test_a_filter_says_what_it_reads():
    """The attributes of all clauses are known, so that a change of one is noticed."""
    filters = scope([clause("department", "IS NOT NULL")], [clause("country", "EQUALS", "DE")])

    assert filters.reads == {"department", "country"}


REFUSED = [
    (clause("department", "IsMemberOf", "x"), "'IsMemberOf' on department is unknown"),
    (clause("department", "STARTS_WITH", "x"), "'STARTS_WITH'"),
    (clause("department", "EQUALS"), "0 values"),
    (clause("department", "EQUALS", ""), "not empty"),
    (clause("department", "EQUALS", "a", "b"), "2 values"),
    (clause("extensionAttribute1", "Greater_Than", "seven"), "'seven'"),
    (clause("extensionAttribute1", "Greater_Than_OR_EQUALS", "1.5"), "'1.5'"),
    (clause("department", "REGEX MATCH", "(Sales"), "cannot be read"),
    (clause("department", "NOT REGEX MATCH", "(a+)+"), "for ever"),
    (clause("proxyAddresses", "Includes", "x"), "proxyAddresses by Includes: it has several values"),
    (clause("staffTags", "EQUALS", "x"), "staffTags by EQUALS: it has several values"),
    ({"operatorName": "EQUALS"}, "groups[0].clauses[0].sourceOperandName is missing"),
    ({**clause("department", "EQUALS", "x"), "targetOperand": "x"}, "targetOperand is"),
    ("department EQUALS Sales", "groups[0].clauses[0] is"),
]


@pytest.mark.parametrize("data, told", REFUSED, ids=range(len(REFUSED)))
def test_what_entra_would_not_run_is_refused_by_name(data, told):
    """The sentence names the operator, the attribute or the place, and what to do."""
    with pytest.raises(BadScope) as caught:
        parse_scope({"groups": [{"name": "g", "clauses": [data]}]}, multivalued=frozenset({"stafftags"}))

    assert told in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("attribute", ["appRoleAssignments", "userType", "manager", "members", "employeeHireDate"])
def test_attributes_without_filter_are_refused(attribute):
    """Attributes that Entra does not evaluate in a filter are refused by name, whatever the operator."""
    assert attribute.casefold() in UNSUPPORTED
    with pytest.raises(BadScope, match=f"cannot test {attribute} by IS NOT NULL"):
        scope([clause(attribute, "IS NOT NULL")])


@pytest.mark.parametrize("data", ["x", [], {"groups": "x"}, {"groups": [{"name": "x"}]}, {"groups": [3]}])
def test_another_format_is_refused(data):
    """What is no filter of Graph is told so."""
    with pytest.raises(BadScope, match="not in Microsoft Graph's format"):
        parse_scope(data)


@pytest.mark.parametrize("operator", ["REGEX MATCH", "NOT REGEX MATCH"])
def test_a_value_too_long_for_its_pattern_is_out_of_scope(operator):
    """A pattern is not run over a value with which it might never end."""
    filters = scope([clause("department", operator, ".*a.*b")])

    assert not filters.admits({"department": "x" * 100_000})
