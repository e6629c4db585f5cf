"""Each situation of the lab gets its own right verdict, quickly, and without a secret in it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from conformance.commands.main import main
from conformance.doctor.examination import judge_input
from conformance.doctor.finding import LAYERS, MEMBERS, UNKNOWN, causes
from tests.diagnose import on_http, on_input, on_network, on_scim, on_tls  # noqa: F401 - they fill the lab
from tests.diagnose.situations import SITUATIONS, TOKEN

PIECES = ("canary-7Hq2vXw9ZpL4", "Y2FuYXJ5LTdIcTJ2")
"""The canary, and the start of its base64 form."""


def canaries(text: str) -> list[str]:
    """The pieces of a secret that a text holds."""
    return [piece for piece in PIECES if piece in text]


@pytest.mark.parametrize("name", sorted(SITUATIONS))
def test_situation(name, diagnose):
    """The cause, its layer and the portal's code are right; the whole takes less than ten seconds."""
    situation = SITUATIONS[name]
    begin = time.monotonic()

    code, told, text = diagnose(situation)

    assert time.monotonic() - begin < 10
    assert (told["cause"], told["layer"], told["portal_code"] or "") == (
        situation.cause,
        situation.layer,
        situation.code,
    )
    assert UNKNOWN not in told["sentence"] + told["fix"]
    assert situation.told.lower() in told["sentence"].lower()
    assert code == (0 if situation.layer == "none" else 1)
    assert list(told) == list(MEMBERS)
    assert told["ok"] is (situation.layer == "none")
    assert told["ok"] or not all(step["ok"] for step in told["steps"])
    assert canaries(text) == []


def test_every_cause_is_in_the_lab_or_says_why_not():
    """A cause without a situation is an untested claim."""
    assert set(causes()) - {situation.cause for situation in SITUATIONS.values()} - NOT_STAGED == set()


NOT_STAGED = {
    "tcp-unreachable-ipv6",  # needs a machine without a route for IPv6
    "fine-ipv6",  # and one with
    "tls-certificate-other",  # whatever else OpenSSL finds
    "tls-failed",  # whatever else a handshake can end with
    "http-tls-broken",  # needs a TLS stack that breaks its own records
}


def test_no_two_causes_share_a_sentence():
    """Sentences are unique, as templates."""
    sentences = [cause.sentence for cause in causes().values()]

    assert len(set(sentences)) == len(sentences)
    assert {cause.layer for cause in causes().values()} <= set(LAYERS)
    assert {cause.who for cause in causes().values()} <= {"admin", "vendor", "network"}


def test_terminal_output_is_narrow_and_holds_no_secret(diagnose, capsys):
    """The verdict comes first, lines are short, and the token is not among them."""
    situation = SITUATIONS["wrong-token"]

    _, told, _ = diagnose(situation)
    text = diagnose.text(situation)

    assert text.splitlines()[0].startswith("✗ credentials:")
    assert told["sentence"].split()[0] in text.splitlines()[0]
    assert [line for line in text.splitlines() if len(line) > 100 and "http" not in line] == []
    assert canaries(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://idm.example.com",
        "https://idm.example.com/scim/v2",
        "https://idm.example.com:8443/api/groups/scim/v2/?aadOptscim062020",
        "https://idm.example.com/Users/scim",
        "https://[2001:db8::1]:8443/scim",
        "https://b\u00fccher.example.com/scim",
        "http://localhost:8080/scim",
    ],
)
def test_a_usable_url_is_not_complained_of(text):
    """Whatever could be right is tried."""
    assert judge_input(text, TOKEN).ok


def test_no_url_is_the_users_mistake(monkeypatch, capsys, tmp_path):
    """Without a URL there is nothing to examine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SCIM_URL", raising=False)
    monkeypatch.setenv("SCIM_TOKEN", TOKEN)

    assert main(["diagnose"]) == 2
    assert "--url" in capsys.readouterr().err


def test_the_contract_is_json_even_for_an_unusable_url(monkeypatch, capsys, tmp_path):
    """An unusable URL is a diagnosis."""
    monkeypatch.chdir(tmp_path)

    assert main(["diagnose", "--url", "nonsense", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["layer"] == "url"


def test_the_page_shows_every_situation():
    """docs/diagnose.md is kept current: python -m tests.diagnose docs/diagnose.md."""
    page = (Path(__file__).parents[2] / "docs" / "diagnose.md").read_text(encoding="utf-8")
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in page.splitlines() if line.startswith("| ")}

    assert [name for name, s in SITUATIONS.items() if f"| `{s.cause}` |" not in rows.get(name, "")] == []
    assert set(rows) - set(SITUATIONS) == {"situation"}
