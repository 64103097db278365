"""The classifier: what a turn asks for, which act it is in its conversation, and which kind of answer it wants.

Three logistic models over the turn's words and pieces, hashed (signals.py), and its static embedding.
They are fitted by training.py on the examples beside it; here they are only read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from rag.embedding import StaticTable
from rag.understanding.signals import hashed, masked

Floats = NDArray[np.float32]
EMBEDDING_WEIGHT = 0.6
"""Of the turn's embedding, beside the hashed words, whose vector has length one."""

_MASK = re.compile(r"\bx(?:url|mark|month|year|ord|num|lang|name)\b")


def features(texts: Sequence[str], follows: Sequence[bool], table: StaticTable) -> Floats:
    """(texts, n): one row a turn; `follows` says whether something was said before it."""
    words = np.stack([hashed(text, after) for text, after in zip(texts, follows, strict=True)])
    meaning = table.encode([_MASK.sub(" ", masked(text)) for text in texts])
    return np.hstack([words, EMBEDDING_WEIGHT * meaning])


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One logistic model: the labels that it tells apart, and which columns of the weights are theirs."""

    labels: tuple[str, ...]
    columns: slice

    def probabilities(self, logits: Floats) -> dict[str, float]:
        """Of each label, likeliest first; they add up to one."""
        mine = logits[self.columns]
        exp = np.exp(mine - mine.max())
        likely = zip(self.labels, (exp / exp.sum()).tolist(), strict=True)
        return dict(sorted(likely, key=lambda one: -one[1]))


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """All heads by name (`intent`, `act`, `kind`), their weights side by side: (features, labels of all)."""

    heads: dict[str, Head]
    weights: Floats
    bias: Floats

    def logits(self, row: Floats) -> Floats:
        """Of every label of every head. A turn has a few hundred of the thousands of features: only their rows are read."""
        present = row.nonzero()[0]
        return np.asarray(row[present] @ self.weights[present] + self.bias)


@cache
def fitted() -> Fitted:
    """The fitted models."""
    with resources.as_file(resources.files("rag.understanding") / "weights" / "turns.npz") as path, np.load(path) as kept:
        names = sorted({name.partition(".")[0] for name in kept.files})
        labels = {name: tuple(kept[f"{name}.labels"].tolist()) for name in names}
        weights = np.vstack([kept[f"{name}.weights"] for name in names]).astype(np.float32)
        bias = np.concatenate([kept[f"{name}.bias"] for name in names]).astype(np.float32)
    heads, start = dict[str, Head](), 0
    for name in names:
        heads[name] = Head(labels[name], slice(start, start := start + len(labels[name])))
    return Fitted(heads, np.ascontiguousarray(weights.T), bias)


@lru_cache(maxsize=2_000)
def classified(text: str, follows: bool, table: StaticTable) -> dict[str, dict[str, float]]:
    """What each head says of a turn: head -> label -> probability, likeliest first. Kept, as earlier turns are read again."""
    logits = fitted().logits(features([text], [follows], table)[0])
    return {name: head.probabilities(logits) for name, head in fitted().heads.items()}
