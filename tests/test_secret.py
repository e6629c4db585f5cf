"""A secret is known again in every spelling in which an endpoint can say it back."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from conformance.scim.pieces import RUN
from conformance.scim.secret import HIDDEN, Scrubber, Secret
from conformance.scim.target import Target

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


CASES = {"as it is": str, "in capitals": str.upper, "in small letters": str.lower, "the other way": str.swapcase}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", ["a token", "a password"])
def test_any_twelve_characters_of_it_are_hidden(name, spelling, case):
    """Wherever the endpoint cuts it off, in any letter case; and nothing beside them."""
    secret = SECRETS[name]
    scrub = Scrubber()
    scrub.add(Secret(secret))
    kept = 4 if spelling in {"in base64", "in hexadecimal digits"} else 0
    for first in range(len(secret) - RUN + 1):
        for last in (first + RUN, len(secret)):
            said = SPELLINGS[spelling](CASES[case](secret[first:last]))
            left = scrub(f"before|{said}|after").replace("before|", "").replace("|after", "")

            assert HIDDEN in left, said
            assert len(left.replace(HIDDEN, "").strip("\\")) <= kept, left


@pytest.mark.parametrize("case", CASES)
def test_a_whole_token_is_hidden_in_any_letter_case(case):
    """Also in the base64 of what a server has made capitals of."""
    scrub = Scrubber()
    scrub.add(Secret(SECRETS["a token"]))
    said = CASES[case](SECRETS["a token"])

    assert scrub(f"before {said} after") == f"before {HIDDEN} after"
    assert len(scrub(base64.b64encode(said.encode()).decode())) < len(HIDDEN) + 4


def test_eleven_characters_of_it_are_ordinary_text():
    """Fewer than twelve may stand anywhere."""
    secret = SECRETS["a token"]
    scrub = Scrubber()
    scrub.add(Secret(secret))
    for first in range(len(secret) - RUN + 2):
        text = f"the|{secret[first : first + RUN - 1]}|said"
        assert scrub(text) == text


def test_a_short_secret_hides_no_word_that_is_written_otherwise():
    """A password such as Summer2026 is looked for as it is, and not in every letter case."""
    scrub = Scrubber()
    scrub.add(Secret("Summer2026"))

    assert scrub("Summer2026 in summer2026 and Summer202") == f"{HIDDEN} in summer2026 and Summer202"


def test_what_everybody_knows_is_not_hidden_because_a_secret_holds_it():
    """The values of headers are secrets too, and one may hold the tenant URL or a word of SCIM's own."""
    value = "app=https://idm.example.com/scim/v2; accept=application/scim+json; key=Zu7qP0xKw3mB"
    target = Target("https://idm.example.com/scim/v2", headers={"X-Gateway": Secret(value)})
    scrub = target.scrubber()
    text = '{"location": "https://idm.example.com/scim/v2/Users/1", "accept": "application/scim+json"}'

    assert scrub(text) == text
    assert scrub(f"got {value}") == f"got {HIDDEN}"
    assert "u7qP0xKw3mB" not in scrub("key=Zu7qP0xKw3mB")


def test_ordinary_answers_are_left_alone():
    """Ten thousand ids, names, times and URLs, beside a token as long as they come."""
    scrub = Scrubber()
    scrub.add(Secret("".join(f"{hash_of(number):x}" for number in range(24))))
    rows = [
        {
            "id": f"{hash_of(number):032x}",
            "userName": f"Zoë.O'Neil{number}@example.com",
            "meta": {"created": f"2026-11-{number % 28 + 1:02}T00:00:00.000Z"},
            "etag": base64.b64encode(str(hash_of(number)).encode()).decode(),
        }
        for number in range(1000, 11_000)
    ]
    text = json.dumps(rows)

    assert scrub(text) == text


def hash_of(number):
    """A large number that looks like chance."""
    return int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:16])


LARGE = 2_000_000


@pytest.mark.parametrize("kind", ["ascii", "escaped", "its beginning again and again"])
def test_a_large_answer_is_searched_in_no_time(kind):
    """Two megabytes; a token of 1,500 characters costs no more than a short one."""
    token = "".join(f"{hash_of(number):x}" for number in range(48))
    scrub = Scrubber()
    scrub.add(Secret(token))
    unit = {"ascii": "Anna Example, ", "escaped": "\\u00e4nna: ", "its beginning again and again": token[:19] + " "}[
        kind
    ]
    begin = time.process_time()
    scrub(unit * (LARGE // len(unit)))

    assert time.process_time() - begin < 6


@pytest.mark.parametrize("flood", ["\\", "%25", "&#0", "25", "+", "&amp;", "\\x", "%c3", "\\u0"])
@pytest.mark.parametrize("secret", ["+abc/def", "+abc/def+abc/def"])
def test_a_flood_of_escapes_costs_no_time(flood, secret):
    """An endpoint cannot make the search slow."""
    scrub = Scrubber()
    scrub.add(Secret(secret))
    begin = time.monotonic()
    scrub(flood * 300_000)

    assert time.monotonic() - begin < 5
