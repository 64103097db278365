"""Which place after a superlative is asked for: "the runner-up", "the second oldest", "and after that one?"."""

import re

from rag.understanding.places import ORDINAL, ordinal, step_asked

_MOST = r"(?:most|fewest|least|\w{2,}est|last|latest)"
_PLACE = r"(?:place|rank|position|spot)"
_NTH = re.compile(
    rf"\b(?P<a>{ORDINAL})[- ](?:the )?{_MOST}\b|\b{_MOST}[- ](?P<b>second|third)\b"
    rf"|\b(?:in|on|at|takes?|holds?|gets?|c[ao]mes? (?:in )?|ranks?|number|no\.?) ?(?:the )?(?P<c>{ORDINAL})(?: {_PLACE})?[\s?.!]*$"
    rf"|\branks? (?:the )?(?P<f>{ORDINAL})\b|\b(?P<d>{ORDINAL}) {_PLACE}\b|^(?:and |ok |so )*(?:the |what about the |who is "
    rf"|which is )*(?P<e>{ORDINAL})[\s?.!]*$",
    re.IGNORECASE,
)
_RUNNER_UP = re.compile(
    r"\brunners?[- ]?up\b|\bsilver medal\b|\bc[ao]mes? second\b"
    r"|\b(?:right|just|directly) (?:behind|after|below) the (?:\w{3,}est|most|top)\b",
    re.I,
)


def runner_up(text: str) -> bool:
    """Whether the second place is asked for by name."""
    return bool(_RUNNER_UP.search(text))


def rank_asked(text: str, before: int = 0) -> int:
    """Which place is asked for, from 1; 0 where none is. `before` is the place of the answer before, beside which "the next one" stands."""
    if (found := _NTH.search(text)) and (rank := ordinal(next(filter(None, found.groups())))) > 1:
        return rank
    if runner_up(text):
        return 2
    return before + 1 if before and step_asked(text) else 0
