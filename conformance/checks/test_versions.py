"""Versions: the tag and its copy in the resource, conditional reads, and writes that only the latest tag allows."""

from __future__ import annotations

import re

from conformance.judge import expect
from conformance.judge.check import check
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.paths import find, is_empty
from conformance.verdict import Failure, Kind, Level, NotApplicable, Observation, show

TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
"""An entity-tag (RFC 9110 section 8.8.3)."""


def _opaque(tag: str) -> str:
    """The part that the weak comparison of RFC 9110 section 8.8.3.2 looks at."""
    return tag.strip().removeprefix("W/")


def _tagged(step: Step) -> str:
    """The ETag of an answer.

    Raises:
        NotApplicable: it has none.
    """
    tag = step.exchange.headers.get("etag")
    if not tag:
        raise NotApplicable("the endpoint sends no ETag")
    return str(tag)


@check("version-sent", covers=["RFC7644-3.14-02", "RFC7644-3.14-01"], profile="rfc")
def test_tag_is_sent(versions: Steps) -> None:
    """Where etag.supported is true, a resource is read with an ETag.

    Without it no client can tell whether somebody else has changed the resource meanwhile.

    Fix: send an ETag with each resource, or say etag.supported false.
    """
    if versions["read"].facts["offered"] is not True:
        raise NotApplicable("ServiceProviderConfig does not say etag.supported true")
    expect.status(versions["read"], 200)
    if not versions["read"].exchange.headers.get("etag"):
        raise Failure("an ETag header", "none", kind=Kind.HEADER, subject="ETag")


@check("version-form", covers=["RFC7643-3.1-22"], profile="rfc")
def test_tag_is_well_formed(versions: Steps) -> None:
    """An ETag is text in double quotes, with W/ before it where it is weak.

    Proxies and client libraries drop other forms.

    Fix: quote the tag.
    """
    tag = _tagged(versions["read"])
    if not TAG.fullmatch(tag.strip()):
        raise Failure('a tag such as W/"3694e05e9dff591"', show(tag), kind=Kind.HEADER, subject="ETag")


@check("version-in-meta", covers=["RFC7643-3.1-21", "RFC7644-3.14-03", "RFC7643-3.1-23"], profile="rfc")
def test_meta_version_is_the_tag(versions: Steps) -> None:
    """The meta.version of a resource is its ETag.

    In lists there is no other place for the tag.

    Fix: put the ETag's value into meta.version.
    """
    tag = _tagged(versions["read"])
    version = find(expect.resource(versions["read"]), "meta.version")
    if is_empty(version):
        # Web frameworks put an ETag on every answer; SCIM's versions are supported where the endpoint says so.
        if versions["read"].facts["offered"] is not True:
            raise NotApplicable("ServiceProviderConfig does not say etag.supported true")
        raise Failure(
            f"meta.version = {show(tag)}", "no value", path="meta.version", level=Level.SHOULD, kind=Kind.MISSING_VALUE
        )
    if _opaque(str(version)) != _opaque(tag):
        raise Failure(f"meta.version = {show(tag)}", show(version), path="meta.version", kind=Kind.WRONG_VALUE)


@check("version-not-modified", covers=["RFC7644-3.14-04"], profile="rfc")
def test_unchanged_resources_are_not_sent_again(versions: Steps) -> None:
    """A read with If-None-Match is answered 304 without a body, until the resource changes.

    A client that trusts a 304 after a change keeps what is out of date.

    Fix: compare If-None-Match with the present tag.
    """
    expect.status(versions["read-same"], 304)
    if versions["read-same"].exchange.body:
        raise Failure(
            "no body with 304", f"{len(versions['read-same'].exchange.body)} characters", kind=Kind.BODY, subject="body"
        )
    if versions["patch-fresh"].exchange.ok:
        expect.status(versions["read-changed"], 200)


@check("version-fresh", covers=["RFC7644-3.14-05"], profile="rfc")
def test_latest_tag_allows_changes(versions: Steps) -> None:
    """A PATCH or PUT with If-Match and the latest tag is carried out.

    Careful clients can change nothing otherwise.

    Fix: accept the tag that was sent last, also where it is weak.
    """
    for name in ("patch-fresh", "put-fresh"):
        step = versions[name]
        if step.exchange.status in {403, 405, 501}:
            raise NotApplicable(f"{step.exchange.method} is answered {step.exchange.status}")
        # HTTP compares If-Match strongly, where no weak tag fits (RFC 9110 section 13.1.1); SCIM's examples do not.
        weak = step.exchange.request_headers.get("if-match", "").startswith("W/")
        expect.status(step, 200, 204, level=Level.SHOULD if weak and step.exchange.status == 412 else None)


@check("version-stale", covers=["RFC7644-3.14-05", "RFC7644-3.12-11", "RFC7644-3.14-07"], profile="rfc")
def test_past_tags_forbid_changes(versions: Steps) -> None:
    """A PATCH or PUT with If-Match and a past tag is answered 412, and changes nothing.

    Two clients overwrite each other's changes, and neither notices.

    Fix: change the tag with each change, and compare If-Match with it before the next one.
    """
    expect.accepted(versions["patch-fresh"])
    if _tagged(versions["read-patched"]) == _tagged(versions["read"]):
        raise Failure(
            "another tag after a change", f"the same, {_tagged(versions['read'])}", kind=Kind.HEADER, subject="ETag"
        )
    for name in ("patch-stale", "put-stale"):
        conflict = versions[name].exchange.status == 409
        expect.status(versions[name], 412, level=Level.SHOULD if conflict else None)
    expect.attribute(
        versions["read-unharmed"], "displayName", find(versions["read-patched"].exchange.resource, "displayName")
    )


@check("version-stale-delete", covers=["RFC7644-3.14-06", "RFC7644-3.12-11"], profile="rfc")
def test_past_tags_forbid_deletion(versions: Steps) -> None:
    """A DELETE with If-Match and a past tag is answered 412.

    What somebody else has just changed is gone.

    Fix: honour If-Match on DELETE as well.
    """
    step = versions["delete-stale"]
    if step.exchange.status in {403, 405, 501}:
        raise Observation(f"DELETE is answered {step.exchange.status}")
    expect.status(step, 412)


@check("me-location", covers=["RFC7644-3.11-03", "RFC7644-3.11-01", "RFC7644-3.11-02"], profile="rfc")
def test_me_leads_to_the_resource(me: Steps) -> None:
    """The path /Me is answered 501 where it is not offered; else it leads to the resource's permanent location.

    A client that keeps /Me as somebody's address writes to whoever asks next.

    Fix: answer 501; or redirect with 308; or send the resource with its own Location.
    """
    exchange = me["me"].exchange
    if exchange.status in {301, 302, 303, 307, 308}:
        if not exchange.headers.get("location"):
            raise Failure("a Location with the redirect", "none", kind=Kind.HEADER, subject="Location")
        return
    if not exchange.ok:
        expect.status(me["me"], 501, 400, 401, 403, 404, 405, level=Level.SHOULD)
        return
    location = (
        exchange.headers.get("location")
        or exchange.headers.get("content-location")
        or find(exchange.resource, "meta.location")
    )
    if is_empty(location) or str(location).rstrip("/").endswith("/Me"):
        raise Failure(
            "the resource's own location",
            "none" if is_empty(location) else show(location),
            kind=Kind.HEADER,
            subject="Location",
        )
