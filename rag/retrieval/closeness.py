"""How close papers are to a question when looked at closely: by title, by sentence, by the words they hold."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import REPEATS, StaticTable, Vectors
from rag.index import COUNT_SHIFT, MOST_COUNT, Columns

Floats = NDArray[np.float64]
_DAMPED = np.arange(MOST_COUNT + 1, dtype=np.float32) ** REPEATS


@dataclass(frozen=True, eq=False, slots=True)
class Closeness:
    """One number a paper: cosine of the title, mean cosine of the two best sentences, share of the terms in all and in the title."""

    title: Floats
    sentence: Floats
    coverage: Floats
    title_coverage: Floats


def closeness(columns: Columns, table: StaticTable, vector: Vectors, weights: dict[int, float]) -> Closeness:
    """Of each paper; `vector` is the question's, `weights` its terms' by their hash."""
    title, sentence = best_of(cosines(columns, table, vector), columns.passages)
    return Closeness(title, sentence, *_coverage(columns, weights))


def cosines(columns: Columns, table: StaticTable, vector: Vectors) -> Floats:
    """The question's cosine with each passage."""
    ids = columns.tokens & ((1 << COUNT_SHIFT) - 1)
    products = table.dots(ids, vector) * _DAMPED[columns.tokens >> COUNT_SHIFT]
    sums = np.concatenate([[0.0], np.cumsum(products, dtype=np.float64)])
    ends = np.cumsum(columns.lengths)
    return np.asarray((sums[ends] - sums[ends - columns.lengths]) / np.where(columns.norms > 0, columns.norms, 1.0))


def best_of(cosines: NDArray[np.floating[Any]], passages: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Cosine of each paper's title, and the mean of its two best sentences; the title's where it has no sentence."""
    first = np.cumsum(passages) - passages
    title = cosines[first]
    ranked = cosines.copy()
    ranked[first] = np.inf  # so that it stays first
    ranked = ranked[np.lexsort((-ranked, np.repeat(np.arange(len(passages)), passages)))]
    last = len(ranked) - 1
    best, second = ranked[np.minimum(first + 1, last)], ranked[np.minimum(first + 2, last)]
    return title, np.select([passages == 1, passages == 2], [title, best], (best + second) / 2)


def _coverage(columns: Columns, weights: dict[int, float]) -> tuple[Floats, Floats]:
    total = max(sum(weights.values()), 1e-9)
    paper = np.repeat(np.arange(len(columns.stem_counts)), columns.stem_counts)
    place = np.arange(len(paper)) - np.repeat(np.cumsum(columns.stem_counts) - columns.stem_counts, columns.stem_counts)
    covered, titled = np.zeros((2, len(columns.stem_counts)))
    for stem, weight in weights.items():
        at = np.flatnonzero(columns.stems == stem)
        holding = paper[at]
        covered[holding] += weight
        titled[holding[place[at] < columns.title_stems[holding]]] += weight
    return covered / total, titled / total
