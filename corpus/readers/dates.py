"""A date however it was written -> ISO 8601, as far as it can be told: whole, year and month, or the year alone."""

import re
from datetime import date
from typing import Any

_ISO = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/. ]\s*(\d{1,2})(?:\s*[-/. ]\s*(\d{1,2}))?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4})(?!\d)")
_MONTH_YEAR = re.compile(r"(?<!\d)(\d{1,2})\s*[-/.]\s*(\d{4})(?!\d)")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?![\d:])")
_SPAN = re.compile(r"(?<!\d)\d{1,2}\s*(?:--?-?|[–—/])\s*\d{1,2}(?!\d)")
_DOI = re.compile(r"(?:\S*doi\.org/|doi:\s*)?10\.\d{4,9}/\S", re.IGNORECASE)
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_MONTHS |= {"january": 1, "february": 2, "march": 3, "april": 4, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10}
_MONTHS |= {"november": 11, "december": 12, "sept": 9}
_EARLIEST, _LATEST = 1500, 2099
"""Years that a paper may be of; any other number is no year."""


def iso_date(value: Any) -> str | None:
    """`2024-04-03`, `2024-04` or `2024` of a date in any usual form; None where not even the year is told.

    `4/3/2024` is the third of April to some and the fourth of March to others: only its year is told.
    """
    if type(value) is int and _EARLIEST <= value <= _LATEST:
        return str(value)
    text = str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    if _ISO.fullmatch(text[:10]) and (len(text) <= 10 or not text[10].isdigit()):
        return _of(*(int(part) for part in text[:10].split("-")))
    if not text or len(text) > 200 or _DOI.match(text):
        return None
    return _numbers(text) or _words(text) or _year(text)


def date_parts(value: Any) -> str | None:
    """The date of CSL's and Crossref's `{"date-parts": [[2024, 4, 3]]}`, or of whatever else stands there."""
    if not isinstance(value, dict):
        return iso_date(value)
    parts = value.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list) and parts[0] and parts[0][0]:
        return iso_date("-".join(str(part).zfill(2) for part in parts[0][:3] if part))
    return next((found for name in ("raw", "literal", "date-time") if (found := iso_date(value.get(name)))), None)


def of_parts(year: str, month: str, day: str = "") -> str | None:
    """The date of its parts, the month a number or a name."""
    if month.isdecimal() and len(month) < 3:
        return iso_date(f"{year}-{int(month):02}" + (f"-{int(day):02}" if day.isdecimal() and len(day) < 3 else ""))
    return iso_date(f"{month} {day} {year}")


def most_exact(*values: Any) -> str | None:
    """The date with most parts among those of the year that the first of them tells."""
    told = [found for value in values if (found := iso_date(value))]
    return max((found for found in told if found[:4] == told[0][:4]), key=len, default=None)


def _of(year: int, month: int = 0, day: int = 0) -> str | None:
    """As much of the date as the calendar has."""
    if not _EARLIEST <= year <= _LATEST:
        return None
    if not 1 <= month <= 12:
        return str(year)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return f"{year}-{month:02}"


def _numbers(text: str) -> str | None:
    if found := _YEAR_FIRST.match(text):
        return _of(*(int(part or 0) for part in found.groups()))
    if found := _COMPACT.match(text):
        return _of(*(int(part) for part in found.groups()))
    if found := _YEAR_LAST.search(text):
        first, sign, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
        if sign == "." or first > 12 or first == second:  # with full stops the day comes first everywhere
            return _of(year, second, first)
        return _of(year, first, second) if second > 12 else _of(year)
    if found := _MONTH_YEAR.fullmatch(text):
        return _of(int(found[2]), int(found[1]))
    return None


def _words(text: str) -> str | None:
    """`3 April 2024`, `Apr 3, 2024`, `2024 Mar-Apr`: the first month that is named."""
    year = _YEAR.search(text)
    words = _WORD.finditer(text)
    month = next(((m, number) for m in words if (number := _MONTHS.get(m.group().lower()))), None) if year else None
    if not year or not month:
        return None
    rest = text[: year.start()] + " " * 4 + text[year.end() :]
    days = [m for m in _DAY.finditer(rest) if 1 <= int(m[1]) <= 31 and abs(m.start() - month[0].end()) <= 4 + len(month[0].group())]
    return _of(int(year[1]), month[1], int(days[0][1]) if days and not _SPAN.search(rest) else 0)


def _year(text: str) -> str | None:
    found = _YEAR.search(text)
    return found[1] if found else None
