"""What a server that searches words itself is given of a paper and asked: sparse vectors, filters, a collection's schema.

Chroma multiplies the numbers of a query with each term's inverse document frequency, by BM25's
formula (an index made with `bm25`); the rest of BM25 is in the numbers of a paper. Read in
Chroma's source: rust/worker/src/execution/operators/idf.rs and sparse_index_knn.rs.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from operator import and_, or_
from typing import Any

import tantivy
from chromadb import Collection, K, Knn, Schema, Search, SparseVector, SparseVectorIndexConfig, StringInvertedIndexConfig, VectorIndexConfig
from chromadb.api.types import SearchResult
from chromadb.execution.expression import Where

from corpus import Paper
from rag.embedding import Vectors
from rag.filters import Filters, first_day, last_day
from rag.index.entries import stem_hash
from rag.index.lexical.filters import organisation_words
from rag.index.lexical.schema import analyzer, days, searched_text
from rag.text import folded

WORDS = "words"
_K1, _B = 1.2, 0.75
"""BM25's, as tantivy has them."""

_AVERAGE_TERMS = 200
"""Terms a paper: 198 over 20,000 abstracts. A constant, for a paper's numbers are written once."""


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    return analyzer()


def schema() -> Schema:
    """Of a collection whose words the server searches; the records need no index."""
    made = Schema().create_index(config=VectorIndexConfig(space="cosine", embedding_function=None))
    made.create_index(config=SparseVectorIndexConfig(bm25=True), key=WORDS)
    return made.delete_index(config=StringInvertedIndexConfig(), key="record")


def searched_there(collection: Collection) -> bool:
    """Whether the collection was made with that schema."""
    return collection.schema is not None and WORDS in collection.schema.keys


def numbers(terms: Mapping[str, float]) -> SparseVector:
    """A number a term, at the term's hash."""
    pairs = sorted({stem_hash(term): float(number) for term, number in terms.items()}.items())
    return SparseVector(indices=[index for index, _ in pairs], values=[number for _, number in pairs])


def metadata(paper: Paper) -> dict[str, Any]:
    """A paper's words, and what filters need."""
    terms = _analyzer().analyze(searched_text(paper))
    norm = _K1 * (1 - _B + _B * len(terms) / _AVERAGE_TERMS)
    held: dict[str, Any] = {WORDS: numbers({term: count * (_K1 + 1) / (count + norm) for term, count in Counter(terms).items()})}
    held |= {"author_count": paper.author_count, "sources": list(paper.sources) or None}
    held["organisation"] = _analyzer().analyze(folded(paper.organisation)) or None if paper.organisation else None
    held |= dict(zip(("first_day", "last_day"), days(paper.published) or (None, None), strict=True))
    return held


def ranking(query: SparseVector | Vectors, limit: int, where: Where | None = None) -> Search:
    """A search for the best papers that pass: by words for a sparse vector."""
    rank, key = (query, WORDS) if isinstance(query, SparseVector) else (query.tolist(), K.EMBEDDING)
    return Search(where).rank(Knn(query=rank, key=key, limit=limit)).limit(limit).select(K.SCORE)


def scored(found: SearchResult) -> list[tuple[str, float]]:
    """(paper id, score), higher is better, of the first search; Chroma gives one minus the product."""
    scores = found["scores"][0] or []
    return [(paper_id, 1.0 - score) for paper_id, score in zip(found["ids"][0], scores, strict=True) if score is not None]


def passing(filters: Filters | None, ids: Sequence[str] | None = None) -> Where | None:
    """The condition that a paper passes the filters and is one of the ids; see rag/index/lexical/filters.py."""
    parts: list[Where] = [K.ID.is_in(list(ids))] if ids is not None else []
    if filters:
        parts += [K("first_day") >= first_day(filters.since)] if filters.since else []
        parts += [K("last_day") <= last_day(filters.until)] if filters.until else []
        parts += [K("author_count") >= filters.min_authors] if filters.min_authors is not None else []
        parts += [K("author_count") <= filters.max_authors] if filters.max_authors is not None else []
        parts += [K("sources").contains(filters.source)] if filters.source else []
        parts += [_organisation(filters.organisation)] if filters.organisation else []
    return reduce(and_, parts) if parts else None


def predicates(filters: Filters) -> int:
    """How many conditions that makes."""
    told = (filters.since, filters.until, filters.min_authors, filters.max_authors, filters.source)
    return sum(value is not None for value in told) + sum(map(len, organisation_words(_analyzer(), filters.organisation or "")))


def _organisation(names: str) -> Where:
    either = [reduce(and_, [K("organisation").contains(word) for word in words]) for words in organisation_words(_analyzer(), names)]
    return reduce(or_, either) if either else K.ID.is_in([""])
