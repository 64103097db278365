"""Sentences of an abstract, each an exact substring of it."""

import re
from functools import lru_cache

_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|et al|vs|cf|resp|w\.r\.t|approx|Figs?|Eqs?|Sec|Tab|Dr|Prof|[A-Z])\.$")
_NUMBER_SIGN = re.compile(r"\b(?:No|Nos|no)\.$")
_SHORTEST, _TAIL = 5, 16


def split_sentences(text: str) -> list[str]:
    """The sentences of `text`, in order; joined by single spaces they give it back."""
    return list(_split(text))


@lru_cache(maxsize=2_048)
def _split(text: str) -> tuple[str, ...]:
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(text):
        head = text[max(start, end.start() - _TAIL) : end.start()]  # only the tail: a long text stays linear
        if len(head) < _SHORTEST or _ABBREVIATED.search(head) or (_NUMBER_SIGN.search(head) and text[end.end()].isdigit()):
            continue
        sentences.append(text[start : end.end()].strip())
        start = end.end()
    if rest := text[start:].strip():
        sentences.append(rest)
    return tuple(sentences)
