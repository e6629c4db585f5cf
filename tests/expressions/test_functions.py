"""Every function of Microsoft's reference yields what the reference says."""

from __future__ import annotations

import pytest

from conformance.provisioning.expressions import FailedExpression, parse
from conformance.provisioning.expressions.registry import FUNCTIONS
from tests.expressions.rows import ATTRIBUTES, FAILS, ROWS, context

TABLE = [(text, expected) for rows in ROWS.values() for text, expected in rows]


@pytest.mark.parametrize("text, expected", TABLE, ids=[text for text, _ in TABLE])
def test_a_function_yields_what_the_reference_says(text, expected):
    """An expression has its documented value and type, or fails with a sentence that names the function."""
    expression = parse(text)

    if expected is FAILS:
        with pytest.raises(FailedExpression, match=r"^\w+: .+\.$"):
            expression.evaluate(ATTRIBUTES, context())
        return

    value = expression.evaluate(ATTRIBUTES, context())
    assert (type(value), value) == (type(expected), expected)


@pytest.mark.parametrize("text", [text for text, _ in TABLE])
def test_a_row_survives_being_written(text):
    """What an expression is written as reads as the same expression."""
    assert parse(str(parse(text))) == parse(text)


def test_every_function_has_rows_that_use_it():
    """No function is without a row, and the rows know no other."""
    unused = [name for name, rows in ROWS.items() if not any(f"{name}(" in text for text, _ in rows)]

    assert unused == []
    assert set(ROWS) == set(FUNCTIONS)


def test_every_function_is_given_a_null():
    """Functions with arguments have a row with a missing attribute."""
    tried = {name for name, rows in ROWS.items() if any("[missing]" in text for text, _ in rows)}

    assert {name for name, function in FUNCTIONS.items() if function.most != 0} - tried == set()


def test_a_value_that_grows_without_bound_is_refused():
    """Nested replacements cannot fill the memory."""
    text = '"aaaaaaaa"'
    for _ in range(10):
        text = f'Replace({text}, "a", , , "aaaaaaaa", , )'

    with pytest.raises(FailedExpression, match="32768 are allowed"):
        parse(text).evaluate({}, context())


@pytest.mark.parametrize(
    "pattern, value",
    [(".*.*.*=", "x" * 1000), ("a?" * 25 + "a" * 25, "a" * 25), ("[a-z]+", "x" * 2000)],
)
def test_a_pattern_that_would_take_for_ever_fails_at_once(pattern, value):
    """Length and repetitions together bound what a pattern may cost."""
    expression = parse(f'Replace([mail], , "{pattern}", , "", , )')

    with pytest.raises(FailedExpression, match="make the pattern simpler"):
        expression.evaluate({"mail": value}, context())


def test_random_strings_come_from_the_context():
    """The same source of randomness gives the same string, and the minima hold."""
    expression = parse('RandomString(10,2,2,2,1,"?,")')
    first, second = (expression.evaluate({}, context()) for _ in range(2))

    assert first == second
    assert sum(letter.isdigit() for letter in first) >= 2
    assert sum(letter.isupper() for letter in first) >= 2
    assert sum(not letter.isalnum() for letter in first) >= 2
    assert not set("?,") & set(first)


def test_redact_is_known_to_the_log():
    """Redact does not change the value, but tells that it must be hidden."""
    assert parse('Append("a", Redact([mail]))').redacted
    assert not parse("[mail]").redacted
