"""The examination: one layer after another, stopping where nothing further can be learned."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from conformance.doctor import scim, token, url
from conformance.doctor import sign_in as credentials
from conformance.doctor.case import Case, Patience
from conformance.doctor.finding import Diagnosis, Found, Step, causes
from conformance.doctor.probe import Probe
from conformance.doctor.road import Road
from conformance.scim.secret import Scrubber, Secret
from conformance.scim.target import Target


def judge_input(text: str, secret: str | None, *, insecure: bool = False) -> Diagnosis:
    """Look at the URL and the token as they were pasted, before anything is sent.

    Args:
        text: the tenant URL.
        secret: the token, or None where there is none.
        insecure: plain http was asked for.

    Returns:
        what cannot be right; a good one where nothing is.
    """
    scrub = Scrubber()
    if secret is not None:
        token.hide(secret, scrub)
    _hide_credentials(text, scrub)
    case = Case(Target(""), Patience(), scrub)
    try:
        with case.step("url", "read the tenant URL") as step:
            url.judge(text, insecure=insecure)
            step.saw = text
        if secret is not None:
            with case.step("credentials", "read the token") as step:
                token.judge(secret)
                step.saw = "a token in one piece"
    except Found as found:
        shown = scrub(f"curl -sv {shlex.quote(text.strip() or '$SCIM_URL')}")
        return _diagnosis(case, found, curl=shown)
    return _all_well(case)


def examine(
    target: Target,
    *,
    match: str = "userName",
    patience: Patience | None = None,
    brief: bool = False,
    before: Sequence[Step] = (),
    slash: bool = False,
    write: Callable[[Case], None] | None = None,
) -> Diagnosis:
    """Examine the way to an endpoint, and its answer to Entra's probe.

    Args:
        target: the endpoint, with a token in one piece.
        match: the matching attribute.
        patience: how long to wait.
        brief: stop once the endpoint has answered well to one probe, as a run goes on by itself.
        before: steps that were taken already.
        slash: the tenant URL was given with a slash at its end.
        write: tries to write at the end, where everything else is well.
    """
    scrub = target.scrubber()
    secret = target.token.reveal() if target.token else ""
    if secret:
        token.hide(secret, scrub)
    case = Case(target, patience or Patience(), scrub, match, secret, list(before))
    if slash:
        case.note("fine-trailing-slash")
    road: Road | None = None
    try:
        road = Road(case)
        road.travel()
        _ask(case, road.probe, brief=brief)
        if write is not None:
            write(case)
    except Found as found:
        return _diagnosis(case, road.or_reset(found) if road else found)
    finally:
        if road is not None:
            road.close()
    return _all_well(case)


def _ask(case: Case, probe: Probe, *, brief: bool) -> None:
    """HTTP, credentials and SCIM, over the first connection while it lasts."""
    answer = probe.look_up("/Users", case.match, layer="http")
    credentials.judge(case, probe, answer)
    scim.users(case, probe, answer, brief=brief)
    if not brief:
        scim.groups(case, probe)
        credentials.compare(case, probe)


def _all_well(case: Case) -> Diagnosis:
    if case.host and not case.secure and not case.target.is_loopback:
        case.note("fine-plain-http")
    order = list(causes())
    notes = sorted(case.notes, key=lambda note: order.index(note.cause.id))
    found = notes[0] if notes else Found("fine")
    fix = " ".join(note.fill(note.cause.fix) for note in notes) or found.cause.fix
    done = _diagnosis(case, found)
    done.fix = case.scrub(fix)
    return done


def _diagnosis(case: Case, found: Found, *, curl: str = "") -> Diagnosis:
    if found.cause.layer != "none" and case.steps and all(step.ok for step in case.steps):
        case.steps[-1].ok = False  # the one whose answer was judged
    return Diagnosis(
        cause=found.cause,
        sentence=case.scrub(found.sentence),
        fix=case.scrub(found.fill(found.cause.fix)),
        curl=curl or case.curl(),
        steps=case.steps,
        requests=case.requests,
    )


def _hide_credentials(text: str, scrub: Scrubber) -> None:
    try:
        password = urlsplit(text.strip()).password
    except ValueError:
        return
    scrub.add(Secret(password) if password else None)
