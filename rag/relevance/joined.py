"""Whether any paper joins what a question joins, by what was read: each token of the question against each paper.

A near miss has the question's parts in papers of their own, so all papers together hold more of it than any one does.
The reader tells that better than words do: in its eyes "runs on small boards" and "deployed on a microcontroller" are one thing.
The model is in weights/reading.json, made by rag/evaluation/calibrate_reading.py.
"""

import numpy as np

from rag.relevance.logistic import Floats, table_of
from rag.relevance.matching import apart
from rag.relevance.reading import Read, best_closely, lacking, log_odds, question_model


def joined_features(joined: float, relevance: Floats, read: Read) -> dict[str, float]:
    """Of a question: how likely any paper joins its parts by features, what reading makes of the best paper, and what that lacks."""
    odds = log_odds(np.array([joined, relevance.max()]))
    found = {"joined": float(odds[0]), "top": float(odds[1]), "read": float(read.reading.logits.max())}
    return found | of_the_best(read, int(np.argmax(relevance[list(read.at)]))) | best_closely(read)


def of_the_best(read: Read, best: int) -> dict[str, float]:
    """What the best paper, at `best` of those read, lacks of what they hold together: zeros for a question of no token."""
    told = lacking(read.reading)
    likeness, support = (np.asarray(values, np.float64) for values in (read.reading.likeness, read.reading.support))
    weight = np.maximum(read.reading.weights, 0)
    sums = np.cumsum(support, axis=1)
    halves = [(likeness[:, :at].mean(axis=1), likeness[:, at:].mean(axis=1)) for at in range(1, likeness.shape[1])]
    added = [(sums[:, at], sums[:, -1] - sums[:, at]) for at in range(sums.shape[1] - 1)]
    return {
        **{name: float(told[name][best]) for name in ("lacking_most", "lowest", "unsupported")},
        "lacking": float((likeness.max(axis=0) - likeness[best]) @ weight / max(weight.sum(), 1e-9)),
        "apart": max((apart(left, right) for left, right in halves), default=0.0),
        "apart_in_support": max((float(left.max() + right.max() - (left + right).max()) for left, right in added), default=0.0),
    }


def is_joined(joined: float, relevance: Floats, read: Read) -> bool:
    """Whether any paper joins what the question joins, now that the best were read."""
    return question_model("joined", read).passes(table_of([joined_features(joined, relevance, read)]))
