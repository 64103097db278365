"""Numbers of a text: what each may stand for, and what it counts."""

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation

from rag.text import visible

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9.^])(?<!\^-)(?<![A-Za-z][A-Za-z]-)(?<![^A-Za-z0-9][A-Za-z]-)(\d[\d,]*(?:\.\d+)?)"
    r"(?:\^\{?(-?\d{1,3})\}?|\s?(k|m|b|t|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_SCALE = {"k": 3, "m": 6, "b": 9, "t": 12, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_WORD_VALUE = {
    word: Decimal(n)
    for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split())
} | {"twenty": Decimal(20), "hundred": Decimal(100), "thousand": Decimal(1000)}
_TIMES = re.compile(r"[\s$\\-]{0,4}(?:(?:x|×|times)(?![\w×])(?-i:(?!\s[A-Z0-9]))|times\b|fold\b)", re.IGNORECASE)
_PERCENT = re.compile(r"[\s$\\-]{0,4}(?:%|percent|per cent)", re.IGNORECASE)
_NEXT = re.compile(r"\s?(?:[-–—,/]|to|and|or|, and)\s?\$?(?=\d)")
_FACTOR = re.compile(r"(?:factor|speed-?ups?|acceleration) of (?:up to |about |around |over |~)?\$?$", re.IGNORECASE)
_FACTOR_LENGTH = 40
_OF_THINGS = re.compile(r"\s{1,4}(?!(?:on|in|for|over|of|with|and|or|to|at|by|as|from|than|while|when|versus|vs|points?)\b)[a-z]")
_MOST_DIGITS = 40
"""A longer row of digits is no number that a paper states."""


def _matches(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _NUMBER.finditer(text) if len(match[1]) <= _MOST_DIGITS)


def numbers(text: str) -> dict[str, set[Decimal]]:
    """Every number of a text with the values that it may stand for: `10K` is 10 and 10,000.

    Numbers that end a name (GPT-4, top-5) are a part of it, and not counted.
    """
    found: dict[str, set[Decimal]] = {}
    for match in _matches(visible(text)):
        try:
            value = Decimal(match[1].rstrip(",").replace(",", "")).normalize()
        except InvalidOperation:
            continue
        if match[2]:
            with suppress(ArithmeticError):
                found[match[0]] = {(value ** int(match[2])).normalize()}
            continue
        values = found.setdefault(match[1], {value})
        if match[3]:
            values.add((value.scaleb(_SCALE[match[3].lower()])).normalize())
    return found


def signs(text: str) -> dict[Decimal, set[str]]:
    """Every number of a text with what it counts: `x` times, `%`, `n` the things named after it, or `` nothing told.

    In 2-3× and in 3, 4 and 5% the sign stands for all.
    """
    found: dict[Decimal, set[str]] = {}
    sign, start = "", len(text)
    for match in reversed(list(_matches(text))):
        if _TIMES.match(text, match.end()):
            sign = "x"
        elif _PERCENT.match(text, match.end()):
            sign = "%"
        elif not ((joined := _NEXT.match(text, match.end())) and joined.end() == start and sign in ("x", "%")):
            before = text[max(match.start() - _FACTOR_LENGTH, 0) : match.start()]
            sign = "x" if _FACTOR.search(before) else "n" if _OF_THINGS.match(text, match.end()) else ""
        start = match.start()
        for values in numbers(match[0]).values():
            for value in values:
                found.setdefault(value, set()).add(sign)
    return found


def number_words(text: str) -> dict[str, Decimal]:
    """Numbers that are written as words, `two` and the like, with their values."""
    return {word: _WORD_VALUE[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _WORD_VALUE}


def disagrees(sign: str, known: set[str]) -> bool:
    """Whether a number's sign is none of those by which the abstract writes it; told without one, it may stand for any."""
    if sign in ("x", "%"):
        return sign not in known
    return sign == "n" and known <= {"x", "%"}
