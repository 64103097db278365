"""Retrieval: dense and lexical candidates, fused by score, filtered, best first."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from corpus import Paper
from rag.embedding import Embedder, Vectors, cached
from rag.filters import Filters
from rag.index import Columns, Found, Index, columns_of, stem_hash
from rag.retrieval.closeness import Closeness, closeness
from rag.retrieval.passages import PassageReader
from rag.retrieval.spelling import Speller
from rag.text import content_words, folded, search_words

Floats = NDArray[np.float64]
CANDIDATES = 400
"""Papers taken from each side before fusion; the fused pool is at most twice as large."""

RERANKED = 100
"""Papers of the fused pool whose sentences are looked at."""

_OVER_FETCHED = 5
"""Where very many papers pass a filter, so many times as many are taken, and those kept that pass."""

_WEIGHTS = {"bm25": 0.7, "cosine": 1.0, "title": 0.3, "sentence": 0.5, "coverage": 0.6, "title_coverage": 0.2}
_STRANGE = 2.0
"""Added to BM25's weight times the share of the question that the embedding knows only in pieces: there words tell more."""

_NAMED = 6.0
"""Added for a paper whose title begins with a system's name that the question holds: above any sum of z-scores."""

_CONTEXT = 0.4
"""Weight of what a follow-up refers back to, beside the follow-up's own words."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of one paper for one question; z-scores are over the question's pool.

    `cosine`, `title` and `sentence` are cosines of the question with the whole, the title and
    the two best sentences (their mean); `named` is 1 for a system that the question names; `coverage` is
    the idf-weighted share of the question's terms that occur; `row` is where the forward index has the paper.
    """

    bm25: float
    cosine: float
    title: float
    sentence: float
    coverage: float
    bm25_z: float
    cosine_z: float
    named: float = 0.0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper found, with its score: higher is better, comparable within one search only."""

    paper: Paper
    score: float
    features: Features | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """A question ready to search by; `background` are the terms of what a follow-up refers back to.

    `static_vector` is by the embedding that ships, whatever the index's own is; `strangeness` is
    how much of the text that one knows only in pieces.
    """

    text: str
    vector: Vectors
    static_vector: Vectors
    strangeness: float
    terms: tuple[str, ...]
    idf: Floats
    named: frozenset[str]
    corrected: tuple[tuple[str, str], ...] = ()
    background: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class _Pool:
    """Papers found by either side, with their BM25, and their cosine with the question."""

    found: Found
    cosine: Floats


def _unit(vector: Vectors) -> Vectors:
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector


def _z(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)


class Retriever:
    """Search over an Index. Holds no state of any user."""

    def __init__(self, index: Index, passages: PassageReader) -> None:
        self.index, self.passages, self._speller = index, passages, Speller(index)
        self._cached_terms = cached(self._terms, 256)

    def search(
        self, text: str, k: int = 10, filters: Filters | None = None, within: Sequence[str] | None = None, context: str = ""
    ) -> list[Hit]:
        """The k best papers for the text, best first; `within` limits the search to those ids.

        `context` is what a follow-up refers back to: it counts, but less than the text.

        A text without content words ("which papers?") lists the papers that pass the
        filters, newest first. Raises ModelError when an embedder's endpoint fails.
        """
        self.index.refresh()
        filters = filters or Filters()
        if k < 1:
            return []
        if not content_words(text):
            return self._listed(k, filters, within)
        terms = self.terms(text, context)
        pool = self._pool(terms, max(CANDIDATES, k), filters, within)
        return self._ranked(terms, pool, max(RERANKED, k), k) if pool.found.ids else []

    def _listed(self, k: int, filters: Filters, within: Sequence[str] | None) -> list[Hit]:
        if within is None:
            ids, _ = self.index.matching(filters, max(k, 1_000))
        else:
            ids = self.index.lexical.passing(within, filters)
        papers = sorted(self.index.papers(ids), key=lambda paper: paper.title)
        papers.sort(key=lambda paper: paper.published or "", reverse=True)
        return [Hit(paper, 1.0) for paper in papers[:k]]

    # --- the question

    def terms(self, text: str, context: str = "") -> Terms:
        """The question's content, its misspelt words corrected by the corpus's own vocabulary."""
        return self._cached_terms(self.index.lexical.state, text, context)

    def _terms(self, state: object, text: str, context: str) -> Terms:
        lexical = self.index.lexical
        words = search_words(text)
        if lexical.on_server:
            lexical.document_frequencies(lexical.terms(" ".join(words)))  # all in a few requests; then they are known
        corrected = self._speller.corrected(words)
        content = " ".join(corrected.get(word, word) for word in words)
        terms = tuple(dict.fromkeys(lexical.terms(content)))
        frequency = np.array(lexical.document_frequencies(terms), dtype=np.float64)
        idf = np.log1p((len(self.index) - frequency + 0.5) / (frequency + 0.5))
        named = frozenset(i for ids in lexical.named(text).values() for i in ids)
        before = " ".join(content_words(context))
        background = tuple(term for term in dict.fromkeys(lexical.terms(before)) if term not in terms)
        vector, static = self._vectors(folded(content), folded(before))
        strange = self.passages.strangeness(folded(content))
        return Terms(content, vector, static, strange, terms, idf, named, tuple(corrected.items()), background)

    def _vectors(self, content: str, before: str) -> tuple[Vectors, Vectors]:
        """The question's vector by the index's embedder, and by the one that ships."""

        def vector(embedder: Embedder) -> Vectors:
            own = embedder.encode_query(content)
            return _unit(own + _CONTEXT * embedder.encode_query(before)) if before else own

        embedder, static = self.index.embedder, self.index.encoder.static
        return (one := vector(embedder)), one if embedder is static else vector(static)

    # --- the pool

    def _pool(self, terms: Terms, size: int, filters: Filters, within: Sequence[str] | None) -> _Pool:
        """Every paper that either side finds, each scored by both sides."""
        lexical = self.index.lexical
        weighted = [(term, 1.0) for term in terms.terms] + [(term, _CONTEXT) for term in terms.background]
        by_word = lexical.find(weighted, size, filters, within)
        near = dict(self._dense(terms.vector, size, filters, within))
        have = set(by_word.ids)
        named = [i for i in terms.named if i not in have and i not in near]
        if named and (filters or within is not None):
            named = [i for i in lexical.passing(named, filters) if within is None or i in set(within)]
        whole = len(by_word.ids) < size and not lexical.on_server  # then the papers left hold none of the words
        found = by_word + lexical.look_up([] if whole else weighted, [*(i for i in near if i not in have), *named])
        cosine = np.array([near.get(i, np.nan) for i in found.ids])
        missing = np.flatnonzero(np.isnan(cosine))
        cosine[missing] = lexical.cosines(found.take(missing), terms.vector) if len(missing) else 0.0
        kept = np.flatnonzero((found.scores > 0) | (cosine > 0))
        return _Pool(found.take(kept), cosine[kept])

    def _dense(self, vector: Vectors, size: int, filters: Filters, within: Sequence[str] | None) -> list[tuple[str, float]]:
        """(paper id, cosine) of the nearest papers that pass, best first."""
        if within is None and not filters:
            return self.index.nearest(vector, min(size, len(self.index)))
        lexical = self.index.lexical
        if (near := lexical.nearest_passing(vector, size, filters, within)) is not None:
            return near
        found = self.index.nearest(vector, min(size * _OVER_FETCHED, len(self.index)))
        passing = set(lexical.passing([i for i, _ in found], filters))
        return [(i, cosine) for i, cosine in found if i in passing][:size]

    # --- ranking

    def _ranked(self, terms: Terms, pool: _Pool, size: int, k: int) -> list[Hit]:
        ids, bm25 = pool.found.ids, pool.found.scores
        bm25_z, cosine_z = _z(bm25), _z(pool.cosine)
        named = np.array([i in terms.named for i in ids])
        top = np.argsort(-(bm25_z + cosine_z + _NAMED * named), kind="stable")[:size]
        close = self._closeness(terms, pool.found.take(top))
        columns = (bm25[top], pool.cosine[top], close.title, close.sentence, close.coverage, bm25_z[top], cosine_z[top], named[top])
        score = (
            (_WEIGHTS["bm25"] + _STRANGE * terms.strangeness) * bm25_z[top] + _WEIGHTS["cosine"] * cosine_z[top]
            + _WEIGHTS["title"] * _z(close.title) + _WEIGHTS["sentence"] * _z(close.sentence)
            + _WEIGHTS["coverage"] * _z(close.coverage) + _WEIGHTS["title_coverage"] * _z(close.title_coverage) + _NAMED * named[top]
        )  # fmt: skip
        order = np.argsort(-score, kind="stable")[:k]
        papers = {paper.paper_id: paper for paper in self.index.papers([ids[top[i]] for i in order])}
        rows = np.stack(columns, axis=1)[order].tolist()
        found = ((papers.get(ids[top[i]]), float(score[i]), row, int(pool.found.rows[top[i]])) for i, row in zip(order, rows, strict=True))
        return [Hit(paper, s, replace(Features(*row), row=at)) for paper, s, row, at in found if paper is not None]

    def columns(self, hits: Sequence[Hit]) -> Columns:
        """What a closer look reads of hits that hold features, in their order."""
        lexical = self.index.lexical
        if lexical.on_server:  # the papers came with the hits: no further request
            return columns_of(self.index.encoder.entries([hit.paper for hit in hits], np.empty((len(hits), 0), np.float32)))
        rows = np.array([hit.features.row for hit in hits if hit.features is not None], np.int64)
        return lexical.columns(Found([hit.paper.paper_id for hit in hits], np.zeros(len(hits)), rows))

    def _closeness(self, terms: Terms, found: Found) -> Closeness:
        weights = dict[int, float]()
        for term, idf in zip(terms.terms, terms.idf.tolist(), strict=True):
            weights[stem_hash(term)] = idf
        return closeness(self.index.lexical.columns(found), self.index.encoder.static.table, terms.static_vector, weights)
