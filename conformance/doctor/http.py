"""The HTTP answer to the probe: what is no answer of a SCIM endpoint at all."""

from __future__ import annotations

import json
import re
from urllib.parse import urljoin, urlsplit

from conformance.doctor.case import Case
from conformance.doctor.finding import Found
from conformance.doctor.raw_http import Answer
from conformance.scim.endurance import MAX_BODY

BROKEN = {
    "timeout": "http-timeout",
    "closed": "http-closed",
    "reset": "http-reset",
    "not-http": "http-not-http",
    "headers": "http-headers",
    "body-timeout": "http-body-timeout",
    "incomplete": "http-incomplete",
    "chunk": "http-chunk",
    "encoding": "http-encoding",
    "gzip": "http-gzip",
    "bomb": "http-bomb",
    "too-large": "http-too-large",
    "endless": "http-endless",
    "tls": "http-tls-broken",
}
"""Errors of ``wire.Answer`` and the causes they stand for."""

STATUS = {
    400: "http-bad-request",
    405: "http-405",
    406: "http-406",
    415: "http-415",
    429: "http-429",
    500: "http-500",
    501: "http-501",
    502: "http-502",
    503: "http-503",
    504: "http-504",
}
"""Statuses with a cause of their own."""

LOGIN = re.compile(r"log-?in|sign-?in|sso|saml|oauth|authorize|password", re.IGNORECASE)


def broken(case: Case, answer: Answer) -> Found:
    """The cause behind an answer that could not be read."""
    return Found(
        BROKEN[answer.error],
        host=case.host,
        port=case.port,
        seconds=case.patience.answer,
        status=answer.status,
        detail=excerpt(case, answer.detail) or "no reason given",
        cap=MAX_BODY // 1024**2,
    )


def judge(case: Case, answer: Answer, url: str) -> None:
    """Find what is not SCIM's own matter in an answer that is whole.

    Raises:
        Found: the cause.
    """
    status = answer.status
    facts = {"status": status, "host": case.host, "port": case.port, "path": urlsplit(url).path}
    if status in {301, 302, 303, 307, 308}:
        raise redirected(case, answer, url)
    if answer.is_html and 200 <= status < 300:  # noqa: PLR2004
        title = _title(case, answer)
        login = LOGIN.search(answer.text[:20000])
        raise Found("http-login-page" if login else "http-page", title=title, **facts)
    if status in STATUS and status != 400:  # noqa: PLR2004 - what a 400 means is judged by the SCIM layer
        wait = answer.headers.get("retry-after", "no time")
        raise Found(STATUS[status], said=said(case, answer), wait=excerpt(case, wait), **facts)
    if status >= 500 or status < 200 or 300 <= status < 400:  # noqa: PLR2004
        raise Found("http-odd-status", said=said(case, answer), **facts)


def redirected(case: Case, answer: Answer, url: str) -> Found:
    """The cause behind a redirect; it is never followed."""
    place = answer.headers.get("location", "")
    try:
        goal, here = urlsplit(urljoin(url, place)), urlsplit(url)
        same_port = goal.port == here.port
    except ValueError:
        return Found("redirect-nowhere", status=answer.status)
    schemes = (here.scheme, goal.scheme)
    kinds = {
        "redirect-nowhere": not place,
        "redirect-login": bool(LOGIN.search(f"{goal.netloc}{goal.path}")),
        "redirect-to-http": schemes == ("https", "http"),
        "redirect-other-host": here.hostname != goal.hostname,
        "redirect-to-https": schemes == ("http", "https"),
        "redirect-loop": goal.path == here.path and same_port,
        "redirect-slash": goal.path == f"{here.path}/",
    }
    cause = next((kind for kind, fits in kinds.items() if fits), "redirect-path")
    shown = excerpt(case, f"{goal.scheme}://{goal.netloc}{goal.path}")
    return Found(cause, host=case.host, status=answer.status, place=shown)


def said(case: Case, answer: Answer) -> str:
    """What a body says, in quotes, for a sentence: SCIM's detail, or how it starts."""
    text = case.scrub(answer.text)[:4000]
    if answer.is_html:
        text = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and isinstance(body.get("detail"), str):
        text = body["detail"]
    text = excerpt(case, text)
    return f'"{text}"' if text else "nothing"


def excerpt(case: Case, text: str, limit: int = 120) -> str:
    """Text of the endpoint as one short printable line without secrets."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in case.scrub(text)).split())
    return clean if len(clean) <= limit else f"{clean[:limit]}…"


def _title(case: Case, answer: Answer) -> str:
    found = re.search(r"<title[^>]*>([^<]*)", answer.text, re.IGNORECASE)
    return excerpt(case, found.group(1), 60) if found and found.group(1).strip() else "no title"
