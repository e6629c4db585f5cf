"""Removing a user by DELETE: gone from everywhere, and free to be created again."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.verdict import Failure, Kind, Level, NotApplicable, Unplayed


@check("crud-delete-status", covers=["RFC7644-3.6-04"], profile="rfc")
def test_delete_is_answered_204(removal: Steps) -> None:
    """A DELETE is answered 204 without a body.

    Entra takes anything else for a failure and tries again.

    Fix: answer 204 No Content.
    """
    step = removal["delete"]
    if step.exchange.status in {200, 202}:
        raise expect.answered(step.exchange, "HTTP 204", level=Level.SHOULD)
    expect.status(step, 204)
    if step.exchange.body:
        raise Failure("no body", f"{len(step.exchange.body)} characters", kind=Kind.BODY, subject="body")


def _answered(step: Step, method: str) -> int | None:
    return next((e.status for e in step.exchanges if e.method == method), None)


@check("crud-delete-gone", covers=["RFC7644-3.6-01"], profile="rfc")
def test_deleted_user_is_not_found(removal: Steps) -> None:
    """A deleted user is answered 404 to every method.

    404 is Entra's proof that the account is gone.

    Fix: treat a deleted resource as one that never was.
    """
    step = removal["gone"]
    wrong = [
        f"{e.method} answers {e.status}" for e in step.exchanges if e.method != "DELETE" and not _refused(e.status)
    ]
    expect.nothing(wrong, "404 for a deleted user", kind=Kind.STATUS)
    again = _answered(step, "DELETE")
    if again is None:  # somebody may have been there, so that it was not sent
        raise Unplayed(removal.played.key, "gone")
    if again != 404:
        raise Failure(
            "404 for a second DELETE", f"HTTP {again}", level=Level.SHOULD, kind=Kind.STATUS, subject=str(again)
        )
    others = [f"{e.method} answers {e.status}" for e in step.exchanges if e.status not in {404, 405, 501}]
    expect.nothing(others, "404 for a deleted user", level=Level.SHOULD, kind=Kind.STATUS)


def _refused(status: int | None) -> bool:
    return status in {400, 403, 404, 405, 501}


@check("crud-delete-not-listed", covers=["RFC7644-3.6-02"], profile="rfc")
def test_deleted_user_is_not_in_queries(removal: Steps) -> None:
    """A deleted user is in no query's result.

    Entra would match the dead account and update it.

    Fix: leave deleted resources out of every query.
    """
    name = removal["create"].exchange.request_body["userName"]
    expect.list_response(removal["match-gone"])
    hits = [row for row in removal["match-gone"].exchange.listed if row.get("userName") == name]
    expect.nothing((str(row.get("id")) for row in hits), "no result", kind=Kind.WRONG_RESULTS)


@check("crud-delete-create-again", covers=["RFC7644-3.6-03"], profile="rfc")
def test_deleted_user_can_be_created_again(removal: Steps) -> None:
    """A deleted user's name can be used again.

    People come back.

    Fix: leave deleted resources out of the uniqueness check.
    """
    expect.status(removal["create-again"], 201)


@check("crud-unknown-read", covers=["RFC7644-3.4.1-02", "RFC7644-3.12-09"], profile="rfc")
def test_unknown_id_is_not_found(removal: Steps) -> None:
    """Reading an id that nobody has is answered 404.

    An empty 200 is taken for an account without attributes.

    Fix: answer 404 with an Error body.
    """
    expect.status(removal["unknown-get"], 404)


@check("crud-unknown-patch", covers=["RFC7644-3.5.2-23"], profile="rfc")
def test_patch_of_an_unknown_id_is_not_found(removal: Steps) -> None:
    """A PATCH of an id that nobody has is answered 404.

    A 2xx makes the client believe that the change arrived.

    Fix: answer 404 with an Error body.
    """
    if removal["unknown-patch"].exchange.status in {405, 501}:
        raise NotApplicable("PATCH is not offered")
    expect.status(removal["unknown-patch"], 404, 403, 400)


@check("crud-unknown-delete", covers=["RFC7644-3.6-05"], profile="rfc")
def test_delete_of_an_unknown_id_is_not_found(removal: Steps) -> None:
    """A DELETE of an id that nobody has is answered 404.

    A 204 hides that the client has a wrong id.

    Fix: answer 404 with an Error body.
    """
    expect.status(removal["unknown-delete"], 404, 403)
