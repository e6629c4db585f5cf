"""OAuth client credentials over real sockets: fetched once, renewed, refused, signed; and never shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from conformance.config.settings import OPTIONS
from conformance.scim.auth_oauth import OAuth
from conformance.scim.client import Client, Request
from conformance.scim.journal import Journal
from conformance.scim.secret import Secret
from conformance.scim.target import Target
from tests.house import ID, SECRET, TOKENS, House, basic, run, serving


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)
    for name in ("SCIM_TOKEN", "SCIM_PASSWORD", "SCIM_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


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


def test_where_a_new_token_is_refused_too_the_run_is_at_its_end(oauth, monkeypatch):
    """That is no endless loop, and no fault that the endpoint could be held to."""
    monkeypatch.setattr("conformance.scim.ending.LOOKS", [0.0] * 5)
    client = client_of(oauth)
    look(client)
    oauth.admits = lambda _headers: False

    assert look(client).error == "token-refused"
    assert oauth.seen.count("POST /token") == 2
    assert look(client).error == "not-sent"
    assert "The access tokens were accepted until request 1 and are refused since then (HTTP 401" in client.ended


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
