"""The sentences of one paper as words, ready to be looked things up in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.verification.words import Word, refuses

Place = tuple[int, int]
"""A word's sentence, and its position there."""


@dataclass(frozen=True, eq=False, slots=True)
class Sentences:
    """The sentences of one paper, where in them each stem occurs, and which of them hold a negation."""

    words: tuple[tuple[Word, ...], ...]
    places: Mapping[str, tuple[Place, ...]]
    denying: frozenset[int]
    names: frozenset[str]
    """The stems of names, which at a sentence's beginning cannot be told from other words."""

    @classmethod
    def of(cls, sentences: Sequence[tuple[Word, ...]]) -> "Sentences":
        """Index the words of sentences."""
        places: dict[str, list[Place]] = {}
        for s, sentence in enumerate(sentences):
            for i, word in enumerate(sentence):
                places.setdefault(word.stem, []).append((s, i))
        texts = [[word.text for word in sentence] for sentence in sentences]
        denying = frozenset(s for s, said in enumerate(texts) if any(refuses(said, i) for i in range(len(said))))
        names = frozenset(word.stem for sentence in sentences for word in sentence if word.name)
        return cls(tuple(sentences), {stem: tuple(where) for stem, where in places.items()}, denying, names)

    def at(self, place: Place) -> Word:
        return self.words[place[0]][place[1]]
