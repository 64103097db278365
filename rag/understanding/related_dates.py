"""Dates that are said in relation to those asked for before: "and in the month before that?", "July", after a question on one year."""

import datetime
import re
from dataclasses import replace

from rag.filters import Filters
from rag.text import NUMBERS
from rag.understanding.dates import MONTH, month_number, shifted

_COUNT = r"\d{1,4}|" + "|".join(sorted(NUMBERS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"

_UNITS_ON = re.compile(
    rf"\b(?P<n>{_COUNT}|an?|(?:a )?couple of) (?P<unit>month|year|week|day)s? (?P<way>later|after(?:wards)?|earlier|before(?:hand)?|prior)"
    r"(?: (?:that|to that|then|it|this))?\b",
    re.IGNORECASE,
)
_SAME_TIME = re.compile(r"\bsame (?:month|months|period|time|time frame|season|quarter|half|days?|week)\b", re.IGNORECASE)
THAT_TIME = re.compile(
    r"\b(?:in |of |from )?(?:(?:the |that )same|(?<!before )(?<!after )(?<!since )(?<!until )(?<!than )(?<!to )that) (?P<unit>month|year)\b"
    r"(?! as| a| one)",
    re.IGNORECASE,
)
_THE_MONTH = re.compile(rf"\b(?:in |of |from )?(?:the )?(?P<month>{MONTH}) (?P<way>before|after)\b(?! (?:the|a|any|\d))", re.IGNORECASE)
_RELATED = re.compile(
    r"\b(?:in |from )?(?:the )?(?P<unit>month|year|week|day) (?P<way>before|prior|preceding|previous|after|following"
    r"|succeeding)(?: (?:to )?(?:that|it|this))?\b"
    r"|\b(?:in |from )?(?:the (?P<way2>previous|preceding|prior|following|next)|(?P<way3>next|following)) (?P<unit2>month|year|week|day)\b"
    r"|\b(?P<earlier>(?:in |from |during )?(?:the |any )?(?:years?|months|days|weeks|time)(?: that came)?"
    r" (?:before|prior|preceding)(?: (?:that|it|to that))?|(?:in |from )?(?:earlier|previous|prior) (?:years|months|times)"
    r"|earlier than that|before that|prior to that|before then|even earlier|earlier(?: ones)?|older(?: ones| than that)?)"
    r"(?=[\s,.?!]|$)(?! than)"
    r"|\b(?P<later>later than that|after that|since then|after then|even later|later(?: ones)?|newer(?: ones| than that)?"
    r"|more recent(?: ones)?)"
    r"(?=[\s,.?!]|$)(?! than)",
    re.IGNORECASE,
)


def related(text: str, before: Filters) -> tuple[Filters, str]:
    """Dates that are relative to those asked for before ("and in the month before that?"), and the text without their wording."""
    match = _RELATED.search(text)
    if not (before.since or before.until):
        return Filters(), text
    first, last = before.since or before.until or "", before.until or before.since or ""
    on = _UNITS_ON.search(text)
    if not on and (same := THAT_TIME.search(text)):
        at = first[: len("2024-08") if same["unit"].lower() == "month" else len("2024")]
        return Filters(since=at, until=at), " ".join(THAT_TIME.sub(" ", text).split())
    if near := _THE_MONTH.search(text):
        return _nearest(near["month"], near["way"].lower() == "before", first[:7], last[:7]), " ".join(_THE_MONTH.sub(" ", text).split())
    if on:
        rest = " ".join(_SAME_TIME.sub(" ", f"{text[: on.start()]} {text[on.end() :]}").split())
        return _units_on(on, first, last), rest
    if not match:
        return Filters(), text
    rest = " ".join((text[: match.start()] + " " + text[match.end() :]).split())
    if unit := match["unit"] or match["unit2"]:
        back = (match["way"] or match["way2"] or match["way3"]).lower() in ("before", "prior", "previous", "preceding")
        parts = {"year": 4, "month": 7}.get(unit.lower(), 10)
        at = shifted((first if back else last)[:parts], -1 if back else 1)
        return Filters(since=at, until=at), rest
    return (Filters(until=shifted(first, -1)) if match["earlier"] else Filters(since=shifted(last, 1))), rest


def _nearest(name: str, back: bool, first: str, last: str) -> Filters:
    """The month of a name that is nearest before the dates asked for before, or after them."""
    start = f"{first}-01"[:7] if back else last if len(last) == len("2024-08") else f"{last}-12"
    months = (shifted(start, -by if back else by) for by in range(1, 13))
    at = next(month for month in months if int(month[5:]) == month_number(name))
    return Filters(since=at, until=at)


def _units_on(match: re.Match[str], first: str, last: str) -> Filters:
    """So many months, years, weeks or days before the first date asked for, or after the last."""
    name, back = match["n"].lower(), match["way"].lower().startswith(("earlier", "before", "prior"))
    number = int(name) if name.isdigit() else NUMBERS.get(name, 2 if "couple" in name else 1)
    unit = match["unit"].lower()
    parts, times = {"year": (4, 1), "month": (7, 1), "week": (10, 7)}.get(unit, (10, 1))
    if unit == "year" and _SAME_TIME.search(match.string):  # "the same month a year later"
        since, until = (f"{int(day[:4]) + (-number if back else number)}{day[4:]}" for day in (first, last))
        return Filters(since=since, until=until)
    at = shifted((first if back else last)[:parts], (-1 if back else 1) * number * times)
    return Filters(since=at, until=at)


_BARE_MONTH = re.compile(rf"\b{MONTH}(?!.*\b{_YEAR}\b)", re.IGNORECASE)


def of_that_year(filters: Filters, text: str, before: Filters, today: datetime.date | None = None) -> Filters:
    """A month without a year, said after a question on some time, as that month within it ("July 2024", "and August?")."""
    one = filters.since and filters.since == filters.until and len(filters.since) == len("2024-08")
    if not one or not (before.since and before.until) or not _BARE_MONTH.search(text):
        return filters
    first, last, this = before.since, before.until, str(today or datetime.date.today())[:7]
    for year in range(int(last[:4]), int(first[:4]) - 1, -1):
        month = f"{year}{(filters.since or '')[4:]}"
        if first[:4] == last[:4] or first[:7] <= month <= last[:7]:
            return replace(filters, since=month, until=month) if month <= this else filters
    return filters


def without_dates(filters: Filters) -> Filters:
    """The filters on all but the date."""
    return replace(filters, since=None, until=None)
