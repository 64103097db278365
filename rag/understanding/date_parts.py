"""What parts of years, months and decades are, as dates in plain wording: "the opening two months of 2025" -> "from 2025-01 to 2025-02".

Each takes a match of date_wordings.py, whose groups it names, and today's date.
"""

import datetime
import re
from collections.abc import Callable
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from rag.text import NUMBERS
from rag.understanding.dates import MONTH, month_number, year_told_by

YEAR = r"(?:19|20)\d\d"
FIRST = r"first|opening|initial|earliest|early|starting"
THIS = r"this|the current|the present"
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth".split()
ORDINALS += "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth".split()
ORDINALS += "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first".split()

Put = Callable[[re.Match[str], datetime.date], str]


def _number(said: str) -> int:
    return int(said) if said.isdigit() else NUMBERS[said.lower()]


def months(match: re.Match[str], _: datetime.date) -> str:
    count, year = _number(match["n"]) * (3 if match["unit"].lower().startswith("quarter") else 1), match["year"]
    if not 0 < count <= 12:
        return match[0]
    return f"from {year}-01 to {year}-{count:02}" if re.match(FIRST, match["end"], re.I) else f"from {year}-{13 - count:02} to {year}-12"


def weeks(match: re.Match[str], _: datetime.date) -> str:
    """The first or last so many weeks or days of a month."""
    start = _start(match)
    days = (_number(match["n"]) if match["n"] else 1) * (7 if match["unit"].lower().startswith("week") else 1)
    end = start + relativedelta(months=1, days=-1)
    if days >= end.day:
        return match[0]
    if re.match(FIRST, match["end"], re.I):
        return f"from {start} to {start + relativedelta(days=days - 1)}"
    return f"from {end - relativedelta(days=days - 1)} to {end}"


def year(match: re.Match[str], today: datetime.date) -> str:
    """A year told by today's, in figures."""
    return f"{match['before']}{year_told_by(match[0].removeprefix(match['before']).lower(), today)}"


def ended(match: re.Match[str], _: datetime.date) -> str:
    return f"last {match['unit']}"


def years(match: re.Match[str], _: datetime.date) -> str:
    """Years that follow one another, as a range; others stay as they are."""
    years = [int(year) for year in re.findall(YEAR, match[0])]
    return f"from {years[0]} to {years[-1]}" if all(b - a == 1 for a, b in pairwise(years)) else match[0]


def season_of_years(match: re.Match[str], _: datetime.date) -> str:
    """Years that follow one another ("2023/24"); "2024-06" is a month."""
    first, last = int(match["a"]), int(match["b"])
    return f"from 20{first} to 20{last}" if last == first + 1 and (last > 12 or "/" in match[0]) else match[0]


def part(match: re.Match[str], _: datetime.date) -> str:
    on, before = match["on"], match.string[: match.start()]
    joins = on.strip().lower() in ("to", "and", "through", "not") and not re.search(rf"(?:{YEAR}|{MONTH})\s*$", before, re.IGNORECASE)
    return f"{'in ' if joins or not on else on}the {match['p'].lower()} of "


def days(match: re.Match[str], _: datetime.date) -> str:
    """Days of a month, as numbers or in words."""
    said = [match[name].lower() for name in ("a", "b")]
    whole = {word: n for n, word in enumerate(ORDINALS, 1)}
    days = [int(word) if word.isdigit() else whole.get(word, whole.get(f"{word}th", 0)) for word in said]
    if not all(0 < day <= 31 for day in days):
        return match[0]
    return " ".join(f"{word} {day} {match['month']} {match['year']}" for word, day in zip(("from", "to"), days, strict=True))


def days_of_months(match: re.Match[str], _: datetime.date) -> str:
    """From a day of one month to a day of another, of the year that is named or the one before."""
    first, last = (re.search(MONTH, match[name], re.IGNORECASE) for name in ("a", "b"))
    if not (first and last):
        return match[0]
    year = int(match["year"]) - (month_number(first[0]) > month_number(last[0]))
    return f"from {match['a']} {year} to {match['b']} {match['year']}"


def years_from(match: re.Match[str], _: datetime.date) -> str:
    return f"from {match['y']} to {int(match['y']) + _number(match['n']) - 1}"


def half_decade(match: re.Match[str], _: datetime.date) -> str:
    first = bool(re.match(FIRST, match["end"], re.IGNORECASE))
    return f"from {match['y']}{0 if first else 5} to {match['y']}{4 if first else 9}"


def half_month(match: re.Match[str], _: datetime.date) -> str:
    start = _start(match)
    end = start + relativedelta(months=1, days=-1)
    return f"from {start} to {start.replace(day=15)}" if match["end"].lower() == "first" else f"from {start.replace(day=16)} to {end}"


def _start(match: re.Match[str]) -> datetime.date:
    """The first day of a month."""
    return datetime.date(int(match["year"]), month_number(match["month"]), 1)


def quarters(match: re.Match[str], _: datetime.date) -> str:
    return f"from {match['y']}-{3 * int(match['a']) - 2:02} to {match['y']}-{3 * int(match['b']):02}"


def quarter_to(match: re.Match[str], today: datetime.date) -> str:
    """The three months that end with one."""
    month = month_number(match["m"])
    year = int(match["y"]) if match["y"] else today.year - (month > today.month)
    end = datetime.date(year, month, 1)
    return f"from {str(end - relativedelta(months=2))[:7]} to {str(end)[:7]}"


def half(match: re.Match[str], _: datetime.date) -> str:
    number, year = (match[name] or match[f"{name}2"] or match[f"{name}3"] for name in ("n", "y"))
    return f"{'first' if number == '1' else 'second'} half of {year}"


def whose(match: re.Match[str], _: datetime.date) -> str:
    """A part of a year that is named first ("2025's first quarter")."""
    return f"{match['part']} of {match['y']}"


def quarter(match: re.Match[str], _: datetime.date) -> str:
    return f"q{match['q']} {match['y']}"
