"""docs/expressions.md names every function, and its examples are true."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conformance.provisioning.expressions import parse
from conformance.provisioning.expressions.registry import FUNCTIONS, REFUSED
from tests.expressions.rows import context

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")
ATTRIBUTES = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])
EXAMPLES = re.findall(r"^\| (\w+) \| .+ \| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)


def test_every_function_is_documented_once():
    """The table has all functions in one row each, and the page names those that are refused."""
    assert sorted(name for name, _, _ in EXAMPLES) == sorted(FUNCTIONS)
    assert [name for name in REFUSED if name not in PAGE] == []


@pytest.mark.parametrize("name, text, result", EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_an_example_is_true(name, text, result):
    """Each example uses its function and has the result that stands beside it."""
    value = parse(text).evaluate(ATTRIBUTES, context())

    assert f"{name}(" in text
    assert (type(value), value) == (type(json.loads(result)), json.loads(result))
