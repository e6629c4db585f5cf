"""Functions for dates; between them a date is a string ``M/d/yyyy h:mm:ss tt`` in UTC."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from conformance.provisioning.expressions import formats
from conformance.provisioning.expressions.registry import function
from conformance.provisioning.expressions.values import (
    Context,
    FailedExpression,
    Value,
    as_number,
    shown,
    text_or_empty,
)

FORMAT = "M/d/yyyy h:mm:ss tt"
"""What CDate, DateAdd, DateFromNum and Now yield."""

LONGEST_DATE = 64

DATES = (
    (re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})"), "yMd"),
    (re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})"), "Mdy"),
    (re.compile(r"(?:[A-Za-z]{3,9},?\s+)?([0-9]{1,2})[\s-]([A-Za-z]{3,9})[\s-]([0-9]{4})"), "dMy"),
    (re.compile(r"(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\s+([0-9]{1,2}),?\s+([0-9]{4})"), "Mdy"),
)
"""How dates are written that need no format, and the order of their fields."""

TIME = re.compile(
    r"(?:(?:T|\s+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,7}))?)?"
    r"(?:\s*(?P<half>AM|PM))?)?\s*(?P<zone>Z|GMT|UTC|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
"""What may follow a date: a time and a time zone."""

SECONDS = {"h": 3600, "n": 60, "s": 1, "d": 86400, "ww": 7 * 86400}
"""Intervals of fixed length."""

MONTHS = {"m": 1, "yyyy": 12}
"""Intervals of whole months."""

EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
"""Where Active Directory's file times begin."""

TICKS = 10_000_000
"""File time units in a second."""

STYLES = {
    "None", "AllowLeadingWhite", "AllowTrailingWhite", "AllowInnerWhite", "AllowWhiteSpaces", "NoCurrentDateDefault",
    "AdjustToUniversal", "AssumeLocal", "AssumeUniversal", "RoundtripKind",
}  # fmt: skip
"""Names of .NET's DateTimeStyles. The service's zone is UTC, so none of them changes what is read here."""


def moment(value: Value) -> datetime:
    """The moment that a string names without a format, in UTC; without a time zone it is UTC already.

    Raises:
        FailedExpression: it is no date that can be read.
    """
    text = text_or_empty(value).strip()
    for regex, order in DATES:
        date = regex.match(text) if len(text) <= LONGEST_DATE else None
        time = TIME.fullmatch(text, date.end()) if date else None
        if date and time:
            return _assembled(text, dict(zip(order, date.groups(), strict=True)), time.groupdict())
    raise FailedExpression(f"{shown(value)} is no date that can be read; use FormatDateTime for other formats.")


def _assembled(text: str, date: dict[str, str], time: dict[str, str | None]) -> datetime:
    """Write the fields in one known format, and read that."""
    half = time["half"] or ""
    clock = f"{int(time['hour'] or 0):02d}:{time['minute'] or '00'}:{time['second'] or '00'}"
    fraction = (time["fraction"] or "").ljust(7, "0")
    month = date["M"].zfill(2) if date["M"].isdecimal() else date["M"][:3]
    pattern = (
        f"yyyy {'MM' if month.isdecimal() else 'MMM'} dd {'hh' if half else 'HH'}:mm:ss fffffff{'tt' if half else ''}"
    )
    source = f"{date['y']} {month} {date['d'].zfill(2)} {clock} {fraction}{half}"
    try:
        read = formats.read(source, pattern, EPOCH)
        return formats.in_utc(read, time["zone"] or "Z")
    except (FailedExpression, ValueError, OverflowError):
        raise FailedExpression(f"“{text}” names no date that exists.") from None


def _written(when: Callable[[], datetime]) -> str:
    try:
        return formats.written(when(), FORMAT)
    except (ValueError, OverflowError):
        raise FailedExpression("The date lies outside the years 1 to 9999.") from None


def _interval(value: Value) -> str:
    name = text_or_empty(value)
    if name not in SECONDS and name not in MONTHS:
        raise FailedExpression(f"interval is one of yyyy, m, d, ww, h, n and s, but it is {shown(value)}.")
    return name


@function("Now", contextual=True)
def now(context: Context) -> Value:
    """The service's time."""
    return formats.written(context.now.astimezone(UTC), FORMAT)


@function("CDate", "expression", least=1, most=1, strict=True)
def c_date(value: Value) -> Value:
    """A date in UTC."""
    return formats.written(moment(value), FORMAT)


@function("DateAdd", "interval, value, dateTime", least=3, most=3)
def date_add(interval: Value, value: Value, date: Value) -> Value:
    """A date so many intervals later or, with a negative number, earlier; null for a null date."""
    name, number = _interval(interval), as_number(value, "value")
    if date is None:
        return None
    start = moment(date)
    if name in MONTHS:
        return _written(lambda: _months_later(start, number * MONTHS[name]))
    return _written(lambda: start + timedelta(seconds=number * SECONDS[name]))


def _months_later(start: datetime, number: int) -> datetime:
    """The same day of another month, or its last day."""
    years, month = divmod(start.month - 1 + number, 12)
    year = start.year + years
    if not 1 <= year <= 9999:  # noqa: PLR2004 - the years that there are
        raise OverflowError
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


@function("DateDiff", "interval, date1, date2", least=3, most=3)
def date_diff(interval: Value, first: Value, second: Value) -> Value:
    """How many intervals the second date is later; null where one is null.

    As Visual Basic counts: whole days, hours, minutes and seconds; borders of weeks (from Sunday), months and years.
    """
    name = _interval(interval)
    if first is None or second is None:
        return None
    start, end = moment(first), moment(second)
    if name == "yyyy":
        return end.year - start.year
    if name == "m":
        return (end.year - start.year) * 12 + end.month - start.month
    if name == "ww":
        days = [(date.toordinal() - date.isoweekday() % 7, date) for date in (start, end)]
        return (days[1][0] - days[0][0]) // 7
    return int((end - start) / timedelta(seconds=SECONDS[name]))


@function("DateFromNum", "value", least=1, most=1, strict=True)
def date_from_num(value: Value) -> Value:
    """The date of a file time of Active Directory (units of 100 ns since 1601)."""
    number = as_number(value, "value")
    return _written(lambda: EPOCH + timedelta(microseconds=number // 10))


@function("NumFromDate", "value", least=1, most=1, strict=True)
def num_from_date(value: Value) -> Value:
    """The file time of a date in ISO 8601."""
    since = moment(value) - EPOCH
    return (since.days * 86400 + since.seconds) * TICKS + since.microseconds * 10


@function(
    "FormatDateTime",
    "source, dateTimeStyles, inputFormat, outputFormat",
    least=4,
    most=4,
    contextual=True,
)
def format_date_time(context: Context, source: Value, styles: Value, before: Value, after: Value) -> Value:
    """A date from one .NET format into another; null and the empty string become null.

    Raises:
        FailedExpression: a style or a format is unknown, or the source is not in the input format.
    """
    text = text_or_empty(source)
    unknown = {name.strip().rpartition(".")[2] for name in text_or_empty(styles).split(",") if name.strip()} - STYLES
    if unknown:
        raise FailedExpression(f"dateTimeStyles has no {', '.join(sorted(unknown))}; see .NET's DateTimeStyles.")
    if not text:
        return None
    known = text_or_empty(before)
    read = formats.read(text, known, context.now) if known else moment(source)
    return formats.written(read, text_or_empty(after))
