"""The words of a question that name its topic, as the classifier tells them from those by which one asks."""

from rag.text import content_words
from rag.understanding.asking import asking_words
from rag.understanding.classifier import NAMES, WORD, Typed, classified

_ONE_ASKS = 3
"""How often a word occurs in wordings that name no topic, from which on it names none by itself ("teach", "say")."""


def topical_words(text: str) -> list[str]:
    """Its words that name what it is about, as they are written; one of several parts ("text-to-speech") is one word."""
    likely = classified(Typed(text)).topical(text)

    def names(word: str) -> bool:
        part = max((likely.get(one[0].lower(), 0.0) for one in WORD.finditer(word)), default=0.0)
        return part >= NAMES and asking_words().get(word.lower(), 0) < _ONE_ASKS

    return [word for word in content_words(text) if names(word)]
