"""Opposites: which words say the contrary of a word (WordNet's antonyms, and the field's own ways to say more and less)."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from rag.verification.words import Stem


def _lines(name: str) -> list[str]:
    text = files("rag.verification").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


@lru_cache(maxsize=8)
def _table(stem: Stem) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
    """(opposites, words of the same side) of each stem."""

    def stems(words: str) -> frozenset[str]:
        return frozenset(found for word in words.split() for found in stem(word)[:1])

    against: dict[str, set[str]] = {}
    beside: dict[str, set[str]] = {}
    for line in _lines("opposites.txt"):
        one, other = line.split()
        for a, b in ((one, other), *zip(_compared(one), _compared(other), strict=True)):
            for left, right in ((stem(a), stem(b)), (stem(b), stem(a))):
                if left and right and left[0] != right[0]:
                    against.setdefault(left[0], set()).add(right[0])
    for line in _lines("degrees.txt"):
        one, other = line.split(" | ")
        sides = stems(one), stems(other)
        for mine, theirs in (sides, sides[::-1]):
            for word in mine:
                against.setdefault(word, set()).update(theirs)
                beside.setdefault(word, set()).update(mine)
    return _frozen(against), _frozen(beside)


@lru_cache(maxsize=8)
def _synonyms(stem: Stem) -> Mapping[str, frozenset[str]]:
    """Of each stem those that may stand for it. A line's first word goes with the others; after a `+` each goes with each."""
    beside: dict[str, set[str]] = {}
    for line in _lines("synonyms.txt"):
        words = [found for word in line.removeprefix("+").split() for found in stem(word)[:1]]
        for word in words if line.startswith("+") else words[:1]:
            beside.setdefault(word, set()).update(words)
            for other in words:
                beside.setdefault(other, set()).add(word)
    return _frozen(beside)


def may_stand_for(word: str, other: str, stem: Stem) -> bool:
    """Whether a stem says much the same as another."""
    return word == other or other in _synonyms(stem).get(word, ()) or other in alike(word, stem)


def instead(word: str, stem: Stem) -> frozenset[str]:
    """The stems that may stand for a stem, itself among them."""
    return _synonyms(stem).get(word, frozenset()) | alike(word, stem) | {word}


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {word: frozenset(found) for word, found in sets.items()}


def _compared(word: str) -> tuple[str, str]:
    """The comparative and the superlative of a short adjective; of another word, forms that no text has."""
    if word.endswith("e"):
        return word + "r", word + "st"
    if word.endswith("y") and len(word) > 2 and word[-2] not in "aeiou":
        return word[:-1] + "ier", word[:-1] + "iest"
    return word + "er", word + "est"


def opposites(word: str, stem: Stem) -> frozenset[str]:
    """The stems that say the contrary of a stem."""
    return _table(stem)[0].get(word, frozenset())


def alike(word: str, stem: Stem) -> frozenset[str]:
    """The stems that say the same, as far as more and less go."""
    return _table(stem)[1].get(word, frozenset((word,)))
