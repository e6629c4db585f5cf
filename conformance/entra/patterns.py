"""Regular expressions that an admin wrote, compiled only where they cannot run for ever."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Final

LONGEST: Final = 1_000
"""Characters in a pattern."""

_TOKENS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(|\)|[*+]|\{\d+,\}|.", re.DOTALL)
_ENDLESS = re.compile(r"[*+]|\{\d+,\}")


class BadPattern(ValueError):
    """A regular expression that is not run; the text says why and what to do."""


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern.

    Entra runs .NET's dialect, of which Python's is the common part but for rare constructs.

    Raises:
        BadPattern: it is too long, does not parse, or repeats a repetition, which can take for ever.
    """
    if len(pattern) > LONGEST:
        raise BadPattern(f"it has {len(pattern)} characters; use at most {LONGEST}.")
    if _repeats_repetition(pattern):
        raise BadPattern(
            f"{pattern!r} repeats a group that repeats inside, which can take for ever; unfold one of them."
        )
    try:
        # Python's remarks on a future dialect of its own are of no use to an admin.
        with warnings.catch_warnings(action="ignore"):
            return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as problem:
        raise BadPattern(f"{pattern!r} is no regular expression ({problem}); correct it.") from None


def _repeats_repetition(pattern: str) -> bool:
    """Whether a group that holds an endless repetition is repeated endlessly itself."""
    tokens = _TOKENS.findall(pattern)
    holding = [False]
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if token == "(":  # noqa: S105
            holding.append(False)
        elif token == ")" and len(holding) > 1:  # noqa: S105
            inner = holding.pop()
            if inner and _ENDLESS.fullmatch(following):
                return True
            holding[-1] |= inner
        elif _ENDLESS.fullmatch(token):
            holding[-1] = True
    return False
