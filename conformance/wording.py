"""What two texts that say the same have in common, whoever they are about."""

from __future__ import annotations

import re

OURS = r"scimconf-[\w.@-]*|\b[0-9a-f-]{8,}\b"
"""A regular expression of names that we made up, and of ids."""

_OF_THE_CASE = re.compile(rf"{OURS}|\d{{4,}}", re.IGNORECASE)
"""These, and numbers other than a status: they differ in two answers that say the same."""

SHOWN = 160
"""Characters of a line that are kept."""


def first_line(text: str) -> str:
    """The first line of a text without what is of its case only, cut where it is long.

    Args:
        text: words of an endpoint's, or a log's.
    """
    line = next(iter(text.strip().splitlines()), "")
    return _OF_THE_CASE.sub("…", line)[:SHOWN]
