"""Which place after a superlative is asked for: "the runner-up", "the second oldest", "and after that one?"."""

import re

_ORDINALS = {"second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5}
_ORDINAL = "|".join(_ORDINALS)
_MOST = r"(?:most|fewest|least|\w{2,}est|last|latest)"
_NTH = re.compile(
    rf"\b(?P<a>{_ORDINAL})[- ](?:the )?{_MOST}\b|\b{_MOST}[- ](?P<b>second|third)\b"
    rf"|\b(?:in|on|at|takes?|holds?|gets?|c[ao]mes? (?:in )?|ranks?|number|no\.?) ?(?:the )?(?P<c>{_ORDINAL})(?: (?:place|rank"
    rf"|position|spot))?[\s?.!]*$"
    rf"|\b(?P<d>{_ORDINAL}) (?:place|rank|position|spot)\b|^(?:and |ok |so )*(?:the |what about the |who is "
    rf"|which is )*(?P<e>{_ORDINAL})[\s?.!]*$",
    re.IGNORECASE,
)
_RUNNER_UP = re.compile(r"\brunners?[- ]?up\b|\bsilver medal\b", re.IGNORECASE)
_NEXT = re.compile(
    r"\b(?:the |who(?:'s| is)? |which(?: one)? (?:is|comes?) |what (?:is|comes?) )?next(?: in line| one| \w+est"
    r"| after (?:that|it|this)(?: one)?)?[\s?.!]*$"
    r"|\b(?:right |directly |just |comes? )?(?:after|behind|below|following) (?:that|it|this|them)(?: one| paper)?[\s?.!]*$",
    re.IGNORECASE,
)
_FEW = 9
"""Words of a turn that may ask for the next place alone."""


def rank_asked(text: str, before: int = 0) -> int:
    """Which place is asked for, from 1; 0 where none is. `before` is the place of the answer before, which "the next one" follows."""
    if found := _NTH.search(text):
        return _ORDINALS[next(filter(None, found.groups())).lower()]
    if _RUNNER_UP.search(text):
        return 2
    return before + 1 if before and len(text.split()) <= _FEW and _NEXT.search(text) else 0
