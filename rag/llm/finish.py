"""How a reply ended: done, cut by its length, ended by a filter, or broken off."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """The end of a reply."""

    DONE = "done"
    CUT = "cut"
    FILTERED = "filtered"
    BROKE = "broke"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of streamed text; `ending` tells how the reply ended, where it did."""

    text: str
    ending: Ending | None = None


_TOKEN = 16
"""Characters of a token, an overestimate."""


def bounded(pieces: Iterator[Piece], tokens: int) -> Iterator[Piece]:
    """The pieces of so many tokens: an endpoint may write on and on, whatever it was told of an answer's length."""
    left = tokens * _TOKEN
    for piece in pieces:
        left -= len(piece.text)
        if left < 0:
            yield Piece(piece.text, Ending.CUT)
            return
        yield piece


_ENDINGS = (
    (Ending.BROKE, re.compile(r"time|overload|capacity|busy|network|resource", re.I)),
    (Ending.CUT, re.compile(r"length|max_?(?:output_|completion_|new_)?tokens|limit|context_window|truncat", re.I)),
    (
        Ending.FILTERED,
        re.compile(r"filter|safety|toxic|recitation|prohibited|block|spii|refus|guardrail|moderation|policy|sensitive", re.I),
    ),
    (Ending.BROKE, re.compile(r"error|abort|cancel|unavailable|fail|interrupt|malformed|other|unknown|unspecified", re.I)),
)


def ending_of(reason: str | None) -> Ending | None:
    """The ending that an endpoint's `finish_reason` tells, in whatever words; None while a reply goes on."""
    if not reason:
        return None
    return next((ending for ending, words in _ENDINGS if words.search(str(reason))), Ending.DONE)
