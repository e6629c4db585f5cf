"""Functions that need no source: GUIDs, random strings, the tenant's domain."""

from __future__ import annotations

import string

from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.values import Context, FailedExpression, Value, as_number, text_or_empty

SPECIAL = "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/"
"""The characters of Windows's password policy."""

KINDS = (string.digits, SPECIAL, string.ascii_uppercase, string.ascii_lowercase)
"""The kinds of characters, in the order of the function's minima."""

LONGEST_RANDOM = 256
"""Characters of a random string."""


@function("Guid", contextual=True)
def guid(context: Context) -> Value:
    """A new GUID."""
    return context.guid()


@function("DefaultDomain", contextual=True)
def default_domain(context: Context) -> Value:
    """The tenant's default domain."""
    return context.default_domain


@function(
    "RandomString",
    "Length, MinimumNumbers, MinimumSpecialCharacters, MinimumCapital, MinimumLowerCase, CharactersToAvoid",
    least=5,
    most=6,
    contextual=True,
)
def random_string(context: Context, length: Value, *minima: Value) -> Value:
    """A random string with at least so many characters of each kind; what is left over is of the kinds asked for.

    Args:
        context: holds the source of randomness.
        length: characters in all.
        minima: numbers, special characters, capitals and lower-case letters at least; then the characters to avoid.

    Raises:
        FailedExpression: a number is none, the minima exceed the length, the length exceeds 256, or all characters of
            a kind are to be avoided.
    """
    total = as_number(length, "Length")
    names = ("MinimumNumbers", "MinimumSpecialCharacters", "MinimumCapital", "MinimumLowerCase")
    numbers = [as_number(value, name) for name, value in zip(names, minima, strict=False)]
    if not 0 <= sum(numbers) <= total <= LONGEST_RANDOM or min(numbers) < 0:
        raise FailedExpression(
            f"Length must be at most {LONGEST_RANDOM} and no less than the sum of the minima, but it is {total}."
        )
    avoid = text_or_empty(minima[len(KINDS)]) if len(minima) > len(KINDS) else ""
    return _shuffled(context, total, dict(zip(KINDS, numbers, strict=True)), set(avoid))


def _shuffled(context: Context, total: int, minima: dict[str, int], avoid: set[str]) -> str:
    """So many characters of each kind, the rest of any of them, in random order."""
    chosen = [context.random.choice(_allowed(kind, avoid)) for kind, minimum in minima.items() for _ in range(minimum)]
    asked = "".join(kind for kind, minimum in minima.items() if minimum) or string.ascii_letters + string.digits
    chosen += [context.random.choice(_allowed(asked, avoid)) for _ in range(total - len(chosen))]
    context.random.shuffle(chosen)
    return "".join(chosen)


def _allowed(kind: str, avoid: set[str]) -> str:
    allowed = "".join(character for character in kind if character not in avoid)
    if not allowed:
        raise FailedExpression(f"CharactersToAvoid leaves none of the characters {kind[:26]}.")
    return allowed
