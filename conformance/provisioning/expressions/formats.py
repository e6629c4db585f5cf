"""Custom date and time formats of .NET, in the invariant culture: reading and writing.

Source: Microsoft Learn, "Custom date and time format strings" and "Standard date and time format strings".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from conformance.provisioning.expressions.values import FailedExpression

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

STANDARD = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffK",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ssZ",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
"""Formats of one letter, in the invariant culture."""

LONGEST_FORMAT = 100
DIGITS_OF_SECOND = 7
LAST_SHORT_YEAR = 2029
"""A year of two digits lies in the century that ends here, .NET's default for the Gregorian calendar."""

PIECE = re.compile(
    r"(?P<field>d+|f+|F+|g+|h+|H+|K|m+|M+|s+|t+|y+|z+)|'(?P<quoted>[^']*)'|\"(?P<double>[^\"]*)\"|\\(?P<escaped>.)"
    r"|%(?=[dfFghHKmMstyz])|(?P<literal>.)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Piece:
    """A field such as ``yyyy``, or text that stands for itself."""

    text: str
    is_field: bool


@lru_cache(maxsize=256)
def pieces(text: str) -> tuple[Piece, ...]:
    """The fields and literals of a format.

    Raises:
        FailedExpression: it is empty, too long, or asks for more digits than .NET has.
    """
    if not 0 < len(text) <= LONGEST_FORMAT:
        raise FailedExpression(f"A date format has 1 to {LONGEST_FORMAT} characters, but this one has {len(text)}.")
    if len(text) == 1 and text not in STANDARD:
        raise FailedExpression(f"“{text}” is no standard date format; the custom one is written “%{text}”.")
    found = []
    for match in PIECE.finditer(STANDARD.get(text, text)):
        literal = next((match[name] for name in ("quoted", "double", "escaped", "literal") if match[name]), "")
        found.append(Piece(match["field"] or literal, bool(match["field"])))
        if match["field"] and match["field"][0] in "fF" and len(match["field"]) > DIGITS_OF_SECOND:
            raise FailedExpression(f"A second has at most {DIGITS_OF_SECOND} decimal places in the format “{text}”.")
    return tuple(found)


def written(moment: datetime, text: str) -> str:
    """A moment in a format.

    Args:
        moment: with time zone UTC, or without where none is known.
        text: a custom format, or a standard one of a single letter.
    """
    result = ""
    for piece in pieces(text):
        added = _written(moment, piece.text) if piece.is_field else piece.text
        if piece.is_field and piece.text[0] == "F" and not added:
            result = result.removesuffix(".")
        result += added
    return result


def _written(moment: datetime, name: str) -> str:
    letter, width = name[0], len(name)
    numbers = {
        "d": moment.day,
        "h": moment.hour % 12 or 12,
        "H": moment.hour,
        "m": moment.minute,
        "M": moment.month,
        "s": moment.second,
    }
    if letter in "dM" and width > 2:  # noqa: PLR2004 - three letters and more are names
        full = DAYS[moment.weekday()] if letter == "d" else MONTHS[moment.month - 1]
        return full[:3] if width == 3 else full  # noqa: PLR2004 - same
    if letter in numbers:
        return f"{numbers[letter]:0{min(width, 2)}d}"
    return _written_other(moment, letter, width)


def _written_other(moment: datetime, letter: str, width: int) -> str:
    if letter in "fF":
        digits = f"{moment.microsecond:06d}0"[:width]
        return digits if letter == "f" else digits.rstrip("0")
    if letter == "y":
        return f"{moment.year % 100 if width <= 2 else moment.year:0{width}d}"  # noqa: PLR2004 - yy is short
    if letter == "t":
        return ("AM" if moment.hour < 12 else "PM")[:width]  # noqa: PLR2004 - noon
    if letter == "g":
        return "A.D."
    if letter == "K":
        return "Z" if moment.tzinfo else ""
    return {1: "+0", 2: "+00"}.get(width, "+00:00")


def read(source: str, text: str, now: datetime) -> datetime:
    """The moment that a string in a format names, in UTC if a time zone stands in it, else without time zone.

    Args:
        source: white space around it is allowed.
        text: the format.
        now: for the date where the format has none.

    Raises:
        FailedExpression: the string is not in the format, or there is no such date.
    """
    match = _regex(text).fullmatch(source.strip())
    if match is None:
        raise FailedExpression(f"“{source[:60]}” is not in the format “{text}”.")
    fields = [piece.text for piece in pieces(text) if piece.is_field]
    values: dict[str, str] = {}
    for name, value in zip(fields, match.groups(), strict=True):
        key = "day name" if name.startswith("ddd") else name[0].replace("F", "f").replace("K", "z")
        values[key] = value
    try:
        return _moment(values, now)
    except (ValueError, OverflowError):
        raise FailedExpression(f"“{source[:60]}” names no date that exists.") from None


def _moment(values: dict[str, str], now: datetime) -> datetime:
    """Put the fields together; what is missing is the first of its kind, the whole date today's."""
    hour = int(values.get("H") or values.get("h") or 0)
    if "h" in values and "H" not in values:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - the hours of a half-day
            raise ValueError
        hour = hour % 12 + (12 if values.get("t", "A").upper().startswith("P") else 0)
    if not values.keys() & {"y", "M", "d"}:
        date = (now.year, now.month, now.day)
    else:
        date = (_year(values, now), _month(values.get("M", "1")), int(values.get("d", 1)))
    fraction = int(values.get("f", "").ljust(DIGITS_OF_SECOND, "0")[:6])
    moment = datetime(*date, hour, int(values.get("m", 0)), int(values.get("s", 0)), fraction)  # noqa: DTZ001
    return in_utc(moment, values.get("z", ""))


def _year(values: dict[str, str], now: datetime) -> int:
    text = values.get("y")
    if text is None:
        return now.year
    if len(text) > 2:  # noqa: PLR2004 - yy is short
        return int(text)
    century = LAST_SHORT_YEAR // 100 * 100
    return int(text) + (century if int(text) <= LAST_SHORT_YEAR % 100 else century - 100)


def _month(text: str) -> int:
    """From a number, a name or its first three letters."""
    if text.isdecimal():
        return int(text)
    return [name[:3].lower() for name in MONTHS].index(text[:3].lower()) + 1


def in_utc(moment: datetime, zone: str) -> datetime:
    """A local time with its zone (``Z``, ``GMT``, ``+01:00``, ``+0100``, ``+1``) in UTC; without one, as it is.

    Raises:
        OverflowError: the year would be out of range.
        ValueError: the zone has more than 23 hours.
    """
    if not zone:
        return moment
    if zone.upper() in ("Z", "GMT", "UTC"):
        return moment.replace(tzinfo=UTC)
    digits = zone[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    return moment.replace(tzinfo=timezone(offset)).astimezone(UTC)


@lru_cache(maxsize=256)
def _regex(text: str) -> re.Pattern[str]:
    """What a string in this format looks like, a group for each field."""
    parts = [f"({_looks(piece.text)})" if piece.is_field else re.escape(piece.text) for piece in pieces(text)]
    return re.compile("".join(parts), re.IGNORECASE)


def _looks(name: str) -> str:
    letter, width = name[0], len(name)
    if letter in "dM" and width > 2:  # noqa: PLR2004 - three letters and more are names
        names = DAYS if letter == "d" else MONTHS
        return "|".join(entry[:3] if width == 3 else entry for entry in names)  # noqa: PLR2004 - same
    if letter in "dhHmMs":
        return "[0-9]{1,2}" if width == 1 else "[0-9]{2}"
    looks = {
        "f": f"[0-9]{{{width}}}",
        "F": f"[0-9]{{0,{width}}}",
        "y": "[0-9]{1,2}" if width == 1 else f"[0-9]{{{width if width != 3 else 4}}}",  # noqa: PLR2004 - yyy: at least
        "t": "AM|PM" if width > 1 else "A|P",
        "g": r"A\.D\.",
        "K": "Z|[+-][0-9]{2}:[0-9]{2}|",
    }
    zones = {1: "[+-][0-9]{1,2}", 2: "[+-][0-9]{2}"}
    return looks.get(letter) or zones.get(width, "[+-][0-9]{2}:?[0-9]{2}")
