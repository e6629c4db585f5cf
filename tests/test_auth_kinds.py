"""HTTP Basic, API key, mutual TLS and an authenticated proxy over real sockets; and what does not fit together."""

from __future__ import annotations

import ssl
from types import SimpleNamespace

import httpx
import pytest
import trustme

from conformance.config.settings import OPTIONS, UserError, build, collect
from conformance.scim.secret import Secret
from tests.faults.lab import judge_with
from tests.house import SECRET, TOKENS, House, basic, run, serving


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)
    for name in ("SCIM_TOKEN", "SCIM_PASSWORD", "SCIM_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


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


def test_a_secret_is_asked_for_on_a_terminal(monkeypatch):
    """Neither environment nor file has it, and somebody is there to type it."""
    asked = []
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("conformance.config.credentials.getpass", lambda text: asked.append(text) or "typed")

    settings = build(collect({"url": "https://scim.example.com", "username": "admin"}), None)

    assert asked == ["Password (not shown): "]
    assert "typed" not in repr(settings.target)
