"""Figures over papers: how many there are of each year or month, and how many authors they have on average."""

import calendar
import re
import statistics
from collections import Counter
from collections.abc import Sequence

_MONTHS = 12
"""Months told of, those with most papers first."""

_MONTHLY = re.compile(r"\bmonths?\b|\bmonthly\b", re.IGNORECASE)


_FEWEST = re.compile(r"\b(?:fewest|least|smallest|quietest|thinnest|leanest|emptiest|poorest|scarcest)\b", re.IGNORECASE)


def over_time(dates: Sequence[str], asked: str) -> str:
    """How many papers are of each year, or of the months with most, where months are asked for; `dates` are ISO, whole or partial."""
    by_month = bool(_MONTHLY.search(asked))
    size = len("2024-01") if by_month else len("2024")
    times = Counter(date[:size] for date in dates if len(date) >= size)
    if not times:
        return "None of these papers has a month."
    most = max(sorted(times, reverse=True), key=lambda time: times[time])
    told = sorted(times, key=lambda time: (-times[time], time))[:_MONTHS] if by_month else sorted(times, reverse=True)
    lines = "\n".join(f"- {_in_words(time)}: {times[time]:,} paper{'s' * (times[time] != 1)}" for time in told)
    fewest = min(sorted(times), key=lambda time: times[time])
    least = f", fewest from {_in_words(fewest)} ({times[fewest]:,})" if _FEWEST.search(asked) else ""
    return f"The dated papers run from {min(dates)} to {max(dates)}; most are from {_in_words(most)} ({times[most]:,}){least}.\n\n{lines}"


def _in_words(time: str) -> str:
    """A month as one says it; a year as it is."""
    year, _, month = time.partition("-")
    return f"{calendar.month_name[int(month)]} {year}" if month else year


def average(counts: Sequence[int]) -> str:
    """How many authors papers have on average, of the counts that are known, in a sentence."""
    if not counts:
        return "The number of authors is not known for any of these papers."
    mean = f"{sum(counts) / len(counts):.2f}".rstrip("0").rstrip(".")
    times = Counter(counts)
    usual = max(sorted(times), key=lambda count: times[count])
    return (
        f"{mean} authors on average, over the {len(counts):,} papers of which the number is known; the most usual number is {usual} "
        f"({so_many(times[usual])}), the median {statistics.median_low(counts)}."
    )


def so_many(number: int) -> str:
    """So many papers, in words."""
    return f"{number:,} paper{'s' * (number != 1)}"


def be(number: int) -> str:
    """The verb after a count."""
    return "is" if number == 1 else "are"
