"""A term of the field that no paper here has: what is asked for by it is not here ("who puts a watermark into generated text?").

Other rare words tell nothing: the papers that answer often have another for them. The terms are in weights/field_terms.txt, made by
rag/relevance/training/field_terms.py.
"""

import re
from functools import cache
from importlib import resources

from rag.index import Catalogue
from rag.text import content_words
from rag.understanding import Kind, Question, topical_words

_JOIN = r"(?:\b(?:and|or)\b|/)"
_LISTS = rf"(?:{_JOIN}|,)"
"""What joins topics of which each may be enough; commas where there is such a word, too."""


@cache
def field_terms() -> frozenset[str]:
    """Index terms that stand in titles as often as in abstracts: they name what a paper is about."""
    return frozenset((resources.files("rag.relevance") / "weights" / "field_terms.txt").read_text("utf-8").split())


def absent_term(question: Question, lexical: Catalogue) -> str:
    """The word of a question that is a term of the field, names its topic, and is in no paper; empty where there is none."""
    if question.kind is Kind.COMPARE:
        return ""
    out = {word.lower() for phrase in (*question.excluded, *question.lacking) for word in phrase.split()}
    absent = [
        word
        for word in content_words(question.text)
        if word.lower() not in out and not _one_of_several(word, question.text) and _absent(word, lexical)
    ]
    return next((word for word in topical_words(question.text) if word in absent), "") if absent else ""


def _one_of_several(word: str, text: str) -> bool:
    """Whether a word stands in a list of topics: "music or speech generation", but not "composing or generating music"."""
    name, joined = re.escape(word), _LISTS if re.search(_JOIN, text, re.IGNORECASE) else _JOIN
    beside = rf"\b{name}\W*{joined}|{joined}\W*(?:(?:the|on|for|in|of|about|with)\W+)*{name}\b"
    return re.search(beside, text, re.IGNORECASE) is not None


def _absent(word: str, lexical: Catalogue) -> bool:
    terms = lexical.terms(word)
    return bool(field_terms().intersection(terms)) and not any(lexical.document_frequencies(terms))
