"""A paper taken apart for scoring: its title and sentences, with the vector and index terms of each."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from corpus import Paper
from rag.embedding import StaticEmbedder, Vectors
from rag.text import split_sentences

_KEPT = 4_000


@dataclass(frozen=True)
class Passages:
    """Title first, then the sentences: texts, vectors (texts, dimensions) and terms, row by row."""

    texts: tuple[str, ...]
    vectors: Vectors
    terms: tuple[frozenset[str], ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """The abstract's sentences, each an exact substring of it."""
        return self.texts[1:]

    @cached_property
    def all_terms(self) -> frozenset[str]:
        """Terms of title and abstract together."""
        return frozenset().union(*self.terms)


class PassageReader:
    """Passages of papers, kept for the papers met last. Thread-safe."""

    def __init__(self, embedder: StaticEmbedder, terms: Callable[[str], list[str]]) -> None:
        self._embedder, self._terms = embedder, terms
        self._kept: OrderedDict[tuple[str, str], Passages] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, papers: Sequence[Paper]) -> list[Passages]:
        """The passages of each paper, in order."""
        keys = [(paper.title, paper.abstract) for paper in papers]
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        new = self._passages([key for key in dict.fromkeys(keys) if key not in found])
        with self._lock:
            self._kept |= new
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        found |= new
        return [found[key] for key in keys]

    def _passages(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Passages]:
        texts = [(title, *split_sentences(abstract)) for title, abstract in keys]
        vectors = self._embedder.encode([text for group in texts for text in group])
        ends = np.cumsum([len(group) for group in texts])
        return {
            key: Passages(group, vectors[end - len(group) : end], tuple(frozenset(self._terms(text)) for text in group))
            for key, group, end in zip(keys, texts, ends, strict=True)
        }

    def strangeness(self, text: str) -> float:
        """How much of a question the table reads only in pieces, 0 to 1."""
        return self._embedder.table.strangeness(text)

    def vector(self, text: str) -> Vectors:
        """The vector of a question, to compare passages with."""
        return self._embedder.encode_query(text)
