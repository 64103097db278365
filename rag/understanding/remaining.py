"""The papers of a list that were not singled out since: "the rest", "the remaining ones"."""

import re

from rag.understanding.turn import Talk

_REST = re.compile(
    r"\b(?:the|its|those|these|what) (?:rest|remainder|(?:remaining|left[- ]?over|other) (?:ones?|papers?|works?|two|three|four|five"
    r"|\d{1,2})|remaining|others)\b(?: of (?:them|those|these|it|the list|that list|the papers|your list))?|\bwhat(?:'s| is) left\b",
    re.IGNORECASE,
)
_ANSWERS = 5


def means_rest(text: str) -> bool:
    """Whether a turn speaks of the rest of a list."""
    return bool(_REST.search(text))


def without_rest(text: str) -> str:
    """The turn without that wording."""
    return " ".join(_REST.sub(" ", text).split()).strip(" ,:;–-")


def rest_of(talk: Talk) -> tuple[str, ...]:
    """Of the last list out of which papers were singled out, those that were not; empty where none was, or all were."""
    singled, at = set[str](), talk
    for _ in range(_ANSWERS):
        if not at:
            return ()
        told = at.told
        if len(told) > 1 and singled and singled < set(told):
            return tuple(paper_id for paper_id in told if paper_id not in singled)
        singled |= set(told)
        at = at.earlier()
    return ()
