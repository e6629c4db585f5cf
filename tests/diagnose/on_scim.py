"""Situations of credentials, and of answers that are SCIM or nearly so."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.diagnose.endpoints import EMPTY, Request, error, http, page, reply, serving
from tests.diagnose.healthy import filter_of, healthy, spoilt
from tests.diagnose.on_http import always, answering, knowing
from tests.diagnose.on_network import talking
from tests.diagnose.situations import TOKEN, Given, Opening, situation


def refusing(answer: bytes, token: str | None = TOKEN) -> Opening:
    """Refuses whatever comes."""

    @contextmanager
    def opening(_folder: Path) -> Iterator[Given]:
        with serving(http(lambda _request: answer)) as endpoint:
            yield Given(f"http://127.0.0.1:{endpoint.port}/scim", token)

    return opening


def jwt(**claims: Any) -> str:
    """A JWT whose signature is the canary."""
    parts = [{"alg": "RS256"}, {"iss": "https://login.example.com/"} | claims]
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts), "canary-7Hq2vXw9ZpL4"]
    )


NOW = int(time.time())
NO = error(401, f"token {TOKEN} is not good", www_authenticate='Bearer error="invalid_token"')
OTHER_ISSUER = error(401, "unknown issuer", www_authenticate="Bearer")
situation("wrong-token", "token-refused", "credentials", "C", "as it refuses a wrong one", refusing(NO))
situation("token-missing", "token-missing", "credentials", "-", "no token was given", refusing(error(401), None))
situation(
    "token-expired-by-endpoint", "token-expired-by-endpoint", "credentials", "C", "has expired (401)",
    refusing(error(401, "The token expired yesterday")),
)  # fmt: skip
for name, told, token, answer in [
    ("token-expired", "expired on", jwt(exp=NOW - 60), NO),
    ("token-not-yet-valid", "not valid before", jwt(nbf=NOW + 9999), NO),
    ("token-audience", "api.example.net", jwt(exp=NOW + 9999, aud="https://api.example.net/"), NO),
    ("token-issuer", "https://login.example.com/", jwt(exp=NOW + 9999, aud="x"), OTHER_ISSUER),
    ("token-jwt-refused", "has not expired", jwt(exp=NOW + 9999), NO),
]:
    situation(name, name, "credentials", "C", told, refusing(answer, token))
for name, told, scheme in [
    ("credentials-basic", "no bearer token", 'Basic realm="x"'),
    ("credentials-windows", "Windows", "Negotiate, NTLM"),
]:
    situation(name, name, "credentials", "C", told, refusing(error(401, www_authenticate=scheme)))
situation("forbidden-to-all", "forbidden-to-all", "credentials", "C", "whatever the token", always(error(403)))
situation("token-no-rights", "token-no-rights", "credentials", "C", "may not read", knowing(lambda _: error(403)))
SCOPE = error(403, www_authenticate='Bearer error="insufficient_scope", scope="scim.read"')
situation("token-scope", "token-scope", "credentials", "C", "scim.read", knowing(lambda _: SCOPE))
situation(
    "token-unwanted", "token-unwanted", "credentials", "C", "answers without a token",
    talking(http(lambda r: error(401) if r.token else reply(200, EMPTY))),
)  # fmt: skip
situation(
    "any-token",
    "fine-any-token",
    "none",
    "-",
    "any token",
    talking(http(lambda r: reply(200, EMPTY) if r.token else NO)),
)
situation("no-token-needed", "fine-open", "none", "-", "without any", always(reply(200, EMPTY)))


def signed_in(answer: bytes) -> Opening:
    """A healthy endpoint whose tokens come from a token endpoint, which gives an answer."""

    @contextmanager
    def opening(_folder: Path) -> Iterator[Given]:
        with serving(http(lambda _: answer)) as tokens, serving(http(healthy())) as endpoint:
            options = {"token-url": f"http://127.0.0.1:{tokens.port}/token", "client-id": "lab"}
            secret = {"SCIM_CLIENT_SECRET": "canary-7Hq2vXw9ZpL4"}
            yield Given(f"http://127.0.0.1:{endpoint.port}/scim", None, options, environment=secret)

    return opening


TOKENS = reply(200, {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}, "application/json")
UNKNOWN = reply(401, {"error": "invalid_client", "error_description": "no canary-7Hq2vXw9ZpL4"}, "application/json")
situation("oauth-good", "fine-loopback", "none", "-", "on this machine", signed_in(TOKENS))
situation("oauth-no-token", "oauth-no-token", "credentials", "U", "invalid_client", signed_in(UNKNOWN))


# --- SCIM ----------------------------------------------------------------------------------------------


def to_users(answer: bytes) -> Opening:
    """An answer to every look-up of a user that brings the token."""
    return answering(lambda r: answer if r.path == "/scim/Users" and r.token == TOKEN else None)


def listed(**changes: Any) -> bytes:
    """A ListResponse with changes; None leaves a member out."""
    return reply(200, {name: value for name, value in (EMPTY | changes).items() if value is not None})


def when_filtered(answer: bytes, wanted: Callable[[Request], bool] = lambda _request: True) -> Opening:
    """An answer to filters only."""
    return answering(lambda r: answer if r.token == TOKEN and filter_of(r) and wanted(r) else None)


SOMEBODY = {"id": "1", "userName": "somebody"}
CUT = json.dumps(EMPTY).encode()
for name, code, told, answer in [
    ("empty-body", "I", "no body", reply(200)),
    ("odd-success", "I", "status 202", reply(202, EMPTY)),
    ("not-utf-8", "I", "not UTF-8", reply(200, '{"x": "é"}'.encode("latin-1"))),
    ("not-json", "I", "no JSON", reply(200, b"OK", "text/plain")),
    ("json-cut-by-length", "I", "Content-Length", reply(200, CUT[:-20])),
    ("json-not-object", "I", "bare JSON list", reply(200, [])),
    ("error-as-success", "I", "A SCIM error", reply(200, json.loads(error(404).partition(b"\r\n\r\n")[2]))),
    ("scim-1", "I", "SCIM 1.1", listed(schemas=["urn:scim:schemas:core:1.0"])),
    ("not-list-response", "I", "no ListResponse", reply(200, {"users": [], "count": 0})),
    ("wrong-case", "I", "TotalResults", listed(totalResults=None, TotalResults=0)),
    ("total-missing", "I", "has no totalResults", listed(totalResults=None)),
    ("total-not-number", "I", "not a number", listed(totalResults="0")),
    ("resources-not-list", "I", "not an array", listed(Resources={})),
    ("filter-ignored", "M", "finds 2 resources", listed(totalResults=2, Resources=[SOMEBODY, SOMEBODY])),
    ("filter-loose", "-", "finds one resource", listed(totalResults=1, Resources=[SOMEBODY])),
]:
    situation(name, name, "scim", code, told, to_users(answer))
CHUNKED = b"HTTP/1.1 200 X\r\ncontent-type: application/scim+json\r\nconnection: close\r\n\r\n" + CUT[:-20]
situation("json-cut", "json-cut", "scim", "I", "ends in the middle", to_users(CHUNKED))
situation("no-match-404", "no-match-404", "scim", "I", "404 instead of an empty list", when_filtered(error(404)))
situation("filter-crashes", "filter-crashes", "scim", "U", "breaks the endpoint", when_filtered(error(500)))
situation("filter-refused", "filter-refused", "scim", "F", "is refused", when_filtered(error(400, "no filter")))
situation(
    "plus-not-decoded", "plus-not-decoded", "scim", "F", "not as +",
    when_filtered(error(400), lambda r: "+" in r.query),
)  # fmt: skip
situation("percent", "fine-percent", "none", "-", "%20", when_filtered(error(400), lambda r: "%20" in r.query))


def by_external_id(folder: Path) -> Any:
    """The mapping matches by externalId, which cannot be filtered."""
    return _with(when_filtered(error(400), lambda r: "externalId" in r.query), folder, match="externalId")


@contextmanager
def _with(opening: Opening, folder: Path, **options: Any) -> Iterator[Given]:
    with opening(folder) as given:
        given.options |= options
        yield given


situation("match-not-filterable", "match-not-filterable", "scim", "F", "externalId", by_external_id)


def to_groups(answer: bytes, kinds: bytes | None = None) -> Opening:
    """An answer to look-ups of groups."""

    def respond(request: Request) -> bytes | None:
        if request.token == TOKEN and request.path.endswith("/ResourceTypes"):
            return kinds
        return answer if request.token == TOKEN and request.path.endswith("/Groups") else None

    return answering(respond)


situation("groups-missing", "groups-missing", "scim", "I", "advertises Group", to_groups(error(404)))
situation("no-groups", "fine-no-groups", "none", "-", "/Groups is not there", to_groups(error(404), error(404)))
situation("groups-forbidden", "groups-forbidden", "scim", "C", "not /Groups", to_groups(error(403)))
situation("groups-refused", "groups-refused", "scim", "-", "a group by displayName", to_groups(error(400)))
situation("groups-wrong", "groups-wrong", "scim", "I", "no JSON", to_groups(page(200, "My App")))


# --- good ----------------------------------------------------------------------------------------------


def good(path: str = "/scim") -> Opening:
    """A healthy endpoint."""

    @contextmanager
    def opening(_folder: Path) -> Iterator[Given]:
        with serving(http(healthy())) as endpoint:
            yield Given(f"http://127.0.0.1:{endpoint.port}{path}")

    return opening


def writing(answer: bytes, *, to: str) -> Opening:
    """Reads are healthy, one kind of write is not."""
    users: dict[str, dict[str, Any]] = {}

    def respond(request: Request) -> bytes | None:
        if request.token != TOKEN or (request.method == "GET" and not request.path.endswith("/Users/1")):
            return None
        if request.method == to:
            return answer
        if request.method == "POST":
            users["1"] = {**json.loads(request.body), "id": "1"}
            return reply(201, users["1"])
        if request.method == "GET":
            return reply(200, users["1"]) if users else reply(404)
        users.clear()
        return reply(204)

    return lambda folder: _with(talking(http(spoilt(respond))), folder, **{"write-probe": True})


situation("token-cannot-write", "token-cannot-write", "credentials", "R", "not create", writing(error(403), to="POST"))
situation("create-refused", "create-refused", "scim", "-", "but not created", writing(error(400), to="POST"))
situation("delete-refused", "delete-refused", "scim", "-", "stays behind", writing(error(501), to="DELETE"))
situation("write-probe", "fine-loopback", "none", "-", "on this machine", writing(reply(404), to="PUT"))
situation("good", "fine-loopback", "none", "-", "on this machine", good())
situation("trailing-slash", "fine-trailing-slash", "none", "-", "without the slash", good("/scim/"))
