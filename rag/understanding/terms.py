"""Whether a turn of a few words names something of the field, and is no small talk: "moe", "protein"."""

import re

from rag.index import Catalogue
from rag.retrieval import known_words
from rag.text import content_words
from rag.understanding.turn import Reading

KNOWN_TALK = 0.8
"""From which probability of one label on a turn of a word or three is known as small talk ("cool" .97, "danke" .89); terms that no
example had stay below it ("gnn" .66, "moe" .50)."""

_MANNERS, _MANNERLY = ("thanks", "greeting", "bye"), 0.5
"""Small talk in everyday words that papers use, too ("good job" .54), and from which probability on it is that."""

_EVERYDAY = 0.5
"""Use from which on a word is everyday English: one of some 14,000."""

_MIXED = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]")


def a_term(reading: Reading, talk_of: str, lexical: Catalogue) -> bool:
    """Whether a turn is but a word or three that papers use, here or in the field, and no small talk that one knows."""
    words = content_words(reading.words)
    everyday = all(known_words().used(word.lower())[0] >= _EVERYDAY for word in words)
    known = _MANNERLY if everyday and talk_of in _MANNERS else KNOWN_TALK
    if not 0 < len(words) <= 3 or len(words) < len(reading.words.split()) or reading.sure("intent", talk_of) >= known:
        return False
    counts = [lexical.document_frequency(term) for word in words for term in lexical.terms(word)]
    return bool(counts) and (all(counts) or _of_the_field(words))


def written_as_one(text: str) -> bool:
    """Whether a turn is but a word or three of which one is written like a term ("LoRA"), held or not."""
    words = content_words(text)
    return 0 < len(words) <= 3 and len(words) == len(text.split()) and any(_MIXED.search(word) for word in words)


def strange(text: str, lexical: Catalogue) -> bool:
    """Whether neither the papers nor the field use a turn's words, and none is written like a term (LoRA)."""
    words = content_words(text)
    if any(_MIXED.search(word) for word in words) or (0 < len(words) <= 3 and _of_the_field(words)):
        return False
    return not any(lexical.document_frequency(term) for word in words for term in lexical.terms(word))


def _of_the_field(words: list[str]) -> bool:
    return all(known_words().of_the_field(word.lower()) for word in words)
