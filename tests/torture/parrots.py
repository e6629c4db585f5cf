"""Endpoints that say back the credentials they got, each at a place of its own and in a spelling of its own."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote

from tests.faults.layer import Answer, Call
from tests.torture.hostile import Hostile, Plug, Trick, answers, anything, creates, plain


def _heard(plug: Plug) -> str:
    return plug.handler.headers.get("Authorization", "")


def _in_headers(plug: Plug, _call: Call, answer: Answer) -> None:
    heard = _heard(plug)
    answer.headers |= {
        "X-Request-Authorization": heard,
        "Set-Cookie": f"session={quote(heard)}; HttpOnly",
        "WWW-Authenticate": f'Bearer realm="{heard}"',
        "ETag": f'W/"{base64.b64encode(heard.encode()).decode()}"',
    }
    plain(plug, answer)


def _refusing(plug: Plug, _call: Call, _answer: Answer) -> None:
    heard = _heard(plug)
    encoded = base64.b64encode(f"got {heard}".encode()).decode()
    detail = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "401", heard: encoded}
    plug.answer(json.dumps(detail | {"detail": f"{heard} is wrong"}).encode(), status=f"401 {heard}")


def _failing(plug: Plug, _call: Call, _answer: Answer) -> None:
    heard = _heard(plug)
    page = f"<h1>500</h1><pre>{html.escape(heard)} {quote(heard, safe='')} {heard.encode().hex()}</pre>"
    plug.answer(page.encode(), "X-Content: page", status=f"500 {heard}")


def _babbling(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.send(f"ICY {_heard(plug)}\r\n{_heard(plug)}\r\n\r\n".encode())


def _spoilt(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.answer(f'{{"detail": "{_heard(plug)}", "cut'.encode(), length=4096)


def _redirecting(plug: Plug, _call: Call, _answer: Answer) -> None:
    plug.answer(b"", f"Location: {ELSEWHERE}?access_token={_heard(plug)}", status="302 Found")


def _naming(plug: Plug, _call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict):
        answer.body |= {"displayName": _heard(plug), "externalId": _heard(plug), _heard(plug): True}
        answer.headers["Location"] = f"{ELSEWHERE}/{_heard(plug)}"
    plain(plug, answer)


def _identifying(plug: Plug, _call: Call, answer: Answer) -> None:
    if isinstance(answer.body, dict):
        answer.body["id"] = _heard(plug)
    plain(plug, answer)


def _in_header_names(plug: Plug, _call: Call, answer: Answer) -> None:
    heard = _heard(plug).removeprefix("Bearer ")
    answer.headers |= {f"X-Saw-{heard.encode().hex()}": "1"}
    answer.headers |= {f"X-{part}": "1" for part in re.split(r"[^\w+-]+", heard) if part}
    plain(plug, answer)


def _cutting_off(plug: Plug, _call: Call, _answer: Answer) -> None:
    heard = _heard(plug)[:26]
    encoded = base64.b64encode(heard.encode()).decode()
    detail = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "401", heard: encoded}
    detail |= {"detail": f"invalid token {heard}… ({quote(heard, safe='')})", "seen": heard.encode().hex()}
    plug.answer(json.dumps(detail).encode(), f"WWW-Authenticate: Bearer error={heard}", status="401 No")


def _shouting(plug: Plug, _call: Call, answer: Answer) -> None:
    heard = _heard(plug).upper()
    if isinstance(answer.body, dict):
        answer.body |= {"displayName": heard, "externalId": base64.b64encode(heard.encode()).decode(), heard: True}
    answer.headers |= {"ETag": f'W/"{heard}"'}
    plain(plug, answer)


ELSEWHERE = "http://127.0.0.2:9/scim"

PARROTS: dict[str, tuple[Trick, bool]] = {
    "in headers": (_in_headers, True),
    "in an error of 401": (_refusing, False),
    "in an error of 500": (_failing, True),
    "in place of HTTP": (_babbling, True),
    "in a body cut off": (_spoilt, True),
    "in a redirect": (_redirecting, True),
    "in names": (_naming, True),
    "in the id": (_identifying, True),
    "in names of headers": (_in_header_names, True),
    "cut off": (_cutting_off, False),
    "in capitals": (_shouting, True),
}
"""Where it is said, what does it, and whether the doctor's own look-up is spared."""


def parrot(where: str, token: str) -> Hostile:
    """An endpoint that wants a token and says it back."""
    trick, spared = PARROTS[where]
    return Hostile(trick, (creates if "id" in where.split() else answers) if spared else anything, token)
