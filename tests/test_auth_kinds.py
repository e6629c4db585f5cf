"""Every way to authenticate, over real sockets on loopback; no secret is in any file or output."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from conformance.scim.auth_oauth import OAuth
from conformance.scim.client import Client, Request
from conformance.scim.journal import Journal
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from conformance.settings import OPTIONS, UserError, build, collect
from tests.faults.lab import judge_with

SECRET = "canary-secret-5d1c77"
TOKENS = "canary-token-"
ID = "client-1"
LIST = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)
    for name in ("SCIM_TOKEN", "SCIM_PASSWORD", "SCIM_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@dataclass
class House:
    """A SCIM endpoint without users, and a token endpoint, on one port.

    Attributes:
        admits: whether a request's headers open the door.
        knows: whether a token request's headers and form are those of our client.
        lifetime: of the tokens.
        issued: tokens, in order.
        seen: methods and paths of all requests.
    """

    admits: object = None
    knows: object = None
    lifetime: float = 3600
    issued: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    url: str = ""

    def answer(self, method, path, headers, body):
        """Status and JSON."""
        self.seen.append(f"{method} {path}")
        if path == "/token":
            form = dict(parse_qsl(body))
            if not self.knows(headers, form):
                return 401, {"error": "invalid_client", "error_description": f"not {SECRET}"}
            self.issued.append(f"{TOKENS}{len(self.issued)}-0123")
            return 200, {"access_token": self.issued[-1], "token_type": "bearer", "expires_in": self.lifetime}
        return (200, LIST) if self.admits(headers) else (401, {"detail": str(headers.get("authorization"))})

    def newest(self, headers):
        """Only the last token that was issued opens."""
        return bool(self.issued) and headers.get("authorization") == f"Bearer {self.issued[-1]}"


@contextmanager
def serving(house, context=None):
    """The house on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            status, answer = house.answer(self.command, urlsplit(self.path).path, self.headers, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/scim+json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one  # noqa: N815 - as http.server asks for

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def finish_request(self, request, address):
            if context is None:
                super().finish_request(request, address)
                return
            # The handshake belongs to the thread of the connection.
            with suppress(OSError), context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, address)

        def handle_error(self, request, address):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        house.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
        yield house
        server.shutdown()


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def by_secret(headers, _form):
    return headers.get("authorization") == basic(ID, SECRET)


@pytest.fixture
def oauth():
    """A house that opens to its newest token only."""
    house = House(knows=by_secret)
    house.admits = house.newest
    with serving(house):
        yield house


def client_of(house, **more):
    given = {"secret": Secret(SECRET)} | more
    target = Target(house.url, oauth=OAuth(f"{house.url}/token", ID, **given), timeout=5.0)
    return Client(target, Journal(None, house.url))


def look(client):
    return client.send(Request("GET", "/Users"))


def run(house, tmp_path, *arguments, canaries=(SECRET, TOKENS), code=0, verb="run", **environment):
    """Run one check by the command; no canary is in what it prints and writes. Returns what it printed."""
    line = [sys.executable, "-m", "conformance", verb, "--url", house.url, "--reports", str(tmp_path / "reports")]
    line += ["--only", "connect-users-answered", *arguments]
    done = subprocess.run(
        line, env=os.environ | environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    output = done.stdout + done.stderr
    files = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    texts = [output, *(path.read_text(errors="replace") for path in files)]
    assert done.returncode == code, output
    assert "Traceback" not in output
    assert [canary for canary in canaries for text in texts if canary in text] == []
    return output


def test_a_token_is_fetched_once_and_shared(oauth):
    """However many threads ask for it."""
    client = client_of(oauth)
    threads = [threading.Thread(target=look, args=(client,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert look(client).status == 200
    assert len(oauth.issued) == 1
    assert oauth.seen.count("POST /token") == 1


def test_a_token_is_renewed_after_one_401(oauth):
    """The request is sent a second time, with the new token, and nobody sees the 401."""
    client = client_of(oauth)
    assert look(client).status == 200
    oauth.issued.append("revoked-all-before")

    assert look(client).status == 200
    assert oauth.seen.count("POST /token") == 2
    assert TOKENS not in json.dumps(look(client).to_json())


def test_a_fresh_token_that_is_refused_is_not_renewed(oauth):
    """One 401 is enough to know."""
    oauth.admits = lambda _headers: False
    client = client_of(oauth)

    assert [look(client).status, look(client).status] == [401, 401]
    assert oauth.seen.count("POST /token") == 1


def test_a_token_of_one_path_is_renewed_once_for_a_request(oauth):
    """A path that always answers 401 does not make an endless loop."""
    client = client_of(oauth)
    look(client)
    oauth.admits = lambda _headers: False

    assert look(client).status == 401
    assert oauth.seen.count("POST /token") == 2


def test_a_token_is_renewed_before_it_expires(oauth):
    """A tenth of its life before."""
    oauth.lifetime = 1
    client = client_of(oauth)
    look(client)
    time.sleep(0.95)

    assert look(client).status == 200
    assert len(oauth.issued) == 2
    assert oauth.seen.count("GET /Users") == 2, "the endpoint saw an outdated token"


def test_a_secret_in_the_form_is_tried_where_basic_is_refused(oauth):
    """Some token endpoints know one way only."""
    oauth.knows = lambda _headers, form: form.get("client_secret") == SECRET and form["audience"] == "scim"
    client = client_of(oauth, audience="scim")

    assert look(client).status == 200
    assert SECRET not in json.dumps(client.credentials.exchange.to_json())


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_private_key_signs(oauth, tmp_path, kind):
    """The token endpoint verifies the JWT: signature, issuer, subject, audience and life."""
    private = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = (RSAKey if kind == "rsa" else ECKey).import_key(public)
    assertions = []

    def knows(_headers, form):
        assertions.append(form["client_assertion"])
        claims = jwt.decode(form["client_assertion"], key, algorithms=["RS256", "ES256"]).claims
        registry = {"iss": ID, "sub": ID, "aud": f"{oauth.url}/token"}
        return registry.items() <= claims.items() and time.time() < claims["exp"] <= time.time() + 3600

    oauth.knows = knows
    arguments = ["--token-url", f"{oauth.url}/token", "--client-id", ID, "--private-key-file", "key.pem"]
    run(oauth, tmp_path, *arguments, canaries=(TOKENS, pem.decode().splitlines()[1]))

    assert assertions
    assert assertions[0] not in (tmp_path / "reports" / "recording.jsonl").read_text()


def test_the_command_fetches_one_token(oauth, tmp_path):
    """Secret from a file and from the environment alike."""
    arguments = ["--token-url", f"{oauth.url}/token", "--client-id", ID, "--scope", "scim"]
    run(oauth, tmp_path, *arguments, "--only", "gallery-validate-credentials", SCIM_CLIENT_SECRET=SECRET)
    assert oauth.seen.count("POST /token") == 1

    (tmp_path / "secret").write_text(f"{SECRET}\n")
    run(oauth, tmp_path, *arguments, "--client-secret-file", "secret")
    run(oauth, tmp_path, *arguments, "--client-secret-file", "secret", SCIM_CLIENT_SECRET="another")


@pytest.mark.parametrize("verb", ["run", "clean"])
def test_refused_credentials_are_one_sentence(oauth, tmp_path, verb):
    """Exit code 2, and what to check; nothing is asked of the endpoint."""
    oauth.knows = lambda _headers, _form: False
    arguments = ["--token-url", f"{oauth.url}/token", "--client-id", ID]
    output = run(oauth, tmp_path, *arguments, code=2, verb=verb, SCIM_CLIENT_SECRET=SECRET)

    assert "refuses the credentials: HTTP 401 (invalid_client" in output
    assert [path for path in oauth.seen if path != "POST /token"] == []


def test_plain_pytest_tells_it_too(oauth, tmp_path):
    """In pytest's own words."""
    oauth.knows = lambda _headers, _form: False
    line = ["pytest", "-p", "no:cacheprovider", "-q", "--pyargs", "conformance", "-c", os.devnull, "-k", "connect"]
    line += ["--scim-url", oauth.url, "--scim-token-url", f"{oauth.url}/token", "--scim-client-id", ID]
    done = subprocess.run(
        [sys.executable, "-m", *line],
        env=os.environ | {"SCIM_CLIENT_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "refuses the credentials" in done.stderr
    assert SECRET not in done.stdout + done.stderr


def test_a_token_endpoint_that_is_not_there_is_told(oauth, tmp_path):
    """By name."""
    arguments = ["--token-url", "http://127.0.0.1:9/token", "--client-id", ID]
    output = run(oauth, tmp_path, *arguments, code=2, SCIM_CLIENT_SECRET=SECRET)

    assert "The token endpoint http://127.0.0.1:9/token did not answer" in output


def test_without_the_library_the_extra_is_named(monkeypatch, oauth):
    """One sentence, with what to type."""
    monkeypatch.setitem(sys.modules, "authlib.oauth2.auth", None)

    exchange = look(client_of(oauth))

    assert exchange.error == "refused"
    assert "pip install 'scim-conformance[oauth]'" in exchange.error_detail


def test_basic(tmp_path):
    """User and password."""
    with serving(House(admits=lambda headers: headers.get("authorization") == basic("ann", SECRET))) as house:
        encoded = basic("ann", SECRET).removeprefix("Basic ")
        run(house, tmp_path, "--username", "ann", canaries=(SECRET, encoded), SCIM_PASSWORD=SECRET)
        (tmp_path / "password").write_text(SECRET)
        run(house, tmp_path, "--username", "ann", "--password-file", "password", canaries=(SECRET, encoded))


def test_an_api_key(tmp_path):
    """In a header of its own, and no Authorization beside it."""

    def admits(headers):
        return headers.get("x-api-key") == SECRET and "authorization" not in headers

    with serving(House(admits=admits)) as house:
        run(house, tmp_path, "--api-key-header", "X-Api-Key", SCIM_TOKEN=SECRET)


def test_mutual_tls(tmp_path):
    """Our certificate opens the door; without it there is no connection."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    ours = authority.issue_cert("us@example.com")
    ours.private_key_pem.write_to_path(tmp_path / "key.pem")
    for number, part in enumerate(ours.cert_chain_pems):
        part.write_to_path(tmp_path / "cert.pem", append=number > 0)
    with serving(House(admits=lambda _headers: True), context) as house:
        files = ["--ca-bundle", "ca.pem", "--client-cert", "cert.pem"]
        run(house, tmp_path, *files, "--client-key", "key.pem", canaries=(ours.private_key_pem.bytes().decode(),))
        output = run(house, tmp_path, *files, code=2)
        assert "The client certificate 'cert.pem' and its key cannot be used: they are not PEM" in output


def test_an_authenticated_proxy(tmp_path):
    """Its password is in the URL, on the command line even, and nowhere else."""
    through = []
    with serving(House(admits=lambda headers: headers.get("authorization") == f"Bearer {TOKENS}")) as house:
        proxy = House()

        def forward(_method, path, headers, _body):
            if headers.get("proxy-authorization") != basic("ann", f"{SECRET}@1"):
                return 407, {}
            through.append(path)
            answer = httpx.get(house.url + path, headers={"authorization": headers.get("authorization", "")})
            return answer.status_code, answer.json()

        proxy.answer = forward
        with serving(proxy):
            url = proxy.url.replace("//", f"//ann:{SECRET}%401@")
            run(house, tmp_path, "--proxy", url, SCIM_TOKEN=TOKENS)
    assert through


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"token_url": "https://a.example/token"}, "--token-url needs --client-id"),
        ({"token_url": "https://a.example/token", "client_id": "a"}, "The client secret is missing"),
        ({"token_url": "http://a.example/token", "client_id": "a"}, "would cross the network in clear"),
        ({"token_url": "a.example/token", "client_id": "a"}, "is not the https:// URL"),
        ({"client_id": "a"}, "--client-id is of use only with a token endpoint"),
        ({"username": "ann"}, "The password is missing"),
        ({"username": "a:b"}, "holds a colon"),
        ({"password_file": "x"}, "--password-file is of use only with --username"),
        ({"username": "ann", "scope": "a"}, "Both OAuth (--token-url and its kind) and HTTP Basic"),
        ({"api_key_header": "X-Key"}, "--api-key-header needs the key"),
        ({"api_key_header": "X Key"}, "it takes the name of a header"),
        ({"client_key": "x"}, "--client-key is of use only with --client-cert"),
        ({"client_cert": "none.pem"}, "The client certificate 'none.pem' is not a file"),
        ({"client_cert": "x", "url": "http://127.0.0.1/"}, "--client-cert needs a tenant URL that starts with https"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(values, complaint):
    """Exit code 2 for each."""
    with pytest.raises(UserError) as caught:
        build(collect({"url": "https://scim.example.com"} | values), None)

    assert complaint in str(caught.value)


def test_a_token_beside_another_way_is_told(monkeypatch):
    """Which of them should count is not ours to guess."""
    monkeypatch.setenv("SCIM_PASSWORD", SECRET)

    with pytest.raises(UserError, match="Both a token"):
        build(collect({"url": "https://scim.example.com", "username": "ann"}), Secret(TOKENS))


def test_the_gallery_checks_pass_where_all_is_well():
    """With a token endpoint, and with a burst."""
    rows = judge_with(None, ["gallery-validate-credentials", "filter-eq"], oauth=True)
    assert {row["verdict"] for row in rows.values()} == {"PASS"}

    rows = judge_with(None, ["gallery-burst", "filter-eq", "crud-create-status"], burst=True, concurrency=4)
    assert {row["verdict"] for row in rows.values()} == {"PASS"}

    begun = [exchange["started"] for exchange in rows["gallery-burst"]["exchanges"]]
    ended = [
        e["started"] + e["elapsed"] for name in ("filter-eq", "crud-create-status") for e in rows[name]["exchanges"]
    ]
    assert max(ended) <= min(begun)
