"""Text: what every wing may use of words, sentences, folding and untrusted text.

Open words.py first.
"""

from rag.text.folding import folded, unaccented
from rag.text.labels import labels, spellings, usual
from rag.text.numbers import NUMBERS, TO_NINETY_NINE
from rag.text.people import ANY, asked_terms, name_terms, names_asked, same_person
from rag.text.sentences import split_sentences
from rag.text.untrusted import as_data, instructs, neutral, trusted, visible
from rag.text.words import content_words, in_row, named_like, search_words

__all__ = [
    "ANY",
    "NUMBERS",
    "TO_NINETY_NINE",
    "as_data",
    "asked_terms",
    "content_words",
    "folded",
    "in_row",
    "instructs",
    "labels",
    "name_terms",
    "named_like",
    "names_asked",
    "neutral",
    "same_person",
    "search_words",
    "spellings",
    "split_sentences",
    "trusted",
    "unaccented",
    "usual",
    "visible",
]
