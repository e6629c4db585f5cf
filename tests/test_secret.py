"""A secret is known again in every spelling in which an endpoint can say it back."""

from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from conformance.scim.secret import HIDDEN, Scrubber, Secret

SECRETS = {
    "a token": "Canary+5d1c/7a9e2b-4f80_63=",
    "a password": 'pä ss\\wörd "<&> \U0001f600',
    "four characters": "q7#Z",
}


def escaped(text):
    """As .NET's JSON writes what it thinks is dangerous in HTML."""
    return json.dumps(text)[1:-1].replace("+", "\\u002B").replace("&", "\\u0026").replace("<", "\\u003C")


def in_base64(before, after):
    """A spelling: base64 of the secret and of what stands beside it."""
    return lambda text: base64.b64encode(before + text.encode() + after).decode()


SPELLINGS = {
    "as it is": str,
    "in a URL": lambda text: quote(text, safe=""),
    "in a form": quote_plus,
    "in a URL in a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "in JSON": lambda text: json.dumps(text)[1:-1],
    "in JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "in PHP's JSON": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "in .NET's JSON": escaped,
    "in HTML": html.escape,
    "as Python shows it": lambda text: repr(text)[1:-1],
    "as Python shows bytes": lambda text: repr(text.encode())[2:-1],
    "in base64": in_base64(b"", b""),
    "in hexadecimal digits": lambda text: text.encode().hex().upper(),
}
INSIDE = {
    "after one byte": in_base64(b"x", b" and more"),
    "after two bytes": in_base64(b"Bearer: ", b"&"),
    "in a header": in_base64(b"Authorization: Bearer ", b"\r\n"),
    "in a URL's base64": lambda text: base64.urlsafe_b64encode(b"ann:" + text.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", SECRETS)
def test_it_is_hidden_in_every_spelling(name, spelling):
    """And nothing but it."""
    scrub = Scrubber()
    scrub.add(Secret(SECRETS[name]))

    assert scrub(f"before {SPELLINGS[spelling](SECRETS[name])} after") == f"before {HIDDEN} after"


@pytest.mark.parametrize("place", INSIDE)
@pytest.mark.parametrize("name", ["a token", "a password"])
def test_it_is_hidden_inside_of_what_is_encoded(name, place):
    """Whatever stands beside it in the groups of three bytes that base64 makes."""
    scrub = Scrubber()
    scrub.add(Secret(SECRETS[name]))
    said = INSIDE[place](SECRETS[name])
    left = scrub(said).replace(HIDDEN, "")

    assert HIDDEN in scrub(said)
    assert len(left) < len(said) - len(SECRETS[name])


def test_other_texts_are_left_alone():
    """What only begins like it, and the base64 of something else."""
    scrub = Scrubber()
    scrub.add(Secret(SECRETS["a token"]))
    text = f'{{"detail": "Canary+5d1c", "etag": "{base64.b64encode(b"Canary and more of it").decode()}"}}'

    assert scrub(text) == text


@pytest.mark.parametrize("flood", ["\\", "%25", "&#0", "25", "+"])
def test_a_flood_of_escapes_costs_no_time(flood):
    """An endpoint cannot make the search slow."""
    scrub = Scrubber()
    scrub.add(Secret("+abc/def"))
    begin = time.monotonic()
    scrub(flood * 300_000)

    assert time.monotonic() - begin < 5
