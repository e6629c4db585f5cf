"""PATCHes that have to be refused: what is wrong with them, and that nothing of them is carried out."""

from __future__ import annotations

from conformance.checks.test_patch_values import NOT_OFFERED
from conformance.idp.entra import ERROR
from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show

WRONG = (
    "op-missing", "op-unknown", "add-without-value", "remove-without-path", "path-malformed", "path-index",
    "path-unknown", "value-of-other-type", "remove-required",
)  # fmt: skip


def refused(step: Step, *scim_types: str, level: Level | None = None) -> None:
    """The PATCH is refused with 400; a scimType that is given is one of these.

    Raises:
        NotApplicable: the endpoint offers no PATCH.
    """
    if step.exchange.status in NOT_OFFERED:
        raise NotApplicable(f"PATCH is answered {step.exchange.status}")
    soft = Level.SHOULD if 400 < (step.exchange.status or 0) < 500 else level
    expect.status(step, 400, level=soft)
    if scim_types:
        expect.scim_type(step, *scim_types)


@check("patch-no-schemas", covers=["RFC7644-3.5.2-03"], profile="rfc")
def test_a_patch_says_that_it_is_one(patch_refusals: Steps) -> None:
    """A body without the PatchOp schema is refused with 400.

    What means something else is carried out by guess.

    Fix: require urn:ietf:params:scim:api:messages:2.0:PatchOp in schemas.
    """
    refused(patch_refusals["no-schemas"])


@check("patch-no-operations", covers=["RFC7644-3.5.2-04"], profile="rfc")
def test_a_patch_has_operations(patch_refusals: Steps) -> None:
    """A body without any operation is refused with 400.

    A client whose operations were lost on the way believes that they were carried out.

    Fix: require a non-empty Operations array.
    """
    for name in ("no-operations", "empty-operations"):
        refused(patch_refusals[name])


@check("patch-bad-op", covers=["RFC7644-3.5.2-05", "RFC7644-3.5.2-02"], profile="rfc")
def test_an_operation_is_one_of_three(patch_refusals: Steps) -> None:
    """An operation without op, or with another one than add, replace and remove, is refused with 400.

    It would be carried out by guess, or dropped without a word.

    Fix: answer 400 with scimType invalidSyntax.
    """
    for name in ("op-missing", "op-unknown"):
        refused(patch_refusals[name])


@check("patch-add-without-value", covers=["RFC7644-3.5.2.1-01"], profile="rfc")
def test_an_add_has_a_value(patch_refusals: Steps) -> None:
    """An add without value is refused with 400.

    A value that was lost on the way would clear the attribute.

    Fix: answer 400 with scimType invalidValue.
    """
    refused(patch_refusals["add-without-value"])


@check("patch-remove-without-path", covers=["RFC7644-3.5.2.2-01"], profile="rfc")
def test_a_remove_has_a_path(patch_refusals: Steps) -> None:
    """A remove without path is refused with 400 noTarget.

    Nobody knows what it is to take away.

    Fix: answer 400 with scimType noTarget.
    """
    refused(patch_refusals["remove-without-path"], "noTarget")


@check("patch-path-malformed", covers=["RFC7644-3.5.2-09", "RFC7644-3.12-18"], profile="rfc")
def test_a_broken_path_is_refused(patch_refusals: Steps) -> None:
    """A path outside the grammar is refused with 400 invalidPath.

    A filter that is cut off selects too much.

    Fix: parse the path before anything is changed; answer 400 with scimType invalidPath.
    """
    refused(patch_refusals["path-malformed"], "invalidPath", "invalidFilter", "invalidSyntax")


@check("patch-path-index", covers=["RFC7644-3.5.2-02"], profile="rfc")
def test_an_index_is_no_path(patch_refusals: Steps) -> None:
    """A path with an array index is refused with 400.

    Values have no order that two servers agree on.

    Fix: answer 400 with scimType invalidPath.
    """
    refused(patch_refusals["path-index"])


@check("patch-path-unknown", covers=["RFC7644-3.5.2-20", "RFC7644-3.5.2-10"], profile="rfc")
def test_an_unknown_attribute_is_not_stored(patch_refusals: Steps) -> None:
    """A path that names an unknown attribute is refused or ignored, and never stored.

    A misspelt attribute would be stored where nobody looks for it.

    Fix: answer 400 with scimType invalidPath.
    """
    step = patch_refusals["path-unknown"]
    shown = find(patch_refusals["read-last"].exchange.resource, "scimconfNoSuchAttribute")
    if not is_empty(shown):
        raise Failure(
            "no attribute scimconfNoSuchAttribute",
            show(shown),
            kind=Kind.UNWANTED_VALUE,
            subject="scimconfNoSuchAttribute",
        )
    expect.status(step, 200, 204, 400, 403, 404, 405, 501)
    if step.exchange.ok:
        raise Observation(f"a PATCH of an unknown attribute is answered {step.exchange.status} and ignored")


@check("patch-wrong-type", covers=["RFC7644-3.5.2-11", "RFC7644-3.5.2-14"], profile="rfc")
def test_a_value_of_another_type_is_refused(patch_refusals: Steps) -> None:
    """An object as the value of active is refused with 400, and not stored.

    What is no Boolean is read as true by one server and as false by another.

    Fix: answer 400 with scimType invalidValue.
    """
    after = find(patch_refusals["read-last"].exchange.resource, "active")
    if not is_empty(after) and not isinstance(after, bool):
        raise Failure("a Boolean", show(after), path="active", kind=Kind.WRONG_TYPE)
    refused(patch_refusals["value-of-other-type"], "invalidValue", "invalidSyntax", level=Level.SHOULD)


@check("patch-remove-required", covers=["RFC7644-3.5.2.2-08"], profile="rfc")
def test_what_is_required_stays(patch_refusals: Steps) -> None:
    """A remove of userName is refused with an error, and the name stays.

    A user without a name can neither sign in nor be matched.

    Fix: answer 400 with scimType mutability.
    """
    expect.present(patch_refusals["read-last"], "userName")
    refused(patch_refusals["remove-required"], "mutability", "invalidValue")


@check("patch-atomic", covers=["RFC7644-3.5.2-19"], profile="rfc")
def test_nothing_is_carried_out_by_half(patch_refusals: Steps) -> None:
    """A PATCH with an operation that is refused changes nothing.

    The client repeats it as a whole, and what was done already is done twice.

    Fix: apply all operations to a copy, and store it when all went well.
    """
    step = patch_refusals["read-last"]
    expect.status(step, 200)
    path = step.facts["told"]
    value = find(expect.shown(step), path)
    done = [name for name in WRONG if name == value and not patch_refusals[name].exchange.ok]
    told = [f"the first operation of {name}, which was refused, is stored" for name in done]
    expect.nothing(told, "no operation of a refused PATCH carried out", path=path, kind=Kind.WRONG_VALUE)


@check("patch-error-body", covers=["RFC7644-3.5.2-20", "RFC7644-3.5.2-14"], profile="rfc")
def test_refusals_say_why(patch_refusals: Steps) -> None:
    """A refused PATCH is answered with a SCIM error.

    The administrator sees the error's text in Entra's log, and nothing else.

    Fix: answer with the schema urn:ietf:params:scim:api:messages:2.0:Error and a detail.
    """
    bare = []
    refusals = [name for name in WRONG if not patch_refusals[name].exchange.ok]
    for name in expect.some(refusals, "no PATCH was refused"):
        exchange = patch_refusals[name].exchange
        told = exchange.resource.get("schemas")
        if not isinstance(told, list) or ERROR not in told:
            bare.append(f"{name} is answered {exchange.status} without a SCIM error")
    expect.nothing(bare, "a SCIM error", kind=Kind.SCHEMA)
