"""What no paper here has: a term of the field ("who puts a watermark into generated text?"), or two names together ("a GNN by LoRA").

Other rare words tell nothing: the papers that answer often have another for them. The terms are in weights/field_terms.txt, made by
rag/relevance/training/field_terms.py.
"""

import re
from functools import cache
from importlib import resources

from rag.filters import Filters
from rag.index import Catalogue, Index
from rag.relevance.called import calls, one
from rag.text import content_words
from rag.understanding import Kind, Question, topical_words

_JOIN = r"(?:\b(?:and|or)\b|/)"
_LISTS = rf"(?:{_JOIN}|,)"
"""What joins topics of which each may be enough; commas where there is such a word, too."""

_ACRONYM = re.compile(r"(?=\w{3})[A-Z][A-Za-z]*[A-Z][A-Za-z]*")
_EITHER = re.compile(rf"{_JOIN}|[.,;:?!]|\b(?:vs|versus|than)\b", re.IGNORECASE)
"""What stands between names of which either may be enough."""

_MORE_SENTENCES = re.compile(r"[.?!;:]\s+\w")
"""What a question has that says more than it asks ("our AdamW states fill the GPU. which ...")."""

_MOST, _COMMON = 1_000, 0.25
"""Papers looked at that have a word of a name, and the share of all that have it from which on it tells nothing ("LLM")."""


@cache
def field_terms() -> frozenset[str]:
    """Index terms that stand in titles as often as in abstracts: they name what a paper is about."""
    return frozenset((resources.files("rag.relevance") / "weights" / "field_terms.txt").read_text("utf-8").split())


def absent_term(question: Question, lexical: Catalogue) -> str:
    """The word of a question that is a term of the field, names its topic, and is in no paper; empty where there is none."""
    if question.kind is Kind.COMPARE:
        return ""
    out = _left_out(question)
    absent = [
        word
        for word in content_words(question.text)
        if word.lower() not in out and not _one_of_several(word, question.text) and _absent(word, lexical)
    ]
    return next((word for word in topical_words(question.text) if word in absent), "") if absent else ""


def _left_out(question: Question) -> set[str]:
    """The words of what a question leaves out, or is to do without, in lower case."""
    return {word.lower() for phrase in (*question.excluded, *question.lacking) for word in phrase.split()}


def _one_of_several(word: str, text: str) -> bool:
    """Whether a word stands in a list of topics: "music or speech generation", but not "composing or generating music"."""
    name, joined = re.escape(word), _LISTS if re.search(_JOIN, text, re.IGNORECASE) else _JOIN
    beside = rf"\b{name}\W*{joined}|{joined}\W*(?:(?:the|on|for|in|of|about|with)\W+)*{name}\b"
    return re.search(beside, text, re.IGNORECASE) is not None


def _absent(word: str, lexical: Catalogue) -> bool:
    terms = lexical.terms(word)
    return bool(field_terms().intersection(terms)) and not any(lexical.document_frequencies(terms))


def apart(question: Question, index: Index) -> tuple[str, ...]:
    """Two acronyms of a question that papers have, but none has both, by whatever they call them; empty where one does."""
    if question.kind is Kind.COMPARE or _MORE_SENTENCES.search(question.text):
        return ()
    out = _left_out(question)
    named = [word for word in content_words(question.text) if _ACRONYM.fullmatch(one(word)) and word.lower() not in out]
    names = tuple(dict.fromkeys(map(one, named)))
    if len(names) != 2 or _EITHER.search(question.text[question.text.index(names[0]) : question.text.rindex(names[1])]):
        return ()
    first, second = (_holding(name, index) for name in names)
    return names if first and second and not first & second else ()


def _holding(name: str, index: Index) -> set[str]:
    """Ids of the papers that have a name, or what else abstracts call it; none where so many have one of its words that it tells
    nothing."""
    lexical, held = index.lexical, set[str]()
    for called in calls(index, name):
        stems = lexical.terms(called)
        if max(lexical.document_frequencies(stems) or [0]) > _MOST:
            return set()
        having = [set(lexical.page(stem, Filters(), "best", 0, _MOST)[0]) for stem in stems]
        held |= set.intersection(*having) if having else set()
    return held if len(held) < _COMMON * len(index) else set()
