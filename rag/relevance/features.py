"""What is known of a pool of hits for one question, in numbers: the features that the fitted models read.

Numbers by themselves (likeness of words, cosines), and as they stand within the pool (z-score, share of the
best, lead or gap to the best, rank), so that a large collection's crowd is told from a small one's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.relevance.asked import Asked, asked
from rag.relevance.logistic import Floats
from rag.relevance.matching import Look, Match, lowest, match, mean, rarest
from rag.retrieval import Hit, Retriever, best_of, cosines

_WITHIN_POOL = ("bm25", "cosine", "best", "two", "title", "soft", "sentence_soft", "joint_soft", "low2", "rare2", "coverage", "square")
_ONLY_WITHIN_POOL = ("bm25", "cosine")
"""They mean little by themselves: one grows with the question, the other is by whatever embedder the index has."""


@dataclass(frozen=True, eq=False, slots=True)
class Pool:
    """Hits looked at closely: the question's words, how they match, and the features by name."""

    hits: tuple[Hit, ...]
    asked: Asked
    match: Match
    table: dict[str, Floats]

    @property
    def lacks_the_rarest(self) -> bool:
        """Whether no hit has the question's rarest word."""
        words = self.asked.wanted
        return len(words) > 0 and bool((self.match.paper[:, int(np.argmax(words.idf))] < 0.999).all())


def pool_of(retriever: Retriever, text: str, hits: Sequence[Hit], context: str = "") -> Pool:
    """A close look at hits that hold features, best first."""
    question = asked(retriever, text, retriever.terms(text, context), context)
    static = retriever.index.encoder.static.table
    look = Look(retriever.columns(hits), static)
    wanted = match(look, question.wanted)
    passages = cosines(look.columns, static, question.vector)
    table = _found(hits) | _likeness(question, look, wanted) | _likeness_of_vectors(look, passages) | _unwanted(question, look)
    table |= {f"{name}_{how}": values for name in _WITHIN_POOL for how, values in _within(table[name]).items()}
    table = {name: values for name, values in table.items() if name not in _ONLY_WITHIN_POOL}
    table |= {name: np.full(len(hits), value) for name, value in _of_question(question).items()}
    return Pool(tuple(hits), question, wanted, table)


def _found(hits: Sequence[Hit]) -> dict[str, Floats]:
    known = [hit.features for hit in hits if hit.features is not None]
    rows = np.array([[f.bm25, f.cosine, f.coverage] for f in known], np.float64).T
    return dict(zip(("bm25", "cosine", "coverage"), rows, strict=True))


def _likeness(question: Asked, look: Look, wanted: Match) -> dict[str, Floats]:
    """Of words: with the whole paper, its best sentence, its title, and its best sentence read under its title (joint)."""
    weight, paper, passage = question.wanted.idf, wanted.paper, wanted.passage
    titled = np.maximum(passage, passage[look.first][look.paper])
    of_passages = mean(passage, weight)
    return {
        "soft": mean(paper, weight),
        "even": paper.mean(axis=1) if paper.shape[1] else np.zeros(len(paper)),
        "square": mean(paper**2, weight),
        "exact": mean(paper > 0.999, weight),
        "low1": lowest(paper, 1),
        "low2": lowest(paper, 2),
        "low3": lowest(paper, 3),
        "rare1": rarest(paper, weight, 1),
        "rare2": rarest(paper, weight, 2),
        "sentence_soft": look.best_sentence(of_passages),
        "sentence_low1": look.best_sentence(lowest(passage, 1)),
        "sentence_low2": look.best_sentence(lowest(passage, 2)),
        "sentence_rare2": look.best_sentence(rarest(passage, weight, 2)),
        "title_soft": of_passages[look.first],
        "joint_soft": look.best_sentence(mean(titled, weight)),
        "joint_low1": look.best_sentence(lowest(titled, 1)),
        "joint_low2": look.best_sentence(lowest(titled, 2)),
    }


def _likeness_of_vectors(look: Look, passages: Floats) -> dict[str, Floats]:
    title, two = best_of(passages, look.columns.passages)
    return {"title": title, "best": look.best_sentence(passages), "two": two}


def _unwanted(question: Asked, look: Look) -> dict[str, Floats]:
    """How much of what the question rules out a paper is about; zeros where it rules nothing out."""
    names = ("unwanted_soft", "unwanted_exact", "unwanted_sentence", "unwanted_in_title", "unwanted_best", "unwanted_title")
    words = question.unwanted
    if not len(words):
        return {name: np.zeros(len(look.first)) for name in names}
    found = match(look, words)
    passages, vectors = mean(found.passage, words.idf), cosines(look.columns, look.table, question.unwanted_vector)
    values = (
        mean(found.paper, words.idf), mean(found.paper > 0.999, words.idf), look.best_sentence(passages), passages[look.first],
        look.best_sentence(vectors), vectors[look.first],
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def _within(values: Floats) -> dict[str, Floats]:
    """How each value stands among the pool's."""
    spread, order = float(values.std()), np.argsort(-values, kind="stable")
    best, second = float(values[order[0]]), float(values[order[min(1, len(order) - 1)]])
    rank = np.empty(len(values))
    rank[order] = np.log1p(np.arange(len(values)))
    return {
        "z": (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values)),
        "share": values / max(best, 1e-9),
        "lead": np.where(values >= best, values - second, values - best),
        "rank": rank,
    }


def _of_question(question: Asked) -> dict[str, float]:
    weight = question.wanted.idf
    return {
        "words": float(np.log1p(len(question.wanted))),
        "denies": float(len(question.unwanted) > 0),
        "strangeness": question.strangeness,
        "weight": float(weight.mean()) if len(weight) else 0.0,
        "held": question.held,
    }
