"""A question for papers on one thing or another, which no paper need join: "movie recommendation or ranking job ads"."""

import re
from collections.abc import Sequence

from rag.relevance import Half
from rag.text import content_words

_LEAST = 2
"""Words that each side has at least: "does anything compress or distil a GNN" has but one topic."""


def either_side(text: str, halves: Sequence[Half]) -> tuple[str, ...]:
    """The two sides of a question whose halves, as no paper joins them, are cut at its one "or"; empty of any other."""
    ors = list(re.finditer(r",? or (?:(?:on|about|for|the) )?", text))
    if len(ors) != 1 or len(halves) != 2:
        return ()
    before = re.split(r"[.!?]\s+", text[: ors[0].start()].strip())[-1]  # what is told before the question is no side of it
    sides = before, text[ors[0].end() :].strip(" ?.!")
    cut_there = _last(sides[0]) == _last(halves[0].words) and _first(sides[1]) == _first(halves[1].words)
    return sides if cut_there and all(len(content_words(side)) >= _LEAST for side in sides) else ()


def _last(text: str) -> str:
    return (content_words(text.lower()) or [""])[-1]


def _first(text: str) -> str:
    return (content_words(text.lower()) or [""])[0]
