"""Which hits answer the question: the judge that needs no model.

A logistic model, fitted by `rag/evaluation/calibrate.py` on judged questions, turns a hit's features
into the probability that it answers; another one tells whether the corpus answers at all.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from corpus import Paper
from rag.relevance.quotes import best_sentences
from rag.relevance.verdict import Judgement, Verdict
from rag.retrieval import Hit, Retriever, Terms
from rag.text import content_words, named_like
from rag.understanding import Kind, Question

Floats = NDArray[np.float64]
JUDGED = 60
"""Hits looked at for one question: recall@60 of the retriever is what a judge can reach at best."""

_FEW = 3
"""A name in at most so many of the papers looked at tells which paper is meant."""

_AS_LIKE = 0.6
"""Among papers that were just told of, being so like the question as the most like one is enough:
they share its topic already, and z-scores over so few say little."""

_TELLING = 2.0
"""Inverse document frequency from which a word's absence is worth telling."""

_AS_GOOD = 0.8
"""A question about one paper cites a second only when it is nearly as likely to be the one."""

_COVERED = 0.95
"""Where one paper holds nearly all that the question names, the corpus is not said to lack it."""

_EVERYTHING = re.compile(r"\b(?:papers?|works|list|everything|all|corpus|articles|studies)\b", re.IGNORECASE)

HIT_FEATURES = (
    *("bm25_z", "cosine_z", "title", "sentence", "coverage"),
    *("gap", "rank", "cosine_of_top", "sentence_of_top", "bm25_of_top", "terms"),
)
QUESTION_FEATURES = ("coverage", "sentence", "terms")


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted logistic model over standardised features."""

    mean: Floats
    scale: Floats
    weights: Floats
    intercept: float
    threshold: float

    def probability(self, features: Floats) -> Floats:
        """(n,) probabilities of (n, features)."""
        logits = (features - self.mean) / self.scale @ self.weights + self.intercept
        return np.asarray(1.0 / (1.0 + np.exp(-logits)))


@cache
def calibration() -> dict[str, Logistic]:
    """The fitted models by name: `hit` and `question`."""
    text = (resources.files("rag.relevance") / "weights" / "relevance.json").read_text()
    return {name: _logistic(values) for name, values in json.loads(text).items()}


def _logistic(values: dict[str, list[float] | float]) -> Logistic:
    mean, scale, weights = (np.array(values[name], dtype=np.float64) for name in ("mean", "scale", "weights"))
    return Logistic(mean, scale, weights, float(values["intercept"]), float(values["threshold"]))  # type: ignore[arg-type]


def hit_features(hits: Sequence[Hit], terms: Terms) -> Floats:
    """(hits, HIT_FEATURES) of hits that hold features, best first."""
    known = [hit.features for hit in hits if hit.features is not None]
    rows = np.array([[f.bm25_z, f.cosine_z, f.title, f.sentence, f.coverage, f.cosine, f.bm25] for f in known])
    score = np.array([hit.score for hit in hits])
    top = np.maximum(rows.max(axis=0), 1e-9)
    extra = [
        score[0] - score, np.log1p(np.arange(len(hits))), rows[:, 5] / top[5], rows[:, 3] / top[3], rows[:, 6] / top[6],
        np.full(len(hits), np.log1p(len(terms.terms))),
    ]  # fmt: skip
    return np.concatenate([rows[:, :5], np.stack(extra, axis=1)], axis=1)


def question_features(hits: Sequence[Hit], terms: Terms) -> Floats:
    """(1, QUESTION_FEATURES): what the best hits cover of the question, and how near the nearest is."""
    known = [hit.features for hit in hits if hit.features is not None]
    coverage = max((f.coverage for f in known[:10]), default=0.0)
    sentence = max((f.sentence for f in known), default=0.0)
    return np.array([[coverage, sentence, np.log1p(len(terms.terms))]])


class Judge:
    """Judges hits by their features and picks their quotes. Holds no state of any question."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    def judge(self, question: Question, hits: Sequence[Hit]) -> Judgement:
        """Which hits answer, how many of them, and with which sentences."""
        if not hits:
            return Judgement((), (), (), 0, "no paper passes the filters" if question.filters else "")
        if hits[0].features is None and not (question.filters or question.within or _EVERYTHING.search(question.asked)):
            return Judgement((), (), (), 0, "ask about a topic, a system or a date")
        if hits[0].features is None:
            return Judgement(self._verdicts(question, None, [(hit.paper, 1.0) for hit in hits]), (), (), len(hits))
        terms = self._retriever.terms(question.text)
        hits = hits[:JUDGED]
        nearest = tuple(hit.paper for hit in hits[:3])
        if reason := self._unanswered(question, hits, terms):
            return Judgement((), (), nearest, len(hits), reason)
        relevance = calibration()["hit"].probability(hit_features(hits, terms))
        all_known = all(self._held(name) for name in named_like(question.text))
        if question.within:
            relevance = np.maximum(relevance, calibration()["hit"].threshold * (_likeness(hits) >= _AS_LIKE))
        relevant, borderline = _split(question.kind, hits, relevance, self._told_of(question, hits), all_known)
        verdicts = [
            self._verdicts(question, terms, [(hits[i].paper, float(relevance[i])) for i in group]) for group in (relevant, borderline)
        ]
        if not verdicts[0]:
            return Judgement((), (), nearest, len(hits), "no paper here can be quoted on it")
        return Judgement(verdicts[0], verdicts[1], nearest, len(hits), missing=self._missing(question.kind, terms, verdicts[0]))

    def _told_of(self, question: Question, hits: Sequence[Hit]) -> list[int]:
        """Positions of the hits on systems that the question names: by their title, else by a name that few papers hold."""
        by_title = [i for i, hit in enumerate(hits) if hit.features is not None and hit.features.named]
        if not (names := named_like(question.text)):
            return by_title
        lexical, ids = self._retriever.index.lexical, [hit.paper.paper_id for hit in hits]
        by_text = []
        for name in names:
            stems = set(lexical.terms(name))
            held = set(ids).intersection(*(lexical.holding(stem, ids) for stem in stems))
            holding = [i for i, paper_id in enumerate(ids) if paper_id in held]
            if stems and len(holding) <= _FEW and not set(holding) & set(by_title):
                by_text += holding[:1]
        return list(dict.fromkeys(by_title + by_text))

    def _missing(self, kind: Kind, terms: Terms, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
        """Telling words of the question that occur in none of these papers, at most three."""
        if kind in (Kind.COMPARE, Kind.NUMBER):
            return ()  # "which reports the larger gain" asks in words of its own
        lexical = self._retriever.index.lexical
        held = frozenset().union(*(p.all_terms for p in self._retriever.passages.read([v.paper for v in verdicts])))
        weight = dict(zip(terms.terms, terms.idf.tolist(), strict=True))
        words = [(word, lexical.terms(word)) for word in content_words(terms.text)]
        missing = [w for w, stems in words if stems and not held & set(stems) and min(weight.get(s, 0.0) for s in stems) > _TELLING]
        return tuple(missing[:3])

    def _unanswered(self, question: Question, hits: Sequence[Hit], terms: Terms) -> str:
        """Why the corpus does not answer; empty when it may."""
        if question.within:
            return ""  # asked about papers that were just shown
        if question.kind in (Kind.ONE, Kind.NUMBER, Kind.COMPARE) and not terms.named:
            names = named_like(question.text)
            unknown = [name for name in names if not self._held(name)]
            if unknown and len(unknown) == len(names):
                return f"no paper here mentions {' or '.join(unknown)}"
        model = calibration()["question"]
        features = question_features(hits, terms)
        if features[0, 0] >= _COVERED:
            return ""
        answered = model.probability(features)[0]
        named = any(hit.features and hit.features.named for hit in hits[:3])
        return "" if named or answered >= model.threshold else "no paper here is close enough"

    def _held(self, name: str) -> bool:
        lexical = self._retriever.index.lexical
        return all(lexical.document_frequency(term) for term in lexical.terms(name))

    def _verdicts(self, question: Question, terms: Terms | None, papers: Sequence[tuple[Paper, float]]) -> tuple[Verdict, ...]:
        """A verdict for each paper that has a sentence to quote, or only a title."""
        found = (Verdict(paper, p, tuple(best_sentences(self._retriever, question.kind, terms, paper))) for paper, p in papers)
        return tuple(verdict for verdict in found if verdict.quotes or verdict.paper.title_only)


def _likeness(hits: Sequence[Hit]) -> Floats:
    """How like the question each hit's best sentences are, as a share of the most like."""
    sentence = np.array([hit.features.sentence if hit.features else 0.0 for hit in hits])
    return sentence / max(float(sentence.max()), 1e-9)


def _split(kind: Kind, hits: Sequence[Hit], relevance: Floats, named: list[int], all_known: bool) -> tuple[list[int], list[int]]:
    """Positions of relevant and of borderline hits, by the fitted threshold and the question's kind.

    `named` are the positions of the systems that the question names. A comparison takes two
    papers, or only those it names where one of its sides is not `all_known`.
    """
    threshold = calibration()["hit"].threshold
    order = [int(i) for i in np.argsort(-relevance, kind="stable")]
    over = [i for i in order if relevance[i] >= threshold]
    if kind is Kind.COMPARE:
        relevant = (named + [i for i in order if i not in named])[: max(2 if all_known else 1, len(named))]
    elif kind in (Kind.ONE, Kind.NUMBER):
        relevant = named[:1] or [0, *(i for i in over if i and relevance[i] >= _AS_GOOD * relevance[0])][:3]
    else:
        relevant = over or order[:1]
    return relevant, [i for i in over if i not in relevant]
