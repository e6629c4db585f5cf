"""Credentials: what a 401 or a 403 means, compared with a request without a token and with a wrong one."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.http import excerpt, said
from conformance.doctor.probe import WRONG, Probe
from conformance.doctor.raw_http import Answer

AGENT = "Mozilla/5.0 (compatible; scim-conformance)"
UNAUTHORIZED, FORBIDDEN = 401, 403


def judge(case: Case, probe: Probe, answer: Answer) -> None:
    """Explain a refusal of the probe.

    Raises:
        Found: why it was refused.
    """
    if answer.status == FORBIDDEN and answer.is_html:
        raise _firewall(case, probe)
    if answer.status not in {UNAUTHORIZED, FORBIDDEN}:
        return
    bare = probe.look_up("/Users", case.match, token=None, layer="credentials", about="without a token")
    wrong = probe.look_up("/Users", case.match, token=WRONG, layer="credentials", about="with a wrong token")
    asked = answer.headers.get("www-authenticate", "")
    facts = {"status": answer.status, "said": said(case, answer), "asked": excerpt(case, asked)}
    if bare.status < 300:  # noqa: PLR2004
        raise Found("token-unwanted", **facts)
    if answer.status == UNAUTHORIZED:
        raise _refused(case, answer, asked, facts)
    if case.anonymous:
        raise Found("token-missing", host=case.host)
    if "insufficient_scope" in asked:
        raise Found("token-scope", **facts)
    if UNAUTHORIZED in {wrong.status, bare.status}:
        raise Found("token-no-rights", **facts)
    raise Found("forbidden-to-all", **facts)


def compare(case: Case, probe: Probe) -> None:
    """See whether the token matters at all where the endpoint answers well with it."""
    bare = probe.look_up("/Users", case.match, token=None, layer="credentials", about="without a token")
    if 200 <= bare.status < 300:  # noqa: PLR2004
        case.note("fine-open", host=case.host)
        return
    wrong = probe.look_up("/Users", case.match, token=WRONG, layer="credentials", about="with a wrong token")
    if 200 <= wrong.status < 300:  # noqa: PLR2004
        case.note("fine-any-token", host=case.host)


def _firewall(case: Case, probe: Probe) -> Found:
    named = probe.look_up("/Users", case.match, layer="http", agent=AGENT, about="with a User-Agent")
    if named.status != FORBIDDEN or not named.is_html:
        return Found("waf-user-agent", status=named.status)
    return Found("waf-blocked", said=said(case, named))


def _refused(case: Case, answer: Answer, asked: str, facts: dict[str, Any]) -> Found:
    schemes = set(re.findall(r"(?:^|,\s*)(basic|bearer|negotiate|ntlm|digest)\b", asked.lower()))
    if case.anonymous:
        return Found("token-missing", host=case.host)
    if schemes and "bearer" not in schemes:
        windows = schemes & {"negotiate", "ntlm"}
        return Found("credentials-windows" if windows else "credentials-basic", **facts)
    claims = claims_of(case.token)
    if claims is not None:
        return _by_claims(case, claims, facts)
    if "expired" in f"{asked} {answer.text[:2000]}".lower():
        return Found("token-expired-by-endpoint", **facts)
    return Found("token-refused", **facts)


def claims_of(token: str) -> dict[str, Any] | None:
    """The claims of a JWT, or None where the token is none."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def shown_claims(case: Case, claims: dict[str, Any]) -> str:
    """The claims that say for whom and how long a token is good; no others."""
    parts = [f"{name} {excerpt(case, str(claims[name]), 80)}" for name in ("iss", "aud") if name in claims]
    parts += [f"{name} {_moment(claims[name])}" for name in ("nbf", "exp") if name in claims]
    return ", ".join(parts) or "no iss, aud, nbf or exp"


def _by_claims(case: Case, claims: dict[str, Any], facts: dict[str, Any]) -> Found:
    facts |= {"claims": shown_claims(case, claims), "host": case.host}
    now = datetime.now(UTC).timestamp()
    if _seconds(claims.get("exp")) is not None and _seconds(claims.get("exp")) < now:  # type: ignore[operator]
        return Found("token-expired", when=_moment(claims["exp"]), **facts)
    if _seconds(claims.get("nbf")) is not None and _seconds(claims.get("nbf")) > now + 60:  # type: ignore[operator]
        return Found("token-not-yet-valid", when=_moment(claims["nbf"]), **facts)
    audience = claims.get("aud")
    names = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    hosts = [urlsplit(str(name)).hostname for name in names if "://" in str(name)]
    if hosts and _domain(case.host) not in map(_domain, hosts):
        return Found("token-audience", audience=excerpt(case, str(names[0]), 80), **facts)
    issuer = str(claims.get("iss", ""))
    if urlsplit(issuer).hostname and "issuer" in f"{facts['asked']} {facts['said']}".lower():
        return Found("token-issuer", issuer=excerpt(case, issuer, 80), **facts)
    return Found("token-jwt-refused", **facts)


def _domain(host: str | None) -> str:
    """The part of a host name that its owner registered, near enough for a comparison."""
    return ".".join((host or "").split(".")[-2:])


def _seconds(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(value: Any) -> str:
    try:
        return f"{datetime.fromtimestamp(float(value), UTC):%Y-%m-%d %H:%M} UTC"
    except (TypeError, ValueError, OverflowError, OSError):
        return "unreadable"
