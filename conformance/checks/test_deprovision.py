"""Hard deletes: gone from everywhere, and free to be created again."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Level


@check("user-delete-accepted", covers=["ENTRA-DELETE-01"], profile="entra")
def test_delete_is_204(deprovision: Steps) -> None:
    """DELETE of a user is answered 204.

    Entra sends it 30 days after a user was deleted in the directory.

    Fix: delete the user and answer 204 without a body.
    """
    step = deprovision["delete"]
    # 200 with a body is unusual and does no harm (RFC 7644 section 3.6 asks for 204).
    expect.status(step, 204, level=Level.SHOULD if step.exchange.ok else None)


@check("user-deleted-is-gone", covers=["ENTRA-DELETE-02"], profile="entra")
def test_deleted_user_is_404(deprovision: Steps) -> None:
    """A deleted user is answered 404.

    A user that is still read after a delete was not deleted.

    Fix: answer 404 for the id of a deleted user.
    """
    expect.status(deprovision["read-deleted"], 404)


@check("user-deleted-not-found", covers=["ENTRA-DELETE-03"], profile="entra")
def test_deleted_user_is_not_found(deprovision: Steps) -> None:
    """A deleted user is found by no filter.

    A row for a deleted user makes Entra adopt it instead of creating the user again.

    Fix: leave deleted users out of every query.
    """
    expect.total(deprovision["match-deleted"], 0)


@check("user-delete-twice", covers=["ENTRA-DELETE-04"], profile="entra")
def test_second_delete_is_404(deprovision: Steps) -> None:
    """DELETE of a user that was deleted is answered 404.

    Microsoft's validator asks for it.

    Fix: answer 404 for an id that is gone.
    """
    expect.status(deprovision["delete-again"], 404)


@check("user-delete-unknown", covers=["ENTRA-DELETE-04"], profile="entra")
def test_delete_of_unknown_is_404(deprovision: Steps) -> None:
    """DELETE of a user that never was is answered 404.

    Microsoft's validator asks for it.

    Fix: answer 404 for an unknown id.
    """
    expect.status(deprovision["delete-unknown"], 404)


@check("user-create-after-delete", covers=["ENTRA-DELETE-05"], profile="entra")
def test_deleted_user_can_be_created_again(deprovision: Steps) -> None:
    """A user of the same userName can be created after a delete.

    Who is hired again gets no account otherwise: the conflict stays in the log for ever.

    Fix: let a deleted user's userName go.
    """
    expect.status(deprovision["create-again"], 201, 200)
