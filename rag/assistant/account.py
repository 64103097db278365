"""What an answer's account tells of how the question was read: real misspellings, and terms of the field that no cited paper holds."""

import re
from collections.abc import Sequence

from rag.retrieval import Terms
from rag.text import named_like

_BRITISH = re.compile(r"is(ations?|e|es|ed|ing|er|ers)$")
_TERM = re.compile(r"[A-Z0-9][A-Z0-9+-]+s?$")


def misspelt(terms: Terms) -> tuple[tuple[str, str], ...]:
    """(typed, meant) of misspellings; British spelling is none."""
    return tuple((typed, meant) for typed, meant in terms.corrected if _american(typed) != meant.lower())


def _american(word: str) -> str:
    return _BRITISH.sub(r"iz\1", word.lower()).replace("our", "or")


def terms_among(words: Sequence[str]) -> tuple[str, ...]:
    """Those of the words that name something of the field: systems, abbreviations ("FPGA"), no everyday words."""
    return tuple(word for word in words if _TERM.match(word) or named_like(word))
