"""An abstract shortened for a prompt: whole sentences, those that say most on the question and on the paper's own work."""

import re
from functools import lru_cache

from rag.text import content_words, split_sentences

GAP = " … "
_OWN = re.compile(r"\b(?:we|our|this (?:paper|work|study|survey|report)|propos\w+|introduc\w+|present\w*)\b", re.IGNORECASE)
_STEM = 5
"""Letters by which words are compared: enough to tell sentences apart."""


@lru_cache(maxsize=8_192)
def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:_STEM].lower() for word in content_words(text))


def excerpt(abstract: str, question: str, most: int) -> str:
    """The abstract, or its best sentences in their order, up to so many characters."""
    if len(abstract) <= most:
        return abstract
    wanted, sentences = _stems(question), split_sentences(abstract)
    worth = [len(_stems(sentence) & wanted) + bool(_OWN.search(sentence)) for sentence in sentences]
    chosen: set[int] = set()
    left = most - len(GAP)
    for i in sorted(range(len(sentences)), key=lambda i: (-worth[i], i)):
        if len(sentences[i]) + len(GAP) <= left:
            chosen.add(i)
            left -= len(sentences[i]) + len(GAP)
    if not chosen:
        return abstract[:most]
    parts = [f"{GAP if i and i - 1 not in chosen else ' ' if i else ''}{sentences[i]}" for i in sorted(chosen)]
    return "".join(parts).lstrip(" ") + (GAP.rstrip() if len(sentences) - 1 not in chosen else "")
