"""Retrieval: dense and lexical candidates, fused by score, filtered, best first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from corpus import Paper
from rag.conditions import folded
from rag.embedding import Vectors
from rag.filters import Filters
from rag.index import Index
from rag.passages import PassageReader
from rag.question import content_words

Floats = NDArray[np.float64]
CANDIDATES = 400
"""Papers taken from each side before fusion; the fused pool is at most twice as large."""

RERANKED = 100
"""Papers of the fused pool whose sentences are looked at."""

_EXACT_FILTER = 5_000
"""Up to this many papers that pass a filter are searched exactly, by id; above, by over-fetching."""

_WEIGHTS = {"bm25": 0.7, "cosine": 1.0, "title": 0.3, "sentence": 0.5, "coverage": 0.6, "title_coverage": 0.2}
_STRANGE = 2.0
"""Added to BM25's weight times the share of the question that the embedding knows only in pieces: there words tell more."""

_NAMED = 6.0
"""Added for a paper whose title begins with a system's name that the question holds: above any sum of z-scores."""

_CONTEXT = 0.4
"""Weight of what a follow-up refers back to, beside the follow-up's own words."""


_BRITISH = re.compile(r"is(ations?|e|es|ed|ing|er|ers)$")


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of one paper for one question; z-scores are over the question's pool.

    `cosine`, `title` and `sentence` are cosines of the question with the whole, the title and
    the two best sentences (their mean); `named` is 1 for a system that the question names; `coverage` is
    the idf-weighted share of the question's terms that occur.
    """

    bm25: float
    cosine: float
    title: float
    sentence: float
    coverage: float
    bm25_z: float
    cosine_z: float
    named: float = 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A paper found, with its score: higher is better, comparable within one search only."""

    paper: Paper
    score: float
    features: Features | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """A question ready to search by; `background` are the terms of `before`, what a follow-up refers back to."""

    text: str
    vector: Vectors
    terms: tuple[str, ...]
    idf: Floats
    named: frozenset[str]
    corrected: tuple[tuple[str, str], ...] = ()
    background: tuple[str, ...] = ()
    before: str = ""


def _unit(vector: Vectors) -> Vectors:
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector


def _z(values: Floats) -> Floats:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros_like(values)


class Retriever:
    """Search over an Index. Holds no state of any user."""

    def __init__(self, index: Index, passages: PassageReader) -> None:
        self.index, self.passages = index, passages
        self._cached_terms = lru_cache(maxsize=256)(self._terms)

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
        ids, bm25, cosine = self._pool(terms, max(CANDIDATES, k), filters, within)
        if not ids:
            return []
        return self._ranked(terms, ids, bm25, cosine, max(RERANKED, k))[:k]

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
        words = content_words(text) or text.split()
        corrected = {word: better for word in words if (better := self._correction(word))}
        content = " ".join(corrected.get(word, word) for word in words)
        terms = tuple(dict.fromkeys(lexical.terms(content)))
        frequency = np.array([lexical.document_frequency(term) for term in terms], dtype=np.float64)
        idf = np.log1p((len(self.index) - frequency + 0.5) / (frequency + 0.5))
        named = frozenset(i for ids in lexical.named(text).values() for i in ids)
        vector = self.index.embedder.encode_query(folded(content))
        background: tuple[str, ...] = ()
        if before := " ".join(content_words(context)):
            background = tuple(term for term in dict.fromkeys(lexical.terms(before)) if term not in terms)
            vector = _unit(vector + _CONTEXT * self.index.embedder.encode_query(folded(before)))
        return Terms(content, vector, terms, idf, named, tuple(corrected.items()), background, before)

    def _correction(self, word: str) -> str | None:
        """The word of the corpus that a misspelt one stands for; names (capitals, digits) are left."""
        if len(word) < 5 or not word.isalpha() or not word.islower():
            return None
        lexical = self.index.lexical
        terms = lexical.terms(word)
        if len(terms) != 1 or lexical.document_frequency(terms[0]):
            return None
        if (american := _BRITISH.sub(r"iz\1", word)) != word and lexical.document_frequency("".join(lexical.terms(american))):
            return american
        if self.passages.strangeness(word) == 0:
            return None  # a word of the language, which this corpus happens not to use
        near = {term: count for term, count in lexical.terms_like(word[0]) if abs(len(term) - len(terms[0])) <= 1}
        found = extract(terms[0], near.keys(), scorer=OSA.distance, score_cutoff=1, limit=20)
        if not found:
            return None
        return self._surface(max((term for term, _, _ in found), key=lambda term: near[term]), word)

    def _surface(self, stem: str, like: str) -> str | None:
        """A word as the corpus writes it, for a stem: the one most like the word that was typed."""
        found = self.index.lexical.search([(stem, 1.0)], 1)
        papers = self.index.papers([paper_id for paper_id, _ in found])
        words = {w for p in papers for w in content_words(f"{p.title} {p.abstract}".lower()) if self.index.lexical.terms(w) == [stem]}
        return min(words, key=lambda word: (OSA.distance(word, like), word), default=None)

    # --- the pool

    def _pool(self, terms: Terms, size: int, filters: Filters, within: Sequence[str] | None) -> tuple[list[str], Floats, Floats]:
        """Ids, BM25 and cosine of every paper that either side finds, each scored by both sides."""
        allowed = list(within) if within is not None else None
        if filters:
            allowed = self._allowed(filters, allowed)
        weighted = [(term, 1.0) for term in terms.terms] + [(term, _CONTEXT) for term in terms.background]
        lexical = dict(self.index.lexical.search(weighted, size, filters, within))
        dense = dict(self._dense(terms.vector, size, filters, allowed))
        named = [i for i in terms.named if i not in lexical and i not in dense]
        if named and (filters or within is not None):
            named = [i for i in self.index.lexical.passing(named, filters) if within is None or i in set(within)]
        ids = list(dict.fromkeys([*lexical, *dense, *named]))
        lexical |= dict(self.index.lexical.search(weighted, len(ids), within=[i for i in ids if i not in lexical] or ["-"]))
        missing = [i for i in ids if i not in dense]
        dense |= {i: float(vector @ terms.vector) for i, vector in self.index.vectors(missing).items()}
        ids = [i for i in ids if lexical.get(i, 0.0) > 0 or dense.get(i, 0.0) > 0]
        return ids, np.array([lexical.get(i, 0.0) for i in ids]), np.array([dense.get(i, 0.0) for i in ids])

    def _allowed(self, filters: Filters, within: list[str] | None) -> list[str] | None:
        """Ids that pass, when they are few enough to be searched exactly."""
        if within is not None:
            return self.index.lexical.passing(within, filters)
        if self.index.lexical.count(filters) > _EXACT_FILTER:
            return None
        return self.index.matching(filters, _EXACT_FILTER)[0]

    def _dense(self, vector: Vectors, size: int, filters: Filters, allowed: list[str] | None) -> list[tuple[str, float]]:
        if allowed is not None:
            return self.index.nearest(vector, min(size, len(allowed)), allowed)
        if not filters:
            return self.index.nearest(vector, min(size, len(self.index)))
        found = self.index.nearest(vector, min(size * 5, len(self.index)))
        passing = set(self.index.lexical.passing([i for i, _ in found], filters))
        return [(i, cosine) for i, cosine in found if i in passing][:size]

    # --- ranking

    def _ranked(self, terms: Terms, ids: list[str], bm25: Floats, cosine: Floats, size: int) -> list[Hit]:
        bm25_z, cosine_z = _z(bm25), _z(cosine)
        first = bm25_z + cosine_z + np.array([_NAMED if i in terms.named else 0.0 for i in ids])
        top = np.argsort(-first, kind="stable")[:size]
        papers = {paper.paper_id: paper for paper in self.index.papers([ids[i] for i in top])}
        top = np.array([i for i in top if ids[i] in papers], dtype=np.intp)
        chosen = [papers[ids[i]] for i in top]
        title, sentence, coverage, title_coverage = self._closer_look(terms, chosen)
        named = np.array([ids[i] in terms.named for i in top])
        bm25_weight = _WEIGHTS["bm25"] + _STRANGE * self.passages.strangeness(folded(terms.text))
        score = (
            bm25_weight * bm25_z[top] + _WEIGHTS["cosine"] * cosine_z[top] + _WEIGHTS["title"] * _z(title)
            + _WEIGHTS["sentence"] * _z(sentence) + _WEIGHTS["coverage"] * _z(coverage)
            + _WEIGHTS["title_coverage"] * _z(title_coverage) + _NAMED * named
        )  # fmt: skip
        columns = np.stack([bm25[top], cosine[top], title, sentence, coverage, bm25_z[top], cosine_z[top], named], axis=1)
        hits = [Hit(paper, float(s), Features(*row)) for paper, s, row in zip(chosen, score, columns.tolist(), strict=True)]
        return sorted(hits, key=lambda hit: -hit.score)

    def _closer_look(self, terms: Terms, papers: Sequence[Paper]) -> tuple[Floats, Floats, Floats, Floats]:
        """Of each paper: cosine of the title and of the two best sentences, share of the terms in all and in the title."""
        vector = self.passages.vector(folded(terms.text))
        if terms.before:
            vector = _unit(vector + _CONTEXT * self.passages.vector(folded(terms.before)))
        weight = dict(zip(terms.terms, terms.idf.tolist(), strict=True))
        total = max(sum(weight.values()), 1e-9)
        title, sentence, coverage, title_coverage = np.zeros((4, len(papers)))
        for row, passages in enumerate(self.passages.read(papers)):
            cosines = passages.vectors @ vector
            title[row] = cosines[0]
            sentence[row] = np.sort(cosines[1:])[-2:].mean() if len(cosines) > 1 else cosines[0]
            title_coverage[row] = sum(idf for term, idf in weight.items() if term in passages.terms[0]) / total
            coverage[row] = sum(idf for term, idf in weight.items() if term in passages.all_terms) / total
        return title, sentence, coverage, title_coverage
