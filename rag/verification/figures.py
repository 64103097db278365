"""Numbers of a text: what each may stand for, and what it counts."""

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal

from rag.text import TO_NINETY_NINE, visible

_NUMBER = re.compile(
    r"(?:(?<![A-Za-z0-9.^])|(?<=\dx))(?<!\^-)(?<![A-Za-z][A-Za-z]-)(?<![^A-Za-z0-9][A-Za-z]-)(\d[\d,]*(?:\.\d+)?)"
    r"(?:\^\{?(-?\d{1,3})\}?|(\s?(?:k|m|mn|b|bn|t|tn)|[\s-]?(?:thousand|million|billion|trillion|quadrillion)s?)(?![A-Za-z0-9]))?",
    re.IGNORECASE,
)
_SCALE = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9, "t": 12, "tn": 12}
_SCALE_WORDS = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "quadrillion": 15}
_MAY_BE_A_UNIT = re.compile(r"\s[mt]")
"""After a blank these may stand for metres and tonnes."""
_WORD_VALUE = {word: Decimal(n) for word, n in TO_NINETY_NINE.items()}
_COUNTS = "|".join(sorted(_WORD_VALUE, key=len, reverse=True)).replace("-", r"[\s-]")
_WORDS = re.compile(
    rf"\b(?:({_COUNTS}|an?)[\s-])?({'|'.join(_SCALE_WORDS)})((?:[\s-](?:{'|'.join(_SCALE_WORDS)}))?)\b"
    rf"|\b({_COUNTS})\b",
    re.IGNORECASE,
)
_TIMES = re.compile(r"[\s$\\-]{0,4}(?:(?:x|×|times)(?![\w×])(?-i:(?!\s[A-Z0-9]))|times\b|fold\b)", re.IGNORECASE)
_PERCENT = re.compile(r"[\s$\\-]{0,4}(?:%|per ?cent(?!age))", re.IGNORECASE)
_NEXT = re.compile(r"\s?(?:[-–—,/]|to|and|or|, and)\s?\$?(?=\d)")
_FACTOR = re.compile(r"(?:factor|speed-?ups?|acceleration) of (?:up to |about |around |over |~)?\$?$", re.IGNORECASE)
_FACTOR_LENGTH = 40
_POINTS = re.compile(r"[\s-]{1,4}(?:absolute |percentage )?(?:points?\b|pp\b)|pp\b", re.IGNORECASE)
_OF_THINGS = re.compile(r"\s{1,4}(?!(?:on|in|for|over|of|with|and|or|to|at|by|as|from|than|while|when|versus|vs|points?)\b)[a-z]")
_MOST_DIGITS = 40
"""A longer row of digits is no number that a paper states."""


def _matches(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _NUMBER.finditer(text) if len(match[1]) <= _MOST_DIGITS)


def numbers(text: str, *, known: bool = False) -> dict[str, set[Decimal]]:
    """Every number of a text with the values that it may stand for: `10K` is 10,000, and 7 in `7-13B` is 7 or 7 billion.

    Numbers that end a name (GPT-4, top-5) are a part of it, and not counted. `known` reads a text that others
    are held against: `10 m` may be 10 there, too.
    """
    found: dict[str, set[Decimal]] = {}
    seen = visible(text)
    scale, start = "", len(seen)
    for match in reversed(list(_matches(seen))):
        joined = _NEXT.match(seen, match.end())
        shared = scale if joined and joined.end() == start else ""
        scale, start = match[3] or shared, match.start()
        for value in _values(match, shared, known=known):
            found.setdefault(match[0] if match[2] or match[3] else match[1], set()).add(value)
    return dict(reversed(found.items()))


def unscaled(text: str) -> str:
    """The text without the scales of its numbers, which are no words of their own."""
    bare = _NUMBER.sub(lambda match: f"{match[1]} " if match[3] and not match[3][0].isalpha() else match[0], text)
    return _WORDS.sub(lambda match: " " if match[2] else match[0], bare)


def _values(match: re.Match[str], shared: str, *, known: bool) -> set[Decimal]:
    """What one number may stand for; `shared` is the scale of those that it is joined to."""
    with suppress(ArithmeticError):
        value = Decimal(match[1].rstrip(",").replace(",", "")).normalize()
        if match[2]:
            return {(value ** int(match[2])).normalize()}
        if not (written := match[3] or shared):
            return {value}
        scaled = value.scaleb(_power(written)).normalize()
        return {value, scaled} if not match[3] or (known and _MAY_BE_A_UNIT.fullmatch(written)) else {scaled}
    return set()


def _power(scale: str) -> int:
    word = scale.strip(" \t\n\xa0-").lower()
    return _SCALE.get(word) or _SCALE_WORDS[word.removesuffix("s")]


def signs(text: str) -> dict[Decimal, set[str]]:
    """Every number of a text with what it counts: `x` times, `%`, `p` points, `n` the things named after it, or `` nothing told.

    In 2-3× and in 3, 4 and 5% the sign stands for all.
    """
    found: dict[Decimal, set[str]] = {}
    sign, start = "", len(text)
    for match in reversed(list(_matches(text))):
        joined = _NEXT.match(text, match.end())
        shared = sign if joined and joined.end() == start and sign in ("x", "%") else ""
        sign, start = _sign(text, match, shared), match.start()
        for values in numbers(match[0]).values():
            for value in values:
                found.setdefault(value, set()).add(sign)
    return found


def _sign(text: str, match: re.Match[str], shared: str) -> str:
    """What one number counts; `shared` is the sign of those that it is joined to."""
    end = match.end()
    if _TIMES.match(text, end):
        return "x"
    if _PERCENT.match(text, end):
        return "%"
    if shared:
        return shared
    if _FACTOR.search(text[max(match.start() - _FACTOR_LENGTH, 0) : match.start()]):
        return "x"
    if _POINTS.match(text, end):
        return "p"
    return "n" if _OF_THINGS.match(text, end) else ""


def number_words(text: str) -> dict[str, Decimal]:
    """Numbers that are written as words, `two` or `seven billion`, with their values; a million alone may be any number of them."""
    found = {}
    for match in _WORDS.finditer(text):
        count, scale, more, plain = (part.lower() if part else "" for part in match.groups())
        if plain:
            found[plain] = _value_of(plain)
        elif count or (scale in ("hundred", "thousand") and not re.search(r"\d[\s-]?$", text[max(match.start() - 3, 0) : match.start()])):
            power = _SCALE_WORDS[scale] + (_SCALE_WORDS[more.strip(" \t\n-")] if more.strip() else 0)
            found[match[0].lower()] = _value_of(count).scaleb(power).normalize()
    return found


def _value_of(word: str) -> Decimal:
    return _WORD_VALUE.get("-".join(word.split()), Decimal(1))


def disagrees(sign: str, known: set[str]) -> bool:
    """Whether a number's sign is none of those by which the abstract writes it; told without one, it may be a factor, no share."""
    if sign in ("x", "%"):
        return sign not in known
    if not sign:
        return known == {"%"}
    return sign == "n" and known <= {"x", "%"}
