"""The lexical index: the catalogue with BM25 over title and abstract, and the forward index, on this machine.

It also keeps each paper's record, so that papers survive a damaged Chroma file.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import Occur, Query

from corpus import Paper
from rag.embedding import Vectors
from rag.filters import Filters
from rag.index.catalogue import Catalogue
from rag.index.lexical.forward import Columns, Entries
from rag.index.lexical.schema import document
from rag.index.lexical.searcher import Found
from rag.index.records import digest

_EXACT_FILTER = 5_000
"""Up to this many papers that pass a filter are compared one by one."""


class LexicalIndex(Catalogue):
    """Words, searched here. See Catalogue."""

    def document(self, paper: Paper, record: str, row: int) -> tantivy.Document:
        return document(paper, record, row)

    def entries(self, papers: Sequence[Paper], entries: Entries) -> Entries:
        return entries

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        searcher = self._view.searcher
        return [int(searcher.doc_freq("text", term)) for term in terms]

    def terms_like(self, prefix: str) -> list[str]:
        return [term for term, _ in self._view.searcher.terms_with_prefix("text", prefix)]

    def find(
        self, terms: Sequence[tuple[str, float]], limit: int, filters: Filters | None = None, within: Sequence[str] | None = None
    ) -> Found:
        if not terms or limit < 1:
            return Found.none()
        parts = [(Occur.Must, self._any(terms)), *((Occur.Must, Query.const_score_query(q, 0.0)) for q in self._limits(filters, within))]
        return self._view.listed(self._view.searcher.search(Query.boolean_query(parts), limit=limit, count=False))

    def look_up(self, terms: Sequence[tuple[str, float]], ids: Sequence[str]) -> Found:
        if not ids:
            return Found.none()
        held = Query.const_score_query(self._among(ids), 0.0)
        query = Query.boolean_query([(Occur.Must, held), *([(Occur.Should, self._any(terms))] if terms else [])])
        return self._view.listed(self._view.searcher.search(query, limit=len(ids), count=False))

    def nearest_passing(
        self, vector: Vectors, limit: int, filters: Filters, within: Sequence[str] | None
    ) -> list[tuple[str, float]] | None:
        if within is None and self.count(filters) > _EXACT_FILTER:
            return None
        found = self.all_passing(filters, _EXACT_FILTER) if within is None else self.look_up([], self.passing(within, filters))
        if not found.ids or not np.any(vector):
            return []
        cosine = self.cosines(found, vector)
        best = np.argsort(-cosine, kind="stable")[:limit]
        return [(found.ids[i], float(cosine[i])) for i in best]

    def holding(self, term: str, ids: Sequence[str]) -> list[str]:
        both = [(Occur.Must, self._term(term, 1.0)), (Occur.Must, self._among(ids))]
        return [paper_id for paper_id, _ in self._view.found(Query.boolean_query(both), len(ids))]

    def records_of(self, ids: Sequence[str]) -> dict[str, str]:
        if not ids:
            return {}
        searcher = self._view.searcher
        found = searcher.search(self._among(ids), limit=len(ids) + 1, count=False)
        documents = (searcher.doc(address) for _, address in found.hits)
        return {document["paper_id"][0]: bytes(document["record"][0]).decode() for document in documents}

    def records(self) -> Iterator[str]:
        """Every paper's record as JSON, in no particular order, as they are when the first is taken."""
        searcher = self._view.searcher
        found = searcher.search(Query.all_query(), limit=max(searcher.num_docs, 1), count=False)
        for _, address in found.hits:
            yield bytes(searcher.doc(address)["record"][0]).decode()

    def digests(self) -> set[str]:
        return {digest(record) for record in self.records()}

    def cosines(self, found: Found, vector: Vectors) -> NDArray[np.floating]:
        return np.asarray(self.forward.vectors(found.rows) @ vector)

    def columns(self, found: Found) -> Columns:
        return self.forward.columns(found.rows)

    def _with_words(self, terms: Sequence[str], filters: Filters) -> Query:
        return Query.boolean_query([(Occur.Must, self._term(term, 1.0)) for term in terms])

    def _any(self, terms: Sequence[tuple[str, float]]) -> Query:
        return Query.boolean_query([(Occur.Should, self._term(term, weight)) for term, weight in terms])

    def _term(self, term: str, weight: float) -> Query:
        query = Query.term_query(self._schema, "text", term, "freq")
        return query if weight == 1.0 else Query.boost_query(query, weight)
