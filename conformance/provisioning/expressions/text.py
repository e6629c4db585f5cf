"""Functions that cut, search and re-case strings."""

from __future__ import annotations

import re
import unicodedata

from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.values import FailedExpression, Value, as_number, shown, text_or_empty

DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"

SPECIAL_LETTERS = {
    "æ": "ae", "Æ": "AE", "ø": "oe", "Ø": "OE", "œ": "oe", "Œ": "OE", "ß": "ss", "ł": "l", "Ł": "L", DOTLESS: "i",
}  # fmt: skip
"""Letters of Microsoft's table that Unicode does not take apart; those that are not in the table stay."""

SEPARATORS = ("Z", "C", "P", "S")
"""First letters of the Unicode categories that part words for PCase."""

TURKIC = ("tr", "az")
"""Languages with a dotted and a dotless i."""


@function("Append", "source, suffix", least=2, most=2, strict=True)
def append(source: Value, suffix: Value) -> Value:
    """The source with the suffix behind it; null stays null."""
    return text_or_empty(source) + text_or_empty(suffix)


@function("Left", "String, NumChars", least=2, most=2)
def left(source: Value, number: Value) -> Value:
    """So many characters from the left; all for a negative number; "" for null."""
    text, length = text_or_empty(source), as_number(number, "NumChars")
    return text if length < 0 else text[:length]


@function("Len", "source", least=1, most=1)
def length_of(source: Value) -> Value:
    """Number of characters; null has none."""
    return len(text_or_empty(source))


@function("Mid", "source, start, length", least=3, most=3, strict=True)
def mid(source: Value, start: Value, length: Value) -> Value:
    """So many characters from a position, which counts from 1.

    Raises:
        FailedExpression: the position is lower than 1 or the length lower than 0.
    """
    first, number = as_number(start, "start"), as_number(length, "length")
    if first < 1 or number < 0:
        raise FailedExpression(f"start begins with 1 and length with 0, but they are {first} and {number}.")
    return text_or_empty(source)[first - 1 : first - 1 + number]


@function("InStr", "value1, value2, start, compareType", least=2, most=4)
def in_str(source: Value, wanted: Value, start: Value = None, compare: Value = None) -> Value:
    """Position of the first occurrence, from 1; 0 where there is none. vbTextCompare ignores case.

    Raises:
        FailedExpression: start is lower than 1, or compareType unknown.
    """
    first = 1 if start is None else as_number(start, "start")
    if first < 1:
        raise FailedExpression(f"start begins with 1, but it is {first}.")
    if compare not in (None, "vbTextCompare", "vbBinaryCompare", 0, 1):
        raise FailedExpression(f"compareType is vbTextCompare or vbBinaryCompare, but it is {shown(compare)}.")
    text, part = text_or_empty(source), text_or_empty(wanted)
    if compare in ("vbTextCompare", 1):
        text, part = _lower(text), _lower(part)
    return text.find(part, first - 1) + 1


@function("NormalizeDiacritics", "source", least=1, most=1, strict=True)
def normalize_diacritics(source: Value) -> Value:
    """Latin letters without their marks, by Microsoft's table; other scripts keep theirs."""
    latin = False
    kept = []
    for character in unicodedata.normalize("NFD", text_or_empty(source)):
        if unicodedata.combining(character):
            if not latin:
                kept.append(character)
            continue
        latin = unicodedata.name(character, "").startswith("LATIN")
        kept.append(SPECIAL_LETTERS.get(character, character))
    return unicodedata.normalize("NFC", "".join(kept))


@function("StripSpaces", "source", least=1, most=1, strict=True)
def strip_spaces(source: Value) -> Value:
    """Without any space."""
    return text_or_empty(source).replace(" ", "")


@function("Word", "String, WordNumber, Delimiters", least=3, most=3)
def word(source: Value, number: Value, delimiters: Value) -> Value:
    """The word of that number, from 1; "" where there is none, and where no delimiter occurs."""
    text, by = text_or_empty(source), text_or_empty(delimiters)
    parts = re.split(f"[{re.escape(by)}]", text) if by else [text]
    words = [part for part in parts if part]
    position = as_number(number, "WordNumber")
    return words[position - 1] if len(parts) > 1 and 1 <= position <= len(words) else ""


@function("ToLower", "source, culture", least=1, most=2, strict=True)
def to_lower(source: Value, culture: Value = None) -> Value:
    """In lower case, by the rules of a culture or the invariant ones."""
    text = text_or_empty(source)
    if _turkic(culture):
        text = text.replace("I", DOTLESS).replace("İ", "i")
    return _lower(text)


@function("ToUpper", "source, culture", least=1, most=2, strict=True)
def to_upper(source: Value, culture: Value = None) -> Value:
    """In upper case, by the rules of a culture or the invariant ones."""
    text = text_or_empty(source)
    if _turkic(culture):
        text = text.replace("i", "İ").replace(DOTLESS, "I")
    return _upper(text)


@function("PCase", "source, wordSeparators", least=1, most=2, strict=True)
def p_case(source: Value, separators: Value = None) -> Value:
    """Each word with an initial capital, all else in lower case.

    Without separators of its own it parts words where .NET's ToTitleCase does: at spaces, punctuation and symbols,
    but at no apostrophe within a word; a word begins with a letter.
    """
    own = None if separators is None else set(text_or_empty(separators))
    within = False
    result = []
    for character in _lower(text_or_empty(source)):
        parts = character in own if own is not None else _parts(character, within)
        begins = not within and not parts and (own is not None or character.isalpha())
        result.append(_upper(character) if begins else character)
        within = not parts and (within or begins)
    return "".join(result)


def _parts(character: str, within: bool) -> bool:
    """Whether a character ends a word for .NET."""
    return unicodedata.category(character)[0] in SEPARATORS and not (within and character == "'")


def _turkic(culture: Value) -> bool:
    """Whether a culture name has Turkish rules.

    Raises:
        FailedExpression: it is no culture name.
    """
    name = text_or_empty(culture)
    if name and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", name):
        raise FailedExpression(f"culture must be a name such as en-US, but it is {shown(culture)}.")
    return name.lower().partition("-")[0] in TURKIC


def _lower(text: str) -> str:
    """Letter by letter, as .NET does it: no letter becomes two."""
    return "".join(lower if len(lower := letter.lower()) == 1 else letter for letter in text)


def _upper(text: str) -> str:
    """Letter by letter, as .NET does it: ß stays, and so does the dotless i."""
    return "".join(upper if len(upper := letter.upper()) == 1 and letter != DOTLESS else letter for letter in text)
