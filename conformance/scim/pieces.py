"""Pieces of secrets: finds what says twelve characters in a row of one, in any letter case and spelling."""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from html.entities import html5

RUN = 12
"""Characters in a row of a secret that are told to nobody; fewer may stand in ordinary text."""

IN_BASE64, IN_HEX = 15, 24
"""Characters of base64 and hexadecimal digits that so many come to, wherever they begin."""

SIGNS = "\\%&"
"""What an escape begins with."""

LAST = 0x10FFFF
"""The highest number of a character in Unicode."""

GRAM = 5
STEP = RUN - GRAM + 1
"""Whatever is as long as a run holds a gram that begins at a multiple of this, so that only those are looked up."""

NOBODYS = (
    "application/scim+json; charset=utf-8",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    "urn:ietf:params:scim:api:messages:2.0:ListResponse",
)
"""Words of SCIM's own: a secret that holds one of them is not known by it."""

ESCAPE = re.compile(
    r"\\+(?:u(?P<unit>[0-9a-f]{4})|x(?P<shown>[0-9a-f]{2})|(?P<before>(?=[\"'/])))?"
    r"|%(?:25)*(?P<octet>[0-9a-f]{2})"
    r"|&(?:amp;)*(?:\#0*(?P<decimal>[0-9]{1,7})|\#x0*(?P<hex>[0-9a-f]{1,6})|(?P<name>[a-z][a-z0-9]{1,31}));",
    re.IGNORECASE,
)
"""What JSON, Python, a URL or HTML write in place of a character, escaped again as often as it likes.

Each alternative takes a flood of its own kind at once, so that none is looked at twice.
"""


class Pieces:
    """Hides every run of twelve characters of secrets that are so long.

    Args:
        secrets: to be known again.
        public: texts that are no secret, though parts of a secret may be the same, such as the tenant URL.
    """

    def __init__(self, secrets: Sequence[str], public: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        known = {length: set[str]() for length in (RUN, IN_BASE64, IN_HEX)}
        for form, length in forms:
            known[length] |= _runs(form, length)
        for text in (*NOBODYS, *public):
            known[RUN] -= _runs(_folded(text)[0], RUN)
        self._known = {length: runs for length, runs in known.items() if runs}
        self._grams = set[str]().union(*(_runs(form, GRAM) for form, _ in forms))
        self._escaped = any(ESCAPE.search(secret) for secret in secrets)

    def hide(self, text: str, mask: str) -> str:
        """The text with a mask in place of each piece."""
        if not self._grams or len(text) < RUN:
            return text
        spans = []
        escaped = any(sign in text for sign in SIGNS)
        if escaped:
            folded, source = _folded(text)
            spans = [(source(begin), source(end)) for begin, end in self._found(folded)]
        if self._escaped or not escaped:  # cut off within what looks like an escape, it is known as it stands only
            spans = sorted([*spans, *self._found(_alike(text))])
        return _masked(text, spans, mask)

    def _found(self, text: str) -> list[tuple[int, int]]:
        """Where pieces begin and end, in order."""
        grams, spans = self._grams, list[tuple[int, int]]()
        for at in [at for at in range(0, len(text) - GRAM + 1, STEP) if text[at : at + GRAM] in grams]:
            around = list(self._around(text, at))
            if around:
                begin, end = min(begin for begin, _ in around), max(end for _, end in around)
                while spans and begin <= spans[-1][1]:
                    before = spans.pop()
                    begin, end = min(begin, before[0]), max(end, before[1])
                spans.append((begin, end))
        return spans

    def _around(self, text: str, at: int) -> Iterator[tuple[int, int]]:
        """Pieces that hold the gram at a place; as all of them do, there is no gap between them."""
        for length, runs in self._known.items():
            for begin in range(max(0, at + GRAM - length), at + 1):
                if text[begin : begin + length] in runs:
                    yield begin, begin + length


def _runs(text: str, length: int) -> set[str]:
    return {text[at : at + length] for at in range(len(text) - length + 1)}


def _masked(text: str, spans: Iterable[tuple[int, int]], mask: str) -> str:
    parts: list[str] = []
    last = 0
    for begin, end in spans:
        if begin > last or not parts:
            parts += [text[last:begin], mask]
        last = max(last, end)
    return "".join([*parts, text[last:]])


def _forms(secret: str) -> Iterator[tuple[str, int]]:
    """What a secret looks like once its spelling is taken away, and how long a run of it is told to nobody."""
    for cased in {secret, secret.lower(), secret.upper(), secret.swapcase()}:
        raw = cased.encode("utf-8", "surrogatepass")
        for text in (cased, "".join(_units(cased)), raw.decode("latin-1")):
            yield _alike(text), RUN
            yield _folded(text)[0], RUN
        yield raw.hex(), IN_HEX
        for before in range(3):
            # The characters at both ends also hold bits of what stands beside the secret.
            encoded = base64.b64encode(bytes(before) + raw).decode().rstrip("=")
            yield _alike(encoded[(0, 2, 3)[before] : len(encoded) - bool((before + len(raw)) % 3)]), IN_BASE64


def _units(text: str) -> Iterator[str]:
    """The text in UTF-16, which is what JSON's escapes count."""
    coded = text.encode("utf-16-be", "surrogatepass")
    return (chr(int.from_bytes(coded[at : at + 2])) for at in range(0, len(coded), 2))


def _alike(text: str) -> str:
    """The text without letter case, and with one character for those that stand for each other in base64 and URLs."""
    small = text.lower()
    if len(small) != len(text):  # of one letter, Turkish İ, two are made
        small = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return small.replace("+", " ").replace("-", " ").replace("_", "/")


def _folded(text: str) -> tuple[str, Callable[[int], int]]:
    """The text without escapes, and what finds a place of it again in the text as it was."""
    parts, here, there, last = [], [0], [0], 0
    for match in ESCAPE.finditer(text):
        meant = _meant(match)
        parts += [text[last : match.start()], meant]
        here += [here[-1] + match.start() - there[-1], here[-1] + match.start() - there[-1] + len(meant)]
        there += [match.start(), match.end()]
        last = match.end()

    def source(place: int) -> int:
        index = bisect_right(here, place) - 1
        return min(there[index] + place - here[index], *there[index + 1 : index + 2], len(text))

    return _alike("".join([*parts, text[last:]])), source


def _meant(match: re.Match[str]) -> str:
    """The character that an escape stands for: itself where it is none, and nothing for a backslash before a quote."""
    found = match.groupdict()
    digits = found["unit"] or found["shown"] or found["octet"] or found["hex"]
    if digits or found["decimal"]:
        code = int(digits, 16) if digits else int(found["decimal"])
        return chr(code) if code <= LAST else match.group()
    if found["name"]:
        return html5.get(f"{found['name']};", match.group())
    return "\\" if found["before"] is None else ""
