"""Parts of a year that are told by dates asked for before: "and the second half of the year before?", "the spring after that"."""

import datetime
import re

from dateutil.relativedelta import relativedelta

from rag.filters import Filters
from rag.text import NUMBERS
from rag.understanding.dates import PART, SEASON, meaning, shifted

_NEAR = r"previous|preceding|next|following|same"
_FAR = r"before|prior|earlier|after|later|following"
_OF_A_YEAR = re.compile(
    rf"\b(?:in |from |during |of )?(?:the )?(?P<part>{PART}) (?:of |in )?(?:the |that )?(?:(?P<near>{_NEAR}) )?year"
    rf"(?: (?P<far>{_FAR}))?(?: (?:to )?(?:that|it|this))?\b(?! (?:19|20)\d\d)"
    rf"|\b(?:in |from )?the (?P<season>{SEASON}) (?P<side>before|after)\b(?: (?:that|it))?(?! (?:19|20)\d\d)"
    rf"|\bthe (?P<end>first|last) (?P<n>\d|{'|'.join(NUMBERS)}) months (?:of|in) (?:it|that|that year|the year)\b",
    re.IGNORECASE,
)
_BACK = ("previous", "preceding", "before", "prior", "earlier")


def part_of_year(text: str, before: Filters) -> tuple[Filters, str]:
    """The part of a year that a wording means after a question with dates, and the text without it; no filter where it means none."""
    match, first, last = _OF_A_YEAR.search(text), before.since or before.until, before.until or before.since
    if not match or not first or not last:
        return Filters(), text
    rest = " ".join(f"{text[: match.start()]} {text[match.end() :]}".split())
    if match["season"]:
        return _season(match["season"], match["side"].lower() == "before", first, last), rest
    if match["end"]:
        return _months(match["end"].lower(), match["n"].lower(), first, last), rest
    way = (match["near"] or match["far"] or "same").lower()
    year = first[:4] if way == "same" else shifted(first[:4], -1) if way in _BACK else shifted(last[:4], 1)
    return _within(f"{match['part']} of {year}"), rest


def _within(expression: str) -> Filters:
    span = meaning(expression, datetime.date.today())
    return Filters(since=span.first, until=span.last) if span else Filters()


def _season(season: str, back: bool, first: str, last: str) -> Filters:
    """The season that ends before the first date asked for, or begins after the last."""
    years = (int(first[:4]), int(first[:4]) - 1) if back else (int(last[:4]), int(last[:4]) + 1)
    found = [_within(f"{season} of {year}") for year in years]
    fits = (f for f in found if ((f.until or "")[: len(first)] < first if back else (f.since or "")[: len(last)] > last))
    return next(fits, found[-1])


def _months(end: str, number: str, first: str, last: str) -> Filters:
    """The first or the last months of a year."""
    count = int(number) if number.isdigit() else NUMBERS[number]
    if first[:4] != last[:4] or not 0 < count < 12:
        return Filters()
    start = datetime.date(int(first[:4]), 1 if end == "first" else 13 - count, 1)
    return Filters(since=f"{start:%Y-%m}", until=f"{start + relativedelta(months=count - 1):%Y-%m}")
