"""Whatever is written, an expression is read or refused; whatever is read can be written and evaluated."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.provisioning.expressions import IGNORE, BadExpression, FailedExpression, parse
from conformance.provisioning.expressions.registry import FUNCTIONS
from conformance.provisioning.expressions.tree import Attribute, Call, Comparison, Constant, Empty, Word
from tests.expressions.rows import ATTRIBUTES, context

QUICK = settings(max_examples=200, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])

SCRAPS = st.sampled_from([*FUNCTIONS, "(", ")", ",", "[mail]", '"a"', "\\", '"', "[", "]", "=", "<>", " ", "1", "&HF"])
NAMES = st.sampled_from([*ATTRIBUTES, "missing", "a name"])
TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["d", "m", "2020-01-31", "yyyy-MM-dd", "(a)", "True", "12", "tr-TR"])
)
LEAVES = st.one_of(
    st.builds(Attribute, NAMES),
    st.builds(Constant, TEXTS),
    st.builds(Constant, st.integers(-(10**17), 10**17)),
    st.builds(Constant, st.booleans()),
    st.just(Word("vbTextCompare")),
)
ARGUMENTS = {name: (function.least, function.most) for name, function in FUNCTIONS.items()}


@st.composite
def calls(draw, nodes):
    """A call of any function with a number of arguments that it takes."""
    name = draw(st.sampled_from(sorted(ARGUMENTS)))
    least, most = ARGUMENTS[name]
    operands = st.one_of(nodes, st.builds(Comparison, nodes, st.sampled_from(["=", "<", ">="]), nodes))
    arguments = draw(st.lists(operands, min_size=least, max_size=least + 2 if most is None else most))
    if len(arguments) > 1 and draw(st.booleans()):
        arguments[draw(st.integers(0, len(arguments) - 1))] = Empty()
    return Call(name, tuple(arguments))


TREES = st.recursive(LEAVES, calls, max_leaves=12)


def read_or_refused(text):
    """Nothing but BadExpression comes out of the parser, and what it reads survives being written."""
    try:
        expression = parse(text)
    except BadExpression as refusal:
        assert str(refusal).endswith(".")  # noqa: PT017 - most texts are refused, some are read
    else:
        assert parse(str(expression)) == expression


@QUICK
@given(st.one_of(st.text(max_size=200), st.lists(SCRAPS, max_size=40).map("".join)))
def test_any_text_is_read_or_refused(text):
    """With what an expression is made of, in any order."""
    read_or_refused(text)


def written_and_evaluated(tree):
    """A tree is read back from its text as it was; it has a value, or fails with a sentence."""
    try:
        expression = parse(str(tree))
    except BadExpression as refusal:
        assert "Replace" in str(tree) or "Switch" in str(tree), refusal  # noqa: PT017 - their arguments are checked
        return

    assert expression.tree == tree
    with suppress(FailedExpression):
        value = expression.evaluate(ATTRIBUTES, context())
        assert value is None or value is IGNORE or isinstance(value, str | int | list | dict)


@QUICK
@given(TREES)
def test_any_tree_survives_being_written_and_evaluated(tree):
    """Of all functions, with any number of arguments that they take."""
    written_and_evaluated(tree)
