"""Typed expectations on recorded steps. Each returns quietly, or raises one failure that says what was seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from conformance.idp.entra import LIST_RESPONSE
from conformance.judge.steps import Steps
from conformance.recording import Step
from conformance.scim.exchange import Exchange, NotJson, Unbearable
from conformance.scim.features import Features
from conformance.scim.paths import MISSING, find, is_empty, strings
from conformance.verdict import Failure, Kind, LeftOut, Level, NotApplicable, Unplayed, show

ItemT = TypeVar("ItemT")

SHOWN = 5
"""Offenders told one by one; of more only the number is."""


def status(step: Step, *allowed: int, level: Level | None = None) -> None:
    """The answer has one of these statuses."""
    if step.exchange.status not in allowed:
        wanted = " or ".join(str(s) for s in allowed)
        seen = str(step.exchange.status)
        raise Failure(f"HTTP {wanted}", _status_got(step), kind=Kind.STATUS, subject=seen, level=level)


def answered(exchange: Exchange, wanted: str, *, level: Level | None = None) -> Failure:
    """The failure of an answer that has another status than is wanted; for whoever raises it.

    Args:
        exchange: with that answer.
        wanted: in words.
        level: at which it counts, where that is less than the requirement's.
    """
    seen = str(exchange.status)
    return Failure(wanted, f"HTTP {seen}", kind=Kind.STATUS, subject=seen, level=level)


def scim_type(step: Step, *allowed: str, required: bool = False) -> None:
    """A scimType, where the answer gives one, is one of these; another or a missing one breaks no more than a SHOULD.

    Args:
        step: whose answer is looked at.
        allowed: values of scimType (RFC 7644 section 3.12).
        required: the text names the scimType, so that none is not enough.
    """
    told = find(step.exchange.resource, "scimType")
    empty = is_empty(told)
    if told in allowed or (empty and not required):
        return
    wanted = f"scimType {' or '.join(allowed)}{'' if required else ', or none'}"
    kind, got = (Kind.MISSING_VALUE, "none") if empty else (Kind.WRONG_VALUE, show(told))
    raise Failure(wanted, got, kind=kind, path="scimType", level=Level.SHOULD)


def accepted(step: Step) -> None:
    """A PATCH was accepted: 200 with the resource or 204 (RFC 7644 section 3.5.2)."""
    status(step, 200, 204)


def done(journey: Steps, name: str) -> Step:
    """The step of a journey that another check judges, and without which nothing can be said here.

    Raises:
        Unplayed: it was refused.
    """
    step = journey[name]
    if step.exchange.status not in {200, 201, 204}:
        told = f"{step.exchange.method} at step {name!r}, on which this builds, was answered {step.exchange.status}"
        raise Unplayed(journey.played.key, name, told)
    return step


def body(step: Step) -> Any:
    """The answer's body as JSON."""
    try:
        return step.exchange.json
    except Unbearable as problem:
        raise Failure("a JSON body that can be read", str(problem), kind=Kind.BODY, subject="body") from None
    except NotJson:
        media_type = step.exchange.headers.get("content-type", "no Content-Type")
        got = f"{_excerpt(step.exchange.body)} ({media_type})"
        raise Failure("a JSON body", got, kind=Kind.BODY, subject="body") from None


def resource(step: Step) -> dict[str, Any]:
    """The answer's body as a JSON object."""
    value = body(step)
    if not isinstance(value, dict):
        raise Failure("a JSON object", show(value), kind=Kind.BODY, subject="body")
    return value


def attribute(step: Step, path: str, expected: Any, *, level: Level | None = None) -> None:
    """The resource in the answer holds this value at a SCIM path, of the same JSON type."""
    got = find(resource(step), path)
    if not same(got, expected):
        raise Failure(f"{path} = {show(expected)}", _shown(got), kind=_otherwise(got, expected), path=path, level=level)


def absent(step: Step, path: str, *, level: Level | None = None) -> None:
    """The resource in the answer holds no value at a SCIM path; null and [] are no value."""
    got = find(shown(step), path)
    if not is_empty(got):
        raise Failure(f"no value at {path}", show(got), kind=Kind.UNWANTED_VALUE, path=path, level=level)


def present(step: Step, path: str) -> Any:
    """The resource in the answer holds some value at a SCIM path; it is returned."""
    got = find(resource(step), path)
    if is_empty(got):
        raise Failure(f"a value at {path}", "none", kind=Kind.MISSING_VALUE, path=path)
    return got


def some(items: Iterable[ItemT], why: str) -> list[ItemT]:
    """What a check is about to look over, of which there has to be something: nothing wrong with nothing is no PASS.

    Args:
        items: to look over.
        why: said where there are none.

    Raises:
        NotApplicable: there are none.
    """
    found = list(items)
    if not found:
        raise NotApplicable(why)
    return found


def shown(step: Step) -> dict[str, Any]:
    """The answer's body, which is a user or a group: what shows neither an id nor a name lacks everything.

    Raises:
        NotApplicable: it shows no resource, as another check says of it.
    """
    body = resource(step)
    if all(is_empty(find(body, name)) for name in ("id", "userName", "displayName")):
        raise NotApplicable(f"the answer to {step.exchange.method} {step.exchange.path} shows no resource")
    return body


def total(step: Step, expected: int) -> None:
    """The answer is a ListResponse of so many results."""
    count = list_response(step).get("totalResults")
    if count != expected:
        raise Failure(f"totalResults {expected}", show(count), kind=Kind.COUNT, path="totalResults")


def list_response(step: Step) -> dict[str, Any]:
    """The answer is 200 with a ListResponse (RFC 7644 section 3.4.2)."""
    status(step, 200)
    message = resource(step)
    if LIST_RESPONSE not in strings(message.get("schemas")):
        wanted = f"a ListResponse (schemas: {LIST_RESPONSE})"
        raise Failure(wanted, show(message), kind=Kind.SCHEMA, path="schemas")
    return message


def finds(step: Step, identifiers: Iterable[str]) -> None:
    """The answer is a ListResponse of exactly these resources."""
    wanted = sorted(identifiers)
    list_response(step)
    got = sorted(str(row.get("id")) for row in step.exchange.listed)
    if got != wanted:
        exactly = f"exactly the resources {show(wanted)}"
        raise Failure(exactly, show(got), kind=Kind.WRONG_RESULTS, path="Resources")


def nothing(
    offenders: Iterable[str],
    expected: str,
    *,
    kind: Kind,
    subject: str | None = None,
    path: str | None = None,
    level: Level | None = None,
) -> None:
    """Nothing was found that is wrong; all that was is told in one failure.

    Args:
        offenders: what is wrong, one by one.
        expected: what should have been seen, in one line.
        kind: in which way they are wrong.
        subject: what all of them are about, where it is one thing.
        path: SCIM or JSON path of the difference.
        level: overrules the catalogue's level downwards.
    """
    found = list(dict.fromkeys(offenders))
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        got = "; ".join(found[:SHOWN]) + more
        raise Failure(expected, got, kind=kind, subject=subject, path=path, level=level)


def stored(step: Step, sent: dict[str, Any], *paths: str, features: Features | None = None) -> None:
    """The resource in the answer holds what was sent at each of these SCIM paths.

    Args:
        step: whose answer is looked at.
        sent: the resource as it was sent, with values at the paths.
        paths: SCIM paths; one that the endpoint's own schema does not list is passed over.
        features: what the endpoint says of itself.

    Raises:
        NotApplicable: the endpoint's schemas list none of the attributes.
    """
    status(step, 200)
    listed = [path for path in paths if features is None or features.lists_user_attribute(path)]
    if not listed:
        raise NotApplicable(f"the endpoint's User schema lists none of {', '.join(paths)}")
    given = [path for path in listed if find(sent, path)]
    if not given:
        raise LeftOut(f"users are created without {', '.join(listed)} here, as the endpoint refuses them with it")
    got = {path: find(resource(step), path) for path in given}
    lost = [path for path in given if not same(got[path], find(sent, path))]
    if lost:
        wanted = ", ".join(f"{path} = {show(find(sent, path))}" for path in lost[:SHOWN])
        seen, kind = (
            ", ".join(_shown(got[path]) for path in lost[:SHOWN]),
            _otherwise(got[lost[0]], find(sent, lost[0])),
        )
        raise Failure(wanted, seen, kind=kind, path=lost[0])


def sent(step: Step, path: str) -> Any:
    """The value that a step sent at a SCIM path.

    Raises:
        LeftOut: none was, as the endpoint refuses what holds one.
    """
    value = find(step.exchange.request_body, path)
    if value is MISSING:
        raise LeftOut(f"{path} is not sent here, as the endpoint refuses what holds it")
    return value


def applied(change: Step, read: Step, *paths: str) -> None:
    """A PATCH was accepted, and what it changed is there when the resource is read.

    Args:
        change: the PATCH; its fact ``changes`` maps SCIM paths to values.
        read: a later GET of the resource.
        paths: which of the changes to look at; all by default.

    Raises:
        NotApplicable: none of them was sent.
    """
    accepted(change)
    status(read, 200)
    sent = change.facts["changes"]
    looked = [path for path in paths or sent if path in sent]
    if not looked:
        raise NotApplicable(f"{', '.join(paths)} of users are not both declared by the endpoint and seen to be stored")
    for path in looked:
        attribute(read, path, sent[path])


def members(read: Step, *, repeats: bool = False) -> None:
    """The group in the answer has exactly the members of the step's fact ``members``.

    Args:
        read: a GET of the group.
        repeats: whether one member may be listed twice, where that is another check's matter.
    """
    status(read, 200)
    wanted = read.facts["members"]
    rows = find(shown(read), "members")
    got = [str(row.get("value")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    got = sorted(set(got)) if repeats else sorted(got)
    if got != sorted(wanted):
        lost, extra = len(set(wanted) - set(got)), len(got) - len(set(got) & set(wanted))
        told = f"{len(got)} members: {lost} missing, {extra} too many"
        expected = f"the {len(wanted)} members that were put in and not taken out"
        raise Failure(expected, told, kind=Kind.WRONG_MEMBERS, subject=_direction(lost, extra), path="members")


def _direction(missing: int, extra: int) -> str:
    """Whether members were lost or came to be there: two defects, of which one takes access and one gives it."""
    if missing and extra:
        return "members"
    return "lost members" if missing else "members too many"


def left(before: Step, read: Step, gone: Iterable[str]) -> None:
    """Of the members there were, exactly the named ones have gone.

    Args:
        before: a GET of the group before the removal.
        read: a GET after it.
        gone: ids of the members that were removed; empty where nobody had to go.

    Raises:
        Unplayed: those who had to go, or others who had to stay, were not in the group before.
    """
    there, named = _member_ids(before), set(gone)
    if not there - named or not named <= there:
        raise Unplayed(before.facts["journey"], before.facts["after"])
    missing, extra = (there - named) - _member_ids(read), _member_ids(read) - (there - named)
    if missing or extra:
        told = f"{len(missing)} of them gone too, {len(extra)} still there or new"
        expected = f"the other {len(there - named)} members, and nobody else"
        subject = _direction(len(missing), len(extra))
        raise Failure(expected, told, kind=Kind.WRONG_MEMBERS, subject=subject, path="members")


def _member_ids(read: Step) -> set[str]:
    rows = find(resource(read), "members")
    return {str(row.get("value")) for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()


def same(got: Any, expected: Any) -> bool:
    """Whether two JSON values are equal, true not being 1, and members beyond the expected ones being welcome."""
    if isinstance(expected, dict) and isinstance(got, dict):
        return all(same(find(got, key), value) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(got, list):
        return len(got) == len(expected) and all(any(same(g, e) for g in got) for e in expected)
    return type(got) is type(expected) and bool(got == expected)


def _otherwise(got: Any, expected: Any) -> Kind:
    """In which way a value is another than the expected one."""
    if is_empty(got):
        return Kind.MISSING_VALUE
    return Kind.WRONG_VALUE if type(got) is type(expected) else Kind.WRONG_TYPE


def _status_got(step: Step) -> str:
    detail = find(step.exchange.resource, "detail")
    text = str(detail) if detail is not MISSING else _excerpt(step.exchange.body)
    return f"HTTP {step.exchange.status}" + (f" ({text})" if text else "")


def _excerpt(text: str, limit: int = 120) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[:limit]}…"


def _shown(value: Any) -> str:
    return "no value" if value is MISSING else show(value)
