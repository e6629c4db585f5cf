"""Which check is told to have blocked another one."""

from __future__ import annotations

import pytest

from conformance.judge.blame import Blame

PLACE = ("user_create", "create")


def blame(*rows):
    """What was judged: id, dialect, verdict and steps of each check, in their order."""
    made = Blame()
    for order, (identifier, dialect, verdict, *steps) in enumerate(rows):
        made.add(identifier, dialect, verdict, [("user_create", step) for step in steps], order)
    return made


@pytest.mark.parametrize(("verdict", "told"), [("FAIL", True), ("WARN", True), ("ERROR", True), ("PASS", False),
                                               ("INFO", False), ("N/A", False), ("BLOCKED", False)])  # fmt: skip
def test_only_a_check_that_says_what_went_wrong_there_is_told(verdict, told):
    """One that has nothing against the step explains nothing."""
    assert blame(("a", "", verdict, "create")).blocker(PLACE, {""}) == ("a" if told else None)


def test_a_check_of_another_step_is_not_told():
    """Nor where nothing looked at the step at all."""
    assert blame(("a", "", "FAIL", "read")).blocker(PLACE, {""}) is None


def test_who_looks_at_one_journey_comes_before_who_looks_at_many():
    """A check of every body names whichever is wrong; the one of the create names that."""
    made = Blame()
    made.add("bodies", "", "FAIL", [("match", "existing"), PLACE], 0)
    made.add("create", "", "WARN", [("user_create", "before"), PLACE], 1)

    assert made.blocker(PLACE, {""}) == "create"


def test_of_two_that_look_as_closely_the_first_is_told():
    """In the order of all checks, whatever their names."""
    assert blame(("b", "", "FAIL", "create"), ("a", "", "FAIL", "create")).blocker(PLACE, {""}) == "b"


def test_a_check_of_another_dialect_is_not_told():
    """What was sent there was another request."""
    made = blame(("a[legacy]", "legacy", "FAIL", "create"), ("b[compliant]", "compliant", "FAIL", "create"))

    assert made.blocker(PLACE, {"compliant", ""}) == "b[compliant]"
    assert made.blocker(PLACE, {""}) is None
