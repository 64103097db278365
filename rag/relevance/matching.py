"""How papers match a question word by word: the best likeness of each of its words with any word of a passage.

All is read from the forward index, in numpy; a word is as like to itself as can be (1), whatever its ending.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.embedding import StaticTable
from rag.index import COUNT_SHIFT, Columns, stem_hash
from rag.relevance.asked import Words
from rag.relevance.logistic import Floats


class Look:
    """Papers looked at closely: their tokens' directions, and where each passage and each paper begins."""

    def __init__(self, columns: Columns, table: StaticTable) -> None:
        self.columns = columns
        tokens = (columns.tokens & ((1 << COUNT_SHIFT) - 1)).astype(np.int64)
        different, self.token = np.unique(tokens, return_inverse=True)
        rows = table.table.take(different, 0).astype(np.float32)
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        self.table, self._rows = table, rows / np.where(norms > 0, norms, 1)[:, None]
        self.first = np.cumsum(columns.passages) - columns.passages
        self.paper = np.repeat(np.arange(len(columns.passages)), columns.passages)
        self._starts, self._filled = np.cumsum(columns.lengths) - columns.lengths, columns.lengths > 0

    def best_likeness(self, directions: NDArray[np.float32]) -> NDArray[np.float32]:
        """(passages, directions): the greatest cosine with any token of the passage."""
        found = np.zeros((len(self.columns.lengths), len(directions)), np.float32)
        if len(directions) and self._filled.any():
            likeness = (self._rows @ directions.T)[self.token]
            found[self._filled] = np.maximum.reduceat(likeness, self._starts[self._filled], axis=0)
        return np.clip(found, 0, 1)

    def best_sentence(self, values: Floats) -> Floats:
        """Of each paper: the greatest of its sentences' values; of its title's where it has no sentence."""
        hidden = values.copy()
        hidden[self.first[self.columns.passages > 1]] = -1.0
        return np.asarray(np.maximum.reduceat(hidden, self.first))


@dataclass(frozen=True, eq=False, slots=True)
class Match:
    """Likeness of each word of the question: with each passage (passages, words), and with each paper (papers, words)."""

    passage: NDArray[np.float32]
    paper: NDArray[np.float32]


def match(look: Look, words: Words) -> Match:
    """A word in several pieces is found in a passage, too, that holds all its pieces; in a paper, too, by its stem."""
    pieces = [(word, token) for word, tokens in enumerate(words.tokens) if len(tokens) > 1 for token in tokens.tolist()]
    rows = _directions(look.table, np.array([token for _, token in pieces], np.int64))
    likeness = look.best_likeness(np.concatenate([words.vectors, rows]) if len(words) else rows)
    passage, owner = likeness[:, : len(words)].copy(), np.array([word for word, _ in pieces], np.int64)
    for word in np.unique(owner).tolist():
        together = likeness[:, len(words) :][:, owner == word].mean(axis=1)
        passage[:, word] = np.maximum(passage[:, word], together)
    paper = np.maximum.reduceat(passage, look.first, axis=0)
    columns = look.columns
    holder = np.repeat(np.arange(len(columns.passages)), columns.stem_counts)
    for word, stem in enumerate(words.stems):
        paper[holder[columns.stems == stem_hash(stem)], word] = 1.0
    return Match(passage, paper)


def _directions(table: StaticTable, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
    rows = table.table.take(tokens, 0).astype(np.float32)
    norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.asarray(rows / np.where(norms > 0, norms, 1)[:, None], np.float32)


# --- one number of a question's words


def mean(likeness: NDArray[Any], weight: Floats) -> Floats:
    """The words' mean by weight; 0 without words."""
    return np.asarray(likeness @ weight / max(float(weight.sum()), 1e-9))


def apart(left: Floats, right: Floats) -> float:
    """How much better papers of their own hold two parts of a question than one paper holds both: each is (papers,)."""
    return float(min(left.max(), right.max()) - np.minimum(left, right).max())


def lowest(likeness: Floats, count: int) -> Floats:
    """Mean of the words that match least."""
    if not likeness.shape[1]:
        return np.zeros(len(likeness))
    return np.asarray(np.sort(likeness, axis=1)[:, :count].mean(axis=1))


def rarest(likeness: Floats, weight: Floats, count: int) -> Floats:
    """Mean of the words that weigh most."""
    if not likeness.shape[1]:
        return np.zeros(len(likeness))
    return np.asarray(likeness[:, np.argsort(-weight, kind="stable")[:count]].mean(axis=1))
