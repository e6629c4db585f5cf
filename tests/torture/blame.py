"""Who is to blame for each trick of the hostile server, and in which words a run has to say so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SIZE = r"larger than|swells to|comes in more than|more values than"
NO_JSON = r"\(application/scim\+json"
FRAME = r"bad Content-Length|Receive buffer too long|illegal|multiple|is no HTTP|conflicting|whole, and its framing"
LATE = r"timed out|did not end within"
CUT = r"closed connection|disconnected|reset by peer"

HARMLESS = frozenset({
    "connections closed after every answer, unannounced", "connections closed after every answer, announced",
    "answers that take their time", "2,000 headers in a right answer",
})  # fmt: skip
"""Odd, and allowed: nothing may be held against the endpoint, and nothing is left unjudged."""

LOST: Mapping[str, str] = {
    "a storm of 1xx": LATE,
    "headers a byte at a time": LATE,
    "a body a byte at a time": LATE,
    "no answer": LATE,
    "half-closed sockets": CUT,
    "reset in the middle of a body": CUT,
    "a chunk size that lies": CUT,
    "cursors of 1 MB": SIZE,
}
"""The network could have done it, or no RFC forbids it: no FAIL, and an ERROR that says what was met."""

TOLD: Mapping[str, str] = {
    "endless body in chunks": SIZE,
    "endless body in chunks of one byte": SIZE,
    "endless body without length": SIZE,
    "body of 1 GB": SIZE,
    "gzip bomb (1 MB to 1 GB)": SIZE,
    "gzip bomb in gzip (few kB to 1 GB)": SIZE,
    "deflate bomb": SIZE,
    "a string of 10 MB": SIZE,
    "a string of 7 MB": SIZE,
    "8 MB of empty lists": SIZE,
    "JSON nested 100,000 deep": "nested more than",
    "JSON nested 900 deep": "nested more than",
    "brotli nobody asked for": NO_JSON,
    "gzip that is none": "Content-Encoding",
    "a list of 5,000 users": "^5000",
    "not a number": "NaN",
    "nothing at all": NO_JSON,
    "UTF-16": NO_JSON,
    "a million headers": FRAME,
    "a header of 10 MB": FRAME,
    "header injection": FRAME,
    "Content-Length too long": FRAME,
    "Content-Length of -5": FRAME,
    "two lengths": FRAME,
    "a chunk size that is none": FRAME,
    "a status that is none": FRAME,
    "no HTTP at all": FRAME,
    "HTTP/0.9": FRAME,
    "status 999": "HTTP 999",
    "endless redirects": "HTTP 307",
    "redirects to a file": "HTTP 302",
    "redirects to another host": "HTTP 302",
}
"""A check fails in these words; of all other tricks any check fails or warns by what was seen, in words of its own."""


def grievances(name: str, results: Mapping[str, Any]) -> list[str]:
    """What is wrong with whom a run blames for a trick; empty where it is the right party.

    Args:
        name: of the trick.
        results: of the run.
    """
    rows = [(row["verdict"], f"{row['id']}: {row['got'][:300]}", row["got"]) for row in results["checks"]]
    against = [(told, got) for verdict, told, got in rows if verdict in {"FAIL", "WARN"}]
    if name in HARMLESS:
        return [f"held against a harmless oddity: {told}" for verdict, told, _ in rows if verdict in UNDESERVED]
    headlines = {profile["headline"] for profile in results["profiles"].values()}
    wrong = [] if headlines != {"conformant"} else ["a run against a hostile server says that all is well"]
    if name in LOST:
        wrong += [f"held against the endpoint: {told}" for told, _ in against]
        said = [got for verdict, _, got in rows if verdict == "ERROR"]
        return wrong if any(re.search(LOST[name], got) for got in said) else [*wrong, "nobody says what was met"]
    if not any(re.search(TOLD.get(name, ""), got) for _, got in against):
        wrong.append(f"no check says {TOLD.get(name, 'anything')!r} against the endpoint: {against[:3]}")
    return wrong


UNDESERVED = frozenset({"FAIL", "WARN", "ERROR", "BLOCKED"})
