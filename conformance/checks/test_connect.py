"""Test Connection: what the admin's button asks for."""

from __future__ import annotations

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.scim.features import Features
from conformance.verdict import Failure, Kind, Level, NotApplicable, show


@check("connect-users-answered", covers=["ENTRA-CONNECT-01"], profile="entra")
def test_probe_is_answered(connect: Steps) -> None:
    """A look-up of a user that nobody has is answered 200 with an empty list.

    Test Connection sends exactly this; a 404 or 400 makes the portal refuse to save the configuration.

    Fix: answer a filter without match with 200 and a ListResponse whose totalResults is 0.
    """
    expect.list_response(connect["probe-users"])


@check("connect-users-empty", covers=["ENTRA-CONNECT-02"], profile="entra")
def test_probe_finds_nobody(connect: Steps) -> None:
    """A look-up of a user that nobody has finds nobody: the filter is not ignored.

    An endpoint that answers every filter with all its users makes Entra adopt a stranger's account.

    Fix: apply the filter; refuse with 400 invalidFilter what is not supported, never ignore it.
    """
    expect.total(connect["probe-users"], 0)


@check("connect-percent-encoding", covers=["ENTRA-CONNECT-03"], profile="entra")
def test_both_encodings_mean_the_same(connect: Steps) -> None:
    """A filter means the same with its spaces sent as + and as %20.

    Entra sends +, Microsoft's validator %20; an endpoint that decodes only one of them fails one of the two.

    Fix: decode the query as application/x-www-form-urlencoded, where + and %20 both are spaces.
    """
    expect.total(connect["probe-users"], 0)
    expect.total(connect["probe-users-percent"], 0)


@check("connect-without-user-agent", covers=["FIELD-41"], profile="entra")
def test_user_agent_is_not_needed(connect: Steps) -> None:
    """A request without a User-Agent is answered like one with it.

    Entra can come without that header; a web application firewall that blocks it breaks every request.

    Fix: let requests without a User-Agent through to the SCIM endpoint.
    """
    with_agent, without = connect["probe-with-agent"].exchange, connect["probe-users"].exchange
    if with_agent.status != without.status:
        raise Failure(
            f"HTTP {with_agent.status}, as with a User-Agent",
            f"HTTP {without.status} without one",
            kind=Kind.STATUS,
            subject=str(without.status),
        )


@check("connect-media-type", covers=["ENTRA-MEDIA-01"], profile="entra")
def test_answers_are_scim_json(connect: Steps) -> None:
    """Answers carry the media type application/scim+json.

    Microsoft asks for it on every answer.

    Fix: send Content-Type: application/scim+json; charset=utf-8.
    """
    kind = connect["probe-users"].exchange.headers.get("content-type", "no Content-Type")
    if kind.partition(";")[0].strip().lower() != "application/scim+json":
        raise Failure("Content-Type: application/scim+json", kind, path="Content-Type", kind=Kind.MEDIA_TYPE)


@check("connect-groups-answered", covers=["ENTRA-CONNECT-04"], profile="entra")
def test_group_probe_is_answered(connect: Steps, discovery: Steps) -> None:
    """A look-up of a group that nobody has is answered 200 with an empty list.

    Where groups are mapped, Test Connection asks for one too; a 404 there fails the test though users are fine.

    Fix: answer a filter on /Groups without match with 200 and an empty ListResponse, or switch the group mapping off.
    """
    found = Features.of(discovery.played.answers)
    if found.types and found.resource_type("Group") is None:
        raise NotApplicable("ResourceTypes does not list Group")
    # An endpoint that does not say that it has groups may be meant for users only.
    expect.status(connect["probe-groups"], 200, level=None if found.types else Level.SHOULD)
    expect.total(connect["probe-groups"], 0)


@check("connect-counts-are-numbers", covers=["ENTRA-LIST-01"], profile="entra")
def test_counts_are_numbers(connect: Steps) -> None:
    """totalResults of a list is a JSON number.

    Entra reads it as a number; a string ends in an unreadable answer.

    Fix: write totalResults, startIndex and itemsPerPage without quotes.
    """
    message = expect.list_response(connect["probe-users"])
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        value = message.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Failure(f"{name} as a number", show(value), path=name, kind=Kind.WRONG_TYPE)
