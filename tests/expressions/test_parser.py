"""Expressions are read as Entra writes them, and refused with a sentence that helps."""

from __future__ import annotations

import pytest

from conformance.provisioning.expressions import LONGEST, NESTING, BadExpression, FailedExpression, parse
from conformance.provisioning.expressions.tree import Attribute, Call, Comparison, Constant, Empty, Word
from tests.expressions.rows import ATTRIBUTES, context

READ = {
    "[mail]": Attribute("mail"),
    " [ a name ] ": Attribute("a name"),
    "[extension_9d98ed114c4840d298fad781915f27e4_costCenter]": Attribute(
        "extension_9d98ed114c4840d298fad781915f27e4_costCenter"
    ),
    '"Company name: \\"Contoso\\""': Constant('Company name: "Contoso"'),
    r'"a\\b\d"': Constant(r"a\b\d"),
    '"a\nb, (c) [d]"': Constant("a\nb, (c) [d]"),
    "-12": Constant(-12),
    "&HF7": Constant(247),
    "true": Constant(value=True),
    "False": Constant(value=False),
    "vbTextCompare": Word("vbTextCompare"),
    "1.5": Word("1.5"),
    "Now()": Call("Now", ()),
    "Now(\n)": Call("Now", ()),
    "Left ( [a] , 3 )": Call("Left", (Attribute("a"), Constant(3))),
    "Join(,[a],)": Call("Join", (Empty(), Attribute("a"), Empty())),
    'CBool([a]<>"x")': Call("CBool", (Comparison(Attribute("a"), "<>", Constant("x")),)),
    "CBool([a]>=1)": Call("CBool", (Comparison(Attribute("a"), ">=", Constant(1)),)),
}

REFUSED = {
    "": "is empty",
    " \n": "is empty",
    "x" * (LONGEST + 1): "has 10001 characters; Entra allows 10000",
    "toLower([a])": "there is no function toLower; use ToLower; names are case-sensitive",
    "Frobnicate([a])": "there is no function Frobnicate",
    "Append([a], Apend([b], 1))": r"position 13 .*there is no function Apend; use Append",
    'SelectUniqueValue("a", "b")': "SelectUniqueValue cannot be used here: Entra offers it only for Workday",
    "Left([a])": r"Left takes 2 arguments, but 1 is given; write Left\(String, NumChars\)",
    "Guid(1)": "Guid takes no arguments, but 1 is given",
    "Count()": "Count takes 1 argument, but 0 are given",
    'InStr("a")': "InStr takes 2 to 4 arguments",
    'Join("a")': "Join takes at least 2 arguments",
    'Switch([a], , "b", "c", "d")': "Switch takes an even number of arguments",
    'Replace([a], , , , "b", , )': "Replace does nothing with the combination of replacementValue",
    "Replace([a], , , , , , )": "Replace does nothing with the combination of no arguments",
    'Replace([a], , "(", , "", , )': "the pattern .* cannot be read",
    'Replace([a], , "(?<x>a)", "y", "", , )': 'the pattern has no group named "y"',
    'Replace([a], , "(a+)+", , "", , )': "can take for ever",
    'Replace([a], , "(?:a|b)*", , "", , )': "can take for ever",
    'Replace([a], , "((a{1,3})b){2}", , "", , )': "can take for ever",
    'Replace([a], , "((a|a))*b", , "", , )': "can take for ever",
    'Replace([a], , "(?x)(?:a|a # )\n)*b", , "", , )': "has comments or the option x",
    'Replace([a], , "(?#b)a", , "", , )': "has comments or the option x",
    f'Replace([a], , "{"a" * 501}", , "", , )': "has 501 characters",
    '"abc': "no closing quotation mark",
    "[abc": "no closing bracket",
    "[a[b]]": "no closing bracket",
    "abc]": "without an opening one",
    "[ ]": "the brackets hold no attribute name",
    "Append(“a”, [b])": 'typographic quotation marks; write " instead',
    "Append('a', [b])": "double quotation marks",
    "[a] + [b]": "no arithmetic operators",
    "[a] & [b]": "no operators between strings",
    "[a] [b]": "nothing may follow here",
    "[a] = [b]": "nothing may follow here",
    "Append([a] [b])": r"Append\( needs a comma or \) here, but there is “\[b\]”",
    "Append([a], [b]": r"Append\( needs a comma or \) here, but there is the end of the expression",
    "CBool([a] =)": "an attribute, a constant or a function is needed",
    "([a])": "an attribute, a constant or a function is needed",
    "é": "means nothing here",
    "1234567890123456789": "at most 18 digits",
    "CBool(" * (NESTING + 1) + "1" + ")" * (NESTING + 1): "nested more than 50 deep",
    "(" * 5000: "an attribute, a constant or a function is needed",
    "Len(" * 2000: "nested more than 50 deep",
}


@pytest.mark.parametrize("text", READ, ids=repr)
def test_an_expression_is_read(text):
    """All that exported schemas hold has its tree, which survives being written."""
    expression = parse(text)

    assert expression.tree == READ[text]
    assert expression.text == text
    assert parse(str(expression)) == expression


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_a_bad_expression_is_refused_in_a_sentence(text):
    """The sentence says what is wrong."""
    with pytest.raises(BadExpression, match=REFUSED[text]) as refusal:
        parse(text)

    assert str(refusal.value).endswith(".")
    assert len(str(refusal.value)) < 500


def test_the_deepest_expression_can_be_used():
    """What is just allowed is read, written and evaluated."""
    expression = parse("CStr(" * NESTING + "[mail]" + ")" * NESTING)

    assert parse(str(expression)) == expression
    assert expression.evaluate(ATTRIBUTES, context()) == "john.doe@contoso.com"


def test_attributes_are_named_and_found_in_any_case():
    """The names stand as they are spelled; the lookup ignores case, and what is missing is null."""
    expression = parse('IIF([MAIL] = "x", [b], Join("", [Mail], [none]))')

    assert expression.attributes == {"MAIL", "b", "Mail", "none"}
    assert expression.evaluate(ATTRIBUTES, context()) == "john.doe@contoso.com"


def test_expressions_can_be_keys():
    """Equal trees are equal expressions with equal hashes; a number is no boolean and no string."""
    assert len({parse("Len([a])"), parse(" Len( [a] )")}) == 1
    assert len({parse("1"), parse("True"), parse('"1"')}) == 3


def test_a_failure_names_the_innermost_function():
    """The log shows which of nested functions failed."""
    with pytest.raises(FailedExpression, match=r'^CDate: "soon" is no date'):
        parse('DateAdd("d", 1, CDate("soon"))').evaluate({}, context())
