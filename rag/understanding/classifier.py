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
    """One logistic model: weights (labels, features) and the labels that they are of."""

    labels: tuple[str, ...]
    weights: Floats
    bias: Floats

    def probabilities(self, row: Floats) -> dict[str, float]:
        """Of each label, likeliest first; they add up to one."""
        logits = self.weights @ row + self.bias
        exp = np.exp(logits - logits.max())
        order = np.argsort(-exp, kind="stable")
        return {self.labels[i]: float(exp[i] / exp.sum()) for i in order}


@cache
def heads() -> dict[str, Head]:
    """The fitted models by name: `intent`, `act`, `kind`."""
    with resources.as_file(resources.files("rag.understanding") / "weights" / "turns.npz") as path, np.load(path) as kept:
        names = sorted({name.partition(".")[0] for name in kept.files})
        return {
            name: Head(
                tuple(kept[f"{name}.labels"].tolist()), kept[f"{name}.weights"].astype(np.float32), kept[f"{name}.bias"].astype(np.float32)
            )
            for name in names
        }


@lru_cache(maxsize=2_000)
def classified(text: str, follows: bool, table: StaticTable) -> dict[str, dict[str, float]]:
    """What each head says of a turn: head -> label -> probability, likeliest first. Kept, as earlier turns are read again with each
    new "
        "one."""
    row = features([text], [follows], table)[0]
    return {name: head.probabilities(row) for name, head in heads().items()}
