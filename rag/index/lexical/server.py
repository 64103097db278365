"""Words searched by a Chroma server that can (Cloud): no index of them, no record and no vector is held on this machine.

What stays here is the catalogue, a tenth of a lexical index. Two things are lost by it: a
misspelt word is corrected only to a word that the embedding's table knows, and what is searched
by words goes as deep as the server's quota (Chroma Cloud: 300 papers), so a page of the papers
that hold some words, and how many they are, is of the best 300.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import tantivy
from chromadb import SparseVector
from numpy.typing import NDArray
from tantivy import Occur, Query

from corpus import Paper
from rag.embedding import Vectors
from rag.filters import Filters
from rag.index.catalogue import Catalogue
from rag.index.chroma.sparse import numbers, passing, predicates
from rag.index.chroma.store import ChromaStore
from rag.index.entries import PaperEncoder, stem_hash
from rag.index.folder import Folder
from rag.index.lexical.filters import organisations
from rag.index.lexical.forward import Columns, Entries, bare, columns_of
from rag.index.lexical.local import LexicalIndex
from rag.index.lexical.schema import entry, searched_text
from rag.index.lexical.searcher import Found
from rag.index.records import paper_of

_READS_BY = "server"
_TOGETHER = 5
"""Searches in one request: as many as Chroma's source allows by default."""

_PART, _PREDICATES, _DEPTH = 300, 8, 1_000
"""Ids and conditions in one request; papers asked for where all are wanted, of which a server may give fewer."""


class ServerWords(Catalogue):
    """Words, searched on a server. See Catalogue."""

    on_server = True

    def __init__(self, folder: Path, store: ChromaStore, encoder: PaperEncoder) -> None:
        self._store, self._encoder = store, encoder
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

    def terms_like(self, prefix: str) -> list[str]:
        words = (word for word in self._encoder.static.table.tokenizer.get_vocab() if word.startswith(prefix) and word.isalpha())
        return [stem for word in words for stem in self.terms(word)]

    def find(
        self, terms: Sequence[tuple[str, float]], limit: int, filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Found:
        if not terms:
            return Found.none()
        return _found([(i, bm25) for i, bm25 in self._best(numbers(dict(terms)), limit, filters, within) if bm25 > 0])

    def _best(
        self, query: SparseVector | Vectors, limit: int, filters: Filters | None, within: Sequence[str] | None
    ) -> list[tuple[str, float]]:
        """Of the papers that pass; conditions that are too many for a server are looked at here, of the papers it found."""
        if within is not None:
            within = list(dict.fromkeys(within))
            if len(within) > _PART:
                parts = (within[at : at + _PART] for at in range(0, len(within), _PART))
                return _merged([self._best(query, limit, filters, part) for part in parts], limit)
            if not within:
                return []
        if filters and (filters.author or filters.venue):  # the catalogue knows; the server's records need not hold them
            held, _ = self.matching(Filters(author=filters.author, venue=filters.venue), len(self))
            kept = set(held if within is None else within)
            return self._best(query, limit, replace(filters, author=None, venue=None), [i for i in held if i in kept])
        if not filters or predicates(filters) + 1 <= _PREDICATES:
            return self._store.search(query, limit, passing(filters, within))
        if len(names := organisations(filters.organisation or "")) > 1:
            return _merged([self._best(query, limit, replace(filters, organisation=name), within) for name in names], limit)
        found = self._store.search(query, _DEPTH, passing(replace(filters, organisation=None), within))
        kept = set(self.passing([paper_id for paper_id, _ in found], filters))
        return [pair for pair in found if pair[0] in kept][:limit]

    def look_up(self, terms: Sequence[tuple[str, float]], ids: Sequence[str]) -> Found:
        held = self._view.found(self._among(ids), len(ids)) if ids else []
        scores = {paper_id: 0.0 for paper_id, _ in held}
        if terms:
            scores |= self._scores(numbers(dict(terms)), list(scores))
        return _found(sorted(scores.items(), key=lambda pair: -pair[1]))

    def _scores(self, query: SparseVector | Vectors, ids: Sequence[str]) -> dict[str, float]:
        """Of each of the ids that the server finds."""
        return dict(self._best(query, len(ids), None, ids))

    def nearest_passing(self, vector: Vectors, limit: int, filters: Filters, within: Sequence[str] | None) -> list[tuple[str, float]]:
        return self._best(vector, limit, filters, within)

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
        return columns_of(self._encoder.entries(papers, np.empty((len(papers), 0), np.float32)))

    def _with_words(self, terms: Sequence[str], filters: Filters) -> Query:
        found = self.find([(term, 1.0) for term in terms], _DEPTH, filters)
        records = self.records_of(found.ids)
        held = {i: set(self.terms(searched_text(paper_of(record)))) for i, record in records.items()}
        whole = [(i, bm25) for i, bm25 in found.pairs() if set(terms) <= held.get(i, set())]
        return Query.boolean_query([(Occur.Should, Query.const_score_query(self._is("paper_id", i), bm25)) for i, bm25 in whole])


def _merged(parts: Sequence[Sequence[tuple[str, float]]], limit: int) -> list[tuple[str, float]]:
    """The best of several lists; a paper has the same score in each."""
    return sorted(dict(chain.from_iterable(parts)).items(), key=lambda pair: -pair[1])[:limit]


def _found(pairs: Sequence[tuple[str, float]]) -> Found:
    """Papers found there: they have no rows here."""
    return Found([paper_id for paper_id, _ in pairs], np.array([score for _, score in pairs], np.float64), np.zeros(len(pairs), np.int64))


def words_folder(folder: Folder, generation: str, store: ChromaStore) -> Path:
    """Where the catalogue of a collection is: of each server, and of each way to search words, in a place of its own."""
    kind = "catalogue" if store.searches_words else "lexical"
    return folder.lexical(generation, f"{kind}-{store.server_id[:8]}") if store.server_id else folder.lexical(generation)


def open_words(folder: Folder, generation: str, store: ChromaStore, encoder: PaperEncoder) -> Catalogue:
    """The catalogue of a collection, with what searches its words. Raises IndexDamaged, ConfigError."""
    place = words_folder(folder, generation, store)
    return ServerWords(place, store, encoder) if store.searches_words else LexicalIndex(place, encoder.reads_by)
