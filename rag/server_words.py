"""Words searched by a Chroma server that can (Cloud): no index of them, no record and no vector is held on this machine.

What stays here is the catalogue, a tenth of a lexical index. Two things are lost by it: a
misspelt word is corrected only to a word that the embedding's table knows, and what is searched
by words goes as deep as the server's quota (Chroma Cloud: 300 papers).
"""

import math
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tantivy
from chromadb import SparseVector
from numpy.typing import NDArray
from tantivy import Occur, Query

from corpus import Paper
from rag.catalogue import Catalogue
from rag.chroma import ChromaStore
from rag.document import entry, searched_text
from rag.embedding import Vectors
from rag.encode import PaperEncoder, stem_hash
from rag.filters import Filters
from rag.forward import Columns, Entries, bare, columns
from rag.lexical import LexicalIndex
from rag.records import paper_of
from rag.sparse import numbers, passing
from rag.view import Found

_READS_BY = "server"
_TOGETHER = 5
"""Searches in one request: as many as Chroma's source allows by default."""

_PART, _DEPTH = 300, 1_000
"""Ids in one request; papers asked for where all are wanted, of which a server may give fewer."""


class ServerWords(Catalogue):
    """Words, searched on a server. See Catalogue."""

    keeps_vectors = False

    def __init__(self, folder: Path, store: ChromaStore, encoder: PaperEncoder) -> None:
        self._store, self._encoder, self._encoding = store, encoder, threading.Lock()
        super().__init__(folder, _READS_BY)

    def reload(self) -> None:
        super().reload()
        self._frequencies: dict[str, int] = {}

    def document(self, paper: Paper, record: str, row: int) -> tantivy.Document:
        return entry(paper, record, row)

    def entries(self, papers: Sequence[Paper], entries: Entries) -> Entries:
        return bare([paper.paper_id for paper in papers])

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        known = self._frequencies
        missing = [term for term in dict.fromkeys(terms) if term not in known]
        for start in range(0, len(missing), _TOGETHER):
            some = missing[start : start + _TOGETHER]
            best = self._store.best([numbers({term: 1.0}) for term in some])
            for term, found in zip(some, best, strict=True):
                known[term] = self._frequency(term, *found) if found else 0
        return [known[term] for term in terms]

    def _frequency(self, term: str, bm25: float, words: SparseVector) -> int:
        """How many papers hold the term, told by the score of one that does: its own number times the inverse document frequency."""
        held = dict(zip(words.indices, words.values, strict=True))
        number = held.get(stem_hash(term), 0.0)
        return max(round((len(self) + 1) / math.exp(bm25 / number) - 0.5), 1) if number else 0

    def terms_like(self, prefix: str) -> list[tuple[str, int]]:
        vocabulary = self._encoder.static.table.tokenizer.get_vocab()  # commoner words have smaller ids
        words = sorted((number, word) for word, number in vocabulary.items() if word.startswith(prefix) and word.isalpha())
        return [(stem, len(vocabulary) - number) for number, word in reversed(words) for stem in self.terms(word)]

    def find(
        self, terms: Sequence[tuple[str, float]], limit: int, filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Found:
        if not terms or limit < 1 or within == []:
            return Found.none()
        scores = self._store.search(numbers(dict(terms)), limit, passing(filters, within))
        return _found([(paper_id, bm25) for paper_id, bm25 in scores if bm25 > 0])

    def look_up(self, terms: Sequence[tuple[str, float]], ids: Sequence[str]) -> Found:
        held = self._view.found(self._among(ids), len(ids)) if ids else []
        scores = {paper_id: 0.0 for paper_id, _ in held}
        if terms:
            scores |= self._scores(numbers(dict(terms)), list(scores))
        return _found(sorted(scores.items(), key=lambda pair: -pair[1]))

    def _scores(self, query: SparseVector | Vectors, ids: Sequence[str]) -> dict[str, float]:
        """Of each of the ids that the server finds."""
        scores = dict[str, float]()
        for start in range(0, len(ids), _PART):
            some = ids[start : start + _PART]
            scores |= self._store.search(query, len(some), passing(None, some))
        return scores

    def nearest_passing(self, vector: Vectors, limit: int, filters: Filters, within: Sequence[str] | None) -> list[tuple[str, float]]:
        return self._store.search(vector, limit, passing(filters, within)) if within is None or within else []

    def holding(self, term: str, ids: Sequence[str]) -> list[str]:
        return [paper_id for paper_id, bm25 in self._scores(numbers({term: 1.0}), ids).items() if bm25 > 0]

    def records_of(self, ids: Sequence[str]) -> dict[str, str]:
        return dict(self._store.records(ids))

    def cosines(self, found: Found, vector: Vectors) -> NDArray[np.floating]:
        scores = self._scores(vector, found.ids)
        missed = self._store.vectors([paper_id for paper_id in found.ids if paper_id not in scores])  # its search is approximate
        scores |= {paper_id: float(own @ vector) for paper_id, own in missed.items()}
        return np.array([scores.get(paper_id, 0.0) for paper_id in found.ids])

    def columns(self, found: Found) -> Columns:
        records = self.records_of(found.ids)
        papers = [paper_of(records[i]) if i in records else Paper(i, "", "") for i in found.ids]  # removed meanwhile
        with self._encoding:
            return columns(self._encoder.entries(papers, np.empty((len(papers), 0), np.float32)))

    def _with_words(self, terms: Sequence[str], filters: Filters) -> Query:
        found = self.find([(term, 1.0) for term in terms], _DEPTH, filters)
        records = self.records_of(found.ids)
        held = {i: set(self.terms(searched_text(paper_of(record)))) for i, record in records.items()}
        whole = [(i, bm25) for i, bm25 in found.pairs() if set(terms) <= held.get(i, set())]
        return Query.boolean_query([(Occur.Should, Query.const_score_query(self._is("paper_id", i), bm25)) for i, bm25 in whole])


def _found(pairs: Sequence[tuple[str, float]]) -> Found:
    """Papers found there: they have no rows here."""
    return Found([paper_id for paper_id, _ in pairs], np.array([score for _, score in pairs], np.float64), np.zeros(len(pairs), np.int64))


def open_words(folder: Path, store: ChromaStore, encoder: PaperEncoder) -> Catalogue:
    """The catalogue in a folder, with what searches the words of this collection. Raises IndexDamaged, ConfigError."""
    return ServerWords(folder, store, encoder) if store.searches_words else LexicalIndex(folder, encoder.reads_by)
