"""What two texts that say the same have in common, whoever they are about."""

from __future__ import annotations

import re

_OF_THE_CASE = re.compile(r"scimconf-[\w.@-]*|\b[0-9a-fA-F]{8}[0-9a-fA-F-]*\b|\d{4,}")
"""Names of our making, ids, and numbers other than a status: they differ in two answers that say the same."""

SHOWN = 160
"""Characters of a line that are kept."""


def first_line(text: str) -> str:
    """The first line of a text without what is of its case only, cut where it is long.

    Args:
        text: words of an endpoint's, or a log's.
    """
    line = next(iter(text.strip().splitlines()), "")
    return _OF_THE_CASE.sub("…", line)[:SHOWN]
