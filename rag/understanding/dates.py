"""Dates in a wording, absolute or relative to today, as the first and last date that they mean.

Words are found here; what a calendar knows (weeks back, lengths of months) is dateutil's and the standard library's.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from rag.text import TO_NINETY_NINE

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH_OF = {name[:3]: number for number, name in enumerate(_MONTHS, 1)}
MONTH = "(?:" + "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + r"|sept)\b\.?"
_YEAR = r"(?:19|20)\d\d"
_NUMBERS = {word: n for word, n in TO_NINETY_NINE.items() if n} | {"hundred": 100, "a": 1, "an": 1, "couple of": 2, "a couple of": 2}
_NUMBERS |= {"few": 3, "a few": 3, "a dozen": 12, "dozen": 12}
_DECADES = {word: 10 * n for n, word in enumerate("twenties thirties forties fifties sixties seventies eighties nineties".split(), 2)}
_NUMBER = r"\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_UNIT = r"days?|weeks?|months?|years?"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (1, 2)}
_PARTS = {
    "early": (1, 4),
    "mid": (5, 8),
    "late": (9, 12),
    "first half of": (1, 6),
    "second half of": (7, 12),
    "beginning of": (1, 3),
    "start of": (1, 3),
    "middle of": (5, 8),
    "end of": (10, 12),
}
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}


SEASON = f"(?:{'|'.join(_SEASONS)})"
_HALVES = "|".join(part.removesuffix(" of") for part in _PARTS if part.endswith(" of"))
PART = rf"(?:{_HALVES}|{'|'.join(_SEASONS)}|(?:{'|'.join(_QUARTERS)}) quarter|q[1-4])"
"""A part of a year, said before "of"."""


@dataclass(frozen=True, slots=True)
class Span:
    """What one date expression means: ISO dates, whole or partial, both inclusive."""

    first: str
    last: str


def month_number(name: str) -> int:
    """Which month a name, whole or short, is of."""
    return _MONTH_OF[name[:3].lower()]


def _month(year: int | str, month: int) -> str:
    return f"{year}-{month:02}"


def _of_months(year: str, months: tuple[int, int]) -> Span:
    return Span(_month(year, months[0]), _month(year, months[1]))


def _day(year: str, month: str, day: str) -> Span | None:
    number = month_number(month)
    try:
        date = str(datetime.date(int(year), number, int(day)))
    except ValueError:
        return None
    return Span(date, date)


def _one(date: str) -> Span:
    return Span(date, date)


def _latest(month: str, today: datetime.date) -> Span:
    """A month without a year: the last one that has begun."""
    number = month_number(month)
    return _one(_month(today.year if number <= today.month else today.year - 1, number))


def _relative(which: str, unit: str, today: datetime.date) -> Span:
    back = 0 if which == "this" else 1
    if unit == "year":
        return _one(str(today.year - back))
    if unit == "month":
        at = today - relativedelta(months=back)
        return _one(_month(at.year, at.month))
    if unit == "week":
        monday = today - relativedelta(days=today.weekday() + 7 * back)
        return Span(str(monday), str(min(monday + relativedelta(days=6), today)))
    return _one(str(today - relativedelta(days=back)))


def _back(count: str, unit: str, today: datetime.date) -> Span:
    number = int(count) if count.isdigit() else _NUMBERS[count.lower()]
    return Span(str(today - relativedelta(**{unit.rstrip("s") + "s": number})), str(today))


def _third(year: str, month: str, part: str) -> Span | None:
    """Early, in the middle of or late in a month."""
    first, last = {"e": ("01", "10"), "b": ("01", "10"), "s": ("01", "10"), "m": ("11", "20")}.get(part[0].lower(), ("21", ""))
    if part.lower().startswith("end"):
        first, last = "21", ""
    whole = _month(year, month_number(month))
    end = datetime.date.fromisoformat(f"{whole}-01") + relativedelta(months=1, days=-1)
    return Span(f"{whole}-{first}", f"{whole}-{last}" if last else str(end))


def _quarter(which: str, today: datetime.date) -> Span:
    start = datetime.date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - relativedelta(months=0 if which == "this" else 3)
    return _of_months(str(start.year), (start.month, start.month + 2))


def _weekday(name: str, today: datetime.date) -> Span:
    """The last one before today."""
    back = (today.weekday() - _WEEKDAYS.index(name)) % 7 or 7
    return _one(str(today - relativedelta(days=back)))


def _before_last(unit: str, today: datetime.date) -> Span:
    return _relative("last", unit, today - relativedelta(**{f"{unit}s": 1}))


def _season(season: str, which: str, today: datetime.date) -> Span:
    """This season, or the last one that is over."""
    first, last = _SEASONS[season]
    over = today.month > last or (which == "this" and today.month >= first)
    return _of_months(str(today.year if over else today.year - 1), (first, last))


def _decade(first: int) -> Span:
    return Span(str(first), str(first + 9))


Maker = Callable[[re.Match[str], datetime.date], Span | None]
_FORMS: tuple[tuple[str, Maker], ...] = (
    (rf"(?P<a>{_YEAR})[-/](?P<b>0[1-9]|1[0-2])[-/](?P<c>0[1-9]|[12]\d|3[01])", lambda m, t: _one(f"{m['a']}-{m['b']}-{m['c']}")),
    (rf"(?P<a>{_YEAR})[-/](?P<b>0[1-9]|1[0-2])", lambda m, t: _one(f"{m['a']}-{m['b']}")),
    (rf"(?P<b>0?[1-9]|1[0-2])/(?P<a>{_YEAR})", lambda m, t: _one(_month(m["a"], int(m["b"])))),
    (rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m>{MONTH}),? (?P<a>{_YEAR})", lambda m, t: _day(m["a"], m["m"], m["d"])),
    (rf"(?P<m>{MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<a>{_YEAR})", lambda m, t: _day(m["a"], m["m"], m["d"])),
    (
        rf"(?:the )?(?P<p>early|mid|late|beginning of|start of|middle of|end of)[ -](?P<m>{MONTH}),?(?: of| in)? ?(?P<a>{_YEAR})",
        lambda m, t: _third(m["a"], m["m"], m["p"]),
    ),
    (rf"(?:the )?(?P<m>{MONTH}),?(?: of| in)?(?: the)?(?: year)? ?(?P<a>{_YEAR})", lambda m, t: _one(_month(m["a"], month_number(m["m"])))),
    (rf"q(?P<q>[1-4])(?: of|,)? ?(?P<a>{_YEAR})", lambda m, t: _of_months(m["a"], (3 * int(m["q"]) - 2, 3 * int(m["q"])))),
    (
        rf"(?:the )?(?P<q>{'|'.join(_QUARTERS)}) quarter (?:of )?(?P<a>{_YEAR})",
        lambda m, t: _of_months(m["a"], (3 * _QUARTERS[m["q"].lower()] - 2, 3 * _QUARTERS[m["q"].lower()])),
    ),
    (rf"(?:the )?(?P<s>{'|'.join(_SEASONS)})(?: of|,)? (?P<a>{_YEAR})", lambda m, t: _of_months(m["a"], _SEASONS[m["s"].lower()])),
    (rf"(?:the )?(?P<p>{'|'.join(_PARTS)})[ -](?P<a>{_YEAR})", lambda m, t: _of_months(m["a"], _PARTS[m["p"].lower()])),
    (rf"(?:the )?(?:last|past|previous) (?P<n>{_NUMBER}) (?P<u>{_UNIT})", lambda m, t: _back(m["n"], m["u"].lower(), t)),
    (rf"(?P<n>{_NUMBER}) (?P<u>{_UNIT}) ago", lambda m, t: _back(m["n"], m["u"].lower(), t)),
    (r"(?:the )?(?:past|last|previous) (?:fortnight|couple of weeks)", lambda m, t: _back("2", "weeks", t)),
    (r"(?:the )?(?:past|last) (?P<u>twelve months|12 months)", lambda m, t: _back("12", "months", t)),
    (r"(?:the )?(?:past|last|previous) (?:half[ -](?:a )?year|six months|half[ -]year)", lambda m, t: _back("6", "months", t)),
    (r"(?:the )?(?P<w>this|last|previous|current|past) quarter(?! of)", lambda m, t: _quarter(_which(m["w"]), t)),
    (
        r"(?:the )?(?P<w>this|last|previous|current|past) decade",
        lambda m, t: _decade(t.year // 10 * 10 - (0 if _which(m["w"]) == "this" else 10)),
    ),
    (r"(?:the )?(?P<d>19[5-9]0|20[0-9]0)'?s", lambda m, t: _decade(int(m["d"]))),
    (
        rf"(?:the )?(?P<c>nineteen[ -]|twenty[ -])?(?P<n>{'|'.join(_DECADES)})",
        lambda m, t: _decade((2000 if m["n"] == "twenties" else 1900) + _DECADES[m["n"].lower()]),
    ),
    (r"(?:the )?past (?P<u>year|month|week)", lambda m, t: _back("1", m["u"].lower(), t)),
    (
        r"(?:the )?(?P<w>this|last|previous|current) (?P<u>year|month|week)(?:'s)?",
        lambda m, t: _relative(_which(m["w"]), m["u"].lower(), t),
    ),
    (r"(?:the )?day before yesterday", lambda m, t: _one(str(t - relativedelta(days=2)))),
    (r"(?:the )?(?P<u>month|week) before last", lambda m, t: _before_last(m["u"].lower(), t)),
    (rf"(?:last |this |past )?(?P<d>{'|'.join(_WEEKDAYS)})", lambda m, t: _weekday(m["d"].lower(), t)),
    (r"yesterday(?:'s)?", lambda m, t: _relative("last", "day", t)),
    (r"today(?:'s)?", lambda m, t: _relative("this", "day", t)),
    (r"(?:the )?year before last", lambda m, t: _one(str(t.year - 2))),
    (
        rf"(?:the )?(?P<w>(?-i:this|last|past|previous)) (?P<s>(?-i:{SEASON}))(?:'s)?",
        lambda m, t: _season(m["s"].lower(), _which(m["w"]), t),
    ),
    (rf"(?:last |this )?(?P<m>{MONTH})(?=$|[\s,.?!;:)])(?! \d)", lambda m, t: _latest(m["m"], t)),
    (rf"(?:(?:the )?year )?(?P<a>{_YEAR})", lambda m, t: _one(m["a"])),
)


def _which(word: str) -> str:
    return "this" if word.lower() in ("this", "current") else "last"


def _unnamed(pattern: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


EXPRESSION = "(?:" + "|".join(_unnamed(pattern) for pattern, _ in _FORMS) + ")"
"""Any date expression, for the patterns of rag/understanding/filters.py."""

MAY_BE_DATED = re.compile(
    rf"\d|day|week|fortnight|month|year|quarter|decade|twenty|thousand|{SEASON}|{'|'.join(_DECADES)}|{MONTH}", re.IGNORECASE
)
"""What every date expression has one of: a text without it need not be searched for dates, which takes a good while longer."""

_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), make) for pattern, make in _FORMS)


def meaning(expression: str, today: datetime.date, until: Span | None = None) -> Span | None:
    """What a date expression means; None where it is no date. `until` lends its year to a month without one ("March to June 2024")."""
    text = " ".join(expression.split())
    for pattern, make in _COMPILED:
        if match := pattern.fullmatch(text):
            if until and not text.lower().startswith(("last ", "this ")) and "m" in pattern.groupindex and "a" not in pattern.groupindex:
                return _one(_month(until.first[:4], month_number(match["m"])))
            return make(match, today)
    return None


_SHORT_YEAR = re.compile(
    rf"(?P<lead>\b(?:{MONTH}|{'|'.join(_SEASONS)}|q[1-4])(?:,| of| in)? ?|\b(?:in|from|of|since|before|after|until|till|by|to"
    rf"|during) (?=['’]))"
    r"['’]?(?P<y>\d\d)(?![\w:%/]|[.,-]\d|,? (?:19|20)\d\d| (?:papers?|authors?|works?|results?|of)\b)"
    r"|(?P<prep>\b(?:in|from|of|since|before|after|until|till|to|dated) )(?P<m>0?[1-9]|1[0-2])/(?P<y2>\d\d)(?![\w/])",
    re.IGNORECASE,
)
"""A year by its last two digits: "july 24", "sept '24", "from 07/24". A single day without a year is hardly ever asked for."""


def with_whole_years(text: str, today: datetime.date) -> str:
    """The text with the years of its months in full, where they are told by two digits and have begun, or by today's ("July last year")."""

    def whole(match: re.Match[str]) -> str:
        digits = match["y"] or match["y2"]
        if not _EARLIEST <= int(digits) <= today.year % 100:
            return match[0]
        return f"{match['lead'].rstrip()} 20{digits}" if match["y"] else f"{match['prep']}20{digits}-{int(match['m']):02}"

    text = _OF_A_YEAR.sub(lambda match: f"{match['part']} {year_told_by(match['which'].lower(), today)}", text)
    return _SHORT_YEAR.sub(whole, text)


def year_told_by(which: str, today: datetime.date) -> int:
    """The year that is told by today's: this one, the last, the one before last."""
    return today.year - (2 if "before" in which else 0 if re.match(r"this|the (?:current|present)", which) else 1)


_OF_A_YEAR = re.compile(
    rf"\b(?P<part>{MONTH}|{SEASON}|q[1-4])(?:,| of| in)? (?:the )?(?P<which>(?:last|previous|past|this) year|year before last)\b",
    re.IGNORECASE,
)


_EARLIEST = 13
"""Two digits from which on they are a year: papers of that time are asked for, and a 12 may be a day."""

_WRITTEN = re.compile(
    rf"\b(?:(?P<y1>{_YEAR})[-/](?P<n1>\d{{1,2}})[-/](?P<d1>\d{{1,2}})"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<m2>{MONTH}),? (?P<y2>{_YEAR})"
    rf"|(?P<m3>{MONTH}) (?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y3>{_YEAR}))(?![\w-])",
    re.IGNORECASE,
)


def impossible(text: str) -> str:
    """The first day of a wording that no calendar has (February 30 2025); empty where none."""
    for match in _WRITTEN.finditer(text):
        year = match["y1"] or match["y2"] or match["y3"]
        month = int(match["n1"]) if match["n1"] else month_number(match["m2"] or match["m3"])
        try:
            datetime.date(int(year), month, int(match["d1"] or match["d2"] or match["d3"]))
        except ValueError:
            return match[0]
    return ""


def shifted(date: str, by: int) -> str:
    """The partial date so many days, months or years on: `2023` -> `2022`, `2023-01` -> `2022-12`, days likewise."""
    unit = ("years", "months", "days")[date.count("-")]
    padded = date + "-01-01"[len(date) - 4 :] if len(date) < len("2024-01-01") else date
    return str(datetime.date.fromisoformat(padded) + relativedelta(**{unit: by}))[: len(date)]


def falls_on(published: str, phrase: str, today: datetime.date | None = None) -> bool | None:
    """Whether an ISO date, whole or partial, lies within the date that a phrase is; None where the phrase is no date."""
    span = meaning(phrase.strip(" ?.!,"), today or datetime.date.today())
    if span is None:
        return None
    return bool(published) and span.first <= published[: len(span.first)] and published[: len(span.last)] <= span.last
