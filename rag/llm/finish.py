"""How a reply ended: done, cut by its length, ended by a filter, or broken off."""

import re
from enum import StrEnum


class Ending(StrEnum):
    """The end of a reply."""

    DONE = "done"
    CUT = "cut"
    FILTERED = "filtered"
    BROKE = "broke"


_ENDINGS = (
    (Ending.CUT, re.compile(r"length|max_?(?:output_|completion_|new_)?tokens|token_?limit|context_window", re.I)),
    (
        Ending.FILTERED,
        re.compile(r"filter|safety|recitation|prohibited|block|spii|refus|guardrail|moderation|policy|sensitive", re.I),
    ),
    (Ending.BROKE, re.compile(r"error|insufficient|abort|cancel|time_?out|unavailable|fail", re.I)),
)


def ending_of(reason: str | None) -> Ending | None:
    """The ending that an endpoint's `finish_reason` tells, in whatever words; None while a reply goes on."""
    if not reason:
        return None
    return next((ending for ending, words in _ENDINGS if words.search(str(reason))), Ending.DONE)
