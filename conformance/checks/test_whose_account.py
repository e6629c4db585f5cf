"""Whose account it is: what a create makes, what a refusal leaves, and what an id leads to."""

from __future__ import annotations

from typing import Any

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.verdict import Failure, Kind, Level, NotApplicable

BOOKS = "books"
"""The step that tells what the endpoint did. A check names another journey beside it, so that there is something to
tell where nothing else is played."""


def _events(reckoning: Steps, *kinds: str) -> list[dict[str, Any]]:
    """What the endpoint did of these kinds.

    Raises:
        NotApplicable: nothing was created, so that there is nothing to tell.
    """
    facts = reckoning[BOOKS].facts
    if not facts["created"] and not facts["events"]:
        raise NotApplicable("nothing was created in this run")
    return [event for event in facts["events"] if event["kind"] in kinds]


def _none(events: list[dict[str, Any]], expected: str) -> None:
    """The endpoint did nothing of the kind; what it did of a bulk job only is no harm to Entra, which sends none."""
    expect.nothing([_sentence(event) for event in events if not event["bulk"]], expected, kind=Kind.FOREIGN)
    expect.nothing(
        [f"{_sentence(event)}, in a bulk job" for event in events], expected, level=Level.SHOULD, kind=Kind.FOREIGN
    )


def _sentence(event: dict[str, Any]) -> str:
    where = f"{event['collection']}/{event['id']}" if event["id"] else event["collection"]
    named = f" ({event['name']})" if event["name"] else ""
    return f"{where}{named}: {event['detail']}"


@check("create-makes-new", covers=["ENTRA-NEW-01"], profile="entra")
def test_a_create_makes_something_new(deprovision: Steps, reckoning: Steps) -> None:  # noqa: ARG001 - see above
    """A create makes a resource that was not there before, and is answered 201 with that one.

    An endpoint that takes a create for a change of somebody who is there already, or answers one create with what
    another one made, mixes up people. The suite never writes to such a resource, and does not delete it.

    Fix: insert on POST and never update; refuse what is taken with 409; answer 201 with the row that was inserted.
    """
    _none(_events(reckoning, "foreign", "swapped"), "each create answered with what it made")


@check("id-given-once", covers=["ENTRA-NEW-02"], profile="entra")
def test_an_id_is_given_once(deprovision: Steps, reckoning: Steps) -> None:  # noqa: ARG001 - see above
    """No two resources are given the same id, not even one after the other.

    Entra keeps the id of each person: a request for one who is gone reaches the one who has the id now.

    Fix: let the database make ids that it never makes again (a UUID, or AUTOINCREMENT in place of the highest row).
    """
    _none(_events(reckoning, "repeated"), "each id given once")


@check("id-of-nobody", covers=["ENTRA-NEW-03"], profile="entra")
def test_an_id_of_nobody_is_404(deprovision: Steps, reckoning: Steps) -> None:  # noqa: ARG001 - see above
    """An id that nobody has is answered 404, and never with somebody else.

    An id that is read as a number as far as it goes (parseInt, atoi, a cast) leads 175df748-… to user 175.

    Fix: compare the whole id; answer 404 where it has not the form of one.
    """
    _none(_events(reckoning, "taken"), "404 for an id that nobody has")


@check("refused-is-not-stored", covers=["ENTRA-NEW-04"], profile="entra")
def test_what_is_refused_is_not_stored(duplicate: Steps, reckoning: Steps) -> None:  # noqa: ARG001 - see above
    """What a create is refused for is not stored all the same.

    The next attempt conflicts with an account that nobody knows of, for ever.

    Fix: check before inserting, or roll the insert back with the answer; see that no proxy sends a POST twice.
    """
    _none(_events(reckoning, "stored"), "nothing stored of a create that was not answered 2xx")


@check("create-is-done-once", covers=["ENTRA-NEW-05"], profile="entra")
def test_a_create_is_carried_out_once(group_parallel: Steps, reckoning: Steps) -> None:  # noqa: ARG001 - see above
    """A create that was sent once makes one resource.

    Of two accounts of one person only one is disabled when the person leaves.

    Fix: switch off that a proxy or a mesh sends a POST again, and put a unique index on userName and displayName.
    """
    _none(_events(reckoning, "twice"), "one resource of each create")


@check("created-is-readable", covers=["ENTRA-NEW-06"], profile="entra")
def test_what_was_created_can_be_read_at_once(deprovision: Steps, reckoning: Steps) -> None:  # noqa: ARG001 - see above
    """What was answered 201 can be read at once.

    201 says that the resource is there. Where reads lag behind, everything that comes right after a create fails: a
    member, a manager, a change. The suite waited for it, so that the other checks are judged all the same.

    Fix: answer 201 when the resource can be read everywhere; read your own writes from the primary.
    """
    _events(reckoning)
    lag = reckoning[BOOKS].facts["lag"]
    if lag:
        raise Failure("200 for a read after the create", f"404 for up to {lag:g} s", kind=Kind.TIME)


@check("list-survives", covers=["ENTRA-NEW-07"], profile="rfc")
def test_no_resource_breaks_the_list(errors: Steps, reckoning: Steps) -> None:  # noqa: ARG001 - see above
    """A list that could be read at the beginning can be read at the end.

    One row that cannot be shown takes all others with it: nobody is matched any more.

    Fix: refuse what cannot be shown, or leave out what is missing; look for the row in the database.
    """
    _none(_events(reckoning, "broken"), "a list at the end as at the beginning")
